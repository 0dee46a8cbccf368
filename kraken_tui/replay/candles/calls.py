"""What the strategies say of every candle of a history, as arrays: entries that may be wanted, and reasons to leave."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.errors import UsageError
from kraken_tui.model.scan import Regime
from kraken_tui.replay.candles.beliefs import believe_all, find_calls, lay_out, order_calls, place_stops
from kraken_tui.replay.candles.history import CandleHistory, Measured, ages
from kraken_tui.replay.candles.rows import Calls
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.history import WINDOW, cut
from kraken_tui.strategy.indicators import Measures, chosen, looked_up, measure_last
from kraken_tui.strategy.opinions import Opinions, opinions_of
from kraken_tui.strategy.regimes import MEMORY, SymbolRegime, symbol_regimes
from kraken_tui.strategy.signal_engine import Verdict, verdict_of
from kraken_tui.strategy.strategy_orchestrator import choose, enabled

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Signs = NDArray[np.int8]

REGIMES = np.array(list(SymbolRegime), np.int8)
BELIEVED = (None, *Regime)
"""What may be believed of the market, by number."""


class Said(Struct, frozen=True, kw_only=True):
    """What the strategies say, whatever is held."""

    strategies: tuple[Strategy, ...]
    """Those that are on."""
    calls: Calls
    ends: Signs
    """[strategy and side, candle]; see `rows.Rules`."""
    watches: bool
    """Whether any of them looks at the market's regime."""


class _Words(Struct, frozen=True):
    """What each strategy says of each candle."""

    enter: Signs
    """[strategy, candle]."""
    ends: Signs
    """[strategy and side, candle]."""
    expected: list[Floats | None]
    """Of each strategy; None where it is asked about few candles only."""
    seen: Signs
    """The regime of each candle, before any hysteresis."""


def said_of(history: CandleHistory, config: TradingConfig, strategies: Sequence[Strategy]) -> Said:
    """Ask every strategy about every candle.

    Raises:
        UsageError: a strategy of the operator's fails where it is asked about all candles.
    """
    on, m = enabled(strategies, config), history.measures(config)
    words = _words(history, on, m, config)
    choices = np.array([choose(REGIMES, believed, on) for believed in BELIEVED])
    regimes, candle = np.empty(m.whole.rows, np.int8), _wanted(history, words, config)
    believe_all(words.seen, history.ends, config.HYSTERESIS, MEMORY, regimes)
    measured, limits = (m.whole.atr, m.whole.close, m.whole.widest), (config.STOP_ATRS, config.MAX_CANDLE_RANGE)
    candle = candle[: find_calls(candle, regimes, choices, words.enter, measured, limits)]
    ticker, order = np.empty_like(candle), np.empty_like(candle)
    places, offsets = np.zeros(history.heard.size + 1, np.int64), history.recording.offsets
    order = order[: order_calls(candle, history.ends, offsets, history.heard, places, ticker, order)]
    long, short = _stops(history, config, m.whole, ticker, candle)
    side, strategy, expected = (np.empty((len(BELIEVED), order.size), kind) for kind in (np.int8, np.int8, np.float64))
    moves = _moves(on, words, m, candle, config)
    lay_out(candle, order, regimes, choices, words.enter, moves, (side, strategy, expected))
    calls = Calls(
        row=history.heard[candle[order] - offsets[ticker[order]]], ticker=ticker[order], side=side,
        strategy=strategy, expected=expected, stop_long=long[order], stop_short=short[order],
    )  # fmt: skip
    return Said(strategies=on, calls=calls, ends=words.ends, watches=any(strategy.never for strategy in on))


def _words(history: CandleHistory, on: Sequence[Strategy], m: Measured, config: TradingConfig) -> _Words:
    """Part after part, so that what is looked at stays in the processor's nearer memory."""
    rows, room = m.whole.rows, np.empty if on else np.zeros
    enter, ends = room((max(1, len(on)), rows), np.int8), room((2 * max(1, len(on)), rows), np.int8)
    seen, expected = np.empty(rows, np.int8), list[Floats | None]([None] * len(on))
    at_once = [(number, each.ballots) for number, each in enumerate(on) if each.ballots is not None and not each.file]
    begin = 0
    for part in m.parts:
        end = begin + part.rows
        seen[begin:end] = symbol_regimes(part, config)
        for number, ballots in at_once:
            into = (enter[number], ends[2 * number], ends[2 * number + 1])
            verdict_of(tuple(ballots(part, config)), Verdict(*(signs[begin:end] for signs in into)))
        begin = end
    for number in set(range(len(on))).difference(number for number, _ in at_once):
        asked = _asked(history, on[number], m, config)
        enter[number], ends[2 * number], ends[2 * number + 1] = asked.enter, asked.ends_long, asked.ends_short
        expected[number] = asked.expected_move
    return _Words(enter, ends, expected, seen)


