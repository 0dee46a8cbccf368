"""What goes into the core, and what comes out."""

from decimal import Decimal

from msgspec import Struct

from kraken_tui.exchange.matching.liquidity import Level
from kraken_tui.exchange.matching.orders import CloseTemplate, OrderRecord, TimeInForce
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Fill, OrderType, Side


class Add(Struct, frozen=True, kw_only=True):
    """Place an order."""

    symbol: str
    side: Side
    type: OrderType
    amount: Decimal
    limit_price: Decimal | None = None
    trigger_price: Decimal | None = None
    client_id: str | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    leverage: int = 1
    reduce_only: bool = False
    close: CloseTemplate | None = None
    time_ns: int


class Amend(Struct, frozen=True, kw_only=True):
    """Change an open order in place; what is None stays."""

    id: str = ""
    client_id: str | None = None
    """Names the order where `id` is empty."""
    amount: Decimal | None = None
    """The new total, what is filled included."""
    limit_price: Decimal | None = None
    trigger_price: Decimal | None = None
    time_ns: int


class Cancel(Struct, frozen=True, kw_only=True):
    """Cancel an open order."""

    id: str = ""
    client_id: str | None = None
    time_ns: int


class MarketUpdate(Struct, frozen=True, kw_only=True):
    """What stands in the market now; it replaces what stood before, also what was taken from it."""

    symbol: str
    quote: Quote | None
    """None, crossed or one-sided: nothing trades until the next one."""
    bids: tuple[Level, ...] = ()
    """Real levels, best first, where there is a book."""
    asks: tuple[Level, ...] = ()
    time_ns: int


class Elapse(Struct, frozen=True, kw_only=True):
    """Let time pass: margin lots pay their rollover."""

    time_ns: int


class Deposit(Struct, frozen=True, kw_only=True):
    """Funds from outside, or out again where negative."""

    asset: str
    amount: Decimal
    time_ns: int


Message = Add | Amend | Cancel | MarketUpdate | Elapse | Deposit


class Execution(Struct, frozen=True, kw_only=True):
    """A fill with what it meant for the account."""

    fill: Fill
    realised: Decimal
    """P&L of what it closed, before fees; quote units."""
    closed: Decimal
    """Base units of our own lots that it closed."""
    margin: Decimal
    """Margin used by what it opened; quote units."""


class Accepted(Struct, frozen=True, tag=True):
    """The venue took an order."""

    order: OrderRecord


class Filled(Struct, frozen=True, tag=True):
    """An order traded; `order` is as it stands afterwards."""

    order: OrderRecord
    execution: Execution


class Cancelled(Struct, frozen=True, tag=True):
    """An order ended unfilled or part filled; `order.reason` says why."""

    order: OrderRecord


class Amended(Struct, frozen=True, tag=True):
    """An order was changed in place."""

    order: OrderRecord
    amend_id: str


class Triggered(Struct, frozen=True, tag=True):
    """A waiting order woke."""

    order: OrderRecord


class Spawned(Struct, frozen=True, tag=True):
    """A fill of `order.parent_id` spawned this order."""

    order: OrderRecord


class RolledOver(Struct, frozen=True, tag=True):
    """A margin position paid for another period."""

    symbol: str
    fee: Decimal
    time_ns: int


class Deposited(Struct, frozen=True, tag=True):
    """Funds came from outside."""

    asset: str
    amount: Decimal


Event = Accepted | Filled | Cancelled | Amended | Triggered | Spawned | RolledOver | Deposited
