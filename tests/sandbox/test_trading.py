"""Placing, amending, replacing and cancelling: the trading counter, deadlines, partial fills, batches."""

from typing import Any

import pytest
from msgspec.structs import replace

from kraken_tui.clock import SECOND
from kraken_tui.exchange.matching.messages import Add
from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.trading import OrderStatus, OrderType, Side
from kraken_tui.sandbox.access.tiers import TIERS
from kraken_tui.sandbox.faults.fault_plan import FaultRule
from kraken_tui.sandbox.orders.submitting import AmendDraft, EditDraft, submit, submit_amend, submit_batch, submit_edit
from kraken_tui.sandbox.orders.trading import Placed
from tests.samples import D
from tests.sandbox.order_stand import Stand
from tests.sandbox.test_drafts import draft

PAIR = "BTC/USD"


def limited(**policies: Any) -> Stand:
    return Stand(tier=TIERS["pro"], **policies)


def resting(stand: Stand, price: str = "50000", **fields: Any) -> str:
    placed = submit(stand.parts, draft(price=price, **fields))
    assert placed.order is not None
    return placed.order.id


def counter(stand: Stand) -> float:
    return stand.parts.trading_limits.counter(PAIR, stand.clock.now_ns())


def text_of(action: Any) -> str:
    with pytest.raises(ExchangeError) as caught:
        action()
    return caught.value.text


def test_the_counter_of_krakens_own_example() -> None:
    """Add, amend after 7 s (+1 +2), cancel 36 s later (+4) make 8, decay apart."""
    stand = Stand(tier=replace(TIERS["pro"], trading_decay=0.0))
    id = resting(stand)
    stand.go_on(7)
    submit_amend(stand.parts, AmendDraft(id=id, limit_price="50001"))
    stand.go_on(36)
    stand.trading.cancel(id=id)
    assert counter(stand) == 8


def test_wrong_words_cost_the_fixed_part() -> None:
    stand = limited()
    assert text_of(lambda: submit(stand.parts, draft(price="nothing"))) == "EGeneral:Invalid arguments:price"
    assert counter(stand) == 1
    assert text_of(lambda: submit(stand.parts, draft(price="0.01"))) == "EOrder:Invalid price:XBTUSD " + (
        "price can only be specified up to 1 decimals."
    )
    assert counter(stand) == 2
    bad = [draft(price="50000"), draft(price="nothing")]
    text_of(lambda: submit_batch(stand.parts, bad))
    assert counter(stand) == 3
    id = resting(stand)
    stand.go_on(400)
    before = counter(stand)
    text_of(lambda: submit_amend(stand.parts, AmendDraft(id=id, limit_price="?")))
    text_of(lambda: submit_edit(stand.parts, id, EditDraft(price="?")))
    assert (before, counter(stand)) == (0, 2)


def test_beyond_the_threshold_orders_and_cancels_are_refused_until_it_decays() -> None:
    stand = limited()
    ids = [resting(stand) for _ in range(180)]
    assert counter(stand) == 180
    assert text_of(lambda: resting(stand)) == "EOrder:Rate limit exceeded"
    assert text_of(lambda: stand.trading.cancel(id=ids[0])) == "EOrder:Rate limit exceeded"
    assert text_of(lambda: submit(stand.parts, draft(price="?"))) == "EOrder:Rate limit exceeded"
    assert stand.trading.cancel_many(ids[:10]) == 10
    assert counter(stand) == 260
    assert stand.trading.cancel_all() == 170
    stand.go_on(30)
    assert resting(stand)


def test_validate_changes_nothing_but_the_counter() -> None:
    stand = limited()
    placed = submit(stand.parts, draft(price="50000"), validate=True)
    assert placed == Placed(order=None, descr="buy 0.01000000 XBTUSD @ limit 50000.0", close="")
    assert not stand.venue.state.orders
    assert counter(stand) == 1
    poor = text_of(lambda: submit(stand.parts, draft(price="50000", volume=D(100)), validate=True))
    assert poor == "EOrder:Insufficient funds"


