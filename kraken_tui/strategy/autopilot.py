"""At each close: what should be held of every symbol, and why. Pure: values in, values out."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from msgspec import Struct

from kraken_tui.clock import SECOND
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.model.candle import CANDLE_S
from kraken_tui.model.scan import Regime
from kraken_tui.model.trading import Side
from kraken_tui.model.vote import Call
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.indicators import Measures, chosen, fault_in, measure, measure_last
from kraken_tui.strategy.opinions import Opinions, opinions_of
from kraken_tui.strategy.reasons import Case, text_of
from kraken_tui.strategy.regimes import MEMORY, Belief, SymbolRegime, after, after_all, symbol_regimes
from kraken_tui.strategy.strategy_orchestrator import (
    BUILT_IN,
    NO_TRADE,
    NO_TRADE_NAME,
    Choices,
    Standing,
    States,
    choose,
    enabled,
    market_after,
    wanted,
)

CANDLE_NS = CANDLE_S * SECOND
SIDES = {1: Side.BUY, -1: Side.SELL, 0: None}

Own = Callable[[str, str], TradingConfig | None]
"""Thresholds of a strategy on a symbol, where it has its own."""


def no_own(strategy: str, symbol: str) -> TradingConfig | None:
    """None has any."""
    return None


class _Close(Struct, frozen=True, kw_only=True):
    """The usable symbols of one close; arrays and lists have one entry for each."""

    symbols: list[str]
    windows: list[Candles]
    measures: Measures
    standings: list[Standing]
    held: list[int]
    chosen: Choices
    in_charge: list[int]
    strategies: tuple[Strategy, ...]


def decide(
    symbols: Sequence[str],
    windows: Sequence[Candles | None],
    states: States,
    held: Mapping[str, Side],
    market_regime: Regime | None,
    config: TradingConfig,
    strategies: Sequence[Strategy] = BUILT_IN,
    own: Own = no_own,
) -> tuple[list[Call], States]:
    """What to hold of each symbol after its candle has closed.

    A symbol whose candles are not known gets no call: what is held of it stays behind its stop. Symbols do not depend
    on each other, so that at the start, when each takes a millisecond or two, they can be asked for a few at a time.

    Args:
        symbols: all that are watched.
        windows: each one's candles up to now, 720 where so many are known; None while they are not.
        states: from the last close; `States()` at the start, which is then made up from the windows.
        held: what the autopilot holds, by symbol.
        market_regime: the scanner's, None where it knows none.
        config: thresholds, and which strategies are on.
        strategies: those that are loaded.
        own: the thresholds that a strategy has for itself on a symbol; None where those of `config` hold. They decide
            its votes; regimes, stops and whatever keeps entries away stay those of `config`.

    Returns:
        A call for each symbol with candles, in the order of `symbols`, and what to remember.
    """
    market = market_after(states.market, market_regime, config)
    known = [(symbol, window) for symbol, window in zip(symbols, windows, strict=True) if window is not None]
    calls, usable = {}, []
    for symbol, window in known:
        if fault := fault_in(window):
            calls[symbol] = _unusable(symbol, window, fault, held.get(symbol))
        else:
            usable.append((symbol, window))
    close = _look(usable, States(states.symbols, market), held, config, enabled(strategies, config))
    decided, standings = _decide_all(close, config, own)
    calls |= {call.symbol: call for call in decided}
    return [calls[symbol] for symbol, _ in known if symbol in calls], States({**states.symbols, **standings}, market)


def _look(
    usable: list[tuple[str, Candles]],
    states: States,
    held: Mapping[str, Side],
    config: TradingConfig,
    strategies: tuple[Strategy, ...],
) -> _Close:
    """Measure, and see which strategy is chosen for each symbol and which is in charge of what is held."""
    measures = measure_last([window for _, window in usable], config)
    seen = symbol_regimes(measures, config).tolist()
    standings = [
        _standing(states.symbols.get(symbol), window, regime, config)
        for (symbol, window), regime in zip(usable, seen, strict=True)
    ]
    sides = [held[symbol].sign if symbol in held else 0 for symbol, _ in usable]
    regimes = np.array([standing.belief.believed for standing in standings], np.int8)
    choice = choose(regimes, states.market_regime, strategies)
    numbers = {strategy.name: number for number, strategy in enumerate(strategies)}
    in_charge = [
        numbers.get(standing.strategy, number) if side else number
        for standing, side, number in zip(standings, sides, choice.tolist(), strict=True)
    ]
    return _Close(
        symbols=[symbol for symbol, _ in usable], windows=[window for _, window in usable], measures=measures,
        standings=standings, held=sides, chosen=choice, in_charge=in_charge, strategies=strategies,
    )  # fmt: skip


def _standing(before: Standing | None, window: Candles, seen: int, config: TradingConfig) -> Standing:
    """The belief after this candle; made up from the whole window where the candle before was not seen."""
    open_ns = int(window.open_ns[-1])
    if before is not None and before.open_ns + CANDLE_NS == open_ns:
        return Standing(open_ns, after(before.belief, seen, config.HYSTERESIS), before.strategy)
    first = max(0, len(window.close) - MEMORY - config.HYSTERESIS)
    regimes = symbol_regimes(measure(window, config, first), config).tolist()
    belief = after_all(Belief(), regimes, config.HYSTERESIS)[-1]
    return Standing(open_ns, belief, before.strategy if before is not None else "")


def _decide_all(close: _Close, config: TradingConfig, own: Own) -> tuple[list[Call], dict[str, Standing]]:
    opinions = [_opinions(close, number, config, own) for number in range(len(close.strategies))]
    calls, standings = [], {}
    for row, symbol in enumerate(close.symbols):
        call, strategy = _call(close, row, opinions, config)
        calls.append(call)
        standing = close.standings[row]
        standings[symbol] = Standing(standing.open_ns, standing.belief, strategy or standing.strategy)
    return calls, standings


_Asked = dict[int, tuple[Opinions, int]]
"""Row of the close to a strategy's opinions on it, and their row."""


