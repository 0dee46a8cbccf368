"""Learning: what was proposed, on what evidence, what was adopted and taken back, and what trades have shown."""

from collections.abc import Sequence

from kraken_tui.learning.learner import Learner
from kraken_tui.learning.status import learning_lines
from kraken_tui.model.memory import AdoptionRecord, InsightRecord
from kraken_tui.model.page import PAGES, Column, Page, Table
from kraken_tui.runtime.pages.times import moment

ADOPTIONS = (Column("when", "time"), Column("what"), Column("before"), Column("after"), Column("taken back"))
INSIGHTS = (
    Column("status", "state"), Column("trades", "number"), Column("q", "number"), Column("tested", "time"),
    Column("insight"),
)  # fmt: skip


def learning_page(
    state: Learner, insights: Sequence[InsightRecord], adoptions: Sequence[AdoptionRecord], now_ns: int, mode: str
) -> Page:
    """As it stands now."""
    rows = tuple(_insight(row) for row in reversed(insights))
    adopted = tuple(_adoption(row) for row in adoptions)
    return Page(
        name="learning", title=PAGES["learning"], time_ns=now_ns, lines=learning_lines(state, mode=mode),
        tables=(
            Table(name="Insights, the newest first", columns=INSIGHTS, rows=rows, total=len(rows),
                  empty="No insight yet: each needs 30 trades in its cell, and 30 more to confirm it."),
            Table(name="Adoptions, the newest first", columns=ADOPTIONS, rows=adopted, total=len(adopted),
                  empty="Nothing was adopted."),
        ),
        notes=("`kraken-tui learning rollback` takes an adoption back; `freeze` lets nothing in.",),
    )  # fmt: skip


def _insight(row: InsightRecord) -> tuple[str, ...]:
    trades = row.trades + row.later_trades
    return row.status, str(trades), f"{row.q:.3f}", moment(row.tested_ns), row.text


def _adoption(row: AdoptionRecord) -> tuple[str, ...]:
    reverted = "" if row.reverted_ns is None else f"{moment(row.reverted_ns)}: {row.reverted_for}"
    return moment(row.time_ns), row.what, row.before, row.after, reverted