def test_a_deadline_is_checked_by_the_clock_that_is_told() -> None:
    stand = Stand()
    deadline_ns = stand.clock.now_ns() + 5 * SECOND
    assert submit(stand.parts, draft(price="50000"), deadline_ns=deadline_ns).order
    stand.faults.skew_ns = 6 * SECOND
    late = text_of(lambda: submit(stand.parts, draft(price="50000"), deadline_ns=deadline_ns))
    assert late == "EService:Deadline elapsed"
    id = next(iter(stand.venue.state.orders))
    for action in (
        lambda: submit_amend(stand.parts, AmendDraft(id=id, amount=D(1)), deadline_ns=deadline_ns),
        lambda: submit_edit(stand.parts, id, EditDraft(volume=D(1)), deadline_ns=deadline_ns),
        lambda: submit_batch(stand.parts, 2 * [draft(price="50000")], deadline_ns=deadline_ns),
    ):
        assert text_of(action) == "EService:Deadline elapsed"
    assert list(stand.venue.state.orders) == [id]


def test_an_order_fills_only_the_fraction_that_the_fault_allows() -> None:
    stand = Stand()
    stand.quote(index="60001")
    stand.faults.arm(FaultRule(kind="partial-fill", fraction=D("0.3"), times=1))
    submit(stand.parts, draft(price="61000", volume=D("1.00000001")))
    (order,) = stand.venue.state.orders.values()
    assert (order.filled, order.status) == (D("0.3"), OrderStatus.OPEN)
    market = stand.venue.state.markets[PAIR]
    assert (market.last, market.index) == (D("60000.1"), D("60001"))
    stand.quote()
    assert not stand.venue.state.orders
    submit(stand.parts, draft(price="61000", volume=D(1)))
    assert not stand.venue.state.orders


def test_a_partial_fill_waits_for_an_order_that_trades() -> None:
    stand = Stand()
    stand.faults.arm(FaultRule(kind="partial-fill", fraction=D("0.3")))
    submit(stand.parts, draft(price="50000"))
    assert text_of(lambda: submit(stand.parts, draft(price="61000", volume=D(10_000)))) == "EOrder:Insufficient funds"
    resting = next(iter(stand.venue.state.orders))
    submit_edit(stand.parts, resting, EditDraft(price="50001"))
    assert [armed.seen for armed in stand.faults.armed] == [0]
    (resting,) = stand.venue.state.orders
    submit_edit(stand.parts, resting, EditDraft(price="61000", volume=D(1)))
    (order,) = stand.venue.state.orders.values()
    assert order.filled == D("0.3")
    assert not stand.faults.armed
    assert stand.parts.statistics.faults == {"partial-fill": 1}


def test_a_market_order_that_meets_too_little_is_cancelled() -> None:
    stand = Stand()
    stand.faults.arm(FaultRule(kind="partial-fill", fraction=D("0.5"), times=1))
    submit(stand.parts, draft(type="market", side="sell", volume=D(1)))
    (ended,) = stand.venue.history.closed.values()
    assert (ended.filled, ended.status) == (D("0.5"), OrderStatus.CANCELED)


def test_a_userref_cancels_all_that_have_it() -> None:
    stand = Stand()
    ours = {resting(stand, userref=7) for _ in range(3)}
    other = resting(stand, userref=8)
    assert {order.id for order in stand.trading.cancel(userref=7)} == ours
    assert list(stand.venue.state.orders) == [other]
    assert text_of(lambda: stand.trading.cancel(userref=7)) == "EOrder:Unknown order"


def test_cancelling_by_client_id() -> None:
    stand = Stand()
    id = resting(stand, client_id="a-1")
    (ended,) = stand.trading.cancel(client_id="a-1")
    assert (ended.id, ended.reason, ended.status) == (id, "User requested", OrderStatus.CANCELED)
    assert text_of(lambda: stand.trading.cancel(client_id="a-1")) == "EOrder:Unknown order"
    assert text_of(stand.trading.cancel) == "EOrder:Unknown order"


