"""What the candles measure: RSI, means, volume ratio, volatility, choppiness, channel and ATR, candle by candle.

Every value rests on its candle and those before it alone. RSI and ATR are TA-Lib's (Wilder's averages); what is a sum
over the last candles is counted by `kernel`. Ratios are rounded to nine decimals: what is left of where a Wilder
average began, after 720 candles, lies below that and decides nothing.
"""

from collections.abc import Sequence

import numpy as np
import talib
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.strategy.kernel import count_history, count_rows, find_fault

Floats = NDArray[np.float64]

SCALE = 2.0**40
"""TA-Lib takes a move below 1e-14 for none, and some coins cost 1e-9. A power of two changes no digit."""

MANY = 2048
"""Candles from which on they are counted side by side."""

CLOSE, RSI, ATR, COLUMNS = 10, 11, 12, 13
"""Columns of the table behind those that `kernel` fills."""

FAULTS = (
    "",
    "a candle's open is no price",
    "a candle's high is no price, or below its body",
    "a candle's low is no price, or above its body",
    "a candle's close is no price",
    "a candle's volume is no amount",
)


class Measures(Struct, frozen=True, kw_only=True):
    """One value per row; a row is a candle of one symbol, or a symbol at one close. NaN where nothing is known."""

    close: Floats
    """Quote units."""
    fast_mean: Floats
    """SMA of the closes; quote units."""
    slow_mean: Floats
    rsi: Floats
    """Wilder's, 0 to 100; NaN in a market that stands still."""
    gap: Floats
    """Fast mean over the slow one, percent."""
    stretch: Floats
    """Close over the slow mean, in ATRs."""
    volume_ratio: Floats
    """This candle's volume over the mean of those before it."""
    volatility: Floats
    """Realised: root of the mean square of log returns; percent per candle."""
    calm: Floats
    """Volatility over that of the calm period."""
    choppiness: Floats
    """E. W. Dreiss's index: 100 log10(sum of true ranges / range) / log10(candles); low in a trend, high in a range."""
    over: Floats
    """Close over the highest high of the candles before it, percent."""
    under: Floats
    """Close over the lowest low of the candles before it, percent."""
    middle: Floats
    """Close over the middle of those two, percent."""
    atr: Floats
    """Wilder's average true range; quote units."""
    atr_percent: Floats
    """The same in percent of the close."""
    traded: Floats
    """Percent of the candles in the volatility that saw a trade."""
    widest: Floats
    """Widest of those candles, from low to high, percent."""

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.close)


def measure(candles: Candles, config: TradingConfig, first: int = 0) -> Measures:
    """The measures of the candles from `first` on; a row of NaN where fewer than the warm-up were known.

    Args:
        candles: finite prices above zero.
        config: the periods.
        first: the first candle of interest; 0 for all history.
    """
    table = np.full((max(0, len(candles.close) - first), COLUMNS), np.nan)
    _fill(table, candles, _periods(config), config, first)
    return _derived(table)


def measure_last(windows: Sequence[Candles], config: TradingConfig) -> Measures:
    """The measures of the last candle of each window, in a row each."""
    table, periods = np.full((len(windows), COLUMNS), np.nan), _periods(config)
    for row, window in enumerate(windows):
        _fill(table[row : row + 1], window, periods, config, len(window.close) - 1)
    return _derived(table)


def _periods(config: TradingConfig) -> NDArray[np.int64]:
    return np.array(
        [
            config.FAST_MEAN, config.SLOW_MEAN, config.VOLUME_PERIOD, config.VOLATILITY_PERIOD, config.CALM_PERIOD,
            config.CHOPPINESS_PERIOD, config.CHANNEL_PERIOD,
        ]
    )  # fmt: skip


def _fill(table: Floats, candles: Candles, periods: NDArray[np.int64], config: TradingConfig, first: int) -> None:
    """What is counted, before any ratio of it."""
    high, low, close, warm_up = candles.high, candles.low, candles.close, config.warm_up
    if first == 0 and len(close) >= MANY:
        count_history(high, low, close, candles.volume, periods, warm_up, table)
    else:
        count_rows(high, low, close, candles.volume, periods, warm_up, first, table)
    table[:, CLOSE] = close[first:]
    if len(close) >= warm_up:
        table[:, RSI] = talib.RSI(close * SCALE, config.RSI_PERIOD)[first:]
        table[:, ATR] = talib.ATR(high, low, close, config.ATR_PERIOD)[first:]


def _derived(table: Floats) -> Measures:
    fast, slow, volume_ratio, short, long, choppiness, top, bottom, traded, widest, close, rsi, atr = table.T.copy()
    # A Wilder average of a market that stands still remembers its last move for ever: there it measures nothing.
    moves = short > 0
    rsi, atr = np.where(moves, rsi, np.nan), np.where(moves, atr, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Measures(
            close=close,
            fast_mean=fast,
            slow_mean=slow,
            rsi=_rounded(rsi),
            gap=_percent(fast, slow),
            stretch=_rounded((close - slow) / atr),
            volume_ratio=_rounded(volume_ratio),
            volatility=_rounded(100 * short),
            calm=_rounded(short / long),
            choppiness=_rounded(choppiness),
            over=_percent(close, top),
            under=_percent(close, bottom),
            middle=_percent(close, (top + bottom) / 2),
            atr=atr,
            atr_percent=_rounded(100 * atr / close),
            traded=_rounded(100 * traded),
            widest=_rounded(100 * widest),
        )


def chosen(measures: Measures, rows: NDArray[np.int64]) -> Measures:
    """Those rows alone."""
    return Measures(**{name: getattr(measures, name)[rows] for name in Measures.__struct_fields__})


def fault_in(candles: Candles) -> str:
    """What makes the candles unusable; empty if nothing."""
    if not len(candles.close):
        return "no candle is known"
    return FAULTS[find_fault(candles.open, candles.high, candles.low, candles.close, candles.volume)]


def prepare() -> None:
    """Compile now, so that the first close need not wait for it."""
    ones, times = np.ones(2), np.zeros(2, np.int64)
    ones.setflags(write=False)  # as live candles are: to numba a writable array is another type
    candles = Candles(times, ones, ones, ones, ones, ones)
    fault_in(candles)
    measure(candles, TradingConfig())


def _rounded(values: Floats) -> Floats:
    return np.round(values, 9)


def _percent(value: Floats, of: Floats) -> Floats:
    return _rounded(100 * (value / of - 1))
