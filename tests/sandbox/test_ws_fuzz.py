"""Whatever a client asks, it is answered, and the stream tells what the venue has."""

from collections.abc import Sequence
from typing import Any, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.ws.connection import Connection
from kraken_tui.sandbox.ws.orders import batches, cancelling, ordering
from kraken_tui.sandbox.ws.orders.methods import METHODS
from tests.samples import D
from tests.sandbox.private_ws import Exchange, Recorder

FIELDS = {
    "add_order": ordering.ADD, "amend_order": ordering.AMEND, "edit_order": ordering.EDIT, "batch_add": batches.ADD,
    "batch_cancel": batches.CANCEL, "cancel_order": cancelling.CANCEL, "cancel_all": frozenset[str](),
    "cancel_all_orders_after": cancelling.CANCEL_ALL_AFTER,
}  # fmt: skip
NAMES = (
    "order_type", "side", "order_qty", "limit_price", "limit_price_type", "triggers", "time_in_force", "margin",
    "post_only", "reduce_only", "effective_time", "expire_time", "cl_ord_id", "order_userref", "conditional",
    "display_qty", "fee_preference", "stp_type", "cash_order_qty", "symbol", "deadline", "validate", "order_id",
    "trigger_price", "trigger_price_type", "timeout", "orders",
)  # fmt: skip
SIDES, PAIRS = st.sampled_from(["buy", "sell"]), st.sampled_from(["BTC/USD", "BTC/USD", "ETH/USD"])
PRICES = {"BTC/USD": [59000, 59990, 60010, 61000, 66000], "ETH/USD": [2950, 2990, 3010, 3500]}
AMOUNTS = st.sampled_from([D("0.001"), D("0.01"), D("0.5"), 1, 2, 40])
WORDS = st.sampled_from([
    "limit", "market", "trailing-stop", "settle-position", "buy", "gtd", "pct", "BTC/USD", "O00000-00000-000001", "a",
    "2026-01-01T00:00:20Z", "", "base", "cancel_oldest",
])  # fmt: skip
VALUES = st.recursive(
    WORDS | AMOUNTS | st.decimals() | st.integers() | st.booleans() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*NAMES, "price", "price_type", "reference"]), inner, max_size=4)
    ),
    max_leaves=6,
)
NOTHING: st.SearchStrategy[dict[str, Any]] = st.just({})
ODDITIES = NOTHING | NOTHING | st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=2)


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    """An order that makes sense, or nearly."""
    symbol = draw(PAIRS)
    price = st.sampled_from(PRICES[symbol])
    order: dict[str, Any] = {"symbol": symbol, "side": draw(SIDES), "order_qty": draw(AMOUNTS)}
    match draw(st.sampled_from(["limit", "market", "iceberg", "stop-loss", "take-profit-limit", "trailing-stop"])):
        case "market" as type:
            pass
        case "stop-loss" as type:
            order["triggers"] = {"price": draw(price)}
        case "take-profit-limit" as type:
            order |= {"triggers": {"price": draw(price)}, "limit_price": draw(price)}
        case "trailing-stop" as type:
            order["triggers"] = {"price": draw(st.sampled_from([1, 5])), "price_type": "pct"}
        case type:
            order["limit_price"] = draw(price)
            order["time_in_force"] = draw(st.sampled_from(["gtc", "gtc", "ioc", "fok"]))
    if type == "iceberg":
        order["display_qty"] = order["order_qty"] / 4
    if symbol == "BTC/USD" and draw(st.integers(0, 3)) == 0:
        order["margin"] = True
    if draw(st.integers(0, 3)) == 0:
        order["conditional"] = {"order_type": "stop-loss", "trigger_price": draw(price)}
    return order | {"order_type": type} | draw(ODDITIES)


BATCHES = st.fixed_dictionaries({
    "symbol": st.just("BTC/USD"),
    "orders": st.lists(orders().map(lambda order: order | {"symbol": "BTC/USD"}), min_size=2, max_size=4),
})  # fmt: skip
CHANGES = st.fixed_dictionaries(
    {"nth": st.integers(0, 3), "symbol": st.just("BTC/USD")},
    optional={"order_qty": AMOUNTS, "limit_price": st.sampled_from(PRICES["BTC/USD"]), "post_only": st.booleans()},
)
ASKED = st.lists(
    st.tuples(st.just("add_order"), orders())
    | st.tuples(st.just("add_order"), orders())
    | st.tuples(st.sampled_from(["amend_order", "edit_order", "cancel_order"]), CHANGES)
    | st.tuples(st.just("batch_add"), BATCHES)
    | st.tuples(st.sampled_from(sorted(METHODS)), st.dictionaries(st.sampled_from(NAMES), VALUES))
    | st.tuples(st.just("move"), st.sampled_from([55000, 59000, 60000, 61000, 65000]))
    | st.tuples(st.just("wait"), st.sampled_from([1, 30, 20_000])),
    max_size=15,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ASKED)
def test_whatever_is_asked_is_answered_and_leaves_the_stream_whole(asked: list[tuple[str, Any]]) -> None:
    exchange = Exchange()
    listener = exchange.listen()
    exchange.subscribe(listener, "balances", token=exchange.token)
    for method, said in asked:
        if method == "move":
            exchange.move(f"{said}", f"{said}.2", size="0.7")
        elif method == "wait":
            exchange.wait(said)
        else:
            replies = _replies(exchange, listener, method, dict(said))
            assert replies
            assert all(isinstance(reply, dict | list | ExchangeError) for reply in replies)
    _check_stream(exchange, listener)


def _replies(exchange: Exchange, listener: Recorder, method: str, said: dict[str, Any]) -> Sequence[Any]:
    """What the method answers; `nth` names one of the open orders."""
    if "nth" in said:
        said["order_id"] = (list(exchange.parts.venue.state.orders)[said["nth"] :] or ["OXXXXX"])[0]
    params = {name: value for name, value in said.items() if name in FIELDS[method]}
    try:
        return METHODS[method](exchange.parts, cast(Connection, listener), {"token": exchange.token} | params)
    except ExchangeError as error:
        return [error]


def _check_stream(exchange: Exchange, listener: Recorder) -> None:
    """What the stream tells is what the venue has: the same orders open, the same trades, gapless numbers."""
    for name in exchange.channels:
        numbers = [message["sequence"] for message in listener.sent if message["channel"] == name]
        assert numbers == list(range(1, len(numbers) + 1))
    told: dict[str, str] = {}
    for report in listener.reports:
        assert report["exec_type"] == "pending_new" or report["order_id"] in told
        told[report["order_id"]] = report["order_status"]
    still_open = {id for id, status in told.items() if status not in ("filled", "canceled", "expired")}
    assert still_open == set(exchange.parts.venue.state.orders)
    trades = [report["exec_id"] for report in listener.reports if report["exec_type"] == "trade"]
    assert trades == list(exchange.parts.venue.history.trades)
    entries = [m["data"][0]["ledger_id"] for m in listener.sent if m["channel"] == "balances" and m["type"] == "update"]
    assert entries == list(exchange.parts.venue.history.ledger)
