"""Settle-position, worked by hand: a position ends with what the account owns."""

import pytest

from kraken_tui.exchange.matching.messages import Accepted, Add, Booked, Deposit, Settled
from kraken_tui.exchange.matching.money.audit import audit
from kraken_tui.exchange.matching.venue import apply
from kraken_tui.model.errors import Refused
from kraken_tui.model.trading import OrderStatus, OrderType
from tests.exchange.cases import BUY, LIMIT, MARKET, SELL, Bench, D

SETTLE = OrderType.SETTLE_POSITION


def long_of(*amounts: str, balance: str = "10000") -> Bench:
    """A margin account with longs, each a dollar dearer than the one before."""
    bench = Bench("margin", balance)
    for place, amount in enumerate(amounts):
        bench.market(f"{99 + place}.9", f"{100 + place}.0", "1000")
        bench.add(BUY, MARKET, amount, leverage=5)
    return bench


def short_of(amount: str, coins: str) -> Bench:
    bench = Bench("margin")
    bench.market("100.0", "100.1", "1000")
    bench.add(SELL, MARKET, amount, leverage=5)
    bench.feed(Deposit(asset="BTC", amount=D(coins), time_ns=bench.now_ns))
    return bench


def rows(bench: Bench) -> list[tuple[str, str, str, str]]:
    return [(e.type, e.asset, f"{e.amount.normalize():f}", f"{e.fee.normalize():f}") for e in bench.entries]


def test_long_costs_its_cost_and_leaves_coins_with_that_basis() -> None:
    bench = long_of("2")
    before, (position,) = bench.usd, bench.state.margin["BTC/USD"]
    bench.market("129.9", "130.0", "1000")
    order_id = bench.add(SELL, SETTLE, "2")
    assert bench.fills == []
    assert rows(bench) == [("settled", "USD", "-200", "0"), ("settled", "BTC", "2", "0")]
    assert {entry.ref_id for entry in bench.entries} == {order_id}
    assert (bench.usd, bench.btc) == (before - 200, D(2))
    assert not bench.state.margin
    (coins,) = bench.state.spot["BTC/USD"]
    assert (coins.amount, coins.cost, coins.fee, coins.id) == (D(2), D(200), position.fee, position.id)
    assert (coins.leverage, coins.next_rollover_ns) == (1, 0)
    assert audit(bench.state, bench.rules) == []
    bench.add(SELL, MARKET, "2")
    assert bench.state.totals["USD"].realised == D("259.8") - 200


def test_order_is_accepted_then_settled_then_booked() -> None:
    bench = long_of("2")
    bench.now_ns += 1
    add = Add(symbol="BTC/USD", side=SELL, type=SETTLE, amount=D("1.5"), leverage=5, time_ns=bench.now_ns)
    told = apply(bench.state, add, bench.rules)
    assert [type(event) for event in told] == [Accepted, Settled, Booked, Booked]
    accepted, settled = told[:2]
    assert isinstance(accepted, Accepted)
    assert isinstance(settled, Settled)
    assert accepted.order.status is OrderStatus.OPEN
    closed = settled.order
    assert (closed.id, closed.status, settled.amount) == (accepted.order.id, OrderStatus.CLOSED, D("1.5"))
    assert (closed.filled, closed.cost, closed.fee) == (D("1.5"), D(150), D(0))
    assert bench.state.orders == {}


def test_short_gives_coins_and_receives_what_it_was_sold_for() -> None:
    bench = short_of("3", "5")
    before = bench.usd
    bench.market("149.9", "150.0", "1000")
    bench.add(BUY, SETTLE, "3")
    assert rows(bench) == [("settled", "BTC", "-3", "0"), ("settled", "USD", "300", "0")]
    assert (bench.usd, bench.btc) == (before + 300, D(2))
    assert not bench.state.margin
    assert audit(bench.state, bench.rules) == []


def test_coins_that_were_bought_are_sold_at_the_entry_of_the_short() -> None:
    bench = Bench("margin")
    bench.market("89.9", "90.0", "1000")
    bench.add(BUY, MARKET, "1")
    bench.market("100.0", "100.1", "1000")
    bench.add(SELL, MARKET, "1", leverage=2)
    bench.add(BUY, SETTLE, "0")
    assert bench.state.totals["USD"].realised == 10
    assert not bench.state.spot
    assert audit(bench.state, bench.rules) == []


def test_amount_zero_or_too_much_settles_all_there_is() -> None:
    for amount in ("0", "7"):
        bench = long_of("1", "2")
        bench.add(SELL, SETTLE, amount)
        (settled,) = (event for event in bench.events if isinstance(event, Settled))
        assert (settled.amount, settled.order.amount, settled.order.cost) == (D(3), D(3), D(302))
        assert not bench.state.margin


def test_first_in_first_out_and_a_part_keeps_the_rest() -> None:
    bench = long_of("1", "2")
    first, second = bench.state.margin["BTC/USD"]
    bench.add(SELL, SETTLE, "1.5")
    (left,) = bench.state.margin["BTC/USD"]
    assert (left.id, left.amount, left.cost) == (second.id, D("1.5"), D("151.5"))
    assert left.fee == second.fee - D("0.21210")
    assert (left.opened_amount, left.opened_cost) == (D(2), D(202))
    assert [(coins.id, coins.amount, coins.cost) for coins in bench.state.spot["BTC/USD"]] == [
        (first.id, 1, 100),
        (second.id, D("0.5"), D("50.5")),
    ]
    assert audit(bench.state, bench.rules) == []


def test_without_the_money_nothing_changes() -> None:
    bench = long_of("20", balance="1000")
    before = bench.state.copy()
    with pytest.raises(Refused) as refused:
        bench.add(SELL, SETTLE, "0")
    assert refused.value.text == "EOrder:Insufficient funds"
    before.time_ns = bench.state.time_ns
    assert bench.state == before
    bench.add(SELL, SETTLE, "5")
    assert bench.btc == 5


def test_what_orders_hold_cannot_be_used() -> None:
    bench = short_of("1", "1")
    bench.add(SELL, LIMIT, "0.5", "200.0")
    with pytest.raises(Refused, match="EOrder:Insufficient funds"):
        bench.add(BUY, SETTLE, "1")
    bench.add(BUY, SETTLE, "0.5")
    assert bench.btc == D("0.5")


@pytest.mark.parametrize("side", [BUY, SELL])
def test_nothing_to_settle(side: str) -> None:
    bench = long_of("1") if side is BUY else short_of("1", "1")
    for number in range(2):
        with pytest.raises(Refused) as refused:
            bench.add(side, SETTLE, "0", leverage=number + 1)  # type: ignore[arg-type]
        assert refused.value.text == "EOrder:Unknown position"
