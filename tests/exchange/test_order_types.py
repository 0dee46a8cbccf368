"""Each order type, worked by hand."""

import pytest
from msgspec.structs import replace

from kraken_tui.exchange.matching.messages import Accepted, Amend, Amended, Cancel, Cancelled, Filled, Triggered
from kraken_tui.exchange.matching.orders import TimeInForce
from kraken_tui.exchange.matching.rules import Fees
from kraken_tui.model.errors import Refused
from kraken_tui.model.trading import OrderStatus
from tests.exchange.cases import BUY, LIMIT, MARKET, SELL, STOP, TARGET, Bench, D


def kinds(bench: Bench) -> list[str]:
    return [type(event).__name__ for event in bench.events]


def reason(bench: Bench) -> str:
    cancelled = [event for event in bench.events if isinstance(event, Cancelled)]
    return cancelled[-1].order.reason


def test_market_buy_and_sell_pay_the_spread_and_the_taker_fee() -> None:
    bench = Bench()
    bench.market("59999.9", "60000.0")
    bench.add(BUY, MARKET, "0.1")
    assert bench.fills == [("60000.0", "0.1", "24.00000", False)]
    assert (bench.usd, bench.btc) == (D("3976.00000"), D("0.1"))
    bench.market("61000.0", "61000.1")
    bench.add(SELL, MARKET, "0.1")
    assert bench.fills == [("61000.0", "0.1", "24.40000", False)]
    assert bench.usd == D("10000") + 100 - D("24") - D("24.4")
    assert bench.state.totals["USD"].realised == D("100.00000")
    assert bench.btc == 0
    assert not bench.state.spot


def test_market_order_walks_the_ladder_and_depletes_it() -> None:
    bench = Bench(balance="100000")
    bench.market("59999.9", "60000.0", "0.1")
    bench.add(BUY, MARKET, "0.25")
    assert [fill[:2] for fill in bench.fills] == [("60000.0", "0.1"), ("60012.0", "0.1"), ("60024.1", "0.05")]
    bench.add(BUY, MARKET, "0.1")
    assert [fill[:2] for fill in bench.fills] == [("60024.1", "0.05"), ("60036.1", "0.05")]
    bench.market("59999.9", "60000.0", "0.1")
    bench.add(BUY, MARKET, "0.1")
    assert [fill[:2] for fill in bench.fills] == [("60000.0", "0.1")]


def test_market_order_beyond_all_ten_slices_is_cut() -> None:
    bench = Bench(balance="1000000")
    bench.market("59999.9", "60000.0", "0.1")
    bench.add(BUY, MARKET, "2")
    assert len(bench.fills) == 10
    assert bench.btc == D("1")
    assert reason(bench) == "No liquidity"


def test_behind_a_crumb_at_the_best_price_stands_the_stated_depth() -> None:
    bench = Bench()
    bench.market("49999.9", "50000.0", "0.001")
    bench.add(BUY, MARKET, "0.15")
    assert [fill[:2] for fill in bench.fills] == [("50000.0", "0.001"), ("50010.0", "0.1"), ("50020.1", "0.049")]


def test_unknown_amounts_mean_the_stated_depth() -> None:
    bench = Bench()
    bench.market("49999.9", "50000.0", "0")
    bench.add(BUY, MARKET, "0.11")
    assert [fill[:2] for fill in bench.fills] == [("50000.0", "0.1"), ("50010.0", "0.01")]


def test_price_protection_cancels_what_is_more_than_five_percent_from_the_best() -> None:
    bench = Bench()
    bench.book([("99.0", "9")], [("100.0", "1"), ("105.0", "1"), ("105.1", "9")])
    bench.add(BUY, MARKET, "3")
    assert [fill[:2] for fill in bench.fills] == [("100.0", "1"), ("105.0", "1")]
    assert reason(bench) == "Market price protection"


def test_a_book_is_walked_level_by_level() -> None:
    bench = Bench()
    bench.book([("99.0", "2"), ("98.5", "1")], [("100.0", "1.5"), ("100.5", "4")])
    bench.add(BUY, MARKET, "2")
    assert [fill[:2] for fill in bench.fills] == [("100.0", "1.5"), ("100.5", "0.5")]
    bench.add(SELL, MARKET, "2")
    assert [fill[:2] for fill in bench.fills] == [("99.0", "2")]


