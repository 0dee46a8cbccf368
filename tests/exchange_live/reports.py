"""Reports as Kraken sends them, of one order and its trades."""

from typing import Any

AT = "2026-01-01T00:00:00.000001Z"


def order(id: str = "O1", **more: Any) -> dict[str, Any]:
    return {
        "order_id": id, "exec_type": "new", "order_status": "new", "symbol": "BTC/USD", "side": "buy",
        "order_type": "limit", "order_qty": 0.5, "cum_qty": 0.0, "limit_price": 60000.0, "timestamp": AT,
    } | more  # fmt: skip


def trade(id: str = "T1", order_id: str = "O1", second: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "order_id": order_id, "exec_id": id, "exec_type": "trade", "order_status": "partially_filled",
        "symbol": "BTC/USD", "side": "buy", "order_type": "limit", "last_qty": 0.1, "last_price": 60000.0,
        "cost": 6000.0, "liquidity_ind": "m", "fees": [{"asset": "USD", "qty": 15.0}], "cum_qty": 0.1,
        "timestamp": f"2026-01-01T00:00:{second:02d}.000000Z",
    } | more  # fmt: skip


def cancel(id: str = "O1") -> dict[str, Any]:
    return {
        "order_id": id,
        "exec_type": "canceled",
        "order_status": "canceled",
        "reason": "User requested",
        "timestamp": AT,
    }
