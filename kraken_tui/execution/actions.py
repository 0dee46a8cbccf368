"""The single steps by which what rests at the exchange is brought to what is wanted."""

from decimal import Decimal

from msgspec import Struct

from kraken_tui.model.trading import Order


class Protect(Struct, frozen=True, tag=True):
    """Place a stop."""

    amount: Decimal
    price: Decimal


class TakeProfit(Struct, frozen=True, tag=True):
    """Place a take-profit."""

    amount: Decimal
    price: Decimal


class Change(Struct, frozen=True, tag=True):
    """Amend a stop or a target in place; what is None stays."""

    order: Order
    amount: Decimal | None = None
    """What is to remain of it."""
    price: Decimal | None = None


class Remove(Struct, frozen=True, tag=True):
    """Cancel an order of ours."""

    order: Order
    reason: str


class SellOut(Struct, frozen=True, tag=True):
    """Close so much of the position at market."""

    amount: Decimal


class AskFirst(Struct, frozen=True, tag=True):
    """Find out whether the exchange would take a sale now, before a stop gives up its coins for it."""

    amount: Decimal


class StartClosing(Struct, frozen=True, tag=True):
    """From now on the position is to be closed."""

    reason: str


Action = Protect | TakeProfit | Change | Remove | SellOut | AskFirst | StartClosing


class Kind:
    """Names under which a step is remembered when it failed, so that it is not tried again at once."""

    PROTECT = "protect"
    TARGET = "target"
    GROW = "grow"
    SHRINK = "shrink"
    MOVE = "move"
    REMOVE = "remove"
    SELL = "sell"
    ENTER = "enter"


def kind_of(action: Action) -> str:
    """Under which name a step's failure is remembered."""
    match action:
        case Protect():
            return Kind.PROTECT
        case TakeProfit():
            return Kind.TARGET
        case Change(order=order, amount=amount) if amount is not None:
            return Kind.GROW if amount > order.remaining else Kind.SHRINK
        case Change():
            return Kind.MOVE
        case Remove():
            return Kind.REMOVE
        case SellOut() | AskFirst():
            return Kind.SELL
        case StartClosing():
            return ""
