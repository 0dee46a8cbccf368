"""Pages of Kraken's public trades, and the patience with which they are read."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web

from kraken_tui.clock import SECOND
from kraken_tui.exchange.public_trades import ATTEMPTS, Pace, PatientTrades, PublicTrades, usual_pace_s
from kraken_tui.model.errors import ExchangeUnreachable, KrakenTuiError, Refused, RetryLater
from tests.sandbox.stand import HandClock

ROW = ["60000.10000", "0.01000000", 1700000000.1234567, "b", "m", "", 7]
PAGE = {"error": [], "result": {"XXBTZUSD": [ROW], "last": "1700000000123456789"}}
LIMITED = {"error": ["EAPI:Rate limit exceeded"]}


@asynccontextmanager
async def answering(answer: Callable[[dict[str, str]], Any]) -> AsyncIterator[PublicTrades]:
    async def handler(request: web.Request) -> web.StreamResponse:
        body = answer(dict(request.query))
        if body is None:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(text=body if isinstance(body, str) else json.dumps(body))

    app = web.Application()
    app.router.add_get("/0/public/Trades", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = PublicTrades(f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield client
    finally:
        await client.close()
        await runner.cleanup()


async def test_a_row_is_read_to_the_last_digit() -> None:
    asked: list[dict[str, str]] = []

    def answer(query: dict[str, str]) -> Any:
        asked.append(query)
        return PAGE

    async with answering(answer) as client:
        page = await client.page("XXBTZUSD", 1_699_999_999_999_999_999)
    (trade,) = page.trades
    assert (trade.price, trade.volume, trade.side, trade.type, trade.id) == ("60000.10000", "0.01000000", "b", "m", 7)
    assert trade.time_ns == 1_700_000_000_123_456_700
    assert page.last_ns == 1_700_000_000_123_456_789
    assert asked == [{"pair": "XXBTZUSD", "since": "1699999999999999999", "count": "1000"}]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (LIMITED, RetryLater),
        ({"error": ["EQuery:Unknown asset pair"]}, Refused),
        ("<html>", ExchangeUnreachable),
        ({"error": [], "result": {}}, ExchangeUnreachable),
        ({"error": [], "result": {"X": [ROW]}}, ExchangeUnreachable),
        ({"error": [], "result": {"X": [ROW], "last": "soon"}}, ExchangeUnreachable),
        ({"error": [], "result": {"X": [ROW], "Y": [ROW], "last": "1"}}, ExchangeUnreachable),
        ({"error": [], "result": {"X": [ROW[:6]], "last": "1"}}, ExchangeUnreachable),
        ({"error": [], "result": {"X": [["nan", *ROW[1:]]], "last": "1"}}, ExchangeUnreachable),
        ({"error": [], "result": {"X": [["0", *ROW[1:]]], "last": "1"}}, ExchangeUnreachable),
        ({"error": [], "result": {"X": [["1e999", *ROW[1:]]], "last": "1"}}, ExchangeUnreachable),
        ({"error": [], "result": {"X": [[*ROW[:6], 2**63]], "last": "1"}}, ExchangeUnreachable),
        ({"error": [], "result": {"X": [[*ROW[:2], 1e300, *ROW[3:]]], "last": "1"}}, ExchangeUnreachable),
        ({"error": [], "result": {"X": [[*ROW[:3], "x", *ROW[4:]]], "last": "1"}}, ExchangeUnreachable),
    ],
)
async def test_what_is_no_page_is_refused_whole(body: Any, error: type[KrakenTuiError]) -> None:
    """A row that is left out would be missing from the day for ever."""
    async with answering(lambda query: body) as client:
        with pytest.raises(error):
            await client.page("XXBTZUSD", 0)


async def test_limits_lost_connections_and_maintenance_are_waited_for() -> None:
    answers: list[Any] = [LIMITED, None, {"error": ["EService:Unavailable"]}, "<html>502", PAGE]
    clock, told = HandClock(), list[str]()
    began_ns = clock.now_ns()
    async with answering(lambda query: answers.pop(0)) as client:
        page = await PatientTrades(client, clock, 0.0, told.append).page("XXBTZUSD", 0)
    assert len(page.trades) == 1
    assert len(told) >= 3, "of a connection that is lost before an answer, aiohttp makes a new one by itself"
    assert told[0] == "EAPI:Rate limit exceeded; asked again in 1 s"
    assert 7 <= (clock.now_ns() - began_ns) / SECOND < 30, "1 + 2 + 4 s, and a second between two requests"


async def test_after_minutes_it_gives_up_and_names_the_host() -> None:
    clock, asked = HandClock(), list[int]()

    def answer(query: dict[str, str]) -> Any:
        asked.append(1)
        return LIMITED

    async with answering(answer) as client:
        with pytest.raises(ExchangeUnreachable, match=r"127\.0\.0\.1:\d+ refuses for minutes: EAPI:Rate limit"):
            await PatientTrades(client, clock, 0.0, lambda text: None).page("XXBTZUSD", 0)
    assert len(asked) == ATTEMPTS


async def test_an_unknown_pair_is_not_asked_for_again() -> None:
    asked: list[int] = []

    def answer(query: dict[str, str]) -> Any:
        asked.append(1)
        return {"error": ["EQuery:Unknown asset pair"]}

    async with answering(answer) as client:
        with pytest.raises(Refused):
            await PatientTrades(client, HandClock(), 0.0, lambda text: None).page("NOPE", 0)
    assert len(asked) == 1


async def test_requests_keep_their_distance() -> None:
    clock, seen = HandClock(), list[int]()

    def answer(query: dict[str, str]) -> Any:
        seen.append(clock.now_ns())
        return PAGE

    async with answering(answer) as client:
        patient = PatientTrades(client, clock, 1.0, lambda text: None)
        for _ in range(4):
            await patient.page("XXBTZUSD", 0)
    assert [(after - before) / SECOND for before, after in pairwise(seen)] == [1.0, 1.0, 1.0]


def test_the_pace_falls_with_each_refusal_and_comes_back() -> None:
    pace = Pace(1.0)
    for _ in range(20):
        pace.slower()
    assert pace.pause_s == Pace.MOST_S
    for _ in range(200):
        pace.answered()
    assert pace.pause_s == 1.0
    fast = Pace(0.0)
    fast.slower()
    assert fast.pause_s == 1.0


def test_only_kraken_itself_is_asked_slowly() -> None:
    assert usual_pace_s("https://api.kraken.com/") == 1.0
    assert usual_pace_s("http://127.0.0.1:8900") == 0.0
