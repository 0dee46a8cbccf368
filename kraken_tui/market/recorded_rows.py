"""Which rows of a recorded table can be believed, whatever part of it is looked at, and what becomes of them.

A bad row is skipped, counted, and the first one is kept with its number.
"""

from functools import reduce

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from kraken_tui.clock import MINUTE
from kraken_tui.market.recorded_forms import Flags, Floats, Form, Kind, Rows
from kraken_tui.model.errors import UsageError

Ints = NDArray[np.int64]
Faults = dict[int, str]
"""By line, or by row where there are no lines."""

NEVER_NS = 1 << 62
"""After everything."""
BACKWARDS = "time goes backwards"
LATEST_S = 4_102_444_800
"""2100: what lies beyond is a time in another unit, and one such row would stretch a replay over centuries."""
LEAST_PRICE, GREATEST_PRICE = 1e-12, 1e12
TELLING_ROWS = 50
"""A table with fewer rows tells nothing of how it is sorted."""
UNITS = {1e-3: "nanoseconds", 1.0: "microseconds", 1e3: "milliseconds", 1e6: "seconds"}


class Sorting:
    """How the rows of one table lie in time, as far as it was looked at.

    Args:
        word: what a row is numbered by: line, or row where there are no lines.
    """

    def __init__(self, word: str = "line") -> None:
        self.word = word
        self.latest: float | int = 0
        """The latest time so far, in the table's unit; what is older goes backwards."""
        self._rows = self._backwards = self._first = 0

    def note(self, rows: int, backwards: Ints) -> None:
        """So many rows more, of which those with these numbers go backwards."""
        if len(backwards) and not self._backwards:
            self._first = int(backwards[0])
        self._rows += rows
        self._backwards += len(backwards)

    def check(self, name: str) -> None:
        """Refuse a table of which little would be left; sorting it here would guess at the order of equal times.

        Raises:
            UsageError: most rows go backwards in time.
        """
        if self._rows >= TELLING_ROWS and 2 * self._backwards > self._rows:
            raise UsageError(
                f"{name}: rows are not in order of time: {self._backwards} of {self._rows} are older than a row before "
                f"them, the first in {self.word} {self._first}. Sort the file by its time column, oldest row first"
            )


def believed(form: Form, times: Ints | Floats, values: Floats, where: Ints, faults: Faults, sorting: Sorting) -> Flags:
    """Which of these rows can be believed.

    Args:
        form: the table's.
        times: in the form's unit.
        values: (row, prices and then amounts).
        where: the number of each row.
        faults: gets a fault for each of the others.
        sorting: what is known of the rows before these; gets to know these.
    """
    prices = list(values[:, : len(form.prices)].T)
    lowest, highest = reduce(np.minimum, prices), reduce(np.maximum, prices)
    good = np.ones(len(times), np.bool_)

    def refuse(wrong: Flags | np.bool_, why: str) -> Ints:
        hit = np.flatnonzero(good & wrong)
        faults.update(dict.fromkeys(where[hit].tolist(), why))
        good[hit] = False
        return where[hit]

    refuse(~reduce(np.logical_and, map(np.isfinite, values.T), np.isfinite(times)), "NaN or infinite")
    refuse((times <= 0) | (lowest <= 0), "zero or negative")
    late = f"after the year 2100; times are {UNITS[form.time_us]} since 1970 here"
    refuse(times * form.time_us > LATEST_S * 1e6, late)
    refuse((lowest < LEAST_PRICE) | (highest > GREATEST_PRICE), "a price that no market has")
    if form.kind is Kind.QUOTES:
        refuse(prices[0] >= prices[1], "crossed: the bid is at or above the ask")
    if form.kind is Kind.CANDLES:
        refuse((prices[1] < highest) | (prices[2] > lowest), "high or low inside the body")
    seen = np.maximum.accumulate(np.append(sorting.latest, np.where(good, times, 0)))
    backwards = refuse(times < seen[1:], BACKWARDS)
    sorting.note(len(times), backwards)
    sorting.latest = seen[-1]
    return good


def rows_of(form: Form, time_ns: Ints, values: Floats, interval_ns: int, faults: Faults, word: str = "line") -> Rows:
    """Good rows; the length of a candle is the smallest step between two where none is told."""
    count = len(form.prices)
    if form.kind is not Kind.CANDLES:
        interval_ns = 0
    elif not interval_ns:
        interval_ns = step_of(time_ns)
    return Rows(
        kind=form.kind, time_ns=time_ns, prices=values[:, :count],
        amounts=values[:, count:] if form.amounts else None, interval_ns=interval_ns, bad=len(faults),
        first_bad=f"{word} {min(faults)}: {faults[min(faults)]}" if faults else "",
    )  # fmt: skip


def step_of(time_ns: Ints) -> int:
    """The smallest step between two times; a minute where there is none."""
    steps = np.diff(np.unique(time_ns))
    return int(steps.min()) if steps.size else MINUTE


def no_rows(form: Form) -> Rows:
    """Of a table that is recognised and passed over."""
    return rows_of(form, np.empty(0, np.int64), np.empty((0, max(1, len(form.prices)))), 0, {})


def clipped(rows: Rows, which: Flags | slice) -> Rows:
    """Only these rows."""
    amounts = None if rows.amounts is None else rows.amounts[which]
    return replace(rows, time_ns=rows.time_ns[which], prices=rows.prices[which], amounts=amounts)


def joined(parts: list[Rows]) -> Rows:
    """The parts of one table after each other; at least one."""
    amounts = [part.amounts for part in parts if part.amounts is not None]
    return replace(
        parts[0],
        time_ns=np.concatenate([part.time_ns for part in parts]),
        prices=np.concatenate([part.prices for part in parts]),
        amounts=np.concatenate(amounts) if amounts else None,
    )
