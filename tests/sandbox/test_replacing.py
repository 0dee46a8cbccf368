"""Amending and replacing orders."""

from typing import Any

import pytest

from kraken_tui.model.trading import OrderStatus
from kraken_tui.sandbox.orders.submitting import AmendDraft, EditDraft, submit_amend, submit_edit
from tests.samples import D
from tests.sandbox.order_stand import Stand
from tests.sandbox.test_trading import counter, limited, resting, text_of


def test_an_amend_may_be_relative_and_starts_a_new_age() -> None:
    stand = limited()
    id = resting(stand, client_id="mine")
    stand.go_on(100)
    submit_amend(stand.parts, AmendDraft(client_id="mine", limit_price="-10%", amount=D("0.02")))
    order = stand.venue.state.orders[id]
    assert (order.limit_price, order.amount, order.amended) == (D(54000), D("0.02"), True)
    assert counter(stand) == 1
    stand.trading.cancel(id=id)
    assert counter(stand) == 9


def test_an_edit_is_charged_by_the_age_of_the_order() -> None:
    stand = limited()
    young = resting(stand)
    submit_edit(stand.parts, young, EditDraft(price="51000"))
    assert counter(stand) == 1 + 1 + 6


def test_an_edit_replaces_the_remainder() -> None:
    stand = Stand()
    stand.quote(asks=[(D("60000.1"), D("0.4")), (D("62000"), D(9))])
    id = resting(stand, price="60001", volume=D(1), userref=3, flags=frozenset({"fcib"}))
    edited = submit_edit(stand.parts, id, EditDraft(price="55000"))
    new = edited.placed.order
    assert edited.old.id == id
    assert new is not None
    assert (new.amount, new.limit_price, new.userref, new.fee_in, new.filled) == (D("0.6"), D(55000), 0, "base", D(0))
    assert list(stand.venue.state.orders) == [new.id]
    old = stand.venue.history.closed[id]
    assert (old.filled, old.reason, old.status) == (D("0.4"), "Order replaced", OrderStatus.CANCELED)


def test_an_edit_that_is_refused_or_only_checked_leaves_the_order() -> None:
    stand = Stand(balances={"USD": D(1000)})
    id = resting(stand, volume=D("0.015"))
    stand.quote()
    before = dict(stand.venue.state.orders)
    assert submit_edit(stand.parts, id, EditDraft(price="51000"), validate=True).placed.order is None
    refused = text_of(lambda: submit_edit(stand.parts, id, EditDraft(volume=D(2))))
    assert refused == "EOrder:Insufficient funds"
    assert stand.venue.state.orders == before
    assert text_of(lambda: submit_edit(stand.parts, "OX", EditDraft())) == "EOrder:Unknown order"


@pytest.mark.parametrize(
    ("type", "price", "price2", "wanted"),
    [
        ("stop-loss", "55000", None, {"trigger_price": D(55000)}),
        ("stop-loss-limit", "55000", "54900", {"trigger_price": D(55000), "limit_price": D(54900)}),
        ("trailing-stop-limit", "+5%", "-50", {"trigger_price": D(57000)}),
    ],
)
def test_an_edit_keeps_what_it_does_not_name(type: str, price: str, price2: str | None, wanted: dict[str, Any]) -> None:
    stand = Stand()
    id = resting(stand, price=price, price2=price2, type=type, side="sell")
    new = submit_edit(stand.parts, id, EditDraft(volume=D("0.02"))).placed.order
    assert new is not None
    kept = stand.venue.state.orders[new.id]
    assert {name: getattr(kept, name) for name in wanted} == wanted
    assert kept.amount == D("0.02")


def test_an_edit_below_what_is_filled() -> None:
    stand = Stand()
    stand.quote(asks=[(D("60000.1"), D("0.4"))])
    id = resting(stand, price="60001", volume=D(1))
    assert text_of(lambda: submit_edit(stand.parts, id, EditDraft(volume=D("0.4")))) == "EOrder:Order not editable"
