"""Fills and trades to tell of."""

from decimal import Decimal

from kraken_tui.clock import SECOND
from kraken_tui.model.trading import Fill, OrderType, Side, Trade

START_NS = 1_767_225_600 * SECOND
"""2026-01-01T00:00:00Z."""


def fill(id: str = "F1", price: str = "60000", amount: str = "0.01", **changes: object) -> Fill:
    cost = Decimal(price) * Decimal(amount)
    given = {
        "id": id, "order_id": "O1", "client_id": None, "symbol": "BTC/USD", "side": Side.BUY,
        "order_type": OrderType.MARKET, "price": Decimal(price), "amount": Decimal(amount), "cost": cost,
        "fee": cost * Decimal("0.004"), "maker": False, "leverage": 1, "time_ns": START_NS,
    }  # fmt: skip
    return Fill(**{**given, **changes})  # type: ignore[arg-type]


def trade(net: str = "4.20", symbol: str = "BTC/USD", closed_ns: int = START_NS, **changes: object) -> Trade:
    fees = Decimal("4.80")
    given = {
        "symbol": symbol, "side": Side.BUY, "amount": Decimal("0.01"), "entry_price": Decimal("60000"),
        "exit_price": Decimal("60900"), "gross": Decimal(net) + fees, "fees": fees, "opened_ns": START_NS - SECOND,
        "closed_ns": closed_ns, "reason": "target hit",
    }  # fmt: skip
    return Trade(**{**given, **changes})  # type: ignore[arg-type]
