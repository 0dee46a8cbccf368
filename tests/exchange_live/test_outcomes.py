"""Three outcomes, whatever happens on the way: not done, perhaps done, done."""

import asyncio
import json
import socket
from typing import Any

import pytest
from aiohttp import web

from kraken_tui.clock import SystemClock
from kraken_tui.exchange.errors import policy_of
from kraken_tui.exchange.live import request_lane
from kraken_tui.exchange.live.kraken_client import KrakenClient
from kraken_tui.exchange.port import Lane
from kraken_tui.model.errors import ExchangeError, OutcomeUnknown, Refused, RetryLater
from tests.exchange_live.client_stand import (
    HandKeys,
    done,
    failed,
    hang_up,
    loopback,
    page,
    placed,
)
from tests.recorded import recorded

ID = "OAAAAA-BBBBB-CCCCCC"


async def buy(client: KrakenClient, **params: Any) -> Any:
    return await client.create_order("BTC/USD", "market", "buy", "0.01", None, {"clientOrderId": "e-1", **params})


async def failure(client: KrakenClient) -> ExchangeError:
    with pytest.raises(ExchangeError) as raised:
        await buy(client)
    return raised.value


async def test_every_known_string_becomes_what_its_table_says_whatever_ccxt_makes_of_it() -> None:
    strings = [
        text
        for text in json.loads(recorded("ccxt_wire/ccxt_4.5.90_kraken_rest_error_map.json").read_text())
        if text.startswith("E") and not text.startswith("EAPI:Invalid nonce")
    ]
    assert len(strings) > 60
    async with loopback() as (server, client):
        for text in strings:
            server.set("AddOrder", failed(text))
            error = await failure(client)
            assert (type(error), error.text) == (policy_of(text), text)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 522, 523, 524, 525, 400, 403, 404, 301])
async def test_a_proxys_page_leaves_an_order_unknown(status: int) -> None:
    async with loopback() as (server, client):
        server.set("AddOrder", page(status))
        error = await failure(client)
        assert type(error) is OutcomeUnknown
        assert f"HTTP {status}" in error.text
        assert "secret page" not in error.text


async def test_the_edges_throttle_is_not_the_exchanges_answer() -> None:
    async with loopback() as (server, client):
        server.set("AddOrder", page(429))
        assert type(await failure(client)) is RetryLater


@pytest.mark.parametrize(
    "answer",
    [
        "<html>login</html>",
        "",
        "[1, 2]",
        "null",
        '{"result": {}}',
        '{"error": "EOrder:Insufficient funds"}',
        '{"error": [], "result": null}',
        '{"error": [], "result": {}}',
        '{"error": [], "result": {"descr": {"order": "buy 0.01000000 XBTUSD @ market"}, "txid": []}}',
        '{"error": [], "result": {"descr": {"order": "buy 0.01000000 XBTUSD @ market"}}}',
        '{"error": [], "result": {"descr": null, "txid": ["OAAAAA-BBBBB-CCCCCC"]}}',
        '{"error": [], "result": {"txid": ["OAAAAA-BBBBB-CCCCCC"], "descr": {"order": ""}}}',
    ],
)
async def test_an_answer_that_does_not_say_it_was_taken_leaves_an_order_unknown(answer: str) -> None:
    async with loopback() as (server, client):
        server.set("AddOrder", answer)
        assert isinstance(await failure(client), OutcomeUnknown)
        assert len(server.bodies("AddOrder")) == 1


async def test_a_lost_connection_leaves_an_order_unknown_and_sends_it_once() -> None:
    async with loopback() as (server, client):
        server.set("AddOrder", hang_up)
        assert type(await failure(client)) is OutcomeUnknown
        assert len(server.bodies("AddOrder")) == 1


