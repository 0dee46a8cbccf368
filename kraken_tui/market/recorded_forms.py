"""The forms of recorded markets that are known; a file in none of them is refused."""

import re
from enum import Enum

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.config.instruments import load_instruments, symbol_of_pair
from kraken_tui.model.errors import UsageError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Kind(Enum):
    """What a file holds."""

    TRADES = "trades"
    QUOTES = "quotes"
    CANDLES = "candles"
    BOOK = "order book"
    """Known, and not needed for prices."""


class Form(Struct, frozen=True):
    """Columns of a file."""

    kind: Kind
    columns: tuple[str, ...]
    headed: bool
    time_us: float
    """Microseconds in the time column's unit."""
    prices: tuple[int, ...]
    """Columns of price; bid, ask; or open, high, low, close."""
    amounts: tuple[int, ...] = ()
    """Columns of bid and ask amount, or of volume."""


TOP20 = [f"{side}{what}{level}" for side in "ba" for level in range(20) for what in "pq"]
BOM = "\ufeff"
"""What some programs put before a table's first cell."""
CANDLE = ("open", "high", "low", "close", "volume")
FORMS = (
    Form(Kind.TRADES, ("unix_seconds", "price", "volume"), False, 1e6, (1,), (2,)),
    Form(Kind.CANDLES, ("unix_seconds", *CANDLE, "trades"), False, 1e6, (1, 2, 3, 4), (5,)),
    Form(Kind.TRADES, ("ts_us", "price", "volume", "side", "type"), True, 1, (1,), (2,)),
    Form(Kind.QUOTES, ("ts_s", "bid", "ask"), True, 1e6, (1, 2)),
    Form(Kind.CANDLES, ("ts_ms", *CANDLE), True, 1e3, (1, 2, 3, 4), (5,)),
    Form(Kind.CANDLES, ("ts_ms", *CANDLE, "trades"), True, 1e3, (1, 2, 3, 4), (5,)),
    Form(Kind.TRADES, ("recv_ms", "exch_ms", "trade_id", "price", "qty", "taker_side"), True, 1e3, (3,), (4,)),
    Form(Kind.QUOTES, ("recv_ms", "bid", "bid_qty", "ask", "ask_qty"), True, 1e3, (1, 3), (2, 4)),
    Form(Kind.BOOK, ("recv_ms", "exch_ms", "side", "price", "qty"), True, 1e3, ()),
    Form(Kind.BOOK, ("recv_ms", *TOP20), True, 1e3, ()),
)


class Rows(Struct, frozen=True, kw_only=True):
    """A file's good rows, in the order of time."""

    kind: Kind
    time_ns: NDArray[np.int64]
    prices: Floats
    """(row, column of `Form.prices`)"""
    amounts: Floats | None
    """(row, column of `Form.amounts`); None where the form has none."""
    interval_ns: int
    """Length of a candle; 0 for other kinds."""
    bad: int
    """Rows skipped."""
    first_bad: str
    """Line and fault of the first row skipped; empty for none."""


def is_day(name: str) -> bool:
    """Whether a file is named as a day that this program downloaded."""
    return re.fullmatch(r"\d{4}-\d\d-\d\d\.parquet", name) is not None


def pair_of_file(name: str) -> tuple[str, int]:
    """Symbol and candle minutes that a file's name tells: `XBTUSD_5.csv` is (`BTC/USD`, 5); 0 where none are told.

    A day as this program downloads it is named by its folder: `BTC-USD/2026-11-19.parquet`.

    Raises:
        UsageError: the name is no pair's.
    """
    folder, _, file = name.rpartition("/")
    stem = re.sub(r"\.(csv(\.gz)?|parquet)$", "", file, flags=re.IGNORECASE)
    if is_day(file):
        stem = folder.rpartition("/")[-1]
    pair, _, rest = stem.partition("_")
    symbol = symbol_of_pair(pair.upper().replace("-", ""), load_instruments().values())
    if symbol is None:
        raise UsageError(
            f"{name}: the name must begin with a pair, such as XBTUSD.csv, ETHUSD_5.csv, BTCUSDT_bbo.csv.gz"
        )
    return symbol, int(rest) if rest.isdigit() else 0


def form_of(name: str, first_line: str) -> Form:
    """The form that a file's first line shows.

    Raises:
        UsageError: none of those known.
    """
    cells = tuple(cell.strip() for cell in first_line.split(","))
    for form in FORMS:
        if form.headed and cells == form.columns:
            return form
    for form in FORMS:
        if not form.headed and len(cells) == len(form.columns) and cells[0][:1].isdigit():
            return form
    known = "; ".join(f"{','.join(form.columns[:7])}{'' if form.headed else ' (no header)'}" for form in FORMS)
    raise UsageError(f"{name}, line 1: {first_line[:80]!r} is in no known form. Known are: {known}")