def test_a_batch_of_cancels_takes_ids_userrefs_and_client_ids_once_each() -> None:
    stand = Stand()
    first, second = resting(stand, userref=5), resting(stand, userref=5)
    third, fourth = resting(stand, client_id="x"), resting(stand)
    assert stand.trading.cancel_many([first, 5, "5", third, "OUNKNO-WNUNK-NOWNUN"], ["x", "y"]) == 3
    assert list(stand.venue.state.orders) == [fourth]
    assert stand.trading.cancel_many([second, fourth]) == 1
    assert text_of(lambda: stand.trading.cancel_many(["nobody"])) == "EOrder:Unknown order"
    for wrong in ([], ["O"] * 51):
        assert text_of(lambda wrong=wrong: stand.trading.cancel_many(wrong)) == "EGeneral:Invalid arguments:orders"


def test_the_dead_mans_switch() -> None:
    stand = Stand()
    resting(stand)
    now_ns, falls_ns = stand.trading.cancel_all_after(60)
    assert (now_ns, falls_ns) == (stand.clock.now_ns(), stand.clock.now_ns() + 60 * SECOND)
    stand.go_on(59)
    assert stand.venue.state.orders
    assert stand.trading.cancel_all_after(0) == (stand.clock.now_ns(), 0)
    stand.go_on(61)
    assert stand.venue.state.orders
    stand.trading.cancel_all_after(5)
    stand.go_on(5)
    assert not stand.venue.state.orders
    for wrong in (-1, 86_400):
        assert text_of(lambda wrong=wrong: stand.trading.cancel_all_after(wrong)).endswith(":timeout")


def test_one_wrong_order_refuses_its_batch_and_want_of_funds_only_itself() -> None:
    stand = Stand()
    good, wrong, poor = (
        draft(price="50000"),
        draft(price="50000", volume=D("0.00001")),
        draft(price="50000", volume=D(99)),
    )
    assert text_of(lambda: submit_batch(stand.parts, [good, wrong])) == "EOrder:Order minimum not met"
    assert not stand.venue.state.orders
    placed, refused = submit_batch(stand.parts, [good, poor])
    assert isinstance(placed, Placed)
    assert isinstance(refused, ExchangeError)
    assert refused.text == "EOrder:Insufficient funds"
    assert len(stand.venue.state.orders) == 1
    checked = submit_batch(stand.parts, [good, good], validate=True)
    assert [each.order for each in checked if isinstance(each, Placed)] == [None, None]
    assert len(stand.venue.state.orders) == 1


@pytest.mark.parametrize("count", [0, 1, 16])
def test_batches_have_2_to_15_orders(count: int) -> None:
    stand = Stand()
    drafts = [draft(price="50000") for _ in range(count)]
    assert text_of(lambda: submit_batch(stand.parts, drafts)) == "EGeneral:Invalid arguments:orders"


def test_a_client_id_twice_in_a_batch() -> None:
    stand = Stand()
    twins = [draft(price="50000", client_id="a"), draft(price="50001", client_id="a")]
    assert text_of(lambda: submit_batch(stand.parts, twins)) == "EGeneral:Invalid arguments:cl_ord_id"


def test_open_order_caps_refuse_single_orders_of_a_batch() -> None:
    stand = Stand(most_open_orders=2)
    results = submit_batch(stand.parts, 3 * [draft(price="50000")])
    assert [isinstance(each, Placed) for each in results] == [True, True, False]


def test_volume_0_closes_the_whole_position() -> None:
    stand = Stand()
    submit(stand.parts, draft(type="market", volume=D("0.3"), leverage=2))
    submit(stand.parts, draft(type="market", side="sell", volume=D(0), leverage=2))
    assert not stand.venue.state.margin
    assert text_of(lambda: submit(stand.parts, draft(type="market", volume=D(0)))).endswith(":volume")


def test_the_accepted_order_is_told_and_not_a_child() -> None:
    stand = Stand()
    add = Add(symbol=PAIR, side=Side.BUY, type=OrderType.MARKET, amount=D("0.1"), time_ns=stand.clock.now_ns())
    placed = stand.trading.place(add)
    assert placed.order is not None
    assert (placed.order.filled, placed.order.type) == (D(0), OrderType.MARKET)


def test_a_cancel_by_userref_that_is_refused_cancels_none() -> None:
    stand = limited()
    while counter(stand) < 30:
        resting(stand, userref=7)
    there = len(stand.venue.state.orders)
    assert text_of(lambda: stand.trading.cancel(userref=7)) == "EOrder:Rate limit exceeded"
    assert len(stand.venue.state.orders) == there
