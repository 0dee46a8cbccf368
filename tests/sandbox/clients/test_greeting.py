"""What the sandbox prints is pasted, unedited, and run."""

import asyncio
import re
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from kraken_tui.sandbox.greeting import greeting
from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.sandbox import Sandbox
from tests.sandbox.clients.sdk_clients import closing, placed


@asynccontextmanager
async def pasted(client: str) -> AsyncIterator[dict[str, Any]]:
    """The names that the printed program of `client` makes, while the sandbox runs."""
    async with Sandbox(Options(port=0, seed=1, paused=True)) as sandbox:
        printed = greeting(sandbox.ready(), "a test")
        found = re.search(rf"^{client}\n\n((?:  .*\n|\n)+)", printed, re.MULTILINE)
        assert found, printed
        names: dict[str, Any] = {}
        exec(textwrap.dedent(found[1]), names)
        yield names


async def test_ccxt() -> None:
    async with pasted("ccxt") as names:
        exchange = names["exchange"]
        try:
            placed = await exchange.create_order("BTC/USD", "limit", "buy", 0.01, 1000)
            assert [order["id"] for order in await exchange.fetch_open_orders()] == [placed["id"]]
            assert (await asyncio.wait_for(exchange.watch_balance(), 20))["total"]["USD"] == 100_000
        finally:
            await exchange.close()


async def test_kraken_sdk() -> None:
    async with pasted("python-kraken-sdk") as names:
        order = {"ordertype": "limit", "side": "buy", "pair": "XBTUSD", "volume": 0.01, "price": 1000}
        with closing(names["trade"]):
            assert placed(await asyncio.to_thread(lambda: names["trade"].create_order(**order)))
        socket = await names["connect"]()
        try:
            await socket.subscribe({"channel": "ticker", "symbol": ["BTC/USD"]})
        finally:
            await socket.close()


async def test_krakenex() -> None:
    async with pasted("krakenex") as names:
        kraken = names["kraken"]
        told = await asyncio.to_thread(lambda: kraken.query_private("BalanceEx"))
        assert told["result"]["ZUSD"]["balance"] == "100000.0000"
        kraken.close()
