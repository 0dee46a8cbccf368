"""Decisions: every one with every check that it went through, from the evaluation log."""

from collections.abc import Sequence

from kraken_tui.agent.decisions import decision_lines
from kraken_tui.model.errors import UsageError
from kraken_tui.model.page import PAGES, Column, Page, Table
from kraken_tui.runtime.pages.times import moment
from kraken_tui.store.evaluation_rows import Recorded

COLUMNS = (
    Column("time", "time"), Column("symbol"), Column("verdict", "state"), Column("action"), Column("owner"),
    Column("strategy"), Column("price", "number"), Column("blocked by"), Column("reason"), Column("came of it"),
)  # fmt: skip
NOTE = "Enter shows every check and vote; `kraken-tui evaluations --verify` proves that no row was changed."


def decisions_page(recorded: Sequence[Recorded], total: int, now_ns: int) -> Page:
    """The newest first, out of so many in all."""
    table = Table(
        name="Decisions, the newest first", columns=COLUMNS, rows=tuple(map(_row, recorded)), total=total,
        keys=tuple(one.evaluation.id for one in recorded), empty="Nothing was decided yet.",
    )  # fmt: skip
    notes = [f"{total:,} in all; the newest {len(recorded):,} are shown."] if total > len(recorded) else []
    return Page(
        name="decisions", title=PAGES["decisions"], time_ns=now_ns, tables=(table,),
        notes=(*notes, NOTE),
    )  # fmt: skip


def decision_page(recorded: Sequence[Recorded], id: str, now_ns: int) -> Page:
    """One with all its checks and votes, and what came of it.

    Raises:
        UsageError: it is not there.
    """
    for one in recorded:
        if one.evaluation.id == id:
            lines = decision_lines(one.evaluation, one.executed)
            return Page(name="decisions", title=one.evaluation.symbol, time_ns=now_ns, lines=tuple(lines))
    raise UsageError("that decision is not among the newest any more")


def _row(one: Recorded) -> tuple[str, ...]:
    made = one.evaluation
    blocked = next((check.name for check in made.checks if not check.ok), "")
    result = one.executed[-1] if one.executed else None
    return (
        moment(made.time_ns), made.symbol, made.verdict, made.action, made.owner, made.strategy,
        made.price, blocked, made.reason, "" if result is None else f"{result.outcome} {result.text}".strip(),
    )  # fmt: skip
