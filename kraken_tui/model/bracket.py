"""What is wanted of a position: where its stop and its target should rest, and whether it is being closed."""

from decimal import Decimal

from msgspec import Struct


class Bracket(Struct, frozen=True, kw_only=True):
    """One symbol's bracket as it should be; what rests at the exchange is brought to it, after a crash too."""

    symbol: str
    stop_price: Decimal
    """Trigger of the stop-loss."""
    target_price: Decimal | None = None
    """Trigger of the take-profit; None where there is none."""
    keep: Decimal | None = None
    """While closing: base units that stay open, 0 for all out. None while it is held."""
    reason: str = ""
    """Why it is being closed."""
    owner: str = ""
    """Who wished it so: scanner, autopilot, operator, an author of commands."""
