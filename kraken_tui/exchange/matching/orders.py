"""Orders: their values, and what distinguishes the types."""

from decimal import Decimal
from enum import Enum, StrEnum
from typing import Literal

from msgspec import Struct

from kraken_tui.model.trading import Order, OrderStatus, OrderType, Side

ZERO = Decimal(0)


class TimeInForce(StrEnum):
    """How long an order may rest."""

    GTC = "GTC"
    IOC = "IOC"
    """What does not trade at once is cancelled."""
    FOK = "FOK"
    """All of it at once, or nothing."""
    GTD = "GTD"
    """Until `expires_ns`."""


class Signal(StrEnum):
    """The price that a trigger looks at."""

    LAST = "last"
    INDEX = "index"


class SelfTrade(StrEnum):
    """Who is cancelled where two orders of the account would trade with each other."""

    CANCEL_NEWEST = "cancel-newest"
    CANCEL_OLDEST = "cancel-oldest"
    CANCEL_BOTH = "cancel-both"


class Trail(Struct, frozen=True, kw_only=True):
    """How far a trailing stop follows the best price since it was placed."""

    distance: Decimal
    """Above nothing; quote units, or percent of the peak (trough for a buy)."""
    percent: bool = False
    limit_offset: Decimal | None = None
    """`trailing-stop-limit`: the limit price is the trigger plus this; quote units, or percent of the trigger."""
    limit_percent: bool = False


class Trigger(Enum):
    """Which way the price must go for an order to wake."""

    ADVERSE = "adverse"
    """A sell wakes at or below its trigger, a buy at or above it: stop-loss."""
    FAVOURABLE = "favourable"
    """The reverse: take-profit."""


class TypeRule(Struct, frozen=True, kw_only=True):
    """What makes an order type. A further type is a further row in `TYPE_RULES`."""

    words: str
    """As in Kraken's order text."""
    trigger: Trigger | None
    at_limit: bool
    """Once awake it trades at its limit price or better, and may rest; otherwise at market."""
    trails: bool = False
    """Its trigger follows the price; `Trail` says how."""


TYPE_RULES: dict[OrderType, TypeRule] = {
    OrderType.MARKET: TypeRule(words="market", trigger=None, at_limit=False),
    OrderType.LIMIT: TypeRule(words="limit", trigger=None, at_limit=True),
    OrderType.STOP_LOSS: TypeRule(words="stop loss", trigger=Trigger.ADVERSE, at_limit=False),
    OrderType.TAKE_PROFIT: TypeRule(words="take profit", trigger=Trigger.FAVOURABLE, at_limit=False),
    OrderType.STOP_LOSS_LIMIT: TypeRule(words="stop loss", trigger=Trigger.ADVERSE, at_limit=True),
    OrderType.TAKE_PROFIT_LIMIT: TypeRule(words="take profit", trigger=Trigger.FAVOURABLE, at_limit=True),
    OrderType.TRAILING_STOP: TypeRule(words="trailing stop", trigger=Trigger.ADVERSE, at_limit=False, trails=True),
    OrderType.TRAILING_STOP_LIMIT: TypeRule(words="trailing stop", trigger=Trigger.ADVERSE, at_limit=True, trails=True),
    OrderType.ICEBERG: TypeRule(words="limit", trigger=None, at_limit=True),
    OrderType.SETTLE_POSITION: TypeRule(words="settle position", trigger=None, at_limit=False),
}


class CloseTemplate(Struct, frozen=True, kw_only=True):
    """A conditional close: each fill of the primary spawns one order like this, the other way, of that fill's size."""

    type: OrderType
    limit_price: Decimal | None = None
    trigger_price: Decimal | None = None
    trail: Trail | None = None

    @property
    def rule(self) -> TypeRule:
        """What its type means."""
        return TYPE_RULES[self.type]


