"""From WebSocket's words to drafts: prices and their types, flags, times, names; and what is no word at all."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.trading import OrderType
from kraken_tui.sandbox.orders.drafts import CloseDraft, Draft
from kraken_tui.sandbox.orders.submitting import AmendDraft, EditDraft
from kraken_tui.sandbox.ws.orders.fields import Fields
from kraken_tui.sandbox.ws.orders.order_params import amend_of, draft_of, edit_of
from tests.samples import D
from tests.sandbox.private_ws import BTC, ETH

PLAIN = {"order_type": "limit", "side": "buy", "order_qty": D("0.01")}


def drafted(**params: Any) -> Draft:
    return draft_of(Fields(PLAIN | params), BTC)


def refused(**params: Any) -> str:
    with pytest.raises(ExchangeError) as caught:
        drafted(**params)
    return caught.value.text


def test_a_plain_limit_order() -> None:
    assert drafted(limit_price=D("60000.10")) == Draft(
        symbol="BTC/USD", side="buy", type="limit", volume=D("0.01"), price="60000.10"
    )


@pytest.mark.parametrize(
    ("price_type", "price", "worded"),
    [
        ("static", D(60000), "60000"),
        ("static", D("1E+4"), "10000"),
        ("pct", 5, "+5%"),
        ("pct", D("-2.5"), "-2.5%"),
        ("quote", 150, "+150"),
        ("quote", D("-150.5"), "-150.5"),
        ("quote", 0, "+0"),
    ],
)
def test_limit_and_trigger_prices_become_rests_syntax(price_type: str, price: Any, worded: str) -> None:
    assert drafted(limit_price=price, limit_price_type=price_type).price == worded
    stop = drafted(order_type="stop-loss", triggers={"price": price, "price_type": price_type})
    assert (stop.price, stop.price2) == (worded, None)


def test_the_trigger_comes_first_where_there_is_one() -> None:
    stop = drafted(order_type="take-profit-limit", limit_price=64900, triggers={"price": 65000, "reference": "index"})
    assert (stop.price, stop.price2, stop.trigger) == ("65000", "64900", "index")


@pytest.mark.parametrize(
    ("triggers", "limit", "price", "price2"),
    [
        ({"price": 500, "price_type": "quote"}, {}, "+500", None),
        ({"price": 500}, {}, "+500", None),
        ({"price": 5, "price_type": "pct"}, {"limit_price": 0}, "+5%", "+0"),
        ({"price": 5, "price_type": "pct"}, {"limit_price": D("-50.5"), "limit_price_type": "quote"}, "+5%", "-50.5"),
        ({"price": 5, "price_type": "pct"}, {"limit_price": 1, "limit_price_type": "pct"}, "+5%", "+1%"),
    ],
)
def test_a_trailing_stops_prices_are_distances(
    triggers: dict[str, Any], limit: dict[str, Any], price: str, price2: str | None
) -> None:
    stop = drafted(order_type="trailing-stop-limit", triggers=triggers, **limit)
    assert (stop.price, stop.price2) == (price, price2)


def test_everything_else_that_an_order_may_say() -> None:
    draft = drafted(
        limit_price=60000, time_in_force="gtd", expire_time="2026-01-02T03:04:05.5+01:00", post_only=True,
        effective_time="2026-01-01T00:00:00Z", order_userref=-7, fee_preference="base", stp_type="cancel_both",
        reduce_only=True, margin=True, display_qty="0.005", no_mpp=True, sender_sub_id="desk-1",
    )  # fmt: skip
    assert (draft.time_in_force, draft.start) == ("GTD", "1767225600.000000000")
    assert draft.expire == "1767319445.500000000"
    assert draft.flags == {"post", "fcib"}
    assert (draft.self_trade, draft.reduce_only, draft.userref, draft.display) == ("cancel-both", True, -7, D("0.005"))


@pytest.mark.parametrize(("side", "leverage"), [("buy", 5), ("sell", 3)])
def test_margin_is_the_pairs_highest_step_up_to_five(side: str, leverage: int) -> None:
    assert drafted(side=side, margin=True).leverage == leverage
    assert drafted(side=side, margin=False).leverage is None


def test_margin_where_none_is_offered_is_refused() -> None:
    with pytest.raises(ExchangeError, match="EGeneral:Invalid arguments:margin"):
        draft_of(Fields(PLAIN | {"margin": True}), ETH)


def test_an_amount_of_quote_units_is_rests_viqc() -> None:
    draft = draft_of(Fields({"order_type": "market", "side": "buy", "cash_order_qty": 100}), BTC)
    assert (draft.volume, draft.flags) == (D(100), frozenset({"viqc"}))
    assert refused(cash_order_qty=100) == "EGeneral:Invalid arguments:cash_order_qty"


@pytest.mark.parametrize(
    ("conditional", "close"),
    [
        ({"order_type": "stop-loss", "trigger_price": 55000}, CloseDraft(type="stop-loss", price="55000")),
        (
            {"order_type": "stop-loss-limit", "trigger_price": -5, "trigger_price_type": "pct", "limit_price": 54900},
            CloseDraft(type="stop-loss-limit", price="-5%", price2="54900"),
        ),
        (
            {"order_type": "trailing-stop", "trigger_price": 500},
            CloseDraft(type="trailing-stop", price="+500"),
        ),
        ({"order_type": "limit", "limit_price": 65000}, CloseDraft(type="limit", price="65000")),
    ],
)
def test_a_conditional_close(conditional: dict[str, Any], close: CloseDraft) -> None:
    assert drafted(conditional=conditional).close == close


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"order_qty": None}, "order_qty"),
        ({"order_qty": True}, "order_qty"),
        ({"order_qty": "ten"}, "order_qty"),
        ({"order_qty": "NaN"}, "order_qty"),
        ({"order_qty": "1e999"}, "order_qty"),
        ({"order_qty": "1" * 50}, "order_qty"),
        ({"side": None}, "side"),
        ({"side": 1}, "side"),
        ({"order_type": ["limit"]}, "order_type"),
        ({"limit_price": -5}, "limit_price"),
        ({"limit_price": 5, "limit_price_type": "percent"}, "limit_price_type"),
        ({"triggers": 5}, "triggers"),
        ({"triggers": {"price": {}}}, "price"),
        ({"post_only": 1}, "post_only"),
        ({"post_only": "yes"}, "post_only"),
        ({"expire_time": "tomorrow"}, "expire_time"),
        ({"effective_time": 1767225600}, "effective_time"),
        ({"order_userref": 1.5}, "order_userref"),
        ({"cl_ord_id": 5}, "cl_ord_id"),
        ({"fee_preference": "euro"}, "fee_preference"),
        ({"conditional": []}, "conditional"),
        ({"conditional": {}}, "order_type"),
    ],
)
def test_what_cannot_be_read_is_named(params: dict[str, Any], field: str) -> None:
    assert refused(**params) == f"EGeneral:Invalid arguments:{field}"


def test_fields_that_a_message_does_not_have_are_refused_by_name() -> None:
    fields = Fields({"token": "t", "price": 5})
    with pytest.raises(ExchangeError) as caught:
        fields.only(["token"], "add order")
    assert caught.value.text == "Unsupported field: 'price' for the given msg type: add order"
    assert "Unsupported field: 'prize'" in refused(order_type="stop-loss", triggers={"prize": 5})


def test_an_amendment_names_its_order_once() -> None:
    assert amend_of(Fields({"order_id": "O1", "order_qty": 1, "limit_price": 5})) == AmendDraft(
        id="O1", amount=D(1), limit_price="5"
    )
    relative = amend_of(
        Fields({"cl_ord_id": "a", "trigger_price": -5, "trigger_price_type": "pct", "post_only": False})
    )
    assert relative == AmendDraft(client_id="a", trigger_price="-5%", post_only=False)
    for names in ({}, {"order_id": "O1", "cl_ord_id": "a"}):
        with pytest.raises(ExchangeError, match="order_id"):
            amend_of(Fields(names))


def test_a_replacement_keeps_what_is_not_said() -> None:
    assert edit_of(Fields({"order_id": "O1"}), OrderType.LIMIT) == EditDraft()
    changed = edit_of(
        Fields({"limit_price": 54900, "triggers": {"price": 55000}, "post_only": True}), OrderType.STOP_LOSS_LIMIT
    )
    assert changed == EditDraft(price="55000", price2="54900", flags=frozenset({"post"}))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=8))
def test_numbers_arrive_exactly_as_numbers_and_as_text(value: Decimal) -> None:
    assert Fields({"x": value}).number("x") == value
    assert Fields({"x": str(value)}).number("x") == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(JSON)
def test_any_value_is_read_or_refused_and_nothing_else(value: Any) -> None:
    fields = Fields({"x": value})
    readers = (
        fields.text, fields.required, fields.flag, fields.number, fields.whole, fields.moment, fields.group,
        fields.rows, fields.words, fields.wholes,
    )  # fmt: skip
    for read in readers:
        try:
            read("x")
        except ExchangeError as error:
            assert error.text == "EGeneral:Invalid arguments:x"
