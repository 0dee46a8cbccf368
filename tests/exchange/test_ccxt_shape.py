"""The paper exchange answers with the keys and forms that ccxt itself gives for Kraken."""

from collections.abc import AsyncIterator
from typing import Any

import ccxt.async_support as ccxt
import pytest

from kraken_tui.clock import SEEDED_START_NS, PacedClock
from kraken_tui.exchange.paper.paper_exchange_wrapper import PaperExchangeWrapper
from kraken_tui.exchange.paper.paper_trading import PaperTrading
from kraken_tui.exchange.parse import Unreadable, fill_of, leverage_of, order_of
from kraken_tui.model.trading import OrderStatus
from tests.exchange.cases import BTC, MARGIN, PAIRS, STOP, D, quote
from tests.samples import Hears

BTC_MARKET: dict[str, Any] = {
    "id": "XXBTZUSD", "symbol": "BTC/USD", "altname": "XBTUSD", "base": "BTC", "quote": "USD", "baseId": "XXBT",
    "quoteId": "ZUSD", "type": "spot", "spot": True, "contract": False, "precision": {"price": "0.1", "amount": "1e-8"},
    "limits": {}, "active": True,
}  # fmt: skip


@pytest.fixture
async def kraken() -> AsyncIterator[Any]:
    exchange = ccxt.kraken()
    exchange.number = str
    exchange.markets = {"BTC/USD": BTC_MARKET}
    exchange.markets_by_id = {"XXBTZUSD": [BTC_MARKET]}
    exchange.options["marketsByAltname"] = {"XBTUSD": BTC_MARKET}
    yield exchange
    await exchange.close()


class Desk:
    """A paper exchange with a quote that the test sets."""

    def __init__(self) -> None:
        self.clock = PacedClock(SEEDED_START_NS, float("inf"))
        self.told = quote("59999.9", "60000.0", "0.05")
        self.paper = PaperTrading(PAIRS, MARGIN)
        self.exchange = PaperExchangeWrapper(self.paper, self.clock, lambda symbol: self.told)
        self.hears = Hears()
        self.fills, self.orders = self.hears.fills, self.hears.orders
        self.exchange.subscribe(self.hears)

    async def trade(self) -> str:
        """Open on margin with a stop attached, in two fills; leave a spot limit resting; the primary's id."""
        params = {"leverage": 5, "clientOrderId": "mine", "close": {"ordertype": "stop-loss", "price": "59000.0"}}
        made = await self.exchange.create_order("BTC/USD", "market", "buy", "0.08", None, params)
        await self.exchange.create_order("BTC/USD", "limit", "buy", "0.01", "58000.0")
        await self.clock.sleep(2.123456789)
        order_id: str = made["id"]
        return order_id


async def test_order_structure(kraken: Any) -> None:
    desk = Desk()
    primary_id = await desk.trade()
    stop, _, limit = await desk.exchange.fetch_open_orders()
    for ours in (stop, limit, await desk.exchange.fetch_order(primary_id)):
        theirs = kraken.parse_order(ours["info"] | {"id": ours["id"]})
        assert set(ours) == set(theirs)
        for key in (
            "id", "clientOrderId", "symbol", "type", "side", "status", "timestamp", "datetime", "timeInForce",
            "postOnly", "stopLossPrice", "takeProfitPrice", "stopPrice", "triggerPrice", "reduceOnly",
        ):  # fmt: skip
            assert ours[key] == theirs[key], key
        for key in ("amount", "filled", "remaining"):
            assert D(ours[key]) == D(theirs[key]), key
        assert set(ours["fee"]) == set(theirs["fee"])


async def test_answer_to_create_order(kraken: Any) -> None:
    desk = Desk()
    for type_, price, params in [
        ("market", None, {}),
        ("limit", "58000.0", {}),
        ("market", None, {"stopLossPrice": "50000.0"}),
        ("market", None, {"takeProfitPrice": "70000.0"}),
    ]:
        side = "sell" if params else "buy"
        ours = await desk.exchange.create_order("BTC/USD", type_, side, "0.01", price, params)
        theirs = kraken.parse_order(ours["info"])
        assert ours | {"clientOrderId": None} == theirs


async def test_answers_to_edit_and_cancel(kraken: Any) -> None:
    desk = Desk()
    await desk.trade()
    stop, _, limit = await desk.exchange.fetch_open_orders()
    moved = await desk.exchange.edit_order(
        stop["id"], "BTC/USD", "market", "sell", None, None, {"stopLossPrice": "59100.0"}
    )
    theirs = kraken.parse_order({"amend_id": moved["info"]["amend_id"]}, BTC_MARKET)
    assert moved == theirs
    assert (await desk.exchange.fetch_order(stop["id"]))["stopLossPrice"] == "59100.0"
    cancelled = await desk.exchange.cancel_order(limit["id"], "BTC/USD")
    assert set(cancelled) == set(kraken.safe_order({"info": cancelled["info"]}))
    assert (await desk.exchange.fetch_order(limit["id"]))["status"] == "canceled"


