"""What the strategies say of every candle of a history, as arrays: entries that may be wanted, and reasons to leave."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.scan import Regime
from kraken_tui.replay.candles.beliefs import believe_all, find_calls, lay_out, order_calls, place_stops
from kraken_tui.replay.candles.bits import Bits, Maps, packed
from kraken_tui.replay.candles.history import CandleHistory, Measured, ages
from kraken_tui.replay.candles.rows import Calls
from kraken_tui.replay.candles.words import Words, regimes_of, words_of
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.history import WINDOW, cut
from kraken_tui.strategy.indicators import Measures, looked_up, measure_last
from kraken_tui.strategy.regimes import MEMORY, SymbolRegime
from kraken_tui.strategy.strategy_orchestrator import NO_TRADE, choose, enabled

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

REGIMES = np.array(list(SymbolRegime), np.int8)
BELIEVED = (None, *Regime)
"""What may be believed of the market, by number."""


class Said(Struct, frozen=True, kw_only=True):
    """What the strategies say, whatever is held."""

    strategies: tuple[Strategy, ...]
    """Those that are on."""
    calls: Calls
    ends: Maps
    """[strategy and side, word]; see `rows.Rules`."""
    watches: bool
    """Whether any of them looks at the market's regime."""


def said_of(history: CandleHistory, config: TradingConfig, strategies: Sequence[Strategy]) -> Said:
    """Ask every strategy about every candle.

    Raises:
        UsageError: a strategy of the operator's fails where it is asked about all candles.
    """
    on, m = enabled(strategies, config), history.measures(config)
    words, seen = words_of(history, on, m, config), regimes_of(m.comparisons, config)
    choices, believed = np.array([choose(REGIMES, market, on) for market in BELIEVED]), np.zeros_like(seen)
    believe_all(seen, history.ends, config.HYSTERESIS, MEMORY, believed)
    wanted = _wanted(words, believed, choices) & _filtered(history, config)
    wanted &= ~m.comparisons.above("widest", config.MAX_CANDLE_RANGE)
    candle = np.empty(int(np.bitwise_count(wanted).sum()), np.int64)
    candle = candle[: find_calls(wanted, (m.whole.atr, m.whole.close), config.STOP_ATRS, candle)]
    ticker, order = np.empty_like(candle), np.empty_like(candle)
    places, offsets = np.zeros(history.heard.size + 1, np.int64), history.recording.offsets
    order = order[: order_calls(candle, history.ends, offsets, history.heard, places, ticker, order)]
    long, short = _stops(history, config, m.whole, ticker, candle)
    side, strategy, expected = (np.empty((len(BELIEVED), order.size), kind) for kind in (np.int8, np.int8, np.float64))
    moves = _moves(on, words, m, candle, config)
    lay_out(candle, order, believed, choices, words.enter, moves, (side, strategy, expected))
    calls = Calls(
        row=history.heard[candle[order] - offsets[ticker[order]]], ticker=ticker[order], side=side,
        strategy=strategy, expected=expected, stop_long=long[order], stop_short=short[order],
    )  # fmt: skip
    return Said(strategies=on, calls=calls, ends=words.ends, watches=any(strategy.never for strategy in on))


def _wanted(words: Words, believed: Maps, choices: Ints) -> Bits:
    """The candles on which, whatever is believed of the market, some strategy that trades the regime may enter."""
    wanted = np.zeros(believed.shape[1], np.uint64)
    for number in set(choices.flat) - {NO_TRADE}:
        regimes = np.flatnonzero((choices == number).any(axis=0))
        enter = words.enter[2 * number] | words.enter[2 * number + 1]
        wanted |= enter & np.bitwise_or.reduce(believed[regimes], axis=0)
    return wanted


def _moves(on: Sequence[Strategy], words: Words, m: Measured, candle: Ints, config: TradingConfig) -> Floats:
    """[strategy, call]: what each counts on."""
    few, moves = looked_up(m.whole, candle), np.zeros((max(1, len(on)), candle.size))
    for number, strategy in enumerate(on):
        told = words.expected[number]
        moves[number] = strategy.expected_move(few, config) if told is None else told[candle]
    return moves


def _filtered(history: CandleHistory, config: TradingConfig) -> Bits:
    """Where the gate's filters let anybody enter, as far as candles and lists say."""

    def look() -> Bits:
        may: NDArray[np.bool_] = ages(history.recording.candles) >= config.MIN_AGE
        may &= _has_volume(history, config.MIN_DAY_VOLUME)
        begin = 0
        for end, instrument in zip(history.ends.tolist(), history.instruments, strict=True):
            symbol = instrument.symbol
            if symbol in config.DENY or (config.ALLOW and symbol not in config.ALLOW):
                may[begin:end] = False
            begin = end
        return packed(may)

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
