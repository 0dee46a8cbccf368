"""Questions about orders, trades and ledger entries of the past: filters, windows, pages."""

import pytest

from kraken_tui.clock import SECOND
from kraken_tui.model.lots import amount_of
from kraken_tui.sandbox.rest.shapes import seconds
from tests.samples import D
from tests.sandbox.order_stand import Stand


@pytest.fixture
def stand() -> Stand:
    return Stand()


def _history(stand: Stand, count: int) -> list[str]:
    """Market orders a second apart."""
    ids = []
    for number in range(count):
        ids.append(stand.add(ordertype="market", volume="0.0001", userref=number % 3))
        stand.go_on(1)
        stand.quote()
    return ids


def test_pages_of_50_newest_first(stand: Stand) -> None:
    ids = _history(stand, 120)
    pages = [stand.call("ClosedOrders", ofs=offset) for offset in (0, 50, 100, 150)]
    assert [page["count"] for page in pages] == [120] * 4
    assert [id for page in pages for id in page["closed"]] == ids[::-1]
    counted = stand.call("ClosedOrders", without_count=True)
    assert (len(counted["closed"]), "count" in counted) == (50, False)
    trades = [stand.call("TradesHistory", ofs=offset)["trades"] for offset in (0, 50, 100)]
    assert [row["ordertxid"] for page in trades for row in page.values()] == ids[::-1]
    rows = [stand.call("Ledgers", ofs=offset) for offset in (0, 200)]
    assert (rows[0]["count"], len(rows[0]["ledger"]), len(rows[1]["ledger"])) == (240, 50, 40)
    for method in ("ClosedOrders", "TradesHistory", "Ledgers"):
        assert stand.refusal(method, ofs=-1).endswith(":ofs")


def test_windows_begin_after_start_and_end_with_end(stand: Stand) -> None:
    ids = _history(stand, 10)
    opened = [stand.order(id)["opentm"] for id in ids]
    assert opened[0] == seconds(stand.clock.now_ns() - 10 * SECOND)
    chosen = stand.call("ClosedOrders", start=opened[2], end=opened[5])
    assert list(chosen["closed"]) == ids[3:6][::-1]
    assert stand.call("ClosedOrders", start=ids[2], end=ids[5]) == chosen
    assert list(stand.call("ClosedOrders", start=str(int(opened[8])))["closed"]) == [ids[9]]
    everything = stand.call("TradesHistory")["trades"]
    trades = list(everything)[::-1]
    assert list(stand.call("TradesHistory", start=trades[2], end=trades[5])["trades"]) == trades[3:6][::-1]
    assert list(stand.call("TradesHistory", start=everything[trades[8]]["time"])["trades"]) == [trades[9]]
    entries = list(stand.call("Ledgers")["ledger"])[::-1]
    assert list(stand.call("Ledgers", start=entries[17])["ledger"]) == entries[18:][::-1]
    for wrong in ("yesterday", "O00000-00000-ZZZZZZ", "NaN"):
        assert stand.refusal("ClosedOrders", start=wrong) == "EGeneral:Invalid arguments:start"
        assert stand.refusal("TradesHistory", end=wrong) == "EGeneral:Invalid arguments:end"


def test_an_end_in_milliseconds_is_far_away(stand: Stand) -> None:
    """ccxt sends it so."""
    _history(stand, 2)
    assert stand.call("ClosedOrders", start=1759990000, end=1760000100000)["count"] == 2


def test_closetime_decides_which_time_counts(stand: Stand) -> None:
    id = stand.add(price="50000")
    stand.go_on(100)
    stand.call("CancelOrder", txid=id)
    between = stand.clock.now_ns() // SECOND - 50
    counts = {which: stand.call("ClosedOrders", start=between, closetime=which)["count"] for which in _TIMES}
    assert counts == {"open": 0, "close": 1, "both": 1}
    counts = {which: stand.call("ClosedOrders", end=between, closetime=which)["count"] for which in _TIMES}
    assert counts == {"open": 1, "close": 0, "both": 1}
    assert stand.refusal("ClosedOrders", closetime="never").endswith(":closetime")


_TIMES = ("open", "close", "both")


def test_orders_by_the_clients_own_names(stand: Stand) -> None:
    named = stand.add(price="50000", cl_ord_id="mine")
    numbered = stand.add(price="50000", userref=5)
    stand.add(price="50000")
    assert list(stand.call("OpenOrders", cl_ord_id="mine")["open"]) == [named]
    assert list(stand.call("OpenOrders", userref="5")["open"]) == [numbered]
    assert len(stand.call("OpenOrders")["open"]) == 3
    stand.call("CancelAll")
    assert list(stand.call("ClosedOrders", cl_ord_id="mine")["closed"]) == [named]
    assert list(stand.call("ClosedOrders", userref=5)["closed"]) == [numbered]
    assert stand.refusal("OpenOrders", userref="five").endswith(":userref")