class OrderRecord(Struct, frozen=True, kw_only=True):
    """An order as the venue keeps it. A change makes a new value."""

    id: str
    client_id: str | None = None
    userref: int = 0
    """The client's own number, shared by any number of orders; 0 = none."""
    parent_id: str | None = None
    """The primary of a conditional close's child."""
    symbol: str
    side: Side
    type: OrderType
    amount: Decimal
    quote_amount: Decimal | None = None
    """Quote units, where the client worded the amount in them (`viqc`)."""
    limit_price: Decimal | None = None
    trigger_price: Decimal | None = None
    """Of a trailing stop: where it is now."""
    trail: Trail | None = None
    peak_price: Decimal | None = None
    """The best price that a trailing stop has seen: the highest for a sell, the lowest for a buy."""
    signal: Signal = Signal.LAST
    display_amount: Decimal | None = None
    """How much of an iceberg shows at a time; None: all of it."""
    shown: Decimal | None = None
    """What is left of the slice that an iceberg shows."""
    self_trade: SelfTrade = SelfTrade.CANCEL_NEWEST
    fee_in: Literal["quote", "base"] = "quote"
    """The currency that the client prefers for fees (`fciq`, `fcib`)."""
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    leverage: int = 1
    reduce_only: bool = False
    close: CloseTemplate | None = None
    status: OrderStatus = OrderStatus.OPEN
    reason: str = ""
    """Why it was cancelled, in Kraken's words."""
    triggered: bool = False
    amended: bool = False
    filled: Decimal = ZERO
    cost: Decimal = ZERO
    fee: Decimal = ZERO
    liquidated: bool = False
    """The venue itself placed it, to close a position whose margin was gone."""
    trade_ids: tuple[str, ...] = ()
    held: Decimal = ZERO
    """Funds set aside for it: quote units for a buy, base units for a sell."""
    place: int
    """Its place in the queue: lower is earlier."""
    opened_ns: int
    starts_ns: int = 0
    """When a scheduled order becomes active; 0 = at once."""
    expires_ns: int = 0
    """When a GTD order ends; 0 = never."""
    changed_ns: int = 0
    """When it was last amended; 0 = never. The trading counter asks for an order's age since then."""
    closed_ns: int = 0

    @property
    def rule(self) -> TypeRule:
        """What its type means."""
        return TYPE_RULES[self.type]

    @property
    def volume(self) -> Decimal:
        """The amount as the client worded it; quote units with `quote_amount`, else base units."""
        return self.amount if self.quote_amount is None else self.quote_amount

    @property
    def remaining(self) -> Decimal:
        """What is not filled yet; base units."""
        return self.amount - self.filled

    @property
    def is_waiting(self) -> bool:
        """Whether it still waits for its trigger, outside the book."""
        return not self.triggered and TYPE_RULES[self.type].trigger is not None

    @property
    def is_scheduled(self) -> bool:
        """Whether its time has not come yet."""
        return self.status is OrderStatus.PENDING

    @property
    def stands(self) -> bool:
        """Whether it rests in the book at its limit."""
        rule = TYPE_RULES[self.type]
        return rule.at_limit and (rule.trigger is None or self.triggered) and self.status is not OrderStatus.PENDING

    @property
    def visible(self) -> Decimal:
        """What others see of it in the book; base units."""
        return self.remaining if self.shown is None else self.shown

    @property
    def price(self) -> Decimal | None:
        """Its limit price, or the trigger price of a stop-loss or take-profit."""
        return self.limit_price if self.rule.trigger is None else self.trigger_price

    def told(self) -> Order:
        """The order in the vocabulary of everything above."""
        return Order(
            id=self.id, client_id=self.client_id, parent_id=self.parent_id, symbol=self.symbol, side=self.side,
            type=self.type, status=self.status, amount=self.amount, filled=self.filled, price=self.price,
            reason=self.reason, leverage=self.leverage, reduce_only=self.reduce_only, touched_ns=self.opened_ns,
        )  # fmt: skip


def wakes(order: OrderRecord, price: Decimal) -> bool:
    """Whether `price` touches the trigger of a waiting order."""
    if order.trigger_price is None:
        return False
    falls = (order.rule.trigger is Trigger.ADVERSE) == (order.side is Side.SELL)
    return price <= order.trigger_price if falls else price >= order.trigger_price


def slice_of(display_amount: Decimal | None, remaining: Decimal) -> Decimal | None:
    """A fresh slice of an iceberg; None for any other order."""
    return None if display_amount is None else min(display_amount, remaining)
