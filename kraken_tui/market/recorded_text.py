"""A recorded table that is text, a row to a line: all of it, or some of its lines."""

from itertools import compress

import numpy as np

from kraken_tui.clock import MINUTE
from kraken_tui.market.recorded_digits import plain_table
from kraken_tui.market.recorded_forms import BOM, Floats, Form, Kind, Rows, form_of
from kraken_tui.market.recorded_rows import Faults, Ints, Sorting, believed, no_rows, rows_of
from kraken_tui.model.errors import UsageError


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
    form, sorting = form_of(name, lines[0]), Sorting()
    if form.kind is Kind.BOOK:
        return no_rows(form)
    rows = parse_part(form, lines, 1 if form.headed else 0, minutes * MINUTE, 0, sorting)
    sorting.check(name)
    if not len(rows.time_ns):
        raise UsageError(f"{name}: no good row; {rows.first_bad}")
    return rows


def parse_part(form: Form, lines: list[str], skip: int, interval_ns: int, before: int, sorting: Sorting) -> Rows:
    """Read some lines of a file, of which all may be bad.

    Args:
        form: the file's.
        lines: of it.
        skip: how many of them at the front are no rows.
        interval_ns: candle length; 0 takes the smallest step between two of these.
        before: how many lines of the file come before these.
        sorting: of the file's rows before these.
    """
    faults: Faults = {}
    numbers, where = _numbers(form, lines, skip, before, faults)
    return _good_rows(form, numbers, where, interval_ns, faults, sorting)


def parse_block(
    form: Form, text: bytes, skip: int, interval_ns: int, before: int, sorting: Sorting
) -> tuple[Rows, int]:
    """The same of lines as they lie in a file, and how many they are. Faster where they are nothing but numbers."""
    head, _, body = text.partition(b"\n") if skip else (b"", b"", text)
    numbers = None
    if skip == len(lines_of(head)):
        numbers = plain_table(body, len(form.columns) - 1, _columns(form))
    if numbers is None:
        lines = lines_of(text)
        return parse_part(form, lines, skip, interval_ns, before, sorting), len(lines)
    where = np.arange(before + skip + 1, before + skip + 1 + len(numbers))
    return _good_rows(form, numbers, where, interval_ns, {}, sorting), skip + len(numbers)


def lines_of(text: bytes) -> list[str]:
    """As lines, whatever ends them."""
    return text.decode("utf-8", "replace").splitlines()


def _good_rows(form: Form, numbers: Floats, where: Ints, interval_ns: int, faults: Faults, sorting: Sorting) -> Rows:
    good = believed(form, numbers[:, 0], numbers[:, 1:], where, faults, sorting)
    numbers = numbers if good.all() else numbers[good]
    time_ns = np.rint(numbers[:, 0] * form.time_us).astype(np.int64) * 1000
    return rows_of(form, time_ns, numbers[:, 1:], interval_ns, faults)


def _columns(form: Form) -> list[int]:
    return [0, *form.prices, *form.amounts]


def _numbers(form: Form, lines: list[str], skip: int, before: int, faults: Faults) -> tuple[Floats, Ints]:
    """Time, prices and amounts as one array, and the line of each row; rows that are no numbers are faults."""
    commas, columns = len(form.columns) - 1, _columns(form)
    body = lines[skip:]
    fits = [line.count(",") == commas for line in body]
    where = np.flatnonzero(fits) + before + skip + 1
    if len(where) < len(body):
        for number, (line, fit) in enumerate(zip(body, fits, strict=True), before + skip + 1):
            if not fit and line.strip():
                faults[number] = f"not {commas + 1} columns: {line[:60]!r}"
        body = list(compress(body, fits))
    try:
        return _table(body, columns), where
    except ValueError:
        return _table_by_row(body, columns, where, faults)


def _table(lines: list[str], columns: list[int]) -> Floats:
    if not lines:
        return np.empty((0, len(columns)))
    return np.loadtxt(lines, delimiter=",", usecols=columns, ndmin=2, comments=None)


def _table_by_row(lines: list[str], columns: list[int], where: Ints, faults: Faults) -> tuple[Floats, Ints]:
    table, kept = [], []
    for line, number in zip(lines, where.tolist(), strict=True):
        cells = line.split(",")
        try:
            table.append([float(cells[column]) for column in columns])
            kept.append(number)
        except ValueError:
            faults[number] = f"not a number: {line[:60]!r}"
    return np.array(table, np.float64).reshape(-1, len(columns)), np.array(kept, np.int64)
