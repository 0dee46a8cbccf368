"""What a decision wants, before risk has spoken."""

from decimal import Decimal

from msgspec import Struct

from kraken_tui.model.trading import Side


class Enter(Struct, frozen=True, kw_only=True, tag=True):
    """Open a position with its stop attached."""

    symbol: str
    side: Side
    price: Decimal
    """What an entry would pay now: the ask for a long, the bid for a short."""
    stop_price: Decimal
    reason: str
    owner: str = "scanner"


class Exit(Struct, frozen=True, kw_only=True, tag=True):
    """Close all of a position."""

    symbol: str
    reason: str
    owner: str = "scanner"


class MoveStop(Struct, frozen=True, kw_only=True, tag=True):
    """Move every resting stop of a position to `stop_price`."""

    symbol: str
    stop_price: Decimal
    reason: str
    owner: str = "scanner"


Intent = Enter | Exit | MoveStop
