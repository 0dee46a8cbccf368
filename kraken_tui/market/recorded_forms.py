"""The forms of recorded markets that are known, and how a file in one of them becomes arrays.

A bad row is skipped, counted, and the first one is kept with its line number; a file in no known form is refused.
"""

import re
from enum import Enum
from itertools import compress

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
BACKWARDS = "time goes backwards"
LATEST_S = 4_102_444_800
"""2100: what lies beyond is a time in another unit, and one such row would stretch a replay over centuries."""
LEAST_PRICE, GREATEST_PRICE = 1e-12, 1e12
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


def pair_of_file(name: str) -> tuple[str, int]:
    """Symbol and candle minutes that a file's name tells: `XBTUSD_5.csv` is (`BTC/USD`, 5); 0 where none are told.

    Raises:
        UsageError: the name is no pair's.
    """
    stem = re.sub(r"\.csv(\.gz)?$", "", name.rsplit("/", 1)[-1], flags=re.IGNORECASE)
    pair, _, rest = stem.partition("_")
    symbol = symbol_of_pair(pair.upper(), load_instruments().values())
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


def parse(name: str, text: str, minutes: int = 0) -> Rows:
    """Read a file.

    Args:
        name: for messages.
        text: all of the file.
        minutes: candle length, where the name tells it; 0 takes the smallest step between two candles.

    Raises:
        UsageError: no known form, no good row, or most rows go backwards in time.
    """
    lines = text.removeprefix(BOM).splitlines()
    if not lines:
        raise UsageError(f"{name} is empty")
    form = form_of(name, lines[0])
    if form.kind is Kind.BOOK:
        return _rows(form, np.empty((0, 1)), 0, {})
    rows = parse_part(name, form, lines, 1 if form.headed else 0, minutes)
    if not len(rows.time_ns):
        raise UsageError(f"{name}: no good row; {rows.first_bad}")
    return rows


def parse_part(name: str, form: Form, lines: list[str], skip: int, minutes: int, before: int = 0) -> Rows:
    """Read some lines of a file, of which all may be bad.

    Args:
        name: for messages.
        form: the file's.
        lines: of it.
        skip: how many of them at the front are no rows.
        minutes: see `parse`.
        before: how many lines of the file come before these.

    Raises:
        UsageError: most rows go backwards in time.
    """
    faults: dict[int, str] = {}
    numbers, where = _numbers(form, lines, skip, faults)
    good = _good(form, numbers, where, faults)
    _check_order(name, faults, len(numbers))
    return _rows(form, numbers[good], minutes, {line + before: fault for line, fault in faults.items()})


def _first(faults: dict[int, str]) -> str:
    return f"line {min(faults)}: {faults[min(faults)]}" if faults else ""


def _numbers(form: Form, lines: list[str], skip: int, faults: dict[int, str]) -> tuple[Floats, NDArray[np.int64]]:
    """Time, prices and amounts as one array, and the line of each row; rows that are no numbers are faults."""
    commas, columns = len(form.columns) - 1, [0, *form.prices, *form.amounts]
    body = lines[skip:]
    fits = [line.count(",") == commas for line in body]
    where = np.flatnonzero(fits) + skip + 1
    if len(where) < len(body):
        for number, fit in enumerate(fits, skip + 1):
            if not fit and lines[number - 1].strip():
                faults[number] = f"not {commas + 1} columns: {lines[number - 1][:60]!r}"
        body = list(compress(body, fits))
    try:
        return _table(body, columns), where
    except ValueError:
        return _table_by_row(body, columns, where, faults)


def _table(lines: list[str], columns: list[int]) -> Floats:
    if not lines:
        return np.empty((0, len(columns)))
    return np.loadtxt(lines, delimiter=",", usecols=columns, ndmin=2, comments=None)


def _table_by_row(
    lines: list[str], columns: list[int], where: NDArray[np.int64], faults: dict[int, str]
) -> tuple[Floats, NDArray[np.int64]]:
    table, kept = [], []
    for line, number in zip(lines, where.tolist(), strict=True):
        cells = line.split(",")
        try:
            table.append([float(cells[column]) for column in columns])
            kept.append(number)
        except ValueError:
            faults[number] = f"not a number: {line[:60]!r}"
    return np.array(table, np.float64).reshape(-1, len(columns)), np.array(kept, np.int64)


def _good(form: Form, numbers: Floats, where: NDArray[np.int64], faults: dict[int, str]) -> Flags:
    """Which rows can be believed."""
    prices = numbers[:, 1 : 1 + len(form.prices)]
    good = np.ones(len(numbers), np.bool_)

    def refuse(wrong: Flags | np.bool_, why: str) -> None:
        hit = good & wrong
        faults.update(dict.fromkeys(where[hit].tolist(), why))
        good[hit] = False

    refuse(~np.isfinite(numbers).all(axis=1), "NaN or infinite")
    refuse((numbers[:, 0] <= 0) | (prices <= 0).any(axis=1), "zero or negative")
    unit = {1.0: "microseconds", 1e3: "milliseconds", 1e6: "seconds"}[form.time_us]
    refuse(numbers[:, 0] * form.time_us > LATEST_S * 1e6, f"after the year 2100; times are {unit} since 1970 here")
    refuse(((prices < LEAST_PRICE) | (prices > GREATEST_PRICE)).any(axis=1), "a price that no market has")
    if form.kind is Kind.QUOTES:
        refuse(prices[:, 0] >= prices[:, 1], "crossed: the bid is at or above the ask")
    if form.kind is Kind.CANDLES:
        refuse((prices[:, 1] < prices.max(axis=1)) | (prices[:, 2] > prices.min(axis=1)), "high or low inside the body")
    times = np.where(good, numbers[:, 0], -np.inf)
    refuse(times < np.maximum.accumulate(times), BACKWARDS)
    return good


TELLING_ROWS = 50
"""A part with fewer rows tells nothing of how its file is sorted."""


def _check_order(name: str, faults: dict[int, str], rows: int) -> None:
    """Refuse a file of which little would be left; sorting it here would guess at the order of equal times."""
    backwards = [line for line, fault in faults.items() if fault == BACKWARDS]
    if rows >= TELLING_ROWS and 2 * len(backwards) > rows:
        raise UsageError(
            f"{name}: rows are not in order of time: {len(backwards)} of {rows} are older than a row before them, "
            f"the first in line {min(backwards)}. Sort the file by its time column, oldest row first"
        )


def _rows(form: Form, numbers: Floats, minutes: int, faults: dict[int, str]) -> Rows:
    time_ns = np.rint(numbers[:, 0] * form.time_us).astype(np.int64) * 1000
    count = len(form.prices)
    interval_ns = 0
    if form.kind is Kind.CANDLES:
        steps = np.diff(np.unique(time_ns))
        interval_ns = minutes * 60_000_000_000 or (int(steps.min()) if steps.size else 60_000_000_000)
    return Rows(
        kind=form.kind,
        time_ns=time_ns,
        prices=numbers[:, 1 : 1 + count],
        amounts=numbers[:, 1 + count :] if form.amounts else None,
        interval_ns=interval_ns,
        bad=len(faults),
        first_bad=_first(faults),
    )
