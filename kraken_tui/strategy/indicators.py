"""What the candles measure: RSI, means, volume ratio, volatility, choppiness, channel and ATR, candle by candle.

Every value rests on its candle and those before it alone. RSI and ATR are TA-Lib's (Wilder's averages); what is a sum
over the last candles is counted by `kernel`. Ratios are rounded to nine decimals: what is left of where a Wilder
average began, after 720 candles, lies below that and decides nothing.
"""

from collections.abc import Sequence
from typing import cast

import numpy as np
import talib
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.strategy.compiling import Floats as Floats
from kraken_tui.strategy.kernel import count_rows, find_fault
from kraken_tui.strategy.ratios import derive
from kraken_tui.strategy.side_by_side import count_history
from kraken_tui.strategy.voting import outside

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
    """E. W. Dreiss's index: 100 log(sum of true ranges / range) / log(candles); low in a trend, high in a range."""
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

    @property
    def way_back(self) -> Floats:
        """From the close to the slow mean, in percent of the close; counted when it is asked for."""
        return np.abs(self.stretch) * self.atr_percent

    @property
    def beyond(self) -> Floats:
        """Percent that the close is outside of the channel of the candles before it: above it positive, below it
        negative, within 0; counted when it is asked for.
        """
        told = np.empty(self.rows)
        outside(self.over, self.under, self.middle, told)
        return told


def measure(candles: Candles, config: TradingConfig, first: int = 0) -> Measures:
    """The measures of the candles from `first` on; a row of NaN where fewer than the warm-up were known.

    Args:
        candles: finite prices above zero.
        config: the periods.
        first: the first candle of interest; 0 for all history.
    """
    measures = empty_measures(max(0, len(candles.close) - first))
    fill(measures, candles, config, first)
    return measures


def measure_last(windows: Sequence[Candles], config: TradingConfig) -> Measures:
    """The measures of the last candle of each window, in a row each."""
    table, periods = np.full((len(windows), COLUMNS), np.nan), _periods(config)
    for row, window in enumerate(windows):
        first = len(window.close) - 1
        count_rows(window.high, window.low, window.close, window.volume, periods, config.warm_up, first,
                   table[row : row + 1])  # fmt: skip
        _add_averages(table[row : row + 1].T, window, config, first)
    measures = empty_measures(len(windows))
    derive(np.ascontiguousarray(table.T), _columns(measures))
    return measures


def empty_measures(rows: int) -> Measures:
    """Room for so many rows."""
    return Measures(**{name: np.empty(rows) for name in Measures.__struct_fields__})


def fill(
    measures: Measures, candles: Candles, config: TradingConfig, first: int = 0, room: Floats | None = None
) -> None:
    """Write what `measure` returns into the rows of `measures`, which are contiguous.

    Args:
        measures: to be filled.
        candles: as there.
        config: as there.
        first: as there.
        room: COLUMNS numbers or more for each row, to count in; many histories in turn need not ask for new memory.
    """
    high, low, close, volume, periods = candles.high, candles.low, candles.close, candles.volume, _periods(config)
    size = COLUMNS * measures.rows
    columns = (np.empty(size) if room is None else room[:size]).reshape(COLUMNS, measures.rows)
    if first == 0 and len(close) >= MANY:
        columns[:, : config.warm_up - 1] = np.nan
        count_history(high, low, close, volume, periods, config.warm_up, columns)
    else:
        table = np.full((measures.rows, COLUMNS), np.nan)
        count_rows(high, low, close, volume, periods, config.warm_up, first, table)
        columns[:] = table.T
    _add_averages(columns, candles, config, first)
    derive(columns, _columns(measures))


def _columns(measures: Measures) -> tuple[Floats, ...]:
    return tuple(getattr(measures, name) for name in Measures.__struct_fields__)


def _periods(config: TradingConfig) -> NDArray[np.int64]:
    return np.array(
        [
            config.FAST_MEAN, config.SLOW_MEAN, config.VOLUME_PERIOD, config.VOLATILITY_PERIOD, config.CALM_PERIOD,
            config.CHOPPINESS_PERIOD, config.CHANNEL_PERIOD,
        ]
    )  # fmt: skip


def _add_averages(columns: Floats, candles: Candles, config: TradingConfig, first: int) -> None:
    """The close, and what TA-Lib counts."""
    high, low, close = candles.high, candles.low, candles.close
    columns[CLOSE] = close[first:]
    if len(close) >= config.warm_up:
        columns[RSI] = talib.RSI(close * SCALE, config.RSI_PERIOD)[first:]
        columns[ATR] = talib.ATR(high, low, close, config.ATR_PERIOD)[first:]


def chosen(measures: Measures, rows: NDArray[np.int64]) -> Measures:
    """Those rows alone."""
    return Measures(**{name: getattr(measures, name)[rows] for name in Measures.__struct_fields__})


class _Some:
    """Some rows; each column is taken from all of them when it is first asked for."""

    def __init__(self, measures: Measures, rows: NDArray[np.int64]) -> None:
        self._measures, self._chosen = measures, rows

    @property
    def rows(self) -> int:
        return len(self._chosen)

    def __getattr__(self, name: str) -> Floats:
        column: Floats = getattr(self._measures, name).take(self._chosen)
        setattr(self, name, column)
        return column


def looked_up(measures: Measures, rows: NDArray[np.int64]) -> Measures:
    """As `chosen`, for who looks at few of the columns."""
    return cast(Measures, _Some(measures, rows))


def fault_in(candles: Candles) -> str:
    """What makes the candles unusable; empty if nothing."""
    if not len(candles.close):
        return "no candle is known"
    return FAULTS[find_fault(candles.open, candles.high, candles.low, candles.close, candles.volume)]
