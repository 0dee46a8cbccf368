"""What the strategies say of every candle of a history, as arrays: entries that may be wanted, and reasons to leave."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.scan import Regime
from kraken_tui.replay.candles.beliefs import believe_all
from kraken_tui.replay.candles.bits import Bits, Maps, packed
from kraken_tui.replay.candles.calling import Found, find_calls, order_calls, select_calls
from kraken_tui.replay.candles.history import CandleHistory
from kraken_tui.replay.candles.maps import want
from kraken_tui.replay.candles.recording import Measured, ages
from kraken_tui.replay.candles.rows import Calls, Flags
from kraken_tui.replay.candles.words import Words, regimes_of, words_of
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.history import WINDOW, cut
from kraken_tui.strategy.indicators import looked_up, measure_last
from kraken_tui.strategy.regimes import MEMORY, SymbolRegime
from kraken_tui.strategy.strategy_orchestrator import choose, enabled

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
    words: Words
    choices: Ints
    """[believed market, regime]; see `rows.Rules`."""
    watches: bool
    """Whether any of them looks at the market's regime."""


def said_of(history: CandleHistory, config: TradingConfig, strategies: Sequence[Strategy]) -> Said:
    """Ask every strategy about every candle.

    Raises:
        UsageError: a strategy of the operator's fails where it is asked about all candles.
    """
    on, m = enabled(strategies, config), history.measures(config)
    words, seen = words_of(history, on, m, config), regimes_of(m.comparisons, config)
    (choices, traded), believed = _choices(on), seen
    if config.HYSTERESIS > 1:
        believed = np.zeros_like(seen)
        believe_all(seen, history.ends, config.HYSTERESIS, MEMORY, believed)
    wide = m.comparisons.above("widest", config.MAX_CANDLE_RANGE)
    room, wanted = np.empty((2, len(wide)), np.uint64)
    want(words.enter, believed, traded, _filtered(history, config), wide, room, wanted)
    calls = _calls(history, m, config, wanted, believed, max(1, len(on)))
    places, candles = np.empty((2, len(calls.row)), np.int64)
    for number, strategy in enumerate(on):
        count = select_calls(calls, traded[number], places, candles)
        told, mine = words.expected[number], candles[:count]
        moves = strategy.expected_move(looked_up(m.whole, mine), config) if told is None else told[mine]
        calls.expected[number, places[:count]] = moves
    return Said(strategies=on, calls=calls, words=words, choices=choices, watches=any(each.never for each in on))


@lru_cache(maxsize=64)
def _choices(on: tuple[Strategy, ...]) -> tuple[Ints, Flags]:
    """Who trades what: the strategy of [believed market, regime], and whether [strategy, regime] ever is."""
    choices = np.array([choose(REGIMES, market, on) for market in BELIEVED])
    traded = (choices == np.arange(len(on))[:, None, None]).any(axis=1)
    return choices, traded


def _calls(
    history: CandleHistory, m: Measured, config: TradingConfig, wanted: Bits, believed: Maps, strategies: int
) -> Calls:
    """What is wanted, in the order of time; nothing is expected of it yet."""
    ticks, heard = np.array([float(row.tick) for row in history.instruments]), history.heard
    found = np.empty((len(Found), int(np.bitwise_count(wanted).sum())), np.int64)
    measured, offsets = (m.whole.atr, m.whole.close, ticks), history.recording.offsets
    count = find_calls(wanted, history.ends, offsets, heard, measured, config.STOP_ATRS, found)
    for place in np.flatnonzero(found[Found.IS_SURE, :count] == 0).tolist():
        stops = _exact_stops(history, config, int(found[Found.TICKER, place]), int(found[Found.CANDLE, place]))
        found[Found.LONG, place], found[Found.SHORT, place] = stops
    row, ticker, candle, long, short = (np.empty(count, np.int64) for _ in range(5))
    calls = Calls(row, ticker, candle, np.empty(count, np.int8), np.empty((strategies, count)), long, short)
    order_calls(found, count, heard, believed, np.zeros(heard.size + 1, np.int64), calls)
    return calls


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


def _exact_stops(history: CandleHistory, config: TradingConfig, ticker: int, candle: int) -> tuple[int, int]:
    """The same as the engine has it, from its own window."""
    run, rules = history.recording.candles[ticker], history.instruments[ticker]
    place = candle - int(history.ends[ticker]) + len(run.open_ns)
    m = measure_last([cut(run, max(0, place + 1 - WINDOW), place + 1)], config)
    price, distance = Decimal(str(float(m.close[0]))), Decimal(str(float(config.STOP_ATRS * m.atr[0])))
    return rules.ticks_below(price - distance), rules.ticks_above(price + distance)
