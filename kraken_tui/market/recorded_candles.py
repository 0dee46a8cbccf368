"""A recording's candles of five minutes, made from what was traded in it."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from kraken_tui.clock import SECOND
from kraken_tui.market.candles import REACH, SPAN_NS, Closing, Flags, Floats, Scale, closing
from kraken_tui.market.recorded_files import Window
from kraken_tui.market.recorded_rows import NEVER_NS
from kraken_tui.market.recorded_sums import RunningSums
from kraken_tui.market.recorded_timeline import Ints, Prints, Quotes
from kraken_tui.model.candle import Candle
from kraken_tui.model.instrument import Instrument

LONGEST_HOLE = 60 * SECOND
"""A recorded quote older than this is not believed: recorders fail, and a gap in quotes is not a quiet market."""


class Holes:
    """Where quotes of one ticker that were recorded have holes.

    Args:
        reach_ns: how far back they are remembered; None: all of them.
    """

    def __init__(self, reach_ns: int | None) -> None:
        self._reach_ns = reach_ns
        self._begin_ns, self._end_ns = np.full(1, -NEVER_NS), np.full(1, NEVER_NS)

    def add(self, time_ns: Ints) -> None:
        """Take in the times of further quotes: the last hole, which has no end yet, may end with the first of them."""
        if not time_ns.size:
            return
        marks = np.concatenate([self._begin_ns[-1:], time_ns, [NEVER_NS]])
        holes = np.flatnonzero(np.diff(marks) > LONGEST_HOLE)
        begin_ns = np.concatenate([self._begin_ns[:-1], marks[holes]])
        end_ns = np.concatenate([self._end_ns[:-1], marks[holes + 1]])
        kept = slice(None)
        if self._reach_ns is not None:
            kept = slice(int(np.searchsorted(end_ns, time_ns[-1] - self._reach_ns)), None)
        self._begin_ns, self._end_ns = begin_ns[kept], end_ns[kept]

    def none_in(self, opens_ns: Ints) -> Flags:
        """Whether quotes were recorded all through spans of five minutes; those after a span are not looked at."""
        # A hole is one as soon as it is so long, and of a span only the part of it counts that is over with it.
        first = np.searchsorted(self._end_ns, opens_ns, "right")
        whole: Flags = self._begin_ns[first] + LONGEST_HOLE - SPAN_NS >= opens_ns
        return whole


class RecordedCandles:
    """Sums up prints as they pass; a span is looked up only once it is closed.

    A span is known where it was recorded whole: not before the ticker's first row, not in a pause between two
    sessions, and not where recorded quotes have a hole.

    Args:
        instruments: the tickers.
        quoted: per ticker, whether its quotes were recorded.
        windows: the recorded sessions.
        reach_ns: how far back spans are remembered; None: all of them, 48 bytes for each in which there was a trade.
    """

    def __init__(
        self, instruments: Sequence[Instrument], quoted: Flags, windows: Sequence[Window], reach_ns: int | None
    ) -> None:
        self._scale = Scale(instruments)
        self._pauses = [(end, start) for (_, end), (start, _) in pairwise(windows)]
        self._sums = RunningSums(len(instruments), SPAN_NS, reach_ns)
        self._holes = {int(index): Holes(reach_ns) for index in np.flatnonzero(quoted)}

    def add(self, prints: Prints, quotes: Quotes, until_ns: int) -> None:
        """Take in further rows: all older than `until_ns` are there then."""
        self._sums.add(prints, until_ns)
        for index, holes in self._holes.items():
            holes.add(quotes.time_ns[quotes.ticker == index])

    def take(self, index: int, prints: Prints) -> None:
        """Take in further rows of a ticker whose quotes were not recorded, of whole spans."""
        self._sums.take(index, prints.time_ns, prints.ticks, prints.amounts)

    def closing(self, open_ns: int) -> Closing:
        """The candles of a span."""
        rows = np.empty((5, len(self._sums.first_ns)))
        known = np.zeros(rows.shape[1], np.bool_)
        opens_ns = np.array([open_ns])
        for index in range(rows.shape[1]):
            columns, whole = self._laid_out(index, opens_ns)
            rows[:, index], known[index] = columns[:, 0], whole[0]
        return closing(open_ns, rows, known)

    def past(self, index: int, count: int, ends_ns: int) -> list[Candle]:
        """The last candles of a ticker that end by `ends_ns`, back to the last that is not known."""
        opens_ns = ends_ns - np.arange(min(count, REACH), 0, -1, dtype=np.int64) * SPAN_NS
        columns, known = self._laid_out(index, opens_ns)
        begin = int(np.flatnonzero(~known)[-1]) + 1 if not known.all() else 0
        return [
            Candle(open_ns, *row)
            for open_ns, row in zip(opens_ns[begin:].tolist(), columns.T[begin:].tolist(), strict=True)
        ]

    def run(self, index: int, last_open_ns: int) -> tuple[Ints, Floats]:
        """All candles of a ticker that were recorded whole, up to the span that begins at `last_open_ns`.

        Without pauses and recorded quotes, so that there is no hole between them.

        Returns:
            Begins, and for each open, high, low, close and volume, as five columns.
        """
        first_ns = -(-int(self._sums.first_ns[index]) // SPAN_NS) * SPAN_NS
        opens_ns = np.arange(first_ns, last_open_ns + 1, SPAN_NS, dtype=np.int64)
        columns, known = self._laid_out(index, opens_ns)
        return (opens_ns, columns) if known.all() else (opens_ns[known], np.ascontiguousarray(columns[:, known]))

    def _laid_out(self, index: int, opens_ns: Ints) -> tuple[Floats, Flags]:
        """Columns of these spans, flat where nothing was traded; and whether each is known."""
        sums = self._sums.of(index)
        if not sums.open_ns.size:
            return np.zeros((5, len(opens_ns))), np.zeros(len(opens_ns), np.bool_)
        places = np.maximum(np.searchsorted(sums.open_ns, opens_ns, "right") - 1, 0)
        quiet = sums.open_ns[places] != opens_ns
        columns = np.empty((5, len(places)))
        columns[:4], columns[4] = self._scale.prices_of(index, sums.ticks[places].T), sums.amounts[places]
        columns[:4, quiet], columns[4, quiet] = columns[3, quiet], 0.0
        known = opens_ns >= self._sums.first_ns[index]
        for begins_ns, ends_ns in self._pauses:
            known &= (opens_ns >= ends_ns) | (opens_ns + SPAN_NS <= begins_ns)
        if index in self._holes:
            known &= self._holes[index].none_in(opens_ns)
        return columns, known
