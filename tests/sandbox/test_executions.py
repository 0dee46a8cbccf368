"""The executions channel: which reports an order's life comes to, with which fields, in which order."""

from typing import Any

import pytest
from msgspec.structs import replace

from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.faults.fault_plan import FaultRule
from tests.sandbox.private_ws import Exchange, Recorder

PARTIAL = {"timestamp", "order_status", "exec_type", "order_id", "order_userref"}
SUMS = {"cum_qty", "cum_cost", "avg_price", "fee_usd_equiv"}


def types(recorder: Recorder) -> list[str]:
    return [report["exec_type"] for report in recorder.reports]


def last(recorder: Recorder, exec_type: str) -> dict[str, Any]:
    return [report for report in recorder.reports if report["exec_type"] == exec_type][-1]


def test_a_resting_limit_order_is_pending_and_then_new() -> None:
    exchange = Exchange()
    listener = exchange.listen()
    id = exchange.place(limit_price=59000, cl_ord_id="a-1")
    pending, new = listener.reports
    assert pending == {
        "order_id": id, "cl_ord_id": "a-1", "order_userref": 0, "symbol": "BTC/USD", "order_qty": 0.01,
        "cum_cost": 0.0, "cum_qty": 0.0, "avg_price": 0.0, "time_in_force": "GTC", "exec_type": "pending_new",
        "side": "buy", "order_type": "limit", "limit_price_type": "static", "limit_price": 59000.0, "stop_price": 0.0,
        "order_status": "pending_new", "fee_usd_equiv": 0.0, "fee_ccy_pref": "fciq",
        "timestamp": "2026-01-01T00:00:00.200000Z",
    }  # fmt: skip
    assert set(new) == PARTIAL | {"cl_ord_id"}
    assert (new["exec_type"], new["order_status"], new["order_id"]) == ("new", "new", id)


def test_numbers_keep_the_pairs_decimals_on_the_wire() -> None:
    exchange = Exchange()
    listener = exchange.listen()
    exchange.place(limit_price=59000)
    assert '"order_qty":0.01000000' in listener.texts[1]
    assert '"limit_price":59000.0' in listener.texts[1]
    assert '"cum_cost":0.00000' in listener.texts[1]


def test_the_last_fill_is_a_trade_that_leaves_the_order_partially_filled_and_then_filled_by_itself() -> None:
    exchange = Exchange()
    listener = exchange.listen()
    id = exchange.place(order_type="market", order_qty=0.5, order_userref=7)
    assert types(listener) == ["pending_new", "new", "trade", "filled"]
    trade, filled = last(listener, "trade"), last(listener, "filled")
    assert trade["order_status"] == "partially_filled"
    assert {name: trade[name] for name in ("order_id", "order_userref", "symbol", "side", "order_type")} == {
        "order_id": id, "order_userref": 7, "symbol": "BTC/USD", "side": "buy", "order_type": "market",
    }  # fmt: skip
    assert (trade["last_qty"], trade["last_price"], trade["cost"]) == (0.5, 60000.1, 30000.05)
    assert (trade["cum_qty"], trade["avg_price"], trade["liquidity_ind"]) == (0.5, 60000.1, "t")
    assert trade["fees"] == [{"asset": "USD", "qty": 120.0002}]
    assert trade["exec_id"] in exchange.parts.venue.history.trades
    assert trade["trade_id"] == exchange.parts.market.trades("BTC/USD")[-1].id
    assert set(filled) == PARTIAL | SUMS
    assert (filled["order_status"], filled["cum_qty"], filled["fee_usd_equiv"]) == ("filled", 0.5, 120.0002)


def test_a_maker_is_told_so_and_partial_fills_add_up() -> None:
    exchange = Exchange()
    exchange.place(limit_price=59000, order_qty=2)
    listener = exchange.listen()
    exchange.move("58990", "59000", size="0.5")
    exchange.move("58990", "59000", size="5")
    assert types(listener) == ["trade", "trade", "filled"]
    first, second, _ = listener.reports
    assert (first["liquidity_ind"], first["last_qty"], first["cum_qty"]) == ("m", 0.5, 0.5)
    assert (second["last_qty"], second["cum_qty"], second["order_status"]) == (1.5, 2.0, "partially_filled")


def test_a_cancel_says_why() -> None:
    exchange = Exchange()
    id = exchange.place(limit_price=59000)
    listener = exchange.listen()
    exchange.ask("cancel_order", order_id=[id])
    (report,) = listener.reports
    assert set(report) == PARTIAL | SUMS | {"cancel_reason", "reason"}
    assert (report["exec_type"], report["order_status"]) == ("canceled", "canceled")
    assert report["reason"] == report["cancel_reason"] == "User requested"


