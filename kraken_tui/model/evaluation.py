"""A decision and every check that it went through."""

from msgspec import Struct

from kraken_tui.model.vote import Vote


class Check(Struct, frozen=True):
    """One of the gatekeeper's checks."""

    name: str
    ok: bool
    text: str
    """A sentence with the numbers, whether it passed or not."""


class Evaluation(Struct, frozen=True, kw_only=True):
    """One decision, as `evaluation_log.db` keeps it."""

    id: str
    """Names the decision; the result of what it led to refers to it."""
    time_ns: int
    symbol: str
    owner: str
    """scanner, autopilot, operator, or an author of commands."""
    action: str
    """enter long, enter short, close, cancel entry, move stop or move target; only entries go through checks."""
    strategy: str
    verdict: str
    """pass, block, observed (only said), asked (waits for the operator)."""
    reason: str
    """The first check that blocked, or why it was wanted."""
    price: str
    """Decimal text, quote units; where a stop or target was to go; empty where there was none."""
    checks: tuple[Check, ...]
    votes: tuple[Vote, ...] = ()


class VerdictRow(Struct, frozen=True, kw_only=True):
    """What became of one sentence of free text: shown, or withheld and why."""

    turn: int
    """Of the conversation."""
    time_ns: int
    author: str
    """Whose words they are: the assistant's name."""
    rule: str
    """Which rule withheld it; empty: it was shown."""
    text: str
    """The sentence: as it was shown, or as it was written where it was withheld."""


class Executed(Struct, frozen=True, kw_only=True):
    """What came of a decision: nothing is written here but what the exchange itself said."""

    evaluation_id: str
    time_ns: int
    outcome: str
    """accepted, declined, unknown, filled."""
    client_id: str
    order_id: str
    text: str
    """The exchange's words."""
