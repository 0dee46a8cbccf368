"""Orders and changes that wait for a confirm: who proposed them, what exactly would be done, and at what risk."""

from msgspec import Struct

from kraken_tui.model.command import Command


class Proposal(Struct, frozen=True, kw_only=True):
    """A command that somebody without the control role wants done. It is done once, by a token, or never."""

    id: str
    """`P-17`: counted per books, never used again."""
    mode: str
    author: str
    """Who proposed it: the assistant, or a program."""
    command: Command
    lines: tuple[str, ...]
    """The card: mode, symbol, side, size, worst price, stop, target, fee, risk in money; rendered by the app."""
    unsaid: tuple[str, ...]
    """Fields of the command that the operator's own words of this turn do not contain."""
    reference: str
    """The price that it was made at, decimal text; empty where it has none. A drift of more than 0.5 % voids it."""
    made_ns: int
    expires_ns: int
    from_program: bool = False
    """Made in a turn of a program: the operator typed nothing of it."""
    lessens: bool = False
    """Whether it can only lessen what is at risk, as things stood when it was made."""


class ProposalState(Struct, frozen=True, kw_only=True):
    """Where a proposal stands."""

    proposal: Proposal
    state: str
    """waiting, expired, rejected, voided, confirmed, done, failed or unknown."""
    by: str
    """Who or what settled it: an author, or the standing policy."""
    told: tuple[str, ...]
    """The engine's answer once it was done; rendered from receipts."""