async def test_an_answer_that_takes_too_long_leaves_an_order_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(request_lane.PATIENCE_S, Lane.ENTER, 0.1)
    released = asyncio.Event()

    async def waits(request: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response()

    async with loopback() as (server, client):
        server.set("AddOrder", waits)
        error = await failure(client)
        assert type(error) is OutcomeUnknown
        assert "too long" in error.text
        released.set()
        assert len(server.bodies("AddOrder")) == 1


async def test_what_never_left_was_never_done() -> None:
    async with loopback() as (_, client):
        markets = client.markets
    dead = KrakenClient(HandKeys(), "http://127.0.0.1:9", SystemClock(), markets=markets)
    try:
        error = await failure(dead)
        assert type(error) is RetryLater
        assert "AddOrder was not sent" in error.text
        assert dead.budgets.trading("BTC/USD", SystemClock().now_ns()) == 0
    finally:
        await dead.close()


async def test_a_host_that_can_not_be_found_was_asked_nothing() -> None:
    async with loopback() as (_, client):
        markets = client.markets
    dead = KrakenClient(HandKeys(), "http://nowhere.invalid:80", SystemClock(), markets=markets)
    try:
        assert type(await failure(dead)) is RetryLater
    finally:
        await dead.close()


async def test_a_connection_that_does_not_come_about_in_time_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(request_lane.PATIENCE_S, Lane.ENTER, 0.2)
    async with loopback() as (_, client):
        markets = client.markets
    # TLS is spoken to somebody who never answers: no byte of the request itself can have left
    with socket.create_server(("127.0.0.1", 0)) as never:
        dead = KrakenClient(HandKeys(), f"https://127.0.0.1:{never.getsockname()[1]}", SystemClock(), markets=markets)
        try:
            assert type(await failure(dead)) is RetryLater
        finally:
            await dead.close()


async def test_a_closed_client_sends_nothing() -> None:
    async with loopback() as (server, client):
        await client.close()
        error = await failure(client)
        assert (type(error), error.text) == (RetryLater, "AddOrder was not sent: the client is closed")
        assert server.bodies("AddOrder") == []


async def test_a_redirect_is_not_followed() -> None:
    elsewhere: list[str] = []

    async with loopback() as (other, _), loopback() as (server, client):

        async def redirect(request: web.Request) -> web.StreamResponse:
            return web.Response(status=307, headers={"Location": f"{other.url}/0/private/AddOrder"})

        other.set("AddOrder", placed())
        server.set("AddOrder", redirect)
        assert type(await failure(client)) is OutcomeUnknown
        elsewhere = other.bodies("AddOrder")
    assert elsewhere == []


async def test_of_several_errors_the_most_cautious_one_counts() -> None:
    async with loopback() as (server, client):
        server.set("AddOrder", failed("EOrder:Insufficient funds", "EService:Timeout"))
        error = await failure(client)
        assert (type(error), error.text) == (OutcomeUnknown, "EService:Timeout")


async def test_a_warning_does_not_take_the_result_away() -> None:
    async with loopback() as (server, client):
        server.set("AddOrder", placed() | {"error": ["WOrder:Something new"]})
        assert (await buy(client))["id"] == ID


async def test_a_cancel_that_times_out_is_not_read_as_unknown_order_from_before() -> None:
    async with loopback() as (server, client):
        server.set("CancelOrder", failed("EOrder:Unknown order"), hang_up)
        with pytest.raises(Refused, match="EOrder:Unknown order"):
            await client.cancel_order(ID)
        with pytest.raises(OutcomeUnknown):
            await client.cancel_order(ID)


@pytest.mark.parametrize("result", [{"count": 0}, {"count": 1, "pending": True}, {}, None])
async def test_a_cancel_that_is_not_done_yet_is_unknown(result: Any) -> None:
    async with loopback() as (server, client):
        server.set("CancelOrder", done(result))
        with pytest.raises(OutcomeUnknown):
            await client.cancel_order(ID)


async def test_an_amendment_without_its_id_is_unknown() -> None:
    async with loopback() as (server, client):
        server.set("AmendOrder", done({}))
        with pytest.raises(OutcomeUnknown):
            await client.edit_order(ID, "BTC/USD", "market", "sell", None, None, {"stopLossPrice": "58000.0"})