def test_limit_buy_rests_holds_and_fills_as_maker_at_its_limit() -> None:
    bench = Bench()
    bench.market("100.0", "101.0", "10")
    order_id = bench.add(BUY, LIMIT, "5", "99.0")
    assert kinds(bench) == ["Accepted"]
    assert bench.state.orders[order_id].held == D("495") * D("1.004")
    bench.market("98.9", "99.0", "2")
    assert bench.fills == [("99.0", "2", "0.49500", True)]
    assert bench.state.orders[order_id].held == D("297") * D("1.004")


def test_resting_limit_takes_no_more_than_stands_at_its_limit_or_better() -> None:
    bench = Bench(balance="100000")
    bench.market("100.0", "101.0", "10")
    order_id = bench.add(BUY, LIMIT, "5", "99.0")
    bench.market("98.9", "99.0", "2")
    assert bench.fills == [("99.0", "2", "0.49500", True)]
    bench.market("98.9", "99.0", "2")
    assert bench.state.orders[order_id].remaining == 1
    bench.market("98.9", "99.0", "2")
    assert bench.fills == [("99.0", "1", "0.24750", True)]
    assert bench.usd == D("100000") - 495 - D("1.2375")
    assert not bench.state.orders


def test_crossing_limit_takes_at_the_better_price_then_rests() -> None:
    bench = Bench()
    bench.book([("99.0", "5")], [("100.0", "1"), ("100.5", "1"), ("102.0", "9")])
    order_id = bench.add(BUY, LIMIT, "3", "101.0")
    assert [fill[:2] for fill in bench.fills] == [("100.0", "1"), ("100.5", "1")]
    resting = bench.state.orders[order_id]
    assert resting.remaining == 1
    assert resting.held == D("101") * D("1.004")


def test_rounding_of_partial_fills_never_takes_more_than_was_held() -> None:
    """Hold and fills each round: 12349 + 61727 units would be one more than the 74075 that were held and are there."""
    bench = Bench(balance="0.74075")
    bench.rules = replace(bench.rules, fees=Fees(maker=D(0), taker=D(0)))
    bench.market("1300.0", "1301.0")
    order_id = bench.add(BUY, LIMIT, "0.00060004", "1234.5")
    assert bench.state.orders[order_id].held == bench.usd
    bench.book([("1234.0", "1")], [("1234.5", "0.00010003")])
    assert bench.state.orders[order_id].held == bench.usd == D("0.61726")
    bench.book([("1234.0", "1")], [("1234.5", "1")])
    assert (bench.usd, bench.btc) == (D(0), D("0.00060004"))


def test_two_resting_limits_share_what_stands_best_price_first() -> None:
    bench = Bench(balance="100000")
    bench.market("100.0", "101.0", "1")
    bench.add(BUY, LIMIT, "2", "98.0")
    high = bench.add(BUY, LIMIT, "2", "99.0")
    bench.book([("97.0", "1")], [("97.5", "3")])
    filled = [(event.order.id, event.execution.fill.amount) for event in bench.events if isinstance(event, Filled)]
    assert [amount for _, amount in filled] == [2, 1]
    assert filled[0][0] == high


def test_immediate_or_cancel_cancels_the_remainder() -> None:
    bench = Bench()
    bench.book([("99.0", "5")], [("100.0", "1"), ("102.0", "9")])
    bench.add(BUY, LIMIT, "3", "101.0", time_in_force=TimeInForce.IOC)
    assert [fill[:2] for fill in bench.fills] == [("100.0", "1")]
    assert reason(bench) == "Immediate or cancel"
    assert not bench.state.orders


def test_post_only_is_taken_and_then_cancelled_when_it_would_cross() -> None:
    bench = Bench()
    bench.market("100.0", "101.0")
    bench.add(BUY, LIMIT, "1", "101.0", post_only=True)
    assert kinds(bench) == ["Accepted", "Cancelled"]
    assert reason(bench) == "Post only order"
    bench.add(BUY, LIMIT, "1", "100.9", post_only=True)
    assert kinds(bench) == ["Accepted"]


