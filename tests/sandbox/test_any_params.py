"""Whatever is sent, every endpoint answers or refuses in Kraken's words."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.trading import OrderType
from tests.samples import D
from tests.sandbox.order_stand import ENDPOINTS, Stand


def _words() -> st.SearchStrategy[Any]:
    """Values that clients send, and some that nobody should."""
    sensible = (
        "XBTUSD", "XDGUSD", "buy", "sell", "limit", "market", "stop-loss", "stop-loss-limit", "trailing-stop",
        "trailing-stop-limit", "iceberg", "settle-position", "take-profit", "take-profit-limit", "0.01", "1", "0",
        "60000", "50000", "70000.5", "+5%", "-5%", "#500", "+500", "-50", "GTC", "IOC", "FOK", "GTD", "post", "fcib",
        "viqc", "viqc,nompp", "true", "False", "2", "none", "+60", "1767225700", "last", "index", "a1", "5", "ZUSD",
        "cancel-both", "2026-01-01T00:00:30Z", "market", "all", "any position", "O00000-00000-000001",
        "T00000-00000-000003", "closed position",
    )  # fmt: skip
    odd = st.one_of(st.text(max_size=12), st.integers(), st.booleans(), st.none(), st.just("1e400"), st.just("9" * 39))
    plain = st.one_of(st.sampled_from(sensible), st.sampled_from(sensible), odd)
    return st.one_of(plain, st.lists(plain, max_size=3))


FIELDS = (
    "pair", "type", "ordertype", "volume", "price", "price2", "trigger", "leverage", "reduce_only", "stptype", "oflags",
    "timeinforce", "starttm", "expiretm", "displayvol", "userref", "cl_ord_id", "deadline", "validate", "txid",
    "order_qty", "display_qty", "limit_price", "trigger_price", "post_only", "timeout", "asset", "aclass", "start",
    "end", "ofs", "closetime", "consolidate_taker", "without_count", "trades", "docalcs", "consolidation", "id",
    "order_id", "ledgers", "cl_ord_ids",
)  # fmt: skip
ROW = st.dictionaries(st.sampled_from(FIELDS), _words(), max_size=8)
PLAUSIBLE = st.fixed_dictionaries(
    {
        "pair": st.sampled_from(["XBTUSD", "XDGUSD", "HBARUSD"]),
        "type": st.sampled_from(["buy", "sell"]),
        "ordertype": st.sampled_from([type.value for type in OrderType]),
        "volume": st.sampled_from(["0.01", "20", "60", "0", "1e15", "0.5"]),
        "price": st.sampled_from(["60000", "50000", "+5%", "#5%", "+500", "-50", "0.12", "+999999999999999"]),
    },
    optional={
        "price2": st.sampled_from(["60000", "+5%", "-50", "#1", "-999999999999999%"]),
        "leverage": st.sampled_from(["2", "none", "5"]),
        "oflags": st.sampled_from(["post", "fcib", "viqc"]),
        "close": st.fixed_dictionaries({"ordertype": st.just("trailing-stop-limit"), "price": st.just("+5%")}),
        "timeinforce": st.sampled_from(["IOC", "FOK", "GTD"]),
        "expiretm": st.just("+60"),
        "starttm": st.sampled_from(["+5", "1"]),
        "displayvol": st.sampled_from(["0.01", "10"]),
        "userref": st.just(5),
        "cl_ord_id": st.sampled_from(["a1", "a2"]),
        "reduce_only": st.just("true"),
    },
)
CALL = st.tuples(
    st.sampled_from(sorted(ENDPOINTS)),
    st.one_of(ROW, PLAUSIBLE),
    st.none() | st.lists(ROW | PLAUSIBLE, max_size=4) | st.lists(st.integers() | st.text(max_size=5), max_size=3),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CALL, min_size=1, max_size=12))
def test_whatever_is_sent_there_is_an_answer_or_krakens_error(calls: list[Any]) -> None:
    stand = Stand()
    stand.quote("0.12", "0.1201", "0.12", symbol="DOGE/USD")
    for method, fields, orders in calls:
        try:
            answer = stand.call(method, fields if orders is None else {**fields, "orders": orders})
        except ExchangeError as error:
            assert error.text.startswith(("EGeneral:", "EOrder:", "EQuery:", "EService:")), error.text
        else:
            assert json.loads(json.dumps(answer)) == answer


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PLAUSIBLE, min_size=3, max_size=25))
def test_after_any_orders_every_question_has_an_answer(orders: list[Any]) -> None:
    stand = Stand()
    stand.quote("0.12", "0.1201", "0.12", symbol="DOGE/USD")
    for fields in orders:
        try:
            stand.call("AddOrder", fields)
        except ExchangeError:
            continue
        stand.go_on(1)
    stand.quote("57000", "57000.1", "57000")
    for method in ("Balance", "BalanceEx", "TradeBalance", "OpenOrders", "ClosedOrders", "TradesHistory", "Ledgers"):
        assert stand.call(method) is not None
    told = stand.call("OpenOrders")["open"] | stand.call("ClosedOrders")["closed"]
    for order in told.values():
        # An amount in quote units bounds what is paid; what is bought stands in base units all the same.
        filled = order["cost"] if "viqc" in order["oflags"] else order["vol_exec"]
        assert D(filled) <= D(order["vol"])
    positions = stand.call("OpenPositions", docalcs=True).values()
    by_pair = stand.call("OpenPositions", docalcs=True, consolidation="market")
    assert sum(D(row["vol"]) for row in positions) == sum(D(row["vol"]) for row in by_pair)
    trades = stand.call("TradesHistory", consolidate_taker=False, ledgers=True)["trades"].values()
    assert all(len(trade["ledgers"]) == 2 for trade in trades if trade["leverage"] == "0")
