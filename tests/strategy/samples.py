"""Candles that tests start from."""

from functools import cache

import numpy as np

from kraken_tui.clock import SEEDED_START_NS
from kraken_tui.market.candle_book import Candles
from kraken_tui.market.candles import SPAN_NS
from kraken_tui.strategy.candle_files import frozen, read_candles
from tests.recorded import recorded

PAIRS = ("XDG", "PEPE", "XRP", "ETH", "SOL", "LTC", "FLR", "SGB", "HONEY")


@cache
def half_year(pair: str) -> Candles:
    """Recorded candles of one pair, as Kraken names it."""
    found = read_candles(recorded("kraken_ohlcvt_5m_2024H2") / f"{pair}USD.csv.gz")
    return next(iter(found.values()))


def candles_of(closes: "np.ndarray[tuple[int], np.dtype[np.float64]] | list[float]", volume: float = 10.0) -> Candles:
    """Candles that open at the last close, without wicks."""
    close = np.asarray(closes, np.float64)
    opened = np.concatenate([close[:1], close[:-1]])
    times = SEEDED_START_NS + np.arange(len(close), dtype=np.int64) * SPAN_NS
    return frozen(
        times, opened, np.maximum(opened, close), np.minimum(opened, close), close.copy(), np.full(len(close), volume)
    )


def changed(candles: Candles, name: str, row: int, value: float) -> Candles:
    """The same with one number changed."""
    columns = {field: getattr(candles, field).copy() for field in Candles.__struct_fields__}
    columns[name][row] = value
    return frozen(*columns.values())
