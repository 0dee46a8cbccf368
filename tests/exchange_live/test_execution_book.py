"""Reports become orders and fills: exact, whole, and whatever happened on the way the exchange's own."""

from decimal import Decimal, localcontext
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.exchange.live.audience import Audience
from kraken_tui.exchange.live.execution_book import MOST_ENDED, ExecutionBook, fill_of, type_of
from kraken_tui.exchange.live.private_messages import InDoubt, read_executions, read_message, time_ns_of
from kraken_tui.exchange.live.session import Session
from kraken_tui.model.trading import Fill, Order, OrderStatus, OrderType, Side

D, ZERO = Decimal, Decimal(0)
AT = "2026-01-01T00:00:00.000001Z"
AT_NS = 1_767_225_600_000_001_000


def rows_of(text: str) -> Any:
    return read_executions(read_message(f'{{"channel":"executions","data":[{text}]}}'.encode()).data)


def whole(**more: Any) -> str:
    usual = {
        "order_id": "O1", "exec_type": "pending_new", "order_status": "pending_new", "symbol": "BTC/USD",
        "side": "sell", "order_type": "stop-loss", "order_qty": 0.5, "timestamp": AT,
    }  # fmt: skip
    return msgspec.json.encode(usual | more).decode()


def book_with(**more: Any) -> ExecutionBook:
    book = ExecutionBook()
    book.begin(rows_of(whole(exec_type="new", order_status="new", **more)))
    return book


def told(book: ExecutionBook, text: str) -> list[Fill | Order]:
    (row,) = rows_of(text)
    return book.take(row)


def test_an_order_of_krakens_documentation() -> None:
    """The frames of the documentation: a limit order is placed, opens, trades, is filled."""
    book = ExecutionBook()
    frames = (
        '{"order_id":"OK4GJX-KSTLS-7DZZO5","cl_ord_id":"a-1","order_userref":0,"symbol":"BTC/USD","order_qty":0.005,'
        '"cum_cost":0.0,"cum_qty":0.0,"avg_price":0.0,"time_in_force":"GTC","exec_type":"pending_new","side":"sell",'
        '"order_type":"limit","limit_price_type":"static","limit_price":26500.0,"order_status":"pending_new",'
        '"fee_usd_equiv":0.0,"fee_ccy_pref":"fciq","timestamp":"2026-01-01T00:00:00.000001Z"}',
        '{"timestamp":"2026-01-01T00:00:00.000002Z","order_status":"new","exec_type":"new","order_userref":0,'
        '"order_id":"OK4GJX-KSTLS-7DZZO5"}',
        '{"order_id":"OK4GJX-KSTLS-7DZZO5","exec_id":"TGBB7L-HT5LX-J3BZ4A","exec_type":"trade","trade_id":62887576,'
        '"symbol":"BTC/USD","side":"sell","last_qty":0.005,"last_price":26599.9,"liquidity_ind":"t","cost":132.9995,'
        '"order_type":"limit","timestamp":"2026-01-01T00:00:00.000003Z","order_status":"partially_filled",'
        '"cum_qty":0.005,"cum_cost":132.9995,"avg_price":26599.9,"fee_usd_equiv":0.3458,'
        '"fees":[{"asset":"USD","qty":0.3458}]}',
        '{"timestamp":"2026-01-01T00:00:00.000004Z","order_status":"filled","exec_type":"filled",'
        '"order_id":"OK4GJX-KSTLS-7DZZO5","cum_qty":0.005,"cum_cost":132.9995,"fee_usd_equiv":0.3458,"avg_price":26599.9}',
    )
    pending, new, (fill, traded), filled = (told(book, frame) for frame in frames)
    placed = Order(
        id="OK4GJX-KSTLS-7DZZO5", client_id="a-1", parent_id=None, symbol="BTC/USD", side=Side.SELL,
        type=OrderType.LIMIT, status=OrderStatus.PENDING, amount=D("0.005"), filled=D(0), price=D(26500),
        touched_ns=AT_NS,
    )  # fmt: skip
    opened = msgspec.structs.replace(placed, status=OrderStatus.OPEN, touched_ns=AT_NS + 1000)
    assert (pending, new) == ([placed], [opened])
    assert fill == Fill(
        id="TGBB7L-HT5LX-J3BZ4A", order_id="OK4GJX-KSTLS-7DZZO5", client_id="a-1", symbol="BTC/USD", side=Side.SELL,
        order_type=OrderType.LIMIT, price=D("26599.9"), amount=D("0.005"), cost=D("132.9995"), fee=D("0.3458"),
        maker=False, leverage=1, time_ns=AT_NS + 2000,
    )  # fmt: skip
    assert traded == msgspec.structs.replace(opened, filled=D("0.005"))
    assert filled == [msgspec.structs.replace(opened, filled=D("0.005"), status=OrderStatus.CLOSED)]
    assert not book.orders


