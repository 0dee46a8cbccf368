"""What rests at the exchange, as far as it was told: every order, each with its role."""

from collections.abc import Collection, Iterable
from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.account.owners import Owners, Role
from kraken_tui.model.trading import Fill, Order, OrderStatus, OrderType, Side

ZERO = Decimal(0)
LIVING = (OrderStatus.PENDING, OrderStatus.OPEN)


class Resting:
    """The living orders of the account, ours and foreign ones.

    Args:
        owners: says whose each is.
    """

    def __init__(self, owners: Owners) -> None:
        self._owners = owners
        self._orders: dict[str, Order] = {}
        self._ended: dict[str, str] = {}
        """By id, why: in the exchange's words, empty where it gave none."""
        self._acknowledged: set[str] = set()
        """Of the living: those of which the stream has not told yet."""

    def acknowledge(self, order: Order) -> None:
        """Note an order that the exchange has just taken, ahead of its stream's telling."""
        if order.id not in self._orders and order.id not in self._ended:
            self.apply(order)
            self._acknowledged.add(order.id)

    def apply(self, order: Order) -> None:
        """Note an order that came, changed or ended. What has ended does not come back, however late it is told."""
        self._acknowledged.discard(order.id)
        self._owners.describe(order.id, order.client_id, order.parent_id)
        if order.status in LIVING:
            if order.id not in self._ended:
                self._orders[order.id] = order
        else:
            self._orders.pop(order.id, None)
            self._ended[order.id] = order.reason

    def replace(self, orders: Iterable[Order]) -> None:
        """Take a whole list: what is not in it rests no more, or was taken after the list was made and is told next."""
        listed = {order.id: order for order in orders}
        for id in self._orders.keys() - listed.keys() - self._acknowledged:
            self._ended.setdefault(id, "")
        self._acknowledged.clear()
        self._orders.clear()
        for order in listed.values():
            self._ended.pop(order.id, None)
            self.apply(order)

    def has_ended(self, order_id: str) -> bool:
        """Whether an order is known to rest no more."""
        return order_id in self._ended

    def why_ended(self, order_id: str) -> str:
        """Why an order rests no more, in the exchange's words; empty where it gave no reason."""
        return self._ended.get(order_id, "")

    def order(self, order_id: str) -> Order | None:
        """A living order."""
        return self._orders.get(order_id)

    def of(self, symbol: str, role: Role) -> list[Order]:
        """The living orders of a ticker in one role, oldest first."""
        return [row for row in self._orders.values() if row.symbol == symbol and self._owners.role(row) is role]

    def ours(self) -> set[str]:
        """Ids of the living orders that are ours."""
        return {order.id for order in self._orders.values() if self._owners.role(order) is not Role.FOREIGN}

    def foreign(self) -> list[Order]:
        """Every order that is not ours."""
        return [order for order in self._orders.values() if self._owners.role(order) is Role.FOREIGN]

    def held_for_buys(self) -> Decimal:
        """Quote units that resting buys at a limit hold, whoever placed them; fees apart."""
        buys = (row for row in self._orders.values() if row.side is Side.BUY and row.type is OrderType.LIMIT)
        return sum((row.remaining * row.price for row in buys if row.price and row.leverage < 2), ZERO)

    def held_by_foreign_sells(self, symbols: Collection[str]) -> Decimal:
        """Coins that limit orders of the operator's own hold in some pairs; whether waiting stops do is not known."""
        sells = (row for row in self._orders.values() if row.side is Side.SELL and row.type is OrderType.LIMIT)
        rows = (row for row in sells if row.symbol in symbols and row.leverage < 2)
        return sum((row.remaining for row in rows if self._owners.role(row) is Role.FOREIGN), ZERO)

    def symbols(self) -> set[str]:
        """Tickers for which an order of ours rests."""
        return {row.symbol for row in self._orders.values() if self._owners.role(row) is not Role.FOREIGN}

    def change(self, order_id: str, **changes: object) -> None:
        """Take over what the exchange has just acknowledged, ahead of its own telling."""
        if (order := self._orders.get(order_id)) is not None:
            self._orders[order_id] = replace(order, **changes)


class Children:
    """The stops that fills of entries have spawned and that were not told yet.

    Kraken spawns the child of a conditional close with the fill itself, and tells of it a moment later. Until then the
    fill counts as covered: a second stop would cover it twice.
    """

    def __init__(self) -> None:
        self._expected: dict[str, tuple[Decimal, int]] = {}
        """By the entry's id: base units whose child is awaited, and since when."""
        self._early: dict[str, Decimal] = {}
        self._told: set[str] = set()

    def filled(self, fill: Fill, now_ns: int) -> None:
        """An entry with a stop attached was filled."""
        early = self._early.pop(fill.order_id, ZERO)
        awaited, since_ns = self._expected.get(fill.order_id, (ZERO, now_ns))
        self._note(fill.order_id, awaited + fill.amount - early, since_ns)

    def told(self, order: Order) -> None:
        """A child is known, before or after the fill that spawned it."""
        if order.parent_id is None or order.id in self._told:
            return
        self._told.add(order.id)
        awaited, since_ns = self._expected.get(order.parent_id, (ZERO, 0))
        self._note(order.parent_id, awaited - order.amount, since_ns)

    def forget(self) -> None:
        """All that rests was read anew: nothing is awaited."""
        self._expected.clear()
        self._early.clear()

    def awaited(self, parents: Iterable[str]) -> tuple[Decimal, int | None]:
        """Base units whose children are awaited of these entries, and since when the oldest is."""
        rows = [self._expected[parent] for parent in parents if parent in self._expected]
        return sum((amount for amount, _ in rows), ZERO), min((since for _, since in rows), default=None)

    def parents(self) -> list[str]:
        """The entries whose children are awaited."""
        return list(self._expected)

    def _note(self, parent: str, amount: Decimal, since_ns: int) -> None:
        self._expected.pop(parent, None)
        if amount > ZERO:
            self._expected[parent] = (amount, since_ns)
        elif amount < ZERO:
            self._early[parent] = -amount