def test_query_orders(stand: Stand) -> None:
    resting, filled = stand.add(price="50000", userref=1), stand.add(ordertype="market")
    both = stand.call("QueryOrders", txid=f"{filled},{resting},OUNKNO-WNUNK-NOWNUN")
    assert {id: order["status"] for id, order in both.items()} == {filled: "closed", resting: "open"}
    assert list(stand.call("QueryOrders", txid=f"{filled},{resting}", userref=1)) == [resting]
    assert stand.refusal("QueryOrders", txid="OUNKNO-WNUNK-NOWNUN") == "EOrder:Unknown order"
    assert stand.refusal("QueryOrders") == "EGeneral:Invalid arguments:txid"
    assert stand.refusal("QueryOrders", txid=51 * ["O"]) == "EGeneral:Invalid arguments:txid"


def test_trades_of_one_taker_at_one_price_are_one_trade(stand: Stand) -> None:
    levels = [(D("60000.1"), D("0.1")), (D("60000.1"), D("0.2")), (D("60001"), D(5))]
    stand.quote(asks=levels)
    id = stand.add(ordertype="market", volume="0.5")
    apart = stand.call("TradesHistory", consolidate_taker=False)["trades"]
    joined = stand.call("TradesHistory")["trades"]
    assert len(apart) == 3
    assert [row["vol"] for row in joined.values()] == ["0.20000000", "0.30000000"]
    for field in ("vol", "cost", "fee"):
        assert sum(D(row[field]) for row in apart.values()) == sum(D(row[field]) for row in joined.values())
    assert stand.order(id, trades=True)["trades"] == list(joined)[::-1]
    assert stand.order(id, trades=True, consolidate_taker=False)["trades"] == list(apart)[::-1]


def test_trades_name_their_ledger_entries(stand: Stand) -> None:
    stand.add(ordertype="market")
    (id,) = stand.call("TradesHistory")["trades"]
    (trade,) = stand.call("TradesHistory", ledgers=True)["trades"].values()
    entries = stand.call("QueryLedgers", id=trade["ledgers"])
    assert [entry["asset"] for entry in entries.values()] == ["ZUSD", "XXBT"]
    assert {entry["refid"] for entry in entries.values()} == {id}
    assert {entry["amount"] for entry in entries.values()} == {"-600.0010", "0.0100000000"}


def test_trades_by_what_they_did_to_positions(stand: Stand) -> None:
    spot = stand.add(ordertype="market")
    opening = stand.add(ordertype="market", volume="0.4", leverage=2)
    closing = stand.add(ordertype="market", type="sell", volume="0.4", leverage=2)
    again = stand.add(ordertype="market", type="sell", volume="0.1", leverage=2)

    def of(type: str) -> list[str]:
        rows = stand.call("TradesHistory", type=type)["trades"].values()
        return [row["ordertxid"] for row in rows][::-1]

    assert of("all") == [spot, opening, closing, again]
    assert of("any position") == [opening, closing, again]
    assert of("closed position") == [opening]
    assert of("closing position") == [closing]
    assert of("no position") == [spot]
    assert stand.refusal("TradesHistory", type="some").endswith(":type")


def test_a_trade_that_opened_a_position_tells_what_became_of_it(stand: Stand) -> None:
    stand.add(ordertype="market", volume="0.4", leverage=2)
    stand.quote("61000", "61000.1", "61000")
    stand.go_on(1)
    stand.add(ordertype="market", type="sell", volume="0.1", leverage=2)
    (closing, opening) = stand.call("TradesHistory", trades=True)["trades"].items()
    (closing_id, closing_trade), (opening_id, trade) = closing, opening
    assert (closing_trade["misc"], closing_trade["postxid"]) == ("closing", opening_id)
    assert "posstatus" not in closing_trade
    assert (trade["posstatus"], trade["misc"], trade["leverage"]) == ("open", "", "2")
    assert (trade["cvol"], trade["cprice"], trade["ccost"]) == ("0.10000000", "61000.00000", "6100.00000")
    assert (trade["cfee"], trade["net"]) == (closing_trade["fee"], "+99.9900")
    assert (trade["margin"], trade["cmargin"]) == ("12000.02000", "3000.00500")
    assert trade["trades"] == [closing_id]
    stand.add(ordertype="settle-position", type="sell", volume="0")
    (settled,) = stand.call("QueryTrades", txid=opening_id).values()
    assert (settled["posstatus"], settled["cvol"], settled["net"]) == ("closed", "0.40000000", "+99.9900")
    assert "trades" not in settled


def test_positions_worked_out_again_agree_with_the_core(stand: Stand) -> None:
    sides = ("buy", "buy", "sell", "sell", "sell", "buy", "sell", "buy", "buy")
    for number, side in enumerate(sides):
        stand.add(ordertype="market", type=side, volume=f"0.{number + 1}", leverage=3)
        stand.go_on(1)
        stand.quote()
    told = stand.call("TradesHistory", type="any position")["trades"].values()
    lots = {lot.id: lot for lot in stand.venue.state.margin["BTC/USD"]}
    still_open = {row["postxid"]: row for row in told if row.get("posstatus") == "open"}
    assert set(still_open) == set(lots)
    for id, row in still_open.items():
        assert D(row["cvol"]) == lots[id].opened_amount - lots[id].amount
    assert (
        sum(D(row["vol"]) for row in told if row["type"] == "buy")
        - sum(D(row["vol"]) for row in told if row["type"] == "sell")
        == amount_of(lots.values()) * next(iter(lots.values())).side.sign
    )