def test_an_order_that_expires_is_expired() -> None:
    exchange = Exchange()
    listener = exchange.listen()
    exchange.place(limit_price=59000, time_in_force="gtd", expire_time="2026-01-01T00:00:20Z")
    assert last(listener, "pending_new")["expire_time"] == "2026-01-01T00:00:20.000000Z"
    assert last(listener, "pending_new")["time_in_force"] == "GTD"
    exchange.wait(30)
    assert last(listener, "expired")["order_status"] == "expired"
    assert types(listener) == ["pending_new", "new", "expired"]


def test_a_scheduled_order_is_new_when_its_time_has_come() -> None:
    exchange = Exchange()
    listener = exchange.listen()
    exchange.place(limit_price=59000, effective_time="2026-01-01T00:01:00Z")
    assert types(listener) == ["pending_new"]
    assert last(listener, "pending_new")["effective_time"] == "2026-01-01T00:01:00.000000Z"
    exchange.wait(61)
    assert types(listener) == ["pending_new", "new"]


def test_a_triggered_order_tells_its_trigger_and_when_it_fires() -> None:
    exchange = Exchange()
    listener = exchange.listen()
    exchange.place(
        side="sell", order_type="stop-loss-limit", order_qty=0.5, limit_price=58000, triggers={"price": 59000}
    )
    pending = last(listener, "pending_new")
    assert pending["triggers"] == {
        "reference": "last", "price": 59000.0, "price_type": "static", "actual_price": 59000.0,
        "status": "untriggered",
    }  # fmt: skip
    assert (pending["stop_price"], pending["trigger"], pending["limit_price"]) == (59000.0, "last", 58000.0)
    exchange.move("58900", "58900.2")
    assert types(listener) == ["pending_new", "new", "status", "trade", "filled"]
    fired = last(listener, "status")
    assert fired["triggers"]["status"] == "triggered"
    assert fired["triggers"]["last_price"] == 58900.1
    assert fired["triggers"]["timestamp"] == fired["timestamp"]
    assert "symbol" not in fired


def test_a_trailing_stop_tells_its_distance_its_peak_and_every_move() -> None:
    exchange = Exchange()
    listener = exchange.listen()
    exchange.place(
        side="sell", order_type="trailing-stop-limit", order_qty=0.1, limit_price=-50, limit_price_type="quote",
        triggers={"price": 1, "price_type": "pct"},
    )  # fmt: skip
    pending = last(listener, "pending_new")
    assert (pending["limit_price"], pending["limit_price_type"]) == (-50.0, "quote")
    triggers = pending["triggers"]
    assert (triggers["price"], triggers["price_type"]) == (1, "pct")
    assert (triggers["peak_price"], triggers["actual_price"]) == (60000.0, 59400.0)
    exchange.move("61000", "61000.2")
    moved = last(listener, "status")["triggers"]
    assert moved["peak_price"] == 61000.1
    assert moved["status"] == "untriggered"
    assert moved["actual_price"] > triggers["actual_price"]
    exchange.move("60300", "60300.2")
    fired = last(listener, "status")
    assert fired["triggers"]["status"] == "triggered"
    assert fired["limit_price_type"] == "static"


def test_an_amendment_tells_what_the_order_is_now() -> None:
    exchange = Exchange()
    id = exchange.place(limit_price=59000)
    listener = exchange.listen()
    exchange.ask("amend_order", order_id=id, order_qty=0.02, limit_price=59001)
    (report,) = listener.reports
    assert report["exec_type"] == "amended"
    assert report["amended"] is True
    assert (report["order_qty"], report["limit_price"], report["cum_qty"]) == (0.02, 59001.0, 0.0)
    assert "symbol" not in report


def test_an_iceberg_is_refilled() -> None:
    exchange = Exchange()
    listener = exchange.listen()
    exchange.place(order_type="iceberg", order_qty=1, display_qty=0.2, limit_price=59000)
    assert last(listener, "pending_new")["display_qty"] == 0.2
    exchange.move("58990", "59000", size="0.2")
    exchange.move("59000", "59100")
    assert "iceberg_refill" in types(listener)
    assert last(listener, "iceberg_refill")["display_qty_remain"] == 0.2


