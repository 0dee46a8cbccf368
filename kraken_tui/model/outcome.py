"""What became of something that was sent to the exchange: three outcomes, and no fourth."""

from decimal import Decimal

from msgspec import Struct


class Receipt(Struct, frozen=True, kw_only=True):
    """The exchange's own word that it took an order. Acceptance is not execution."""

    intent_id: str
    client_id: str
    order_id: str
    description: str
    """Kraken's order text, such as `buy 0.01000000 XBTUSD @ market`."""
    time_ns: int


class Accepted(Struct, frozen=True, tag=True):
    """It was taken."""

    receipt: Receipt


class Declined(Struct, frozen=True, tag=True):
    """It was definitely not done. `reason` is the exchange's or the risk manager's own text."""

    reason: str
    again: bool = False
    """Whether the same may be taken when it is asked again later: the exchange was busy, or limited us."""


class Unknown(Struct, frozen=True, tag=True):
    """It may or may not have been done; `proof` names what would tell."""

    client_id: str
    proof: str


Outcome = Accepted | Declined | Unknown


class FlattenReport(Struct, frozen=True, kw_only=True):
    """What an emergency flatten did, from receipts and fills."""

    closed: tuple[str, ...]
    """A line per closed position: symbol, amount, price, P&L."""
    cancelled: int
    """Resting orders cancelled."""
    left: tuple[str, ...]
    """What could not be closed, and why."""
    net: Decimal
    """Realised P&L of what was closed, after fees; quote units."""
    flat: bool
    dust: tuple[str, ...] = ()
    """What is held and is too little for the exchange to take an order for."""