@pytest.mark.parametrize(
    ("more", "price"),
    [
        ({"triggers": {"price": 58000.5, "price_type": "static"}}, "58000.5"),
        ({"triggers": {"price": 58000.5, "price_type": "static", "actual_price": 58001}}, "58001"),
        (
            {"order_type": "trailing-stop", "triggers": {"price": 1.5, "price_type": "pct", "actual_price": 59100}},
            "59100",
        ),
        ({"order_type": "trailing-stop", "triggers": {"price": 1.5, "price_type": "pct"}}, None),
        ({"stop_price": 57000}, "57000"),
        ({"order_type": "stop-loss-limit", "limit_price": 56000, "triggers": {"price": 57000}}, "57000"),
        ({"order_type": "take-profit", "triggers": {"price": 57000}, "stop_price": 0.0}, "57000"),
        ({"order_type": "limit", "limit_price": 61000, "stop_price": 0.0}, "61000"),
        ({"order_type": "iceberg", "limit_price": 61000}, "61000"),
        ({"order_type": "limit", "limit_price": -1.5, "limit_price_type": "pct"}, None),
        ({"order_type": "market", "limit_price": 0.0, "stop_price": 0.0}, None),
        ({"order_type": "settle-position"}, None),
    ],
)
def test_the_price_of_each_type(more: dict[str, Any], price: str | None) -> None:
    (order,) = book_with(**more).orders.values()
    assert order.price == (None if price is None else D(price))


def test_an_amendment_moves_amount_trigger_and_age() -> None:
    book = book_with(triggers={"price": 58000})
    (order,) = told(
        book,
        '{"order_id":"O1","exec_type":"amended","order_status":"new","order_qty":0.25,"reason":"User requested",'
        '"triggers":{"price":58500,"price_type":"static","actual_price":58500},"timestamp":"2026-01-01T00:01:00Z"}',
    )
    assert isinstance(order, Order)
    assert (order.amount, order.price, order.reason) == (D("0.25"), D(58500), "")
    assert order.touched_ns == AT_NS - 1000 + 60_000_000_000


def test_a_child_names_its_parent_and_what_is_told_once_is_kept() -> None:
    book = book_with(ord_ref_id="OP", cl_ord_id="c", reduce_only=True, margin=True, triggers={"price": 58000})
    (order,) = told(book, f'{{"order_id":"O1","exec_type":"status","order_status":"new","timestamp":"{AT}"}}')
    assert isinstance(order, Order)
    assert (order.parent_id, order.client_id, order.reduce_only, order.leverage) == ("OP", "c", True, 2)
    assert order.price == D(58000)


def test_fees_are_kept_by_their_asset() -> None:
    def fees(text: str) -> tuple[Decimal, Decimal]:
        (row,) = rows_of(
            f'{{"order_id":"O1","exec_id":"T","exec_type":"trade","symbol":"BTC/EUR","side":"buy","last_qty":1,'
            f'"last_price":2,"timestamp":"{AT}"{text}}}'
        )
        fill = fill_of(row)
        return fill.fee, fill.fee_coin

    assert fees(',"fees":[{"asset":"EUR","qty":0.0052}]') == (D("0.0052"), ZERO)
    assert fees(',"fees":[{"asset":"BTC","qty":4e-8}]') == (ZERO, D("0.00000004"))
    assert fees(',"fees":[{"asset":"EUR","qty":1},{"asset":"EUR","qty":0.5},{"asset":"KFEE","qty":9}]') == (
        D("1.5"),
        ZERO,
    )
    assert fees(',"fees":[]') == fees(',"fees":null') == fees("") == (ZERO, ZERO)


