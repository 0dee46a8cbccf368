import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from kraken_tui.exchange.public_rest import PublicRest
from kraken_tui.model.errors import ExchangeUnreachable, KrakenTuiError, Refused, RetryLater
from tests.recorded import recorded


@asynccontextmanager
async def answering(body: str | bytes, status: int = 200) -> AsyncIterator[PublicRest]:
    """A client of a server that always answers `body`."""

    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=body, status=status)

    app = web.Application()
    app.router.add_get("/0/public/{method}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    rest = PublicRest(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    try:
        yield rest
    finally:
        await rest.close()
        await runner.cleanup()


async def test_krakens_own_ticker_answer_parses() -> None:
    body = recorded("kraken_fixtures/nautilus/http_ticker.json").read_text()
    async with answering(body) as rest:
        entry = (await rest.tickers())["XBTUSDT"]
    assert (entry.b[0], entry.a[0], entry.c[0]) == ("105944.20000", "105944.30000", "105899.40000")


async def test_candles_come_without_their_last_marker() -> None:
    rows = [[1762777020, "106038.2", "106040.0", "106030.1", "106038.2", "0.0", "0.0", 0]]
    async with answering(json.dumps({"error": [], "result": {"XXBTZUSD": rows, "last": 1762777020}})) as rest:
        (candle,) = await rest.candles("XXBTZUSD")
    assert (candle.time_s, candle.high, candle.low, candle.close) == (1762777020, "106040.0", "106030.1", "106038.2")


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ('{"error":["EService:Busy"]}', 200, RetryLater),
        ('{"error":["EService:Timeout"]}', 200, RetryLater),
        ('{"error":["EGeneral:Too many requests"]}', 200, RetryLater),
        ('{"error":["EQuery:Unknown asset pair"]}', 200, Refused),
        ("<html>cloudflare</html>", 200, ExchangeUnreachable),
        ("<html>cloudflare</html>", 503, ExchangeUnreachable),
        ('{"error":[],"result":{"X":{"a":"1"}}}', 200, ExchangeUnreachable),
        ('{"x":' + "[" * 100_000 + "]" * 100_000 + "}", 200, ExchangeUnreachable),
        (b'{"error":["\xff\xfe"]}', 200, ExchangeUnreachable),
    ],
)
async def test_each_failure_says_what_to_do(body: str | bytes, status: int, error: type[KrakenTuiError]) -> None:
    async with answering(body, status) as rest:
        with pytest.raises(error):
            await rest.tickers()
        with pytest.raises(error):
            await rest.candles("XXBTZUSD")


async def test_a_row_that_is_no_candle_costs_only_itself() -> None:
    good = [1762777020, "106038.2", "106040.0", "106030.1", "106038.2", "0.0", "0.0", 0]
    rows = [["x", *good[1:]], good, None, 7, [], good[:3], [*good[:2], None, *good[3:]], [-1.5, *good[1:]]]
    async with answering(json.dumps({"error": [], "result": {"XXBTZUSD": rows}})) as rest:
        assert [candle.time_s for candle in await rest.candles("XXBTZUSD")] == [1762777020]


async def test_an_errors_text_obeys_no_terminal() -> None:
    hostile = "EGeneral:\x1b]0;pwned\x07\x1b[31mRED\n00:00:00 INFO forged\x9b2J" + "x" * 1000
    async with answering(json.dumps({"error": [hostile]})) as rest:
        with pytest.raises(RetryLater) as refusal:
            await rest.tickers()
    assert refusal.value.text.startswith("EGeneral: ]0;pwned  [31mRED 00:00:00 INFO forged 2Jxxx")
    assert len(refusal.value.text) == 200


async def test_a_warning_is_no_error() -> None:
    async with answering('{"error":["WGeneral:Deprecated"],"result":{}}') as rest:
        assert await rest.tickers() == {}


async def test_nobody_there_names_the_host() -> None:
    rest = PublicRest("http://127.0.0.1:1")
    with pytest.raises(ExchangeUnreachable, match=r"127\.0\.0\.1:1 does not answer Ticker"):
        await rest.tickers()
    await rest.close()
