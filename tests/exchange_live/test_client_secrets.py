"""Key, secret and signature: in the request's headers, and nowhere else."""

import logging
import traceback
from typing import Any

import pytest
from loguru import logger

from kraken_tui.clock import SystemClock
from kraken_tui.exchange.live.kraken_client import KrakenClient
from kraken_tui.model.errors import ExchangeError
from tests.exchange_live.client_stand import (
    API_KEY,
    SECRET,
    HandKeys,
    Loopback,
    done,
    failed,
    hang_up,
    loopback,
    page,
    placed,
)


async def buy(client: KrakenClient) -> Any:
    return await client.create_order("BTC/USD", "market", "buy", "0.01", None, {"clientOrderId": "e-1"})


def told(error: BaseException) -> str:
    """Everything that a traceback shows, locals of every frame and every error behind it included."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def nonces(server: Loopback) -> list[str]:
    return [each.fields["nonce"] for each in server.asked if "nonce" in each.fields]


@pytest.mark.parametrize(
    "answer",
    [failed("EOrder:Insufficient funds"), failed("EAPI:Invalid nonce"), page(502), hang_up, "no json", done(None)],
    ids=lambda answer: answer.__qualname__ if callable(answer) else str(answer),
)
async def test_no_traceback_shows_them(answer: Any) -> None:
    async with loopback() as (server, client):
        server.set("AddOrder", answer)
        server.set("BalanceEx", answer)
        for ask in (lambda: buy(client), client.fetch_balance):
            with pytest.raises(ExchangeError) as raised:
                await ask()
            shown = told(raised.value)
            assert "API-Sign" not in shown
            assert API_KEY not in shown
            assert SECRET not in shown
            assert not any(nonce in shown for nonce in nonces(server))


async def test_no_traceback_of_a_connection_that_fails_shows_them() -> None:
    async with loopback() as (_, client):
        markets = client.markets
    dead = KrakenClient(HandKeys(), "http://127.0.0.1:9", SystemClock(), markets=markets)
    with pytest.raises(ExchangeError) as raised:
        await buy(dead)
    await dead.close()
    shown = told(raised.value)
    assert "API-" not in shown
    assert SECRET not in shown


async def test_no_log_shows_them(caplog: pytest.LogCaptureFixture) -> None:
    lines: list[str] = []
    sink = logger.add(lines.append, level=0, format="{message}", diagnose=True)
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        with caplog.at_level(logging.DEBUG):
            async with loopback() as (server, client):
                server.set("AddOrder", placed() | {"error": ["WGeneral:Look out"]}, failed("EAPI:Invalid key"))
                await buy(client)
                with pytest.raises(ExchangeError):
                    await buy(client)
                sent = next(each for each in server.asked if each.method == "AddOrder")
    finally:
        logger.remove(sink)
        logging.getLogger().setLevel(logging.WARNING)
    everything = "".join(lines) + caplog.text
    assert "WGeneral:Look out" in everything
    assert not any(word in everything for word in (API_KEY, SECRET, "API-Sign", sent.fields["nonce"], sent.body))


async def test_nothing_is_kept_that_shows_them() -> None:
    async with loopback() as (server, client):
        server.set("AddOrder", placed())
        await buy(client)
        kept = client._kraken
        assert SECRET not in f"{client!r} {client!s} {kept!r} {kept!s}"
        assert kept.last_request_headers is kept.last_request_body is kept.last_http_response is None
