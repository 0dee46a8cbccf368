"""Triggers: the signal they look at, what a trade of ours sets off, and orders that arrive past their trigger."""

import pytest

from kraken_tui.exchange.matching.messages import Amend, Cancelled, Triggered
from kraken_tui.exchange.matching.orders import CloseTemplate, Signal
from kraken_tui.model.errors import Refused
from tests.exchange.cases import BUY, LIMIT, MARKET, SELL, STOP, TARGET, D
from tests.exchange.desk import STOP_LIMIT, TARGET_LIMIT, Desk


def test_stop_limit_becomes_a_limit_that_takes_and_rests() -> None:
    desk = Desk()
    desk.tell("100.0")
    order = desk.put(SELL, STOP_LIMIT, "3", trigger_price="95.0", limit_price="95.0")
    assert desk.order(order).held == 0
    desk.tell("95.0", amount="1")
    assert desk.kinds()[:2] == ["Triggered", "Filled"]
    assert desk.traded()[0] == (order, "95.0", "1")
    assert len(desk.traded()) == 1
    rest = desk.order(order)
    assert (rest.triggered, rest.stands, rest.held, rest.remaining) == (True, True, D(2), D(2))


def test_triggered_limit_joins_the_back_of_the_queue() -> None:
    desk = Desk()
    desk.tell("100.0")
    stop = desk.put(SELL, TARGET_LIMIT, "1", trigger_price="104.0", limit_price="105.0")
    plain = desk.put(SELL, LIMIT, "1", limit_price="105.0")
    desk.tell("104.0")
    assert desk.kinds() == ["Triggered"]
    desk.tell("105.0", amount="1")
    assert desk.traded() == [(plain, "105.0", "1")]
    desk.tell("105.0", amount="1")
    assert desk.traded() == [(stop, "105.0", "1")]


def test_touch_counts_and_the_last_trade_alone_counts() -> None:
    desk = Desk()
    desk.tell("100.0")
    desk.put(SELL, STOP, "1", trigger_price="95.0")
    desk.tell("95.1", bid="90.0", ask="90.1")
    assert desk.kinds() == []
    desk.tell("95.0", bid="99.0", ask="99.1")
    assert desk.kinds() == ["Triggered", "Filled"]
    assert desk.fills[0][0] == "99.0"


def test_index_triggers_look_at_the_index_and_fall_back_to_the_last_trade() -> None:
    desk = Desk()
    desk.tell("100.0")
    with pytest.raises(Refused, match="EGeneral:Invalid arguments:Index unavailable"):
        desk.put(SELL, STOP, "1", trigger_price="95.0", signal=Signal.INDEX)
    desk.tell("100.0", index="100.0")
    desk.put(SELL, STOP, "1", trigger_price="95.0", signal=Signal.INDEX)
    desk.tell("94.0", index="96.0")
    assert desk.kinds() == []
    desk.tell("94.0")
    assert desk.kinds() == ["Triggered", "Filled"]


def test_our_own_trades_set_off_last_triggers_and_the_cascade_ends() -> None:
    desk = Desk(balance="1000000")
    desk.book([("100.0", "1"), ("99.0", "1"), ("98.0", "1"), ("97.0", "5")], [("101.0", "9")])
    for trigger in ("99.5", "98.5", "97.5"):
        desk.put(SELL, STOP, "1", trigger_price=trigger)
    desk.put(SELL, MARKET, "2")
    assert [kind for kind in desk.kinds() if kind != "Accepted"] == [
        "Filled", "Filled", "Triggered", "Filled", "Triggered", "Filled", "Triggered", "Filled",
    ]  # fmt: skip
    assert [price for _, price, _ in desk.traded()] == ["100.0", "99.0", "98.0", "97.0", "97.0"]
    assert desk.state.markets["BTC/USD"].last == D("97.0")
    desk.tell("101.0")
    assert desk.state.markets["BTC/USD"].last == D("101.0")


@pytest.mark.parametrize(("policy", "signal"), [("signal", Signal.INDEX), ("quote", Signal.LAST)])
def test_our_own_trades_move_neither_the_index_nor_the_quote(policy: str, signal: Signal) -> None:
    desk = Desk(trigger_by=policy)
    desk.tell("100.0", ask="100.5", amount="1", index="100.0")
    desk.put(BUY, STOP, "1", trigger_price="100.6", signal=signal)
    desk.put(BUY, MARKET, "3")
    assert [price for _, price, _ in desk.traded()] == ["100.5", "100.6"]
    assert "Triggered" not in desk.kinds()


@pytest.mark.parametrize("side", [BUY, SELL])
def test_wrong_side_is_a_policy(side: object) -> None:
    def arrive(policy: str) -> Desk:
        desk = Desk(wrong_side=policy)
        desk.tell("100.0")
        desk.put(side, TARGET, "1", trigger_price="101.0" if side is BUY else "99.0")  # type: ignore[arg-type]
        return desk

    assert arrive("trigger").kinds() == ["Accepted", "Triggered", "Filled"]
    cancelled = arrive("cancel")
    assert cancelled.kinds() == ["Accepted", "Cancelled"]
    assert cancelled.reasons() == ["Order would trigger immediately"]
    with pytest.raises(Refused, match="EGeneral:Invalid arguments:price"):
        arrive("refuse")


def test_amend_past_the_price_fires_or_is_refused() -> None:
    for policy in ("trigger", "refuse", "cancel"):
        desk = Desk(wrong_side=policy)
        desk.tell("100.0")
        order = desk.put(SELL, STOP, "1", trigger_price="95.0")
        amend = Amend(id=order, trigger_price=D("101.0"), time_ns=9)
        if policy == "trigger":
            desk.feed(amend)
            assert desk.kinds() == ["Amended", "Triggered", "Filled"]
        else:
            with pytest.raises(Refused, match="EGeneral:Invalid arguments:price"):
                desk.feed(amend)
            assert desk.order(order).trigger_price == D("95.0")


def test_reduce_only_stop_without_a_position_is_taken_and_ends_at_its_trigger() -> None:
    desk = Desk("margin")
    desk.tell("100.0")
    desk.put(SELL, STOP_LIMIT, "1", trigger_price="95.0", limit_price="96.0", leverage=2, reduce_only=True)
    assert desk.kinds() == ["Accepted"]
    desk.tell("95.0")
    assert desk.kinds() == ["Triggered", "Cancelled"]
    assert desk.reasons() == ["Reduce only:Position is closed"]


def test_children_look_at_the_primarys_signal_and_survive_its_end() -> None:
    desk = Desk()
    desk.tell("100.0", index="100.0")
    close = CloseTemplate(type=STOP_LIMIT, trigger_price=D("95.0"), limit_price=D("94.0"))
    desk.put(BUY, MARKET, "2", close=close, signal=Signal.INDEX)
    (child,) = desk.state.orders.values()
    assert (child.signal, child.side, child.limit_price, child.amount) == (Signal.INDEX, SELL, D("94.0"), D(2))
    desk.tell("95.0", index="96.0")
    assert desk.kinds() == []
    desk.tell("96.0", index="95.0")
    assert [type(event) for event in desk.events][:1] == [Triggered]


def test_child_past_its_trigger_follows_the_policy() -> None:
    desk = Desk(wrong_side="cancel")
    desk.tell("100.0")
    desk.put(BUY, MARKET, "1", close=CloseTemplate(type=STOP, trigger_price=D("101.0")))
    assert desk.kinds() == ["Accepted", "Filled", "Spawned", "Cancelled"]
    last = desk.events[-1]
    assert isinstance(last, Cancelled)
    assert last.order.parent_id is not None
