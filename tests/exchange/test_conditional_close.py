"""Conditional close: one child per fill of the primary."""

import pytest

from kraken_tui.exchange.matching.messages import Cancel, Cancelled, Filled, Spawned, Triggered
from kraken_tui.exchange.matching.orders import CloseTemplate
from tests.exchange.cases import BUY, LIMIT, MARKET, SELL, STOP, TARGET, Bench, D


def children(bench: Bench) -> list[tuple[str | None, str, str]]:
    return [
        (event.order.parent_id, str(event.order.side), f"{event.order.amount.normalize():f}")
        for event in bench.events
        if isinstance(event, Spawned)
    ]


def test_each_fill_of_the_primary_spawns_a_child_of_its_size() -> None:
    bench = Bench()
    bench.market("100.0", "101.0", "10")
    primary = bench.add(BUY, LIMIT, "3", "99.0", stop="95.0")
    assert children(bench) == []
    bench.book([("98.0", "1")], [("99.0", "0.5")])
    assert children(bench) == [(primary, "sell", "0.5")]
    bench.book([("98.0", "1")], [("99.0", "1.5")])
    assert children(bench) == [(primary, "sell", "1.5")]
    bench.feed(Cancel(id=primary, time_ns=50))
    resting = list(bench.state.orders.values())
    assert [order.amount for order in resting] == [D("0.5"), D("1.5")]
    assert {(order.type, order.trigger_price, order.client_id) for order in resting} == {(STOP, D("95.0"), None)}


def test_market_entry_gets_a_stop_per_level_and_all_of_them_fire() -> None:
    bench = Bench()
    bench.book([("99.0", "5")], [("100.0", "1"), ("100.5", "2")])
    bench.add(BUY, MARKET, "2", stop="95.0")
    assert [type(event).__name__ for event in bench.events] == ["Accepted", "Filled", "Spawned", "Filled", "Spawned"]
    bench.book([("95.0", "5")], [("95.5", "5")])
    assert [type(event) for event in bench.events] == [Triggered, Filled, Triggered, Filled]
    assert bench.btc == 0
    assert not bench.state.orders


def test_unfilled_primary_leaves_no_child() -> None:
    bench = Bench()
    bench.market("100.0", "101.0", "10")
    primary = bench.add(BUY, LIMIT, "3", "99.0", stop="95.0")
    bench.feed(Cancel(id=primary, time_ns=50))
    assert not bench.state.orders


def test_child_that_is_born_past_its_trigger_fires_at_once() -> None:
    bench = Bench()
    bench.market("99.9", "100.0", "10")
    bench.add(BUY, MARKET, "1", stop="100.0")
    assert [type(event).__name__ for event in bench.events] == ["Accepted", "Filled", "Spawned", "Triggered", "Filled"]
    assert bench.btc == 0


def test_child_below_the_minimum_still_protects() -> None:
    bench = Bench()
    bench.market("100.0", "101.0", "10")
    bench.add(BUY, LIMIT, "1", "99.0", stop="95.0")
    bench.book([("98.0", "1")], [("99.0", "0.00001")])
    assert [amount for _, _, amount in children(bench)] == ["0.00001"]


def test_close_may_be_a_take_profit_or_a_limit() -> None:
    bench = Bench()
    bench.market("99.9", "100.0", "10")
    bench.add(BUY, MARKET, "1", close=CloseTemplate(type=TARGET, trigger_price=D("105.0")))
    bench.add(BUY, MARKET, "1", close=CloseTemplate(type=LIMIT, limit_price=D("110.0")))
    assert next(o.held for o in bench.state.orders.values() if o.type is LIMIT) == 1
    bench.market("110.0", "110.1", "10")
    assert sorted(bench.fills) == [("110.0", "1", "0.27500", True), ("110.0", "1", "0.44000", False)]
    assert bench.btc == 0


@pytest.mark.parametrize(("reduce_only", "left"), [(True, None), (False, SELL)])
def test_leftover_child_on_margin_opens_the_other_way_only_where_the_policy_says_so(
    reduce_only: bool, left: object
) -> None:
    bench = Bench("margin", children_reduce_only=reduce_only)
    bench.market("99.9", "100.0", "50")
    bench.add(BUY, MARKET, "10", leverage=5, stop="95.0")
    bench.add(SELL, MARKET, "10", leverage=5)
    assert not bench.state.margin
    bench.market("94.9", "95.0", "50")
    lots = bench.state.margin.get("BTC/USD", ())
    assert (lots[0].side if lots else None) is left
    if reduce_only:
        cancelled = bench.events[-1]
        assert isinstance(cancelled, Cancelled)
        assert cancelled.order.reason == "Reduce only:Position is closed"


def test_child_closes_only_what_is_left_of_the_position() -> None:
    bench = Bench("margin")
    bench.market("99.9", "100.0", "50")
    bench.add(BUY, MARKET, "10", leverage=5, stop="95.0")
    bench.add(SELL, MARKET, "7", leverage=5)
    bench.market("95.0", "95.1", "50")
    assert [fill[:2] for fill in bench.fills] == [("95.0", "3")]
    assert not bench.state.margin
    assert not bench.state.orders


def test_child_of_a_margin_primary_has_its_leverage() -> None:
    bench = Bench("margin")
    bench.market("99.9", "100.0", "50")
    bench.add(SELL, MARKET, "10", leverage=3, stop="105.0")
    (child,) = bench.state.orders.values()
    assert (child.leverage, child.side, child.held) == (3, BUY, D(0))
    bench.market("104.9", "105.0", "50")
    assert not bench.state.margin
    assert bench.state.totals["USD"].realised == D("-51.00000")
