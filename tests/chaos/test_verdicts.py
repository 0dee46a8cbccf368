"""Each judgement finds what it is for, and finds nothing in an account that is as it should be."""

from collections.abc import Callable, Mapping
from decimal import Decimal

import pytest
from msgspec.structs import replace

from chaos.books import Booked, Books, Meant
from chaos.truth import OrderRow, TradeRow, Truth
from chaos.verdicts import (
    AT_ONCE,
    IN_TIME,
    Case,
    beyond,
    doubled,
    entered_twice,
    left_over,
    misjudged,
    naked,
    oversold,
    strangers,
    taken_coins,
    touched,
    unbooked,
    unsettled,
)
from kraken_tui.config.instruments import load_instruments

SOL = "SOL/USD"
D = Decimal


def order(id: str, **changes: object) -> OrderRow:
    row = OrderRow(
        id=id, client_id="", parent_id="", symbol=SOL, side="buy", type="market", status="closed", amount=D(2),
        filled=D(2),
    )  # fmt: skip
    return replace(row, **changes)


def trade(id: str, order_id: str, side: str, amount: str, time: float) -> TradeRow:
    return TradeRow(
        id=id, order_id=order_id, symbol=SOL, side=side, amount=D(amount), price=D(100), cost=D(amount) * 100,
        fee=D(1), time=time,
    )  # fmt: skip


def meant(kind: str, order_id: str = "", outcome: str = "accepted") -> Meant:
    return Meant(kind=kind, symbol=SOL, owner="scanner", outcome=outcome, order_id=order_id, text="")


def booked(row: TradeRow) -> Booked:
    return Booked(
        order_id=row.order_id, symbol=row.symbol, side=row.side, amount=row.amount, price=row.price, cost=row.cost,
        fee=row.fee, fee_coin=D(0),
    )  # fmt: skip


def case_of(orders: list[OrderRow], trades: list[TradeRow], intents: Mapping[str, Meant], coins: str = "5") -> Case:
    """A wallet that held three SOL of the operator's before anything was traded."""
    return Case(
        truth=Truth(
            orders={row.id: row for row in orders}, trades={row.id: row for row in trades},
            balances={"SOL": D(coins)},
        ),
        books=Books(meant=intents, fills={row.id: booked(row) for row in trades}),
        foreign=frozenset({"THEIRS"}),
        instruments={SOL: load_instruments()[SOL]},
        opening={"SOL": D(3)},
    )  # fmt: skip


ENTRY = order("ENTRY", client_id="kt1")
STOP = order("STOP", parent_id="ENTRY", side="sell", type="stop-loss", status="open", filled=D(0))
THEIRS = order("THEIRS", side="sell", type="limit", status="open", filled=D(0))
BOUGHT = trade("T1", "ENTRY", "buy", "2", 1.0)
HELD = case_of([ENTRY, STOP, THEIRS], [BOUGHT], {"kt1": meant("enter", "ENTRY")})


def with_orders(*rows: OrderRow) -> Case:
    return replace(HELD, truth=replace(HELD.truth, orders={row.id: row for row in rows}))


def with_trades(*rows: TradeRow) -> Case:
    return replace(HELD, truth=replace(HELD.truth, trades={row.id: row for row in rows}))


def with_intents(**intents: Meant) -> Case:
    return replace(HELD, books=replace(HELD.books, meant=intents))


def test_an_entry_behind_its_stop_is_as_it_should_be() -> None:
    assert [judge(HELD) for judge in (*AT_ONCE, *IN_TIME)] == [[]] * (len(AT_ONCE) + len(IN_TIME))
    assert (naked(HELD), beyond(HELD)) == ({}, {})


def test_a_stop_that_fired_is_no_second_entry() -> None:
    """The stop is a child of the entry, and the second entry came when nothing was held any more."""
    second = order("SECOND", client_id="kt2")
    rows = [BOUGHT, trade("T2", "STOP", "sell", "2", 2.0), trade("T3", "SECOND", "buy", "2", 3.0)]
    case = case_of([ENTRY, STOP, second], rows, {"kt1": meant("enter", "ENTRY"), "kt2": meant("enter", "SECOND")})
    assert entered_twice(case) == []


SOLD_TWICE = case_of(
    [ENTRY, order("EXIT", client_id="kt2", side="sell")],
    [BOUGHT, trade("T2", "EXIT", "sell", "2.5", 2.0)],
    {"kt1": meant("enter", "ENTRY"), "kt2": meant("exit", "EXIT")},
    coins="2.5",
)
TWO_ENTRIES = case_of(
    [ENTRY, order("SECOND", client_id="kt2")],
    [BOUGHT, trade("T2", "SECOND", "buy", "2", 2.0)],
    {"kt1": meant("enter", "ENTRY"), "kt2": meant("enter", "SECOND")},
)


@pytest.mark.parametrize(
    ("judge", "broken"),
    [
        (strangers, with_orders(ENTRY, STOP, THEIRS, order("NEW", client_id="kt9"))),
        (strangers, with_orders(ENTRY, STOP, THEIRS, order("NEW"))),
        (strangers, with_trades(BOUGHT, trade("T2", "THEIRS", "sell", "1", 2.0))),
        (doubled, with_orders(ENTRY, STOP, THEIRS, order("AGAIN", client_id="kt1"))),
        (entered_twice, TWO_ENTRIES),
        (oversold, SOLD_TWICE),
        (taken_coins, replace(HELD, truth=replace(HELD.truth, balances={"SOL": D("4.9")}))),
        (touched, with_orders(ENTRY, STOP)),
        (touched, with_orders(ENTRY, STOP, replace(THEIRS, status="canceled"))),
        (unbooked, with_trades(BOUGHT, trade("T2", "ENTRY", "buy", "1", 2.0))),
        (unbooked, with_trades(replace(BOUGHT, fee=D("1.01")))),
        (unbooked, with_trades()),
        (misjudged, with_intents(kt1=meant("enter", "", "declined"))),
        (misjudged, with_intents(kt1=meant("enter", "ENTRY"), kt2=meant("exit", "NOWHERE"))),
        (unsettled, with_intents(kt1=meant("enter", "ENTRY"), kt2=meant("exit", "", "unknown"))),
        (unsettled, with_intents(kt1=meant("enter", "ENTRY"), kt2=meant("amend", "", ""))),
        (left_over, HELD),
    ],
)
def test_what_is_wrong_is_found(judge: Callable[[Case], list[str]], broken: Case) -> None:
    assert judge(broken) != []


def test_a_position_without_its_whole_stop_is_naked() -> None:
    cut = replace(STOP, amount=D("1.5"))
    assert naked(with_orders(ENTRY, cut, THEIRS)) == {SOL: D("0.5")}
    assert naked(with_orders(ENTRY, replace(STOP, status="canceled"), THEIRS)) == {SOL: D(2)}
    least = load_instruments()[SOL].order_min
    dust = replace(STOP, amount=D(2) - least / 2)
    assert naked(with_orders(ENTRY, dust, THEIRS)) == {}


def test_a_stop_of_the_operators_protects_nothing_of_ours() -> None:
    theirs = replace(STOP, id="THEIRS", parent_id="")
    assert naked(with_orders(ENTRY, theirs)) == {SOL: D(2)}


def test_stops_that_would_sell_the_operators_coins_are_seen() -> None:
    assert beyond(with_orders(ENTRY, replace(STOP, amount=D(3)), THEIRS)) == {SOL: D(1)}
