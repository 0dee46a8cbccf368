"""A recording's candles of five minutes, made from what was traded in it."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from msgspec import Struct

from kraken_tui.clock import SECOND
from kraken_tui.market.candles import REACH, SPAN_NS, Closing, Flags, Floats, Scale, closing
from kraken_tui.market.recorded_files import Window
from kraken_tui.market.recorded_timeline import Ints, Timeline
from kraken_tui.model.candle import Candle

LONGEST_HOLE = 60 * SECOND
"""A recorded quote older than this is not believed: recorders fail, and a gap in quotes is not a quiet market."""


class _Spans(Struct, frozen=True):
    """A ticker's spans in which something was traded, oldest first."""

    open_ns: Ints
    rows: Floats
    """(span, open … volume)"""
    first_ns: int
    """Its first row."""
    quoted_ns: Ints
    """When its quotes were recorded; empty where they were not."""


class RecordedCandles:
    """Sums up prints; a span is looked up only once it is closed.

    A span is known where it was recorded whole: not before the ticker's first row, not in a pause between two
    sessions, and not where recorded quotes have a hole.

    Args:
        timeline: the recording.
        windows: its sessions.
    """

    def __init__(self, timeline: Timeline, windows: Sequence[Window]) -> None:
        self._timeline = timeline
        self._scale = Scale(timeline.instruments)
        self._pauses = [(end, start) for (_, end), (start, _) in pairwise(windows)]
        self._made: list[_Spans] | None = None

    def forget(self, index: int) -> None:
        """Sum a ticker up again: its prints have changed places."""
        if self._made is not None:
            prints, quotes = self._timeline.prints, self._timeline.quotes
            mine = np.flatnonzero(prints.ticker == index)
            self._made[index] = self._sum_up(index, mine, quotes.time_ns[quotes.ticker == index])

    def _spans(self) -> list[_Spans]:
        """Of all tickers; made when first asked for."""
        if self._made is None:
            prints, quotes = self._timeline.prints, self._timeline.quotes
            order = np.argsort(prints.ticker, kind="stable")
            edges = np.searchsorted(prints.ticker[order], np.arange(len(self._timeline.instruments) + 1))
            self._made = [
                self._sum_up(index, order[edges[index] : edges[index + 1]], quotes.time_ns[quotes.ticker == index])
                for index in range(len(self._timeline.instruments))
            ]
        return self._made

    def _sum_up(self, index: int, mine: Ints, quoted_ns: Ints) -> _Spans:
        prints = self._timeline.prints
        time_ns, ticks, amounts = prints.time_ns[mine], prints.ticks[mine], prints.amounts[mine]
        spans = time_ns // SPAN_NS
        edges = np.flatnonzero(np.diff(spans, prepend=-1))
        four = [
            ticks[edges],
            np.maximum.reduceat(ticks, edges),
            np.minimum.reduceat(ticks, edges),
            ticks[np.append(edges[1:], len(ticks)) - 1],
        ]
        rows = [self._scale.prices_of(index, each) for each in four]
        rows.append(np.add.reduceat(amounts, edges))
        quoted = quoted_ns if self._timeline.quoted[index] else quoted_ns[:0]
        return _Spans(spans[edges] * SPAN_NS, np.column_stack(rows), int(time_ns[0]), quoted)

    def closing(self, open_ns: int) -> Closing:
        """The candles of a span."""
        rows = np.empty((5, len(self._timeline.instruments)))
        known = np.zeros(rows.shape[1], np.bool_)
        opens_ns = np.array([open_ns])
        for index, spans in enumerate(self._spans()):
            row, whole = self._laid_out(spans, opens_ns)
            rows[:, index], known[index] = row[0], whole[0]
        return closing(open_ns, rows, known)

    def past(self, index: int, count: int, ends_ns: int) -> list[Candle]:
        """The last candles of a ticker that end by `ends_ns`, back to the last that is not known."""
        opens_ns = ends_ns - np.arange(min(count, REACH), 0, -1, dtype=np.int64) * SPAN_NS
        rows, known = self._laid_out(self._spans()[index], opens_ns)
        begin = int(np.flatnonzero(~known)[-1]) + 1 if not known.all() else 0
        return [
            Candle(open_ns, *row) for open_ns, row in zip(opens_ns[begin:].tolist(), rows[begin:].tolist(), strict=True)
        ]

    def run(self, index: int, last_open_ns: int) -> tuple[Ints, Floats]:
        """All candles of a ticker that were recorded whole, up to the span that begins at `last_open_ns`.

        Without pauses and recorded quotes, so that there is no hole between them.

        Returns:
            Begins, and rows of open, high, low, close and volume.
        """
        spans = self._spans()[index]
        first_ns = -(-spans.first_ns // SPAN_NS) * SPAN_NS
        opens_ns = np.arange(first_ns, last_open_ns + 1, SPAN_NS, dtype=np.int64)
        rows, known = self._laid_out(spans, opens_ns)
        return opens_ns[known], rows[known]

    def _laid_out(self, spans: _Spans, opens_ns: Ints) -> tuple[Floats, Flags]:
        """Rows of these spans, flat where nothing was traded; and whether each is known."""
        places = np.searchsorted(spans.open_ns, opens_ns, "right") - 1
        rows = spans.rows[np.maximum(places, 0)]
        quiet = spans.open_ns[np.maximum(places, 0)] != opens_ns
        rows[quiet, :4], rows[quiet, 4] = rows[quiet, 3:4], 0.0
        known = opens_ns >= spans.first_ns
        for begins_ns, ends_ns in self._pauses:
            known &= (opens_ns >= ends_ns) | (opens_ns + SPAN_NS <= begins_ns)
        if spans.quoted_ns.size:
            known &= np.array([_has_no_hole(spans.quoted_ns, int(open_ns)) for open_ns in opens_ns], np.bool_)
        return rows, known


def _has_no_hole(quoted_ns: Ints, open_ns: int) -> bool:
    """Whether quotes were recorded all through a span; those after it are not looked at."""
    begin, end = np.searchsorted(quoted_ns, [open_ns, open_ns + SPAN_NS], "right")
    if begin == 0:
        return False
    marks = np.append(quoted_ns[begin - 1 : end], open_ns + SPAN_NS)
    return bool(np.diff(marks).max() <= LONGEST_HOLE)
