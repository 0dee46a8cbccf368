"""A bench with Kraken's trigger rule and words for every order type."""

from typing import Any

from kraken_tui.exchange.matching.messages import Add, Cancelled, Event, Filled, MarketUpdate
from kraken_tui.exchange.matching.orders import OrderRecord, Trail
from kraken_tui.model.trading import OrderType, Side
from tests.exchange.cases import Bench, D, quote

ICEBERG = OrderType.ICEBERG
STOP_LIMIT, TARGET_LIMIT = OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT
TRAIL, TRAIL_LIMIT = OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT
SECOND = 1_000_000_000


def trail(distance: str, offset: str | None = None) -> Trail:
    """`5%` or `500`, and the limit's offset likewise."""
    limit = None if offset is None else D(offset.rstrip("%"))
    return Trail(
        distance=D(distance.rstrip("%")), percent=distance.endswith("%"), limit_offset=limit,
        limit_percent=offset is not None and offset.endswith("%"),
    )  # fmt: skip


class Desk(Bench):
    """Triggers look at the last trade; there are coins to sell."""

    def __init__(self, account: Any = "cash", balance: str = "100000", coins: str = "100", **policies: Any) -> None:
        super().__init__(account, balance, **({"trigger_by": "signal"} | policies))
        self.state.balances["BTC"] = D(coins)

    def put(self, side: Side, type: OrderType, amount: str, **fields: Any) -> str:
        """Place an order on BTC/USD with its fields by name, prices as text; its id."""
        self.now_ns += 1
        prices = {
            name: D(value) if isinstance(value, str) and name.endswith(("_price", "_amount")) else value
            for name, value in fields.items()
        }
        add: dict[str, Any] = {"symbol": "BTC/USD", "time_ns": self.now_ns} | prices
        events = self.feed(Add(side=side, type=type, amount=D(amount), **add))
        order_id: str = events[0].order.id  # type: ignore[union-attr]
        return order_id

    def tell(self, last: str, bid: str = "", ask: str = "", amount: str = "100", index: str = "") -> list[Event]:
        """A market update; without bid and ask the spread is the last price and a tick above."""
        self.now_ns += 1
        bid, ask = bid or last, ask or f"{D(bid or last) + D('0.1')}"
        told = quote(bid, ask, amount, last=last)
        return self.feed(
            MarketUpdate(symbol="BTC/USD", quote=told, index=D(index) if index else None, time_ns=self.now_ns)
        )

    def kinds(self) -> list[str]:
        """What the last input did."""
        return [type(event).__name__ for event in self.events]

    def reasons(self) -> list[str]:
        """Why it cancelled what it cancelled."""
        return [event.order.reason for event in self.events if isinstance(event, Cancelled)]

    def traded(self) -> list[tuple[str, str, str]]:
        """Id, price and amount of what it traded."""
        fills = [event.execution.fill for event in self.events if isinstance(event, Filled)]
        return [(fill.order_id, f"{fill.price:f}", f"{fill.amount.normalize():f}") for fill in fills]

    def order(self, order_id: str) -> OrderRecord:
        """An open order."""
        return self.state.orders[order_id]
