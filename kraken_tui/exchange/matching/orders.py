"""Orders: their values, what distinguishes the types, and Kraken's words for them."""

from decimal import Decimal
from enum import Enum, StrEnum

from msgspec import Struct

from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Order, OrderStatus, OrderType, Side

ZERO = Decimal(0)


class TimeInForce(StrEnum):
    """How long an order may rest."""

    GTC = "GTC"
    IOC = "IOC"


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


TYPE_RULES: dict[OrderType, TypeRule] = {
    OrderType.MARKET: TypeRule(words="market", trigger=None, at_limit=False),
    OrderType.LIMIT: TypeRule(words="limit", trigger=None, at_limit=True),
    OrderType.STOP_LOSS: TypeRule(words="stop loss", trigger=Trigger.ADVERSE, at_limit=False),
    OrderType.TAKE_PROFIT: TypeRule(words="take profit", trigger=Trigger.FAVOURABLE, at_limit=False),
}


class CloseTemplate(Struct, frozen=True, kw_only=True):
    """A conditional close: each fill of the primary spawns one order like this, the other way, of that fill's size."""

    type: OrderType
    limit_price: Decimal | None = None
    trigger_price: Decimal | None = None


class OrderRecord(Struct, frozen=True, kw_only=True):
    """An order as the venue keeps it. A change makes a new value."""

    id: str
    client_id: str | None = None
    parent_id: str | None = None
    """The primary of a conditional close's child."""
    symbol: str
    side: Side
    type: OrderType
    amount: Decimal
    limit_price: Decimal | None = None
    trigger_price: Decimal | None = None
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
    held: Decimal = ZERO
    """Funds set aside for it: quote units for a buy, base units for a sell."""
    place: int
    """Its place in the queue: lower is earlier."""
    opened_ns: int
    closed_ns: int = 0

    @property
    def rule(self) -> TypeRule:
        """What its type means."""
        return TYPE_RULES[self.type]

    @property
    def remaining(self) -> Decimal:
        """What is not filled yet; base units."""
        return self.amount - self.filled

    @property
    def is_waiting(self) -> bool:
        """Whether it still waits for its trigger, outside the book."""
        return self.rule.trigger is not None and not self.triggered

    @property
    def price(self) -> Decimal | None:
        """Its limit price, or the trigger price of a stop-loss or take-profit."""
        return self.limit_price if self.rule.trigger is None else self.trigger_price

    def told(self) -> Order:
        """The order in the vocabulary of everything above."""
        return Order(
            id=self.id, client_id=self.client_id, parent_id=self.parent_id, symbol=self.symbol, side=self.side,
            type=self.type, status=self.status, amount=self.amount, filled=self.filled, price=self.price,
            reason=self.reason,
        )  # fmt: skip


def wakes(order: OrderRecord, price: Decimal) -> bool:
    """Whether `price` touches the trigger of a waiting order."""
    if order.trigger_price is None:
        return False
    falls = (order.rule.trigger is Trigger.ADVERSE) == (order.side is Side.SELL)
    return price <= order.trigger_price if falls else price >= order.trigger_price


def _terms(type: OrderType, limit_price: Decimal | None, trigger_price: Decimal | None) -> str:
    prices = [f"{price:f}" for price in (trigger_price, limit_price) if price is not None]
    return " ".join([TYPE_RULES[type].words, " -> limit ".join(prices)]).strip()


def describe(order: OrderRecord, instrument: Instrument) -> str:
    """Kraken's order text, such as `buy 0.01000000 XBTUSD @ limit 60000.0 with 5:1 leverage`."""
    terms = _terms(order.type, order.limit_price, order.trigger_price)
    margin = f" with {order.leverage}:1 leverage" if order.leverage > 1 else ""
    return f"{order.side} {order.amount:.8f} {instrument.altname} @ {terms}{margin}"


def describe_close(close: CloseTemplate | None) -> str:
    """Kraken's text of a conditional close, such as `close position @ stop loss 22000.0`; empty without one."""
    return f"close position @ {_terms(close.type, close.limit_price, close.trigger_price)}" if close else ""
