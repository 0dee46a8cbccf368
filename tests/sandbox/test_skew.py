"""A clock of the exchange that is wrong: whatever it tells of the account is off by the same, on REST and WebSocket."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.sandbox.rest.forms import Params
from tests.sandbox.order_stand import ENDPOINTS, KEY
from tests.sandbox.private_ws import Exchange

TIMES = {"opentm", "closetm", "starttm", "expiretm", "time", "timestamp", "rollovertm", "effective_time", "expire_time"}
METHODS = ("OpenOrders", "ClosedOrders", "TradesHistory", "Ledgers", "OpenPositions")


def live(exchange: Exchange) -> str:
    """An order that fills, one that is amended, a position and a schedule; the id of the one that is amended."""
    exchange.place(order_type="market", order_qty=0.1)
    exchange.place(order_type="market", order_qty=0.1, margin=True)
    id = exchange.place(limit_price=50_000)
    exchange.ask("amend_order", order_id=id, order_qty=0.02)
    start = (exchange.clock.now_ns() + exchange.parts.faults.skew_ns) // SECOND
    exchange.place(limit_price=50_000, effective_time=rfc3339(start + 60), expire_time=rfc3339(start + 3600))
    return id


def rfc3339(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def seconds_of(value: Any) -> float:
    if isinstance(value, str) and "T" in value:
        return datetime.fromisoformat(value).timestamp()
    return float(value)


def times_in(told: Any) -> list[float]:
    """All times in an answer, in its order; those that are not there are 0."""
    if isinstance(told, dict):
        mine = [seconds_of(value) for name, value in told.items() if name in TIMES]
        return mine + [time for value in told.values() for time in times_in(value)]
    return [time for value in told for time in times_in(value)] if isinstance(told, list) else []


def ask(exchange: Exchange, method: str, **fields: Any) -> Any:
    return ENDPOINTS[method].call(exchange.parts, KEY, Params(fields))


def history_of(skew_s: int) -> dict[str, list[float]]:
    """The times that an exchange tells of one and the same account, by channel and method."""
    exchange = Exchange()
    exchange.parts.faults.skew_ns = skew_s * SECOND
    orders, balances = exchange.listen("executions"), exchange.listen("balances", id=2)
    id = live(exchange)
    told = {"executions": times_in(orders.sent), "balances": times_in(balances.sent)}
    told["snapshots"] = times_in(exchange.listen("executions", id=3, snap_trades=True).sent)
    told["amends"] = [time / 1000 for time in times_in(ask(exchange, "OrderAmends", order_id=id))]
    return told | {method: times_in(ask(exchange, method)) for method in METHODS}


@pytest.mark.parametrize("skew_s", [-3600, 5])
def test_all_times_of_the_account_are_off_by_the_same(skew_s: int) -> None:
    right, wrong = history_of(0), history_of(skew_s)
    for place, times in right.items():
        assert times, place
        assert wrong[place] == pytest.approx([time + skew_s if time else 0 for time in times], abs=1e-5), place


def test_the_dead_man_s_switch_tells_the_wrong_time_and_falls_in_time() -> None:
    exchange = Exchange()
    exchange.place(limit_price=50_000)
    exchange.parts.faults.skew_ns = -3600 * SECOND
    told = exchange.clock.now_ns() // SECOND - 3600
    (answer,) = exchange.ask("cancel_all_orders_after", timeout=60)
    assert answer == {"currentTime": rfc3339(told), "triggerTime": rfc3339(told + 60)}
    exchange.wait(59)
    assert exchange.parts.venue.state.orders
    exchange.wait(1)
    assert not exchange.parts.venue.state.orders


def test_a_schedule_is_meant_in_the_time_that_is_told() -> None:
    exchange = Exchange()
    exchange.parts.faults.skew_ns = 7 * SECOND
    live(exchange)
    assert sum(order.is_scheduled for order in exchange.parts.venue.state.orders.values()) == 1
    exchange.wait(59)
    assert sum(order.is_scheduled for order in exchange.parts.venue.state.orders.values()) == 1
    exchange.wait(2)
    assert sum(order.is_scheduled for order in exchange.parts.venue.state.orders.values()) == 0


@given(skew_us=st.integers(-(10**9), 10**9))
def test_a_time_that_was_told_is_understood_when_it_comes_back(skew_us: int) -> None:
    exchange = Exchange()
    exchange.parts.faults.skew_ns = skew_us * 1000
    exchange.place(order_type="market")
    exchange.move("60000.0", "60000.2")
    exchange.place(order_type="market")
    second, first = ask(exchange, "TradesHistory")["trades"].items()
    assert list(ask(exchange, "TradesHistory", start=f"{first[1]['time']:.6f}")["trades"]) == [second[0]]
    assert list(ask(exchange, "TradesHistory", end=f"{first[1]['time']:.6f}")["trades"]) == [first[0]]
