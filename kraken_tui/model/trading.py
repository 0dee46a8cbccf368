"""Orders, fills, positions: exact, immutable."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct


class Side(StrEnum):
    """Which way an order trades."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> "Side":
        """The other one."""
        return Side.SELL if self is Side.BUY else Side.BUY

    @property
    def sign(self) -> int:
        """+1 for buy, -1 for sell."""
        return 1 if self is Side.BUY else -1


class OrderType(StrEnum):
    """Kraken's order types; values are Kraken's words. The engine itself uses the first four."""

    MARKET = "market"
    LIMIT = "limit"
    STOP_LOSS = "stop-loss"
    TAKE_PROFIT = "take-profit"
    STOP_LOSS_LIMIT = "stop-loss-limit"
    TAKE_PROFIT_LIMIT = "take-profit-limit"
    TRAILING_STOP = "trailing-stop"
    TRAILING_STOP_LIMIT = "trailing-stop-limit"
    ICEBERG = "iceberg"
    SETTLE_POSITION = "settle-position"


class OrderStatus(StrEnum):
    """Where an order stands; values are Kraken's words."""

    PENDING = "pending"
    OPEN = "open"
    CLOSED = "closed"
    CANCELED = "canceled"
    EXPIRED = "expired"


class OrderRequest(Struct, frozen=True, kw_only=True):
    """An order that the gateway is to send."""

    symbol: str
    side: Side
    type: OrderType
    amount: Decimal
    """Base units, a multiple of the lot."""
    price: Decimal | None = None
    """Limit price, or trigger price of a stop-loss or take-profit."""
    leverage: int = 1
    """1 = spot; otherwise a step that the pair offers."""
    reduce_only: bool = False
    stop_price: Decimal | None = None
    """Trigger of the stop-loss that Kraken spawns with each fill (conditional close)."""
    post_only: bool = False
    """Of a limit order: never take."""


class Order(Struct, frozen=True, kw_only=True):
    """An order as the exchange tells it."""

    id: str
    client_id: str | None
    parent_id: str | None
    """The primary order of a conditional close's child."""
    symbol: str
    side: Side
    type: OrderType
    status: OrderStatus
    amount: Decimal
    filled: Decimal
    price: Decimal | None
    """Limit price, or trigger price of a stop-loss or take-profit."""
    reason: str = ""
    """Why it was cancelled, in the exchange's words."""
    leverage: int = 1
    reduce_only: bool = False
    touched_ns: int = 0
    """When it was placed or last amended; its age decides what Kraken charges for the next change."""

    @property
    def remaining(self) -> Decimal:
        """Base units not filled yet."""
        return self.amount - self.filled


class Fill(Struct, frozen=True, kw_only=True):
    """One execution, as the exchange tells it."""

    id: str
    order_id: str
    client_id: str | None
    symbol: str
    side: Side
    order_type: OrderType
    price: Decimal
    amount: Decimal
    cost: Decimal
    """Price times amount, rounded to the pair's cost decimals; quote units."""
    fee: Decimal
    """Quote units; for a margin position's opening fill it includes the opening fee."""
    maker: bool
    leverage: int
    time_ns: int
    fee_coin: Decimal = Decimal(0)
    """Fee taken in the coin itself, base units; `fee` is 0 then."""


class Position(Struct, frozen=True, kw_only=True):
    """What we hold of one instrument because our own fills bought or sold it."""

    symbol: str
    side: Side
    """BUY for a long, SELL for a short."""
    amount: Decimal
    cost: Decimal
    """What the open lots cost, fees apart; quote units."""
    fees: Decimal
    """Fees paid to open what is still open."""
    opened_ns: int
    leverage: int
    stop_price: Decimal | None
    """Trigger nearest to the market among the resting stops; None while nothing rests."""
    stop_amount: Decimal
    """How much of the position rests behind stops."""

    @property
    def entry_price(self) -> Decimal:
        """Average price of the open lots."""
        return self.cost / self.amount

    def profit_at(self, price: Decimal) -> Decimal:
        """Unrealised P&L at `price`, before any fee; quote units."""
        return (price * self.amount - self.cost) * self.side.sign


class Trade(Struct, frozen=True, kw_only=True):
    """A position's life from flat to flat."""

    symbol: str
    side: Side
    amount: Decimal
    """Base units bought (sold for a short) over the life."""
    entry_price: Decimal
    exit_price: Decimal
    gross: Decimal
    """Realised P&L before fees; quote units."""
    fees: Decimal
    opened_ns: int
    closed_ns: int
    reason: str
    owner: str = ""
    """Who entered it: scanner, autopilot, operator; empty where that is not known."""
    entered_for: str = ""
    """Why, in the words of its entry."""

    @property
    def net(self) -> Decimal:
        """What is left: gross less fees; quote units."""
        return self.gross - self.fees