@pytest.mark.parametrize(
    ("side", "type", "trigger", "before", "touch"),
    [
        (SELL, STOP, "95.0", ("95.1", "95.2"), ("95.0", "95.2")),
        (SELL, TARGET, "105.0", ("104.9", "105.0"), ("105.0", "105.2")),
        (BUY, STOP, "105.0", ("104.8", "104.9"), ("104.8", "105.0")),
        (BUY, TARGET, "95.0", ("95.0", "95.1"), ("94.9", "95.0")),
    ],
)
def test_triggers_look_at_the_side_they_would_trade_against(
    side: object, type: object, trigger: str, before: tuple[str, str], touch: tuple[str, str]
) -> None:
    bench = Bench()
    bench.market("99.9", "100.0", "10")
    bench.add(BUY, MARKET, "2")
    bench.add(side, type, "1", trigger)  # type: ignore[arg-type]
    assert kinds(bench) == ["Accepted"]
    bench.market(*before, "10")
    assert kinds(bench) == []
    bench.market(*touch, "10")
    assert kinds(bench) == ["Triggered", "Filled"]
    assert bench.fills[0][0] == (touch[0] if side is SELL else touch[1])
    assert bench.fills[0][3] is False


def test_trigger_by_last_trade_is_a_policy() -> None:
    bench = Bench(trigger_by="signal")
    bench.market("99.9", "100.0", "10")
    bench.add(BUY, MARKET, "1")
    bench.add(SELL, STOP, "1", "95.0")
    bench.market("94.0", "94.1", "10", last="96.0")
    assert kinds(bench) == []
    bench.market("94.0", "94.1", "10", last="95.0")
    assert kinds(bench) == ["Triggered", "Filled"]


def test_stop_gapped_through_fills_at_the_market_not_at_its_trigger() -> None:
    bench = Bench()
    bench.market("99.9", "100.0", "10")
    bench.add(BUY, MARKET, "1")
    bench.add(SELL, STOP, "1", "95.0")
    bench.market("90.0", "90.1", "10")
    assert bench.fills == [("90.0", "1", "0.36000", False)]
    assert bench.state.totals["USD"].realised == D("-10.00000")


def test_stop_on_the_wrong_side_triggers_at_once() -> None:
    bench = Bench()
    bench.market("99.9", "100.0", "10")
    bench.add(BUY, MARKET, "1")
    bench.add(SELL, STOP, "1", "101.0")
    assert kinds(bench) == ["Accepted", "Triggered", "Filled"]


def test_stop_whose_coins_are_gone_is_cancelled_at_its_trigger() -> None:
    bench = Bench()
    bench.market("99.9", "100.0", "10")
    bench.add(BUY, MARKET, "1")
    bench.add(SELL, STOP, "1", "95.0")
    bench.add(SELL, MARKET, "1")
    bench.market("94.0", "94.1", "10")
    assert kinds(bench) == ["Triggered", "Cancelled"]
    assert reason(bench) == "Out of funds"


def test_stop_and_take_profit_rest_on_the_same_coins_unless_the_policy_holds_them() -> None:
    lenient, strict = Bench(), Bench(hold_untriggered="full")
    for bench in (lenient, strict):
        bench.market("99.9", "100.0", "10")
        bench.add(BUY, MARKET, "1")
        bench.add(SELL, STOP, "1", "95.0")
    lenient.add(SELL, LIMIT, "1", "110.0")
    with pytest.raises(Refused, match="EOrder:Insufficient funds"):
        strict.add(SELL, LIMIT, "1", "110.0")


def test_amend_keeps_id_client_id_and_fills_and_moves_the_hold() -> None:
    bench = Bench()
    bench.market("100.0", "101.0", "10")
    order_id = bench.add(BUY, LIMIT, "4", "99.0", client_id="mine")
    bench.book([("98.0", "1")], [("99.0", "1")])
    bench.feed(Amend(id=order_id, amount=D("3"), limit_price=D("97.0"), time_ns=9))
    assert kinds(bench) == ["Amended"]
    changed = bench.state.orders[order_id]
    assert (changed.client_id, changed.filled, changed.remaining) == ("mine", D(1), D(2))
    assert changed.limit_price == D("97.0")
    assert changed.held == D("194") * D("1.004")
    bench.feed(Amend(client_id="mine", amount=D("0.5"), time_ns=10))
    assert kinds(bench) == ["Amended", "Cancelled"]
    assert not bench.state.orders