async def test_trade_structure(kraken: Any) -> None:
    desk = Desk()
    await desk.trade()
    rows = await desk.exchange.fetch_my_trades()
    assert len(rows) == 2
    for ours in rows:
        theirs = kraken.parse_trade(ours["info"] | {"id": ours["id"]})
        assert set(ours) == set(theirs) | {"clientOrderId"}
        for key in ("id", "order", "symbol", "type", "side", "takerOrMaker", "timestamp", "datetime"):
            assert ours[key] == theirs[key], key
        for key in ("price", "amount", "cost"):
            assert D(ours[key]) == D(theirs[key]), key
        assert D(ours["fee"]["cost"]) == D(theirs["fee"]["cost"])
        assert ours["fee"]["currency"] == theirs["fee"]["currency"]
        assert all(isinstance(ours[key], str) for key in ("price", "amount", "cost"))


async def test_balance_and_position_structure(kraken: Any) -> None:
    desk = Desk()
    await desk.trade()
    balance = await desk.exchange.fetch_balance()
    theirs = kraken.parse_balance({"result": {"ZUSD": balance["info"]["result"]["USD"]}})
    assert set(balance) == set(theirs)
    assert {key: D(balance["USD"][key]) for key in balance["USD"]} == {
        key: D(theirs["USD"][key]) for key in theirs["USD"]
    }
    assert D(balance["used"]["USD"]) == D("580") * D("1.004")
    (position,) = await desk.exchange.fetch_positions()
    theirs = kraken.parse_position(position["info"], BTC_MARKET)
    assert set(position) == set(theirs)
    assert (position["symbol"], position["side"]) == (theirs["symbol"], theirs["side"]) == ("BTC/USD", "long")
    assert D(position["contracts"]) == D(theirs["contracts"]) == D("0.08")


async def test_what_is_told_equals_what_is_fetched() -> None:
    desk = Desk()
    primary_id = await desk.trade()
    assert [fill_of(row) for row in await desk.exchange.fetch_my_trades()] == desk.fills
    rested = {order.id: order for order in desk.orders}
    for row in await desk.exchange.fetch_open_orders():
        assert order_of(row) == rested[row["id"]]
    primary = order_of(await desk.exchange.fetch_order(primary_id))
    assert primary == rested[primary_id]
    assert (primary.status, primary.client_id, primary.filled) == (OrderStatus.CLOSED, "mine", D("0.08"))
    children = [order for order in rested.values() if order.parent_id == primary_id]
    assert [(child.type, child.price, child.client_id) for child in children] == [(STOP, D("59000.0"), None)] * 2


def test_krakens_own_forms_are_read() -> None:
    info = {"ordertype": "liquidation market", "leverage": "5", "time": 1710429248.3052235}
    row = {
        "id": "T1", "order": "O1", "symbol": "BTC/USD", "side": "sell", "takerOrMaker": "taker", "price": "72026.50000",
        "amount": "0.00010000", "cost": "7.20265", "fee": {"cost": "0.01873", "currency": "USD"},
        "timestamp": 1710429248305, "info": info,
    }  # fmt: skip
    fill = fill_of(row)
    assert (fill.order_type, fill.leverage, fill.client_id) == ("market", 5, None)
    assert fill.time_ns == 1710429248305223500
    assert [leverage_of(text) for text in (None, "none", "0", "5", "5:1", "2.00000")] == [1, 1, 1, 5, 5, 2]


@pytest.mark.parametrize(
    ("key", "value"),
    [("price", None), ("amount", "NaN"), ("side", "long"), ("id", None), ("order", ""), ("symbol", None)],
)
def test_a_row_in_no_known_form_is_not_guessed_at(key: str, value: object) -> None:
    row: dict[str, Any] = {
        "id": "T1", "order": "O1", "symbol": BTC.symbol, "side": "sell", "takerOrMaker": "taker", "price": "1",
        "amount": "1", "cost": "1", "fee": None, "timestamp": 1, "type": "market", "info": {},
    }  # fmt: skip
    assert fill_of(row).fee == 0
    with pytest.raises(Unreadable, match=key):
        fill_of(row | {key: value})


def test_userref_is_no_client_id() -> None:
    row = {
        "id": "O1", "clientOrderId": "0", "symbol": BTC.symbol, "side": "sell", "status": "open", "amount": "1",
        "filled": "0", "price": "5", "type": "limit", "info": {"userref": 0, "refid": "None"},
    }  # fmt: skip
    order = order_of(row)
    assert (order.client_id, order.parent_id, order.price) == (None, None, D(5))
