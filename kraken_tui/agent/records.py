"""Rows of the ledger that blocks of the conversation are rendered from, and their rendering. Pure.

A receipt, a proposal and a footer are told by these functions alone, so what stands on the screen can be made again
from the row that it names.
"""

from msgspec import Struct

from kraken_tui.model.fact import ToolResult
from kraken_tui.model.proposal import ProposalState
from kraken_tui.store.audit_reading import CommandRow


class TurnCounts(Struct, frozen=True, kw_only=True):
    """What the journal counts of one turn."""

    mode: str
    sent: int | None
    """Orders that were journalled to be sent; None: the journal can't be read."""
    changed: int = 0
    """Amendments and cancellations of orders that rested."""
    unanswered: int = 0
    """Of those, whose outcome is not known."""
    waiting: tuple[str, ...] = ()
    """Ids of the proposals that wait now."""


def receipt_lines(row: CommandRow) -> tuple[str, ...]:
    """What came of a command."""
    return row.lines or ("Done." if row.ok else "Refused.",)


def fact_lines(result: ToolResult) -> tuple[str, ...]:
    """What a tool answered."""
    return result.lines or (("Nothing was found.",) if result.ok else ("It could not be told.",))


STATES = {
    "waiting": "waits: confirm {id} does it, reject {id} drops it",
    "expired": "expired; nothing was sent",
    "rejected": "rejected by {by}; nothing was sent",
    "voided": "void: {by}; nothing was sent",
    "confirmed": "confirmed by {by}; it is being done",
    "done": "confirmed by {by}, and done",
    "failed": "confirmed by {by}, and not done, or not as asked",
    "unknown": "confirmed by {by}; its outcome is UNKNOWN and it is not sent again",
}
"""How a proposal stands, in words."""


def proposal_lines(state: ProposalState) -> tuple[str, ...]:
    """The card, what of it the operator did not say, how it stands, and the engine's answer."""
    proposal = state.proposal
    unsaid = (f"NOT IN YOUR WORDS: {', '.join(proposal.unsaid)}",) if proposal.unsaid else ()
    unsaid = ("ASKED BY A PROGRAM, NOT TYPED BY YOU",) if proposal.from_program else unsaid
    standing = STATES[state.state].format(id=proposal.id, by=state.by or "nobody")
    return (*proposal.lines, *unsaid, f"{proposal.id} by {proposal.author} {standing}", *state.told)


def footer_line(counts: TurnCounts) -> str:
    """The last line of a turn: what was sent, and what waits."""
    if counts.sent is None:
        sent = "how many orders were sent is not known: the journal can't be read"
    else:
        sent = f"{counts.sent} {_plural('order', counts.sent)} sent"
    changed = f", {counts.changed} changed or cancelled" if counts.changed else ""
    unanswered = f" | {counts.unanswered} of unknown outcome" if counts.unanswered else ""
    waiting = f"{len(counts.waiting)} {_plural('proposal', len(counts.waiting))} waiting"
    named = f" ({', '.join(counts.waiting)})" if counts.waiting else ""
    return f"{counts.mode} - this turn: {sent}{changed}{unanswered} | {waiting}{named}"


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
