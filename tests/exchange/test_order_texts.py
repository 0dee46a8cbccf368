"""Kraken's words for orders (`descr.order` and `descr.close`)."""

from decimal import Decimal
from typing import Any

import pytest

from kraken_tui.exchange.matching.order_texts import describe, describe_close
from kraken_tui.exchange.matching.orders import CloseTemplate, OrderRecord
from kraken_tui.model.trading import OrderType
from tests.exchange.cases import BTC, BUY, LIMIT, MARKET, SELL, STOP, TARGET
from tests.exchange.desk import ICEBERG, STOP_LIMIT, TARGET_LIMIT, TRAIL, TRAIL_LIMIT, trail


@pytest.mark.parametrize(
    ("type", "fields", "text"),
    [
        (MARKET, {}, "market"),
        (LIMIT, {"limit_price": "60000"}, "limit 60000.0"),
        (ICEBERG, {"limit_price": "60000.0"}, "limit 60000.0"),
        (STOP, {"trigger_price": "55000.0"}, "stop loss 55000.0"),
        (STOP_LIMIT, {"trigger_price": "55000.0", "limit_price": "54900.0"}, "stop loss 55000.0 -> limit 54900.0"),
        (TARGET, {"trigger_price": "65000.0"}, "take profit 65000.0"),
        (TARGET_LIMIT, {"trigger_price": "65000.0", "limit_price": "64900"}, "take profit 65000.0 -> limit 64900.0"),
        (TRAIL, {"trail": trail("5%"), "trigger_price": "57000"}, "trailing stop +5.0000%"),
        (TRAIL_LIMIT, {"trail": trail("500", "-50")}, "trailing stop +500.0 -> limit -50.0"),
        (TRAIL_LIMIT, {"trail": trail("5%", "0"), "limit_price": "5"}, "trailing stop +5.0000% -> limit +0.0"),
        (OrderType.SETTLE_POSITION, {}, "settle position"),
    ],
)
def test_order_and_close(type: OrderType, fields: dict[str, object], text: str) -> None:
    given = {name: Decimal(value) if isinstance(value, str) else value for name, value in fields.items()}
    base: dict[str, Any] = {"id": "O", "symbol": "BTC/USD", "side": SELL, "type": type, "amount": Decimal("0.01")}
    order = OrderRecord(**base, place=1, opened_ns=0, **given)  # type: ignore[arg-type]
    assert describe(order, BTC) == f"sell 0.01000000 XBTUSD @ {text}"
    close = CloseTemplate(type=type, **given)  # type: ignore[arg-type]
    assert describe_close(close, BTC) == f"close position @ {text}"


def test_leverage_and_no_close() -> None:
    order = OrderRecord(
        id="O", symbol="BTC/USD", side=BUY, type=LIMIT, amount=Decimal("2.1234"), limit_price=Decimal("25000.1"),
        leverage=2, place=1, opened_ns=0,
    )  # fmt: skip
    assert describe(order, BTC) == "buy 2.12340000 XBTUSD @ limit 25000.1 with 2:1 leverage"
    assert describe_close(None) == ""