def test_a_conditional_close_is_contingent_and_its_child_names_its_parent() -> None:
    exchange = Exchange()
    listener = exchange.listen()
    parent = exchange.place(
        order_type="market",
        order_qty=0.5,
        conditional={"order_type": "stop-loss-limit", "trigger_price": 58000, "limit_price": 57900},
    )
    contingent = listener.reports[0]["contingent"]
    assert contingent == {
        "order_type": "stop-loss-limit", "trigger_price": 58000.0, "trigger_price_type": "static",
        "limit_price": 57900.0, "limit_price_type": "static",
    }  # fmt: skip
    child = [report for report in listener.reports if report.get("ord_ref_id") == parent]
    assert [(each["exec_type"], each["side"], each["order_qty"]) for each in child] == [("pending_new", "sell", 0.5)]
    assert [report["exec_type"] for report in listener.reports if report["order_id"] == child[0]["order_id"]] == [
        "pending_new",
        "new",
    ]


def test_margin_is_marked_and_so_is_a_close() -> None:
    exchange = Exchange()
    listener = exchange.listen()
    exchange.place(order_type="market", order_qty=0.5, margin=True)
    assert last(listener, "pending_new")["margin"] is True
    assert last(listener, "trade")["position_status"] == "opened"
    exchange.place(side="sell", order_type="market", order_qty=0.5, margin=True, reduce_only=True)
    assert last(listener, "pending_new")["reduce_only"] is True
    assert last(listener, "trade")["position_status"] == "closing"
    assert "margin" not in last(listener, "filled")


def test_fees_in_coins_are_told_in_coins_and_in_usd() -> None:
    exchange = Exchange("fee_currency=preference")
    listener = exchange.listen()
    exchange.place(order_type="market", order_qty=0.5, fee_preference="base")
    trade = last(listener, "trade")
    assert trade["fees"] == [{"asset": "BTC", "qty": 0.002}]
    assert trade["fee_usd_equiv"] == pytest.approx(120, abs=0.01)
    assert last(listener, "pending_new")["fee_ccy_pref"] == "fcib"


def test_an_amount_of_money_is_told_as_it_was_asked_for() -> None:
    exchange = Exchange()
    listener = exchange.listen()
    exchange.place(order_type="market", order_qty=None, cash_order_qty=600)
    pending = listener.reports[0]
    assert (pending["cash_order_qty"], pending["order_qty"]) == (600.0, 0.00999998)
    assert last(listener, "filled")["cum_qty"] == 0.00999998


def test_post_only_that_would_trade_is_cancelled_with_its_reason() -> None:
    exchange = Exchange()
    listener = exchange.listen()
    exchange.place(limit_price=61000, post_only=True)
    assert last(listener, "pending_new")["post_only"] is True
    assert last(listener, "canceled")["reason"] == "Post only order"
    assert "trade" not in types(listener)


def test_sequence_numbers_rise_by_one_from_the_snapshot_on() -> None:
    exchange = Exchange()
    early, late = exchange.listen(id=1), Recorder(2)
    exchange.place(order_type="market")
    exchange.subscribe(late, "executions", token=exchange.token, snap_orders=False)
    exchange.place(order_type="market")
    assert [message["sequence"] for message in early.sent] == list(range(1, 10))
    assert [message["sequence"] for message in late.sent] == [1, 2, 3, 4]
    assert early.reports[4:] == late.reports


def test_the_snapshot_holds_open_orders_and_apart_from_them_the_last_50_trades_newest_first() -> None:
    exchange = Exchange()
    for _ in range(55):
        exchange.place(order_type="market", order_qty=0.001)
        exchange.wait(1)
    resting = exchange.place(limit_price=59000)
    stop = exchange.place(side="sell", order_type="stop-loss", triggers={"price": 50000})
    orders, trades = exchange.listen(snap_trades=True).sent
    assert (orders["type"], orders["sequence"], trades["type"], trades["sequence"]) == ("snapshot", 1, "snapshot", 2)
    assert {order["order_id"] for order in orders["data"]} == {resting, stop}
    assert all(order["symbol"] == "BTC/USD" and order["exec_type"] == "new" for order in orders["data"])
    newest = list(exchange.parts.venue.history.trades)[:-51:-1]
    assert [trade["exec_id"] for trade in trades["data"]] == newest
    assert all(trade["exec_type"] == "trade" and trade["order_status"] == "filled" for trade in trades["data"])


def test_a_partly_filled_order_in_the_snapshot_says_so() -> None:
    exchange = Exchange()
    exchange.place(limit_price=59000, order_qty=2)
    exchange.move("58990", "59000", size="0.5")
    (order,) = exchange.listen().sent[0]["data"]
    assert (order["order_status"], order["cum_qty"], order["avg_price"]) == ("partially_filled", 0.5, 59000.0)


