"""Balances, positions and fees, and questions about the past: filters, windows, pages."""

from typing import Any

import pytest
from msgspec.structs import replace

from kraken_tui.sandbox.rest.account import ACCOUNT
from tests.samples import D
from tests.sandbox.order_stand import Stand


@pytest.fixture
def stand() -> Stand:
    return Stand()


def test_balances_include_what_is_held(stand: Stand) -> None:
    stand.add(price="50000", volume="1")
    stand.add(type="sell", price="70000", volume="2.5")
    assert stand.call("Balance") == {"XXBT": "10.0000000000", "ZUSD": "1000000.0000"}
    assert stand.call("BalanceEx") == {
        "XXBT": {"balance": "10.0000000000", "hold_trade": "2.5000000000"},
        "ZUSD": {"balance": "1000000.0000", "hold_trade": "50200.0000"},
    }


def test_what_is_available_is_never_told_too_large() -> None:
    stand = Stand(balances={"USD": D("100.00019"), "BTC": D(1)})
    stand.add(price="50000.1", volume="0.00012345")
    told = stand.call("BalanceEx")["ZUSD"]
    (order,) = stand.venue.state.orders.values()
    assert D(told["balance"]) == D("100.0001")
    assert D(told["hold_trade"]) >= order.held


def test_the_trade_balance_adds_up(stand: Stand) -> None:
    assert "ml" not in stand.call("TradeBalance")
    stand.add(ordertype="market", volume="1", leverage=2)
    stand.add(price="50000", volume="0.1")
    told = {name: D(value) for name, value in stand.call("TradeBalance", asset="USD").items()}
    assert told["e"] == told["tb"] + told["n"]
    assert told["mf"] == told["e"] - told["m"]
    assert told["ml"] == (told["e"] / told["m"] * 100).quantize(D("0.01"))
    assert (told["m"], told["c"], told["uv"]) == (D("30000.0500"), D("60000.1000"), D("5000.0000"))
    assert stand.refusal("TradeBalance", asset="NOPE") == "EQuery:Unknown asset"


def test_positions_by_themselves_and_by_pair(stand: Stand) -> None:
    first = stand.add(ordertype="market", volume="0.3", leverage=3)
    stand.go_on(10)
    stand.add(ordertype="market", volume="0.2", leverage=2)
    stand.add(ordertype="market", type="sell", volume="0.1", leverage=2)
    stand.quote("61000", "61000.1", "61000")
    told = stand.call("OpenPositions", docalcs="true")
    (id, other) = told
    position = told[id]
    assert position == {
        "ordertxid": first, "posstatus": "open", "pair": "XXBTZUSD", "time": 1767225600.0, "type": "buy",
        "ordertype": "market", "cost": "18000.03000", "fee": position["fee"], "vol": "0.30000000",
        "vol_closed": "0.10000000", "margin": "6000.01000", "value": "12200.00000", "net": "+199.9800",
        "terms": "0.0200% per 4 hours", "rollovertm": str(1767225600 + 4 * 3600), "misc": "", "oflags": "",
    }  # fmt: skip
    assert stand.call("OpenPositions", txid=other) == {other: _without(told[other], "value", "net")}
    (both,) = stand.call("OpenPositions", consolidation="market", docalcs="true")
    assert (both["positions"], both["vol"], both["vol_closed"]) == ("2", "0.50000000", "0.10000000")
    assert D(both["net"]) == D(told[id]["net"]) + D(told[other]["net"])
    assert both["leverage"] == "2.50000"
    assert stand.refusal("OpenPositions", consolidation="all").endswith(":consolidation")
    assert stand.refusal("OpenPositions", txid=21 * ["T"]).endswith(":txid")


def _without(row: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in keys}


def test_the_fee_tier_follows_the_volume(stand: Stand) -> None:
    assert stand.call("TradeVolume") == {"currency": "ZUSD", "volume": "0.0000"}
    stand.add(ordertype="market", volume="0.2")
    told = stand.call("TradeVolume", pair="XBT/USD,XDGUSD")
    assert told["volume"] == "12000.0200"
    assert told["fees"]["XXBTZUSD"] == {
        "fee": "0.3500", "minfee": "0.2400", "maxfee": "0.4000", "nextfee": "0.2400", "nextvolume": "50000.0000",
        "tiervolume": "10000.0000",
    }  # fmt: skip
    assert told["fees_maker"]["XXBTZUSD"]["nextfee"] is None
    assert set(told["fees"]) == {"XXBTZUSD", "XDGUSD"}
    assert stand.refusal("TradeVolume", pair="NOPE") == "EQuery:Unknown asset pair"


def test_fees_in_coins_are_told_in_quote_units() -> None:
    stand = Stand(fee_currency="preference")
    id = stand.add(ordertype="market", volume="1", oflags="fcib")
    order = stand.order(id, trades=True)
    assert (order["oflags"], order["fee"]) == ("fcib", "240.00040")
    assert stand.call("QueryTrades", txid=order["trades"])[order["trades"][0]]["fee"] == "240.00040"
    coins, dollars = stand.call("Ledgers")["ledger"].values()
    assert (coins["fee"], dollars["fee"]) == ("0.0040000000", "0.0000")


def test_permissions_and_costs() -> None:
    assert {name for name, endpoint in ACCOUNT.items() if endpoint.cost == "history"} == {
        "ClosedOrders", "TradesHistory", "Ledgers",
    }  # fmt: skip
    assert all(endpoint.any_of for endpoint in ACCOUNT.values())
    assert ACCOUNT["QueryOrders"].any_of == {"query-open-trades", "query-closed-trades"}
    assert ACCOUNT["Ledgers"].any_of == {"query-ledger"}


def test_a_pair_that_left_margin_behind_still_values_positions(stand: Stand) -> None:
    stand.add(ordertype="market", leverage=2)
    market = stand.venue.state.markets["BTC/USD"]
    stand.venue.state.markets["BTC/USD"] = replace(market, tradable=False)
    (position,) = stand.call("OpenPositions", docalcs=1).values()
    assert position["value"] == "599.99900"