def _wanted(history: CandleHistory, words: _Words, config: TradingConfig) -> Ints:
    """The candles on which any strategy wants to enter, and the gate's filters let it."""
    wants = np.bitwise_or.reduce(words.enter, axis=0).astype(np.bool_, copy=False)
    wants &= _filtered(history, config)
    return np.flatnonzero(wants)


def _moves(on: Sequence[Strategy], words: _Words, m: Measured, candle: Ints, config: TradingConfig) -> Floats:
    """[strategy, call]: what each counts on."""
    few, moves = looked_up(m.whole, candle), np.zeros((max(1, len(on)), candle.size))
    for number, strategy in enumerate(on):
        told = words.expected[number]
        moves[number] = strategy.expected_move(few, config) if told is None else told[candle]
    return moves


def _asked(history: CandleHistory, strategy: Strategy, m: Measured, config: TradingConfig) -> Opinions:
    """A strategy of the operator's: by its ballots at once, by its votes window after window."""
    if strategy.ballots is not None:
        told = opinions_of(strategy, m.whole, (), config)
        if told.faults:
            raise UsageError(f"strategy {strategy.name} fails where it is asked about all candles: {told.faults[0]}")
        return told
    windows = [
        cut(run, max(0, end - WINDOW), end)
        for run in history.recording.candles
        for end in range(1, len(run.open_ns) + 1)
    ]
    return opinions_of(strategy, chosen(m.whole, np.arange(m.whole.rows)), windows, config)


def _filtered(history: CandleHistory, config: TradingConfig) -> NDArray[np.bool_]:
    """Where the gate's filters let anybody enter, as far as candles and lists say."""

    def look() -> NDArray[np.bool_]:
        may: NDArray[np.bool_] = ages(history.recording.candles) >= config.MIN_AGE
        may &= _has_volume(history, config.MIN_DAY_VOLUME)
        begin = 0
        for end, instrument in zip(history.ends.tolist(), history.instruments, strict=True):
            symbol = instrument.symbol
            if symbol in config.DENY or (config.ALLOW and symbol not in config.ALLOW):
                may[begin:end] = False
            begin = end
        return may

    key = ("filtered", config.MIN_AGE, config.MIN_DAY_VOLUME, tuple(config.ALLOW), tuple(config.DENY))
    return history.recording.once(key, look)


def _has_volume(history: CandleHistory, least: float) -> NDArray[np.bool_]:
    about, edges = history.day_volume, [0, *history.ends.tolist()]
    enough: NDArray[np.bool_] = about >= least
    for place in np.flatnonzero(np.abs(about - least) <= 1.0 + 1e-6 * least).tolist():
        ticker = int(np.searchsorted(history.ends, place, "right"))
        exact = Decimal(str(history.exact_day_volume(ticker, place - edges[ticker])))
        enough[place] = exact >= Decimal(str(least))
    return enough


def _stops(history: CandleHistory, config: TradingConfig, m: Measures, ticker: Ints, candle: Ints) -> tuple[Ints, Ints]:
    """Where the stops of a long and of a short go, in ticks."""
    ticks, edges = np.array([float(row.tick) for row in history.instruments]), [0, *history.ends.tolist()]
    long, short, doubtful = np.empty_like(candle), np.empty_like(candle), np.empty_like(candle)
    count = place_stops(candle, ticker, ticks, (m.atr, m.close), config.STOP_ATRS, (long, short), doubtful)
    for place in doubtful[:count].tolist():
        i = int(ticker[place])
        long[place], short[place] = _exact_stops(history, config, i, int(candle[place]) - edges[i])
    return long, short


def _exact_stops(history: CandleHistory, config: TradingConfig, ticker: int, place: int) -> tuple[int, int]:
    """The same as the engine has it, from its own window."""
    run, rules = history.recording.candles[ticker], history.instruments[ticker]
    m = measure_last([cut(run, max(0, place + 1 - WINDOW), place + 1)], config)
    price, distance = Decimal(str(float(m.close[0]))), Decimal(str(float(config.STOP_ATRS * m.atr[0])))
    return rules.ticks_below(price - distance), rules.ticks_above(price + distance)