def test_amended_limit_that_crosses_trades_at_once() -> None:
    bench = Bench()
    bench.market("100.0", "101.0", "10")
    order_id = bench.add(BUY, LIMIT, "1", "99.0")
    bench.feed(Amend(id=order_id, limit_price=D("101.5"), time_ns=9))
    assert kinds(bench) == ["Amended", "Filled"]
    assert bench.fills[0][0] == "101.0"


def test_amended_trigger_moves_in_place() -> None:
    bench = Bench()
    bench.market("99.9", "100.0", "10")
    bench.add(BUY, MARKET, "1")
    order_id = bench.add(SELL, STOP, "1", "95.0")
    (amended,) = bench.feed(Amend(id=order_id, trigger_price=D("98.0"), time_ns=9))
    assert isinstance(amended, Amended)
    bench.market("98.0", "98.1", "10")
    assert kinds(bench) == ["Triggered", "Filled"]


def test_amend_refusals() -> None:
    bench = Bench()
    bench.market("99.9", "100.0", "10")
    primary = bench.add(BUY, LIMIT, "1", "99.0", stop="95.0")
    plain = bench.add(BUY, LIMIT, "1", "99.0")
    for amend, text in [
        (Amend(id=primary, amount=D(2), time_ns=9), "EOrder:Order not editable"),
        (Amend(id=plain, trigger_price=D(90), time_ns=9), "EOrder:Order not editable"),
        (Amend(id="OXXXXX-XXXXX-XXXXXX", amount=D(2), time_ns=9), "EOrder:Unknown order"),
        (Amend(id=plain, limit_price=D("99.05"), time_ns=9), "EOrder:Invalid price"),
        (Amend(id=plain, amount=D("200"), time_ns=9), "EOrder:Insufficient funds"),
    ]:
        before = bench.state.copy()
        with pytest.raises(Refused, match=text):
            bench.feed(amend)
        assert bench.state.orders == before.orders


def test_cancel_releases_the_hold() -> None:
    bench = Bench()
    bench.market("100.0", "101.0", "10")
    order_id = bench.add(BUY, LIMIT, "99", "99.0")
    with pytest.raises(Refused, match="EOrder:Insufficient funds"):
        bench.add(BUY, LIMIT, "99", "99.0")
    (cancelled,) = bench.feed(Cancel(id=order_id, time_ns=9))
    assert isinstance(cancelled, Cancelled)
    assert (cancelled.order.status, cancelled.order.reason) == (OrderStatus.CANCELED, "User requested")
    bench.add(BUY, LIMIT, "99", "99.0")
    with pytest.raises(Refused, match="EOrder:Unknown order"):
        bench.feed(Cancel(id=order_id, time_ns=9))


def test_crossed_market_trades_nothing_and_wakes_nothing() -> None:
    bench = Bench()
    bench.market("99.9", "100.0", "10")
    bench.add(BUY, MARKET, "1")
    bench.add(SELL, STOP, "1", "95.0")
    bench.market("94.0", "93.0", "10")
    assert kinds(bench) == []
    bench.market("0", "93.0", "10")
    assert kinds(bench) == []
    bench.market("94.0", "94.1", "10")
    assert [type(event) for event in bench.events] == [Triggered, Filled]


def test_ids_have_krakens_shape_and_come_from_the_counter() -> None:
    one, two = Bench(), Bench()
    for bench in (one, two):
        bench.market("99.9", "100.0", "10")
    ids = [one.add(BUY, MARKET, "1") for _ in range(5)]
    assert ids == [two.add(BUY, MARKET, "1") for _ in range(5)]
    assert len(set(ids)) == 5
    assert all([len(part) for part in order_id.split("-")] == [6, 5, 6] for order_id in ids)
    assert isinstance(one.events[0], Accepted)
