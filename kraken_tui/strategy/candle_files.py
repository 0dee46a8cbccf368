"""Recorded candles as unbroken runs of five-minute candles, one per pair."""

import gzip
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kraken_tui.clock import MINUTE
from kraken_tui.market.candle_book import Candles
from kraken_tui.market.candles import SPAN_NS
from kraken_tui.market.recorded_files import Source, find_sources
from kraken_tui.market.recorded_forms import Form, Kind, form_of
from kraken_tui.model.errors import UsageError
from kraken_tui.strategy.indicators import Floats

Ints = NDArray[np.int64]


def read_candles(path: Path) -> dict[str, Candles]:
    """The candles in a file or a folder, by symbol; other tables in it are passed over.

    Args:
        path: in a form that `--market` takes too. Candles of one or five minutes, say: parts of five.

    Raises:
        UsageError: there are none, or they can't be read.
    """
    found = {source.symbol: candles for source in find_sources(path, ()) if (candles := _read(source)) is not None}
    if not found:
        raise UsageError(f"{path} holds no candles")
    return found


def _read(source: Source) -> Candles | None:
    if source.is_parquet:
        rows = source.rows()
        if rows.kind is not Kind.CANDLES or rows.amounts is None:
            return None
        return _fives(source, rows.time_ns, np.column_stack([rows.prices, rows.amounts]))
    try:
        data = source.read()
        lines = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8", "replace").splitlines()
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise UsageError(f"{source.name} can't be read: {error}") from error
    form = form_of(source.name, lines[0] if lines else "")
    if form.kind is not Kind.CANDLES:
        return None
    table = _table(source.name, form, lines[1:] if form.headed else lines)
    return _fives(source, np.rint(table[:, 0] * form.time_us).astype(np.int64) * 1000, table[:, 1:])


def _fives(source: Source, time_ns: Ints, table: Floats) -> Candles:
    steps = np.diff(time_ns)
    if (steps <= 0).any():
        raise UsageError(f"{source.name}: candles are not in the order of time")
    length_ns = source.minutes * MINUTE or (int(steps.min()) if len(steps) else SPAN_NS)
    if SPAN_NS % length_ns:
        raise UsageError(f"{source.name}: candles of {length_ns / MINUTE:g} minutes make none of five")
    good = _good(table)
    if not good.any():
        raise UsageError(f"{source.name}: no good row")
    return five_minutes(time_ns[good], *table[good].T)


def _table(name: str, form: Form, lines: list[str]) -> Floats:
    """Time, open, high, low, close and volume of every row with a time."""
    if not any(lines):
        raise UsageError(f"{name}: no good row")
    columns = (0, *form.prices, form.prices[-1] + 1)
    try:
        table = np.loadtxt(lines, delimiter=",", usecols=columns, ndmin=2, comments=None)
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from error
    return table[np.isfinite(table[:, 0])]


def _good(table: Floats) -> NDArray[np.bool_]:
    """The rows that can be believed."""
    prices, volume = table[:, :4], table[:, 4]
    good: NDArray[np.bool_] = np.isfinite(table).all(axis=1) & (prices > 0).all(axis=1) & (volume >= 0)
    good &= (prices[:, 1] >= prices.max(axis=1)) & (prices[:, 2] <= prices.min(axis=1))
    return good


def five_minutes(time_ns: Ints, opened: Floats, high: Floats, low: Floats, close: Floats, volume: Floats) -> Candles:
    """Candles of five minutes out of shorter ones or of as long, rising in time; spans without one are flat, volume 0.

    Args:
        time_ns: begin of each.
        opened: quote units.
        high: quote units.
        low: quote units.
        close: quote units.
        volume: base units.
    """
    span = time_ns // SPAN_NS
    starts = np.flatnonzero(np.diff(span, prepend=span[0] - 1))
    ends = np.append(starts[1:], len(span)) - 1
    where = span[starts] - span[0]
    size = int(where[-1]) + 1
    # Each span shows the last close before it, until a candle says otherwise.
    last = np.maximum.accumulate(np.where(np.isin(np.arange(size), where), np.arange(size), 0))
    closes = np.empty(size)
    closes[where] = close[ends]
    closes = closes[last]
    columns = [closes.copy(), closes.copy(), closes.copy(), closes, np.zeros(size)]
    told = [
        opened[starts],
        np.maximum.reduceat(high, starts),
        np.minimum.reduceat(low, starts),
        close[ends],
        np.add.reduceat(volume, starts),
    ]
    for column, values in zip(columns, told, strict=True):
        column[where] = values
    return frozen((span[0] + np.arange(size)) * SPAN_NS, *columns)


def frozen(open_ns: Ints, *columns: Floats) -> Candles:
    """Candles of these arrays, read-only from now on."""
    for array in (open_ns, *columns):
        array.setflags(write=False)
    return Candles(open_ns, *columns)
