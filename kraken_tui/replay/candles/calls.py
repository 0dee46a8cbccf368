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
from kraken_tui.replay.candles.bits import Bits, Maps, packed, unpacked, words_for
from kraken_tui.replay.candles.calling import MEASURES, by_closing
from kraken_tui.replay.candles.history import CandleHistory
from kraken_tui.replay.candles.maps import want
from kraken_tui.replay.candles.recording import Measured, ages
from kraken_tui.replay.candles.rows import UNSURE, Calls, Flags
from kraken_tui.replay.candles.words import Words, regimes_of, words_of
from kraken_tui.strategy.contract import Move, Strategy
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


def said_of(
    history: CandleHistory, config: TradingConfig, strategies: Sequence[Strategy], beliefs: Ints | None = None
) -> Said:
    """Ask every strategy about every candle.

    Args:
        history: see `candle_history`.
        config: thresholds, periods, filters, and which strategies are on.
        strategies: those that are loaded.
        beliefs: what is believed of the market after each closing; see `rows.Foreseen`.

    Raises:
        UsageError: a strategy of the operator's fails where it is asked about all candles.
    """
    on, m = enabled(strategies, config), history.measures(config)
    words, seen = words_of(history, on, m, config), regimes_of(m.comparisons, config)
    (choices, traded, trades), believed = _choices(on), seen
    if config.HYSTERESIS > 1:
        believed = np.zeros_like(seen)
        believe_all(seen, history.ends, config.HYSTERESIS, MEMORY, believed)
    wide, wanted = m.comparisons.above("widest", config.MAX_CANDLE_RANGE), np.empty((len(on), len(seen[0])), np.uint64)
    want(words.enter, believed, traded, _filtered(history, config), wide, wanted)
    if beliefs is None:
        beliefs = np.full(len(history.market.places.closings), UNSURE)
    heard = _heard(history, wanted, beliefs, trades)
    calls = _calls(history, on, m, config, wanted, heard, believed, words.expected)
    return Said(strategies=on, calls=calls, words=words, choices=choices, watches=any(each.never for each in on))


@lru_cache(maxsize=64)
def _choices(on: tuple[Strategy, ...]) -> tuple[Ints, Flags, Flags]:
    """Who trades what: the strategy of [believed market, regime], and whether [strategy, regime] and [believed market,
    strategy] ever are.
    """
    choices = np.array([choose(REGIMES, market, on) for market in BELIEVED])
    chosen = choices == np.arange(len(on))[:, None, None]
    return choices, chosen.any(axis=1), np.ascontiguousarray(chosen.any(axis=2).T)


def _heard(history: CandleHistory, wanted: Maps, beliefs: Ints, trades: Flags) -> Maps:
    """[strategy, closing, word of tickers]: what is wanted, as far as it is heard and may be meant."""
    places = history.market.places
    last = int(np.searchsorted(places.closings, history.market.rows))
    heard = np.zeros((len(wanted), last, words_for(len(history.instruments))), np.uint64)
    if last:
        first_span = int(places.span[places.closings[0]])
        by_closing(wanted, history.ends, history.recording.offsets, first_span, beliefs, trades, heard)
    return heard


def _calls(
    history: CandleHistory, on: Sequence[Strategy], m: Measured, config: TradingConfig, wanted: Maps, heard: Maps,
    believed: Maps, told: Sequence[Floats | None],
) -> Calls:  # fmt: skip
    """What is wanted at each closing, and where what else is asked of it is to be found."""
    moves = [each.expected_move for each in on]
    declared = [move for move in moves if isinstance(move, Move)]
    names = tuple(sorted({move.measure for move in declared if move.measure}))
    sources, times, own = np.zeros(max(1, len(on)), np.int64), np.ones(max(1, len(on))), list[Floats]()
    for number, move in enumerate(moves):
        if told[number] is None and isinstance(move, Move):
            sources[number] = MEASURES + names.index(move.measure) if move.measure else 0
            times[number] = move.times(config)
            continue
        own.append(_own(on[number], m, config, wanted[number], told[number]))
        sources[number] = -len(own)
    ticks = np.array([float(row.tick) for row in history.instruments])
    return Calls(
        heard, believed, m.table(names), sources, times, np.array(own) if own else np.empty((0, 0)), ticks,
        np.array([config.STOP_ATRS], np.float64),
    )  # fmt: skip


def _own(strategy: Strategy, m: Measured, config: TradingConfig, wanted: Bits, told: Floats | None) -> Floats:
    """What a strategy expects where it is wanted."""
    if told is not None:
        return told
    expected = np.full(m.whole.rows, np.nan)
    candles = np.flatnonzero(unpacked(wanted, m.whole.rows))
    expected[candles] = strategy.expected_move(looked_up(m.whole, candles), config)
    return expected


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


def exact_stop(history: CandleHistory, config: TradingConfig, ticker: int, candle: int, side: int) -> int:
    """Where the stop of a call goes as the engine has it, from its own window; ticks."""
    run, rules = history.recording.candles[ticker], history.instruments[ticker]
    place = candle - int(history.ends[ticker]) + len(run.open_ns)
    m = measure_last([cut(run, max(0, place + 1 - WINDOW), place + 1)], config)
    price, distance = Decimal(str(float(m.close[0]))), Decimal(str(float(config.STOP_ATRS * m.atr[0])))
    return rules.ticks_below(price - distance) if side > 0 else rules.ticks_above(price + distance)
