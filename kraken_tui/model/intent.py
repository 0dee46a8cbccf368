"""What a decision wants, before risk has spoken."""

from decimal import Decimal

from msgspec import Struct

from kraken_tui.model.trading import Side
from kraken_tui.model.vote import Call

SCANNER, AUTOPILOT, OPERATOR = "scanner", "autopilot", "operator"
"""Who may own a symbol from its entry until it is closed."""


class Enter(Struct, frozen=True, kw_only=True, tag=True):
    """Open a position with its stop attached."""

    symbol: str
    side: Side
    price: Decimal
    """What an entry would pay now: the ask for a long, the bid for a short."""
    stop_price: Decimal
    reason: str
    owner: str = SCANNER
    target_price: Decimal | None = None
    """Where to take profit; None leaves that to the stop and to exits."""
    limit_price: Decimal | None = None
    """Rests at this price until filled or cancelled; None buys at market."""
    amount: Decimal | None = None
    """Base units, at most what risk allows; None takes all that it allows."""
    post_only: bool = False
    """Of an entry at a limit: never take."""
    call: Call | None = None
    """What the autopilot saw; None where it was not the autopilot."""


class Exit(Struct, frozen=True, kw_only=True, tag=True):
    """Close a position, or all of it but `keep`."""

    symbol: str
    keep: Decimal = Decimal(0)
    """Base units that stay open, behind their stop."""
    reason: str
    owner: str = SCANNER


class MoveStop(Struct, frozen=True, kw_only=True, tag=True):
    """Move every resting stop of a position to `stop_price`."""

    symbol: str
    stop_price: Decimal
    reason: str
    owner: str = SCANNER


class MoveTarget(Struct, frozen=True, kw_only=True, tag=True):
    """Take profit at `target_price`; None takes the target away."""

    symbol: str
    target_price: Decimal | None
    reason: str
    owner: str = SCANNER


class CancelEntry(Struct, frozen=True, kw_only=True, tag=True):
    """Cancel what rests of an entry; what it bought stays, behind its stop."""

    symbol: str
    reason: str
    owner: str = SCANNER


Other = Exit | MoveStop | MoveTarget | CancelEntry
"""What is no entry: nothing is asked about it."""
Intent = Enter | Other
