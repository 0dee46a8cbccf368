"""The tables of a recording, each looked through once before anything is played: kinds, edges, steps and ticks."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.clock import MINUTE
from kraken_tui.market.recorded_files import Source
from kraken_tui.market.recorded_forms import Kind, Rows
from kraken_tui.market.recorded_rows import NEVER_NS, joined
from kraken_tui.market.recorded_stream import RecordedStream, block_for
from kraken_tui.market.recorded_ticks import PriceSurvey
from kraken_tui.model.errors import UsageError

KEPT = 1 << 19
"""Rows of short tables that are kept, all together, and not read again."""


class Table(Struct, frozen=True, kw_only=True):
    """A table that was looked through."""

    source: Source
    kind: Kind
    interval_ns: int
    """Length of a candle: what the name tells, or the smallest step between two; 0 for other kinds."""
    first_ns: int
    last_ns: int
    """Of what is told last: a candle's last price comes with its last quarter."""
    prices: PriceSurvey
    empty: Rows
    """None of its rows."""
    rows: Rows | None
    """All of them, where they are few enough to be kept."""
    bad: int
    """Rows skipped."""
    first_bad: str


class Looking:
    """Looks through the tables of a recording, one after the other.

    Args:
        sources: the tables.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self.block = block_for(sources)
        """Bytes of text of each table that are looked at together."""
        self._room = KEPT

    def through(self, source: Source) -> Table:
        """Read all of a table.

        Raises:
            UsageError: it is damaged, in no known form, without a good row, or most rows go backwards in time.
        """
        table = look_through(source, self.block, self._room)
        self._room -= 0 if table.rows is None else len(table.rows.time_ns)
        return table


def look_through(source: Source, block: int, room: int) -> Table:
    """Read all of a table.

    Args:
        source: the table.
        block: bytes of text that are looked at together.
        room: rows that may be kept.

    Raises:
        UsageError: it is damaged, in no known form, without a good row, or most rows go backwards in time.
    """
    stream = RecordedStream(source, block=block)
    prices, first_ns, last_ns, step_ns, count = PriceSurvey(source.symbol), NEVER_NS, 0, NEVER_NS, 0
    kept: list[Rows] | None = []
    while (rows := stream.block()) is not None:
        if not len(rows.time_ns):
            continue
        first_ns = min(first_ns, int(rows.time_ns[0]))
        steps = np.diff(rows.time_ns, prepend=last_ns or first_ns)
        step_ns = min(step_ns, int(steps[steps > 0].min(initial=NEVER_NS)))
        last_ns, count = int(rows.time_ns[-1]), count + len(rows.time_ns)
        if kept is not None:
            kept.append(rows)
        if kept is None or count > room:
            for part in kept or [rows]:
                prices.add(part.prices)
            kept = None
    if stream.kind is not Kind.BOOK and not count:
        raise UsageError(f"{source.name}: no good row; {stream.first_bad}")
    interval_ns = 0
    if stream.kind is Kind.CANDLES:
        interval_ns = source.minutes * MINUTE or (step_ns if step_ns < NEVER_NS else MINUTE)
    every = None if kept is None else replace(joined([stream.empty, *kept]), interval_ns=interval_ns)
    if every is not None:
        prices.leave(every.prices)
    return Table(
        source=source, kind=stream.kind, interval_ns=interval_ns, first_ns=first_ns,
        last_ns=last_ns + interval_ns // 4 * 3, prices=prices,
        empty=replace(stream.empty, interval_ns=interval_ns),
        rows=every, bad=stream.bad, first_bad=stream.first_bad,
    )  # fmt: skip