def _opinions(close: _Close, number: int, config: TradingConfig, own: Own) -> _Asked:
    """Ask a strategy only about the symbols that it is chosen for or holds, each by its thresholds there."""
    strategy = close.strategies[number]
    rows = np.flatnonzero((close.chosen == number) | (np.array(close.in_charge, np.int64) == number)).tolist()
    apart: dict[int, tuple[TradingConfig | None, list[int]]] = {}
    for row in rows:
        mine = own(strategy.name, close.symbols[row])
        apart.setdefault(0 if mine is None else id(mine), (mine, []))[1].append(row)
    asked: _Asked = {}
    for mine, some in apart.values():
        windows = [close.windows[row] for row in some]
        measures = chosen(close.measures, np.array(some, np.int64)) if mine is None else measure_last(windows, mine)
        opinions = opinions_of(strategy, measures, windows, config if mine is None else mine)
        asked |= {row: (opinions, place) for place, row in enumerate(some)}
    return asked


def _call(close: _Close, row: int, asked: list[_Asked], config: TradingConfig) -> tuple[Call, str]:
    """The call on one symbol, and the strategy that wants an entry by it, if one does."""
    window, held = close.windows[row], close.held[row]
    choice, charge = int(close.chosen[row]), close.in_charge[row]
    price, atr = float(close.measures.close[row]), float(close.measures.atr[row])
    distance = config.STOP_ATRS * atr
    enter, ends = 0, False
    if choice != NO_TRADE and 0 < distance < price and not close.measures.widest[row] > config.MAX_CANDLE_RANGE:
        wish, at = asked[choice][row]
        enter = int(wish.enter[at])
    if held and charge != NO_TRADE:
        wish, at = asked[charge][row]
        ends = wish.ends(at, held)
    side = wanted(held, enter, ends=ends)
    is_entry = side != 0 and side != held
    speaker = choice if is_entry else charge
    view, place = (None, 0) if speaker == NO_TRADE else asked[speaker][row]
    votes = view.votes_at(place) if view is not None else ()
    strategy = close.strategies[speaker] if speaker != NO_TRADE else None
    regime = SymbolRegime(close.standings[row].belief.believed)
    case = Case(
        regime=regime, strategy=strategy.name if strategy else "", held=held, side=side, votes=votes,
        fault=view.faults.get(place, "") if view is not None else "", candles=len(window.close),
        volatility=float(close.measures.volatility[row]), traded=float(close.measures.traded[row]),
        widest=float(close.measures.widest[row]), atr=atr, price=price,
    )  # fmt: skip
    call = Call(
        symbol=close.symbols[row],
        time_ns=int(window.open_ns[-1]) + CANDLE_NS,
        strategy=strategy.name if strategy else NO_TRADE_NAME,
        symbol_regime=regime.name,
        side=SIDES[side],
        votes=votes,
        price=price,
        stop_distance=distance,
        expected_move=float(view.expected_move[place]) if view is not None else 0.0,
        maker=strategy.maker if strategy else False,
        text=text_of(case, config),
    )
    return call, strategy.name if strategy and is_entry else ""


def _unusable(symbol: str, window: Candles, fault: str, held: Side | None) -> Call:
    """Nothing is decided on candles that can't be: what is held stays behind its stop."""
    nan = float("nan")
    return Call(
        symbol=symbol, time_ns=int(window.open_ns[-1]) + CANDLE_NS if len(window.open_ns) else 0,
        strategy=NO_TRADE_NAME, symbol_regime=SymbolRegime.UNKNOWN.name, side=held, votes=(), price=nan,
        stop_distance=nan, expected_move=0.0, maker=False, text=f"{fault}: nothing is decided",
    )  # fmt: skip
