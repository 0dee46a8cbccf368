"""What prints come to, minute by minute or five minutes by five: summed up as they pass, so that none need be kept."""

import numpy as np
from msgspec import Struct

from kraken_tui.market.recorded_rows import NEVER_NS
from kraken_tui.market.recorded_timeline import NO_PRINTS, Floats, Ints, Prints, merge_prints

PARTS = 64
"""Sums of a ticker that are held apart, at most, before they are joined and the oldest forgotten."""


class Sums(Struct, frozen=True):
    """A ticker's spans in which something was traded, oldest first."""

    open_ns: Ints
    ticks: Ints
    """(span, first, highest, lowest and last)"""
    amounts: Floats


NO_SUMS = Sums(np.empty(0, np.int64), np.empty((0, 4), np.int64), np.empty(0))


def sum_up(time_ns: Ints, ticks: Ints, amounts: Floats, length_ns: int) -> Sums:
    """The spans of `length_ns` of some prints of one ticker, at least one."""
    spans = time_ns // length_ns
    edges = np.flatnonzero(np.diff(spans, prepend=-1))
    last = ticks[np.append(edges[1:], len(ticks)) - 1]
    four = ticks[edges], np.maximum.reduceat(ticks, edges), np.minimum.reduceat(ticks, edges), last
    return Sums(spans[edges] * length_ns, np.column_stack(four), np.add.reduceat(amounts, edges))


class RunningSums:
    """Sums up the prints of all tickers.

    Args:
        count: of the tickers.
        length_ns: of a span.
        reach_ns: how far back spans are remembered, and the last before them; None: all of them.
    """

    def __init__(self, count: int, length_ns: int, reach_ns: int | None) -> None:
        self._length_ns = length_ns
        self._reach_ns = reach_ns
        self._parts: list[list[Sums]] = [[] for _ in range(count)]
        self._open = NO_PRINTS
        self._done_ns = 0
        self.first_ns = np.full(count, NEVER_NS)
        """Per ticker, when it was first traded."""

    def add(self, prints: Prints, until_ns: int) -> None:
        """Take in further prints: all up to `until_ns` are there then."""
        prints = merge_prints([self._open, prints])
        done_ns = until_ns - until_ns % self._length_ns
        self._done_ns = done_ns
        end = int(np.searchsorted(prints.time_ns, done_ns))
        self._open, prints = merge_prints([prints.part(end)]), prints.part(0, end)
        order = np.argsort(prints.ticker, kind="stable")
        edges = np.searchsorted(prints.ticker[order], np.arange(len(self._parts) + 1)).tolist()
        for index in range(len(self._parts)):
            of_it = order[edges[index] : edges[index + 1]]
            self.take(index, prints.time_ns[of_it], prints.ticks[of_it], prints.amounts[of_it])

    def take(self, index: int, time_ns: Ints, ticks: Ints, amounts: Floats) -> None:
        """Take in further prints of a ticker, of whole spans."""
        if not time_ns.size:
            return
        mine = self._parts[index]
        self.first_ns[index] = min(self.first_ns[index], time_ns[0])
        mine.append(sum_up(time_ns, ticks, amounts, self._length_ns))
        if len(mine) > PARTS:
            self.of(index)

    def of(self, index: int) -> Sums:
        """What is remembered of a ticker; spans that are not over yet are not told."""
        parts = self._parts[index]
        if len(parts) > 1:
            parts[:] = [self._remembered(parts)]
        return parts[0] if parts else NO_SUMS

    def _remembered(self, parts: list[Sums]) -> Sums:
        open_ns = np.concatenate([part.open_ns for part in parts])
        begin = 0
        if self._reach_ns is not None:
            begin = max(0, int(np.searchsorted(open_ns, self._done_ns - self._reach_ns, "right")) - 1)
        return Sums(
            open_ns[begin:],
            np.concatenate([part.ticks for part in parts])[begin:],
            np.concatenate([part.amounts for part in parts])[begin:],
        )
