"""What goes into the core, and what comes out."""

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from kraken_tui.exchange.matching.market.liquidity import Level
from kraken_tui.exchange.matching.orders import CloseTemplate, OrderRecord, SelfTrade, Signal, TimeInForce, Trail
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Fill, OrderType, Side


class Add(Struct, frozen=True, kw_only=True):
    """Place an order."""

    symbol: str
    side: Side
    type: OrderType
    amount: Decimal
    quote_amount: Decimal | None = None
    """Quote units, where the client worded the amount in them; `amount` is what they buy."""
    limit_price: Decimal | None = None
    trigger_price: Decimal | None = None
    trail: Trail | None = None
    signal: Signal = Signal.LAST
    display_amount: Decimal | None = None
    client_id: str | None = None
    userref: int = 0
    time_in_force: TimeInForce = TimeInForce.GTC
    starts_ns: int = 0
    expires_ns: int = 0
    self_trade: SelfTrade = SelfTrade.CANCEL_NEWEST
    fee_in: Literal["quote", "base"] = "quote"
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
    display_amount: Decimal | None = None
    post_only: bool | None = None
    time_ns: int


class Edit(Struct, frozen=True, kw_only=True):
    """Cancel an open order and place another in one step; where the other is refused, the first stays as it was."""

    id: str
    replacement: Add
    time_ns: int


class Cancel(Struct, frozen=True, kw_only=True):
    """Cancel an open order."""

    id: str = ""
    client_id: str | None = None
    time_ns: int


class CancelAll(Struct, frozen=True, kw_only=True):
    """Cancel every open order, waiting stops included."""

    time_ns: int


class CancelAllAfter(Struct, frozen=True, kw_only=True):
    """Arm the dead man's switch: every order is cancelled after `timeout_ns`, unless it is armed anew. 0 disarms."""

    timeout_ns: int
    time_ns: int


class MarketUpdate(Struct, frozen=True, kw_only=True):
    """What stands in the market now; it replaces what stood before, also what was taken from it."""

    symbol: str
    quote: Quote | None
    """None, crossed or one-sided: nothing trades until the next one."""
    bids: tuple[Level, ...] = ()
    """Real levels, best first, where there is a book."""
    asks: tuple[Level, ...] = ()
    index: Decimal | None = None
    """The index price, where there is one."""
    time_ns: int


class Elapse(Struct, frozen=True, kw_only=True):
    """Let time pass: what is due happens (rollovers, expiries, scheduled orders, the dead man's switch)."""

    time_ns: int


class Deposit(Struct, frozen=True, kw_only=True):
    """Funds from outside, or out again where negative."""

    asset: str
    amount: Decimal
    time_ns: int


Message = Add | Amend | Edit | Cancel | CancelAll | CancelAllAfter | MarketUpdate | Elapse | Deposit


class Execution(Struct, frozen=True, kw_only=True):
    """A fill with what it meant for the account."""

    fill: Fill
    realised: Decimal
    """P&L of what it closed, before fees; quote units."""
    closed: Decimal
    """Base units of our own lots that it closed."""
    margin: Decimal
    """Margin used by what it opened; quote units."""
    fee_in_base: Decimal = Decimal(0)
    """The fee, where it was taken in the base currency; then `fill.fee` is 0."""
    position_id: str = ""
    """The margin position that it opened; empty where it opened none."""


EntryType = Literal["trade", "margin", "rollover", "settled", "deposit", "withdrawal"]
"""Kraken's words for what changes a balance."""


class LedgerEntry(Struct, frozen=True, kw_only=True):
    """One change of one balance (Kraken's Ledgers)."""

    id: str
    ref_id: str
    """What caused it: a trade, an order that settled, a position that rolled over, a deposit."""
    time_ns: int
    type: EntryType
    asset: str
    amount: Decimal
    """Before the fee."""
    fee: Decimal
    balance: Decimal
    """Afterwards: what it was, plus amount, less fee."""


class Accepted(Struct, frozen=True, tag=True):
    """The venue took an order."""

    order: OrderRecord


class Filled(Struct, frozen=True, tag=True):
    """An order traded; `order` is as it stands afterwards."""

    order: OrderRecord
    execution: Execution


class Cancelled(Struct, frozen=True, tag=True):
    """An order ended unfilled or part filled; `order.reason` says why, `order.status` whether it expired."""

    order: OrderRecord


class Amended(Struct, frozen=True, tag=True):
    """An order was changed in place."""

    order: OrderRecord
    amend_id: str
    before: OrderRecord | None = None
    """As it stood until then."""


class Triggered(Struct, frozen=True, tag=True):
    """A waiting order woke."""

    order: OrderRecord


class Spawned(Struct, frozen=True, tag=True):
    """A fill of `order.parent_id` spawned this order."""

    order: OrderRecord


class Opened(Struct, frozen=True, tag=True):
    """A scheduled order became active."""

    order: OrderRecord


class TriggerMoved(Struct, frozen=True, tag=True):
    """A trailing stop followed the price."""

    order: OrderRecord


class Refilled(Struct, frozen=True, tag=True):
    """An iceberg shows its next slice, at the back of the queue."""

    order: OrderRecord


class Settled(Struct, frozen=True, tag=True):
    """A settle-position order settled `amount` base units of margin positions with what the account owns."""

    order: OrderRecord
    amount: Decimal


class Booked(Struct, frozen=True, tag=True):
    """A balance changed."""

    entry: LedgerEntry


class MarginCalled(Struct, frozen=True, tag=True):
    """The margin level (equity over used margin, percent) fell below the level at which Kraken warns."""

    quote: str
    level: Decimal


class RolledOver(Struct, frozen=True, tag=True):
    """A margin position paid for another period."""

    symbol: str
    fee: Decimal
    time_ns: int


class Deposited(Struct, frozen=True, tag=True):
    """Funds came from outside."""

    asset: str
    amount: Decimal


Event = (
    Accepted | Opened | Filled | Cancelled | Amended | Triggered | TriggerMoved | Refilled | Spawned | Settled
    | Booked | MarginCalled | RolledOver | Deposited
)  # fmt: skip
