"""All that was recorded of a market, as candles: read once, measured once for each choice of periods."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.market.candles import REACH
from kraken_tui.model.instrument import Instrument
from kraken_tui.replay.candles.comparing import Comparisons
from kraken_tui.replay.candles.shelf import Shelf
from kraken_tui.replay.candles.tape import Pair
from kraken_tui.strategy.indicators import COLUMNS, Measures, empty_measures, fill

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
T = TypeVar("T")

DAY = 288
"""Candles in 24 hours, as the gate's volume has them."""
ROOM = 1 << 30
"""Bytes that measures may take, and as many the rows of parts, besides those that are in use."""


class Recording(Struct, frozen=True, kw_only=True):
    """All that was recorded, whatever part of it is played."""

    instruments: tuple[Instrument, ...]
    pairs: tuple[Pair, ...]
    candles: tuple[Candles, ...]
    """Of each ticker, from its first whole span on."""
    first_span: int
    """Since the epoch: one before every span that anybody hears of."""
    offsets: Ints
    """[ticker]: what to add to a span, counted from the first, for its place among the candles of all tickers."""
    interval_ns: int
    spread: float
    longest_ns: int
    """The longest recorded candle; 0 where only trades are."""
    kept: dict[Hashable, Any]
    measured: "Shelf[Measured]"
    """By periods."""
    cuts: Shelf[Any]
    """Parts, by begin and end; see `CandleHistory.cut`."""

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` made the first time that it was asked for."""
        if key not in self.kept:
            self.kept[key] = make()
        found: T = self.kept[key]
        return found


class Measured(Struct, frozen=True):
    """The measures of every candle, ticker after ticker."""

    whole: Measures
    comparisons: Comparisons
    tables: dict[tuple[str, ...], Floats]

    @property
    def size(self) -> int:
        """Bytes, what was made of them included."""
        columns: list[Floats] = [getattr(self.whole, name) for name in Measures.__struct_fields__]
        return sum(column.nbytes for column in (*columns, *self.tables.values())) + self.comparisons.size

    def table(self, names: tuple[str, ...]) -> Floats:
        """[candle, column]: close, ATR and these measures; what is asked of one candle lies side by side."""
        if names not in self.tables:
            self.tables[names] = np.stack([getattr(self.whole, name) for name in ("close", "atr", *names)], axis=1)
        return self.tables[names]


def measured_of(runs: Sequence[Candles], config: TradingConfig) -> Measured:
    """The measures of every candle of these tickers."""
    whole, begin = empty_measures(sum(len(run.open_ns) for run in runs)), 0
    room = np.empty(COLUMNS * max((len(run.open_ns) for run in runs), default=0))
    for run in runs:
        end = begin + len(run.open_ns)
        fill(_cut(whole, begin, end), run, config, room=room)
        begin = end
    return Measured(whole, Comparisons(whole), {})


def _cut(measures: Measures, begin: int, end: int) -> Measures:
    return Measures(**{name: getattr(measures, name)[begin:end] for name in Measures.__struct_fields__})


def day_volumes(runs: Sequence[Candles]) -> Floats:
    """About what each candle's last 24 hours traded, in quote units, ticker after ticker."""
    return np.concatenate([_day_volume(run) for run in runs])


def _day_volume(run: Candles) -> Floats:
    total = np.cumsum(run.volume * run.close)
    before = np.zeros(len(total))
    before[DAY:] = total[:-DAY]
    return total - before


def ages(runs: Sequence[Candles]) -> Ints:
    """How many candles the engine knows at each candle of each ticker."""
    return np.concatenate([np.minimum(np.arange(1, len(run.open_ns) + 1), REACH) for run in runs])
