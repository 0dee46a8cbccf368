"""What held in past trades: found with a correction for all that was looked at, tested on later trades, retired.

A cell whose trades made or lost more than chance explains becomes a candidate. The next 30 trades of that cell, which
nobody had seen when it was found, confirm it or retire it; a confirmed one is retired by 30 that say the opposite.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.clock import Generator, iso
from kraken_tui.learning.bootstrap import intervals
from kraken_tui.learning.cells import Cell, cells, described, query_of
from kraken_tui.learning.multiple_tests import corrected, distance, one_sided, spread_of, two_sided
from kraken_tui.learning.trade_analyzer import quotes
from kraken_tui.model.memory import InsightRecord
from kraken_tui.model.trade_columns import Floats, TradeColumns

Status = Literal["candidate", "confirmed", "retired"]

LEAST = 30
"""Trades of a cell that is looked at, and of a test on later ones."""
MOST_FALSE = 0.10
"""Share of false finds among the candidates that are found at once, at most."""
LATER = " Later: "
MOST_LUCK = 0.025
"""How likely chance alone may confirm a candidate."""


class Looked(Struct, frozen=True, kw_only=True):
    """One look at all trades."""

    changed: tuple[InsightRecord, ...]
    """New insights, and those that were confirmed, retired or tested again."""
    cells: int
    """How many cells had enough trades to be looked at."""


def look(columns: TradeColumns, known: Sequence[InsightRecord], chance: Generator) -> Looked:
    """Test what is known on later trades, then look for more.

    Args:
        columns: all trades, in the order in which they closed; of one quote currency.
        known: every insight so far, as it stands.
        chance: draws for the intervals.
    """
    if not columns.count:
        return Looked(changed=(), cells=0)
    bps = columns.net_bps
    there = {cell.id: cell for cell in cells(columns, LEAST)}
    spread = spread_of(bps)
    standing = {one.id: _tested(one, there.get(one.id), columns, spread) for one in known}
    before = {one.id: one for one in known}
    found = _found(columns, bps, there, standing, spread, chance)
    standing |= {one.id: one for one in found}
    changed = tuple(one for one in standing.values() if one != before.get(one.id))
    return Looked(changed=changed, cells=len(there))


def _tested(one: InsightRecord, cell: Cell | None, columns: TradeColumns, spread: float) -> InsightRecord:
    """The insight after all tests that later trades are enough for."""
    while one.status != "retired" and cell is not None:
        later = cell.which[columns.closed_ns[cell.which] > one.tested_ns]
        if len(later) < LEAST:
            break
        # Trades that closed at the same moment are tested together: none may be left out for ever.
        count = int(np.searchsorted(columns.closed_ns[later], columns.closed_ns[later[LEAST - 1]], "right"))
        values = columns.net_bps[later[:count]]
        one = _after_test(one, cell, values, int(columns.closed_ns[later[count - 1]]), spread)
    return one


def _after_test(one: InsightRecord, cell: Cell, values: Floats, until_ns: int, spread: float) -> InsightRecord:
    mean, sign = float(values.mean()), 1 if one.mean_bps > 0 else -1
    luck = one_sided(sign * distance(values, spread))
    status: Status = "confirmed"
    if one.status == "candidate" and luck > MOST_LUCK:
        status, told = "retired", f"not borne out by the next {len(values)} trades (mean {mean:+.1f} bps, p {luck:.3f})"
    elif one.status == "candidate":
        told = f"confirmed by the next {len(values)} trades (mean {mean:+.1f} bps, p {luck:.4f})"
    elif mean * sign <= 0:
        status, told = "retired", f"the next {len(values)} trades say the opposite (mean {mean:+.1f} bps)"
    else:
        told = f"held in the next {len(values)} trades (mean {mean:+.1f} bps)"
    said = f"{one.text.partition(LATER)[0]}{LATER}{told}, until {iso(until_ns)}."
    return replace(
        one, status=status, text=said, tested_ns=until_ns, later_trades=len(values), later_mean_bps=mean,
        history=(*one.history, f"{iso(until_ns)}: {told}"),
    )  # fmt: skip


def _found(
    columns: TradeColumns, bps: Floats, there: Mapping[str, Cell], standing: Mapping[str, InsightRecord],
    spread: float, chance: Generator,
) -> list[InsightRecord]:  # fmt: skip
    """New candidates: of a cell whose insight was retired only later trades count."""
    looked: list[tuple[Cell, int]] = []
    for cell in there.values():
        known = standing.get(cell.id)
        from_ns = known.tested_ns + 1 if known is not None and known.status == "retired" else 0
        which = cell.which[columns.closed_ns[cell.which] >= from_ns]
        if len(which) >= LEAST:
            looked.append((replace(cell, which=which), from_ns))
    if not looked:
        return []
    far = [distance(bps[cell.which], spread) for cell, _ in looked]
    shares = corrected(np.array([two_sided(z) for z in far]))
    return [
        _candidate(cell, from_ns, columns, float(share), len(looked), standing.get(cell.id), chance)
        for (cell, from_ns), share in zip(looked, shares, strict=True)
        if share <= MOST_FALSE and _is_free(standing.get(cell.id))
    ]


def _is_free(known: InsightRecord | None) -> bool:
    return known is None or known.status == "retired"


def _candidate(
    cell: Cell, from_ns: int, columns: TradeColumns, share: float, looked: int, known: InsightRecord | None,
    chance: Generator,
) -> InsightRecord:  # fmt: skip
    values, closed = columns.net_bps[cell.which], columns.closed_ns[cell.which]
    mean, (around,) = float(values.mean()), intervals((values,), chance)
    first, last = int(closed[0]), int(closed[-1])
    words, named = described(cell.of), quotes(columns)
    quote = named.names[int(named.codes[0])]  # all trades have the same
    made = "made" if mean > 0 else "lost"
    text = (
        f"{words[:1].upper()}{words[1:]} {made} {abs(mean):.1f} bps of what was put in on average after fees "
        f"(95 % interval {around.low:+.1f} to {around.high:+.1f}, {len(values)} trades; q {share:.3f}, {looked} cells)."
    )
    test = (
        f"mean net result against 0: Student's t with the larger of the stationary bootstrap's standard error and that "
        f"of all trades' spread, two-sided; Benjamini-Hochberg over {looked} cells of {LEAST} trades or more, "
        f"q at most {MOST_FALSE:g}; confirmed by the next {LEAST} trades, one-sided p at most {MOST_LUCK:g}"
    )
    return InsightRecord(
        id=cell.id, status="candidate", text=text, query=query_of(cell.of, quote, first, last), test=test,
        trades=len(values), mean_bps=mean, low_bps=around.low, high_bps=around.high, q=share, cells=looked,
        from_ns=from_ns, found_ns=last, tested_ns=int(columns.closed_ns[-1]),
        history=(*(known.history if known else ()), f"{iso(last)}: found on {len(values)} trades, q {share:.3f}"),
    )  # fmt: skip
