"""Values that many tests start from: real rules of a few pairs."""

from collections.abc import Sequence
from decimal import Decimal

from kraken_tui.account.owners import Claim, Owners
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Fill, Order, OrderType, Side


def D(text: str | int) -> Decimal:  # noqa: N802  # the one-letter name that reads as a literal
    """A Decimal literal."""
    return Decimal(text)


BTC = Instrument(
    symbol="BTC/USD", id="XXBTZUSD", altname="XBTUSD", base="BTC", quote="USD", price_decimals=1, lot_decimals=8,
    cost_decimals=5, tick=D("0.1"), order_min=D("0.00005"), cost_min=D("0.5"),
    leverage_buy=(2, 3, 4, 5), leverage_sell=(2, 3, 4, 5),
)  # fmt: skip
DOGE = Instrument(
    symbol="DOGE/USD", id="XDGUSD", altname="XDGUSD", base="DOGE", quote="USD", price_decimals=7, lot_decimals=8,
    cost_decimals=9, tick=D("0.0000001"), order_min=D(13), cost_min=D("0.5"),
    leverage_buy=(2, 3, 4, 5), leverage_sell=(2, 3, 4, 5),
)  # fmt: skip
HBAR = Instrument(
    symbol="HBAR/USD", id="HBARUSD", altname="HBARUSD", base="HBAR", quote="USD", price_decimals=5, lot_decimals=5,
    cost_decimals=5, tick=D("0.00001"), order_min=D(50), cost_min=D("0.5"),
)  # fmt: skip
"""Margin is not offered for it."""


def fill(
    number: int,
    side: Side,
    amount: str | Decimal,
    price: str | Decimal,
    *,
    instrument: Instrument = BTC,
    fee: str | Decimal = "0",
    order_type: OrderType = OrderType.MARKET,
    leverage: int = 5,
) -> Fill:
    """A fill as the exchange would tell it, cost rounded as Kraken rounds it."""
    amount, price = Decimal(amount), Decimal(price)
    return Fill(
        id=f"T{number}", order_id=f"O{number}", client_id=f"kt{number}", symbol=instrument.symbol, side=side,
        order_type=order_type, price=price, amount=amount, cost=instrument.cost_of(price, amount), fee=Decimal(fee),
        maker=False, leverage=leverage, time_ns=number,
    )  # fmt: skip


def owners_of_entry() -> Owners:
    """Owners that know the order O1 as an entry in BTC/USD."""
    owners = Owners()
    owners.claim("c1", Claim("enter", "BTC/USD", "BURST"))
    owners.learn("O1", "c1", None)
    return owners


class Hears:
    """A listener that remembers what it was told."""

    def __init__(self) -> None:
        self.fills: list[Fill] = []
        self.orders: list[Order] = []
        self.snapshots: list[list[Order]] = []
        self.wallet: dict[str, Decimal] = {}

    def on_fill(self, fill: Fill) -> None:
        self.fills.append(fill)

    def on_order(self, order: Order) -> None:
        self.orders.append(order)

    def on_snapshot(self, orders: Sequence[Order]) -> None:
        self.snapshots.append(list(orders))

    def on_balance(self, currency: str, total: Decimal) -> None:
        self.wallet[currency] = total

    def on_traded(self, currency: str, fill_id: str) -> None:
        """Nothing that matters here."""