def test_without_order_status_only_the_ends_of_a_life_are_told() -> None:
    exchange = Exchange()
    listener = exchange.listen(order_status=False)
    exchange.place(side="sell", order_type="stop-loss", triggers={"price": 59500})
    exchange.move("59400", "59400.2")
    assert types(listener) == ["new", "trade", "filled"]
    assert [message["sequence"] for message in listener.sent] == [1, 2, 3, 4]


def test_the_rate_counter_comes_only_to_those_who_asked() -> None:
    exchange = Exchange()
    plain, counted = exchange.listen(id=1), exchange.listen(id=2, ratecounter=True)
    exchange.place(limit_price=59000)
    exchange.place(limit_price=59001)
    assert [report["ratecount"] for report in counted.reports] == [1, 1, 2, 2]
    assert all("ratecount" not in report for report in plain.reports)


def test_the_ack_names_the_tiers_limit_and_what_the_snapshot_will_hold() -> None:
    exchange = Exchange()
    result = exchange.subscribe(Recorder(), "executions", token=exchange.token, snap_orders=True)
    assert result == {"channel": "executions", "maxratecount": 180, "snap_orders": True, "snap_trades": False}


def test_a_connection_subscribes_once_and_is_forgotten_when_it_closes() -> None:
    exchange = Exchange()
    listener = exchange.listen()
    with pytest.raises(ExchangeError, match="Already subscribed"):
        exchange.subscribe(listener, "executions", token=exchange.token)
    listener.close()
    exchange.place(limit_price=59000)
    assert not listener.reports
    exchange.subscribe(listener, "executions", token=exchange.token)
    assert len(listener.sent[-1]["data"]) == 1


def test_unsubscribing_ends_the_stream() -> None:
    exchange = Exchange()
    listener = exchange.listen()
    channel = exchange.channels["executions"]
    assert channel.unsubscribe(listener, {}, None) == {"channel": "executions"}  # type: ignore[arg-type]
    exchange.place(limit_price=59000)
    assert not listener.reports
    with pytest.raises(ExchangeError):
        channel.unsubscribe(listener, {}, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("token", [None, "", "nonsense", 5])
def test_a_bad_token_is_refused(token: Any) -> None:
    exchange = Exchange()
    with pytest.raises(ExchangeError, match=r"ESession:Invalid session|EGeneral:Invalid arguments:token"):
        exchange.subscribe(Recorder(), "executions", token=token)


def test_a_token_is_good_for_15_minutes_and_on_its_connection_for_ever_once_used() -> None:
    exchange = Exchange()
    listener = exchange.listen()
    exchange.wait(901)
    with pytest.raises(ExchangeError, match="ESession:Invalid session"):
        exchange.listen(id=2)
    assert exchange.ask("cancel_all", by=listener) == [{"count": 0}]
    assert exchange.ask("cancel_all", by=Recorder(3)) == ["ESession:Invalid session"]


def test_a_key_needs_permission_for_orders_and_for_past_trades() -> None:
    exchange = Exchange()
    assert exchange.listen(token=exchange.token_of("read-only")).sent[0]["type"] == "snapshot"
    key = exchange.keys.named("read-only")
    for missing, snap_trades in (("query-open-trades", False), ("query-closed-trades", True)):
        token = exchange.parts.tokens.issue(replace(key, permissions=key.permissions - {missing}))
        with pytest.raises(ExchangeError, match="EGeneral:Permission denied"):
            exchange.listen(id=5, token=token, snap_trades=snap_trades)


def test_a_fault_makes_a_gap_in_the_numbers_of_all_and_loses_no_event() -> None:
    exchange = Exchange()
    listener = exchange.listen()
    exchange.parts.faults.arm(FaultRule(kind="sequence-gap", where="executions", numbers=3))
    exchange.place(limit_price=59000)
    assert [message["sequence"] for message in listener.sent] == [1, 5, 6]
    assert types(listener) == ["pending_new", "new"]


def test_balances_follow_the_reports_of_a_fill() -> None:
    exchange = Exchange()
    both = exchange.listen()
    exchange.subscribe(both, "balances", token=exchange.token)
    both.drain()
    exchange.place(order_type="market", order_qty=0.5)
    told = [(each["channel"], each["data"][0].get("exec_type") or each["data"][0]["asset"]) for each in both.sent]
    assert told[-4:] == [("executions", "trade"), ("executions", "filled"), ("balances", "USD"), ("balances", "BTC")]