def test_ledgers_by_asset_type_and_id(stand: Stand) -> None:
    stand.add(ordertype="market")
    stand.add(ordertype="market", leverage=2)
    assert stand.call("Ledgers")["count"] == 3
    assert {row["asset"] for row in stand.call("Ledgers", asset="ZUSD")["ledger"].values()} == {"ZUSD"}
    assert stand.call("Ledgers", asset="XBT,USD")["count"] == 3
    assert stand.call("Ledgers", type="margin")["count"] == 1
    assert stand.call("Ledgers", type="staking", aclass="currency")["count"] == 0
    assert stand.call("Ledgers", aclass="equity_pair")["count"] == 0
    assert stand.refusal("Ledgers", type="gift").endswith(":type")
    assert stand.refusal("Ledgers", asset="NOPE") == "EQuery:Unknown asset"
    assert stand.refusal("QueryLedgers", id="LX") == "EQuery:Unknown ledger"
    assert stand.refusal("QueryLedgers").endswith(":id")
    assert stand.refusal("QueryTrades", txid="TX") == "EQuery:Unknown trade"


def test_amendments_begin_with_how_the_order_was_placed(stand: Stand) -> None:
    id = stand.add(price="50000", volume="0.02")
    assert stand.call("OrderAmends", order_id=id) == {"amends": [], "count": 0}
    stand.go_on(5)
    amend = stand.call("AmendOrder", txid=id, limit_price="50001", order_qty="0.01")["amend_id"]
    told = stand.call("OrderAmends", order_id=id)
    newest, original = told["amends"]
    assert told["count"] == 2
    assert newest == {
        "amend_id": amend, "amend_type": "user", "order_qty": "0.01000000", "remaining_qty": "0.01000000",
        "limit_price": "50001.0", "post_only": False, "reason": None, "timestamp": 1767225605000,
    }  # fmt: skip
    assert (original["amend_type"], original["limit_price"], original["order_qty"]) == (
        "original", "50000.0", "0.02000000",
    )  # fmt: skip
    assert original["timestamp"] == 1767225600000
    assert stand.refusal("OrderAmends", order_id="OX") == "EOrder:Unknown order"


def test_rest_tells_the_past_while_it_lags(stand: Stand) -> None:
    stand.go_on(1)
    stand.venue.lag_ns = 5 * SECOND
    id = stand.add(ordertype="market", volume="1")
    assert stand.call("Balance")["XXBT"] == "10.0000000000"
    assert stand.call("TradesHistory") == {"trades": {}, "count": 0}
    assert stand.call("Ledgers")["count"] == 0
    assert stand.refusal("QueryOrders", txid=id) == "EOrder:Unknown order"
    stand.clock.time_ns += 5 * SECOND
    assert stand.call("Balance")["XXBT"] == "11.0000000000"
    assert stand.call("TradesHistory")["count"] == 1
    assert stand.order(id)["status"] == "closed"


def test_what_happened_before_the_lag_began_is_told_whole(stand: Stand) -> None:
    """There is no earlier account to tell: the oldest one that is known comes with its own history."""
    stand.go_on(10)
    done = stand.add(ordertype="market", volume="1")
    rests, cancelled = stand.add(price="50000"), stand.add(price="50001")
    stand.call("CancelOrder", txid=cancelled)
    stand.venue.lag_ns = 5 * SECOND
    for _ in range(2):
        assert stand.call("Balance")["XXBT"] == "11.0000000000"
        assert [stand.order(id)["status"] for id in (done, rests, cancelled)] == ["closed", "open", "canceled"]
        assert stand.call("TradesHistory")["count"] == 1
        assert stand.call("Ledgers")["count"] == 2
        if stand.venue.state.orders:
            stand.call("AmendOrder", txid=rests, limit_price="50002")
            stand.call("CancelOrder", txid=rests)
            later = stand.add(ordertype="market", volume="1")
        assert stand.refusal("QueryOrders", txid=later) == "EOrder:Unknown order"
        assert stand.order(rests)["status"] == "open"
        assert stand.call("OrderAmends", order_id=rests)["count"] == 0
    stand.go_on(5)
    assert [stand.order(id)["status"] for id in (rests, later)] == ["canceled", "closed"]


def test_only_what_the_lag_needs_is_remembered(stand: Stand) -> None:
    stand.venue.lag_ns = 5 * SECOND
    for _ in range(50):
        stand.go_on(1)
        stand.quote()
    assert len(stand.venue._past) == 0
    for _ in range(50):
        stand.go_on(1)
        stand.add(price="50000")
    assert len(stand.venue._past) == 5
    stand.venue.lag_ns = 0
    assert len(stand.venue._past) == 0
    stand.venue.lag_ns = 50 * SECOND
    assert len(stand.call("OpenOrders")["open"]) == 50