def test_numbers_are_the_digits_of_the_wire_whatever_the_threads_context() -> None:
    with localcontext() as context:
        context.prec = 4
        (row,) = rows_of(
            f'{{"order_id":"O1","exec_id":"T","exec_type":"trade","symbol":"BTC/USD","side":"buy",'
            f'"last_qty":0.12345678,"last_price":60000.1,"timestamp":"{AT}"}}'
        )
        fill = fill_of(row)
    assert (fill.amount, fill.price, fill.cost) == (D("0.12345678"), D("60000.1"), D("7407.419145678"))


def test_what_has_ended_stays_ended_and_a_late_word_of_it_is_understood() -> None:
    book = book_with()
    told(book, '{"order_id":"O1","exec_type":"canceled","order_status":"canceled","reason":"User requested"}')
    (order,) = told(book, '{"order_id":"O1","exec_type":"status","order_status":"new"}')
    assert isinstance(order, Order)
    assert (order.status, order.reason) == (OrderStatus.CANCELED, "User requested")
    assert not book.orders


def test_only_so_many_ended_orders_are_remembered() -> None:
    book = ExecutionBook()
    for number in range(MOST_ENDED + 1):
        told(book, whole(order_id=f"O{number}", exec_type="canceled", order_status="canceled"))
    told(book, '{"order_id":"O1","exec_type":"status","order_status":"new"}')
    with pytest.raises(InDoubt, match="O0"):
        told(book, '{"order_id":"O0","exec_type":"status","order_status":"new"}')


@pytest.mark.parametrize("exec_type", ["restated", "iceberg_refill", "liquidated", "something_new", ""])
def test_an_unknown_exec_type_is_read_by_its_fields(exec_type: str) -> None:
    book = book_with()
    state = f'"exec_type":"{exec_type}","order_status":"partially_filled","cum_qty":0.25,"timestamp":"{AT}"'
    text = f'{{"order_id":"O1",{state}'
    (order,) = told(book, text + "}")
    assert isinstance(order, Order)
    assert order.filled == D("0.25")
    fill, _ = told(book, text + ',"exec_id":"T","symbol":"BTC/USD","side":"sell","last_qty":0.25,"last_price":5}')
    assert isinstance(fill, Fill)
    assert (fill.amount, fill.order_type) == (D("0.25"), OrderType.STOP_LOSS)


@pytest.mark.parametrize("type_", list(OrderType))
def test_every_type_is_read(type_: OrderType) -> None:
    assert book_with(order_type=type_.value).orders["O1"].type is type_
    assert type_of(f"liquidation {type_.value}") is type_


@pytest.mark.parametrize(
    "stamp", ["", "noon", "2026-13-01T00:00:00Z", "9999999-01-01T00:00:00Z", "2026-01-01T00:00:00+99:00"]
)
def test_what_is_no_time_is_in_doubt(stamp: str) -> None:
    with pytest.raises(InDoubt):
        time_ns_of(stamp)


def test_a_time_without_zone_is_utc() -> None:
    assert time_ns_of("2026-01-01T00:00:00.000001") == time_ns_of(AT) == AT_NS
    assert time_ns_of("2026-01-01T01:00:00.000001123+01:00") == AT_NS


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_frame_raises_anything_but_a_doubt(frame: bytes) -> None:
    try:
        Session(Audience()).take(frame)
    except InDoubt as doubt:
        assert str(doubt)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["order_id", "exec_type", "order_status", "symbol", "side", "order_type", "order_qty", "cum_qty", "triggers",
     "exec_id", "last_qty", "last_price", "cost", "fees", "timestamp", "limit_price", "reason"]
)  # fmt: skip


@given(st.lists(st.dictionaries(FIELDS, JSON, max_size=4), max_size=3), st.booleans())
def test_no_report_raises_anything_but_a_doubt(changes: list[dict[str, Any]], is_snapshot: bool) -> None:
    session = Session(Audience())
    rows = [msgspec.json.decode(whole()) | change for change in changes]
    kinds = ["snapshot", "snapshot"] if is_snapshot else ["snapshot", "snapshot", "update"]
    try:
        for number, kind in enumerate(kinds, 1):
            data = rows if number == len(kinds) else []
            session.take(msgspec.json.encode({"channel": "executions", "type": kind, "data": data, "sequence": number}))
    except InDoubt as doubt:
        assert str(doubt)
