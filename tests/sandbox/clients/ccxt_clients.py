"""ccxt's clients, pointed at a sandbox by nothing but addresses."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import ccxt.async_support
import ccxt.pro

from tests.sandbox.programs import SandboxProcess


def pointed(client: Any, process: SandboxProcess) -> Any:
    """`client` with the sandbox's addresses in place of Kraken's."""
    client.urls["api"]["public"] = client.urls["api"]["private"] = process.rest
    sockets = client.urls["api"].get("ws")
    if sockets:
        base = process.ws.removesuffix("/v2")
        sockets.update(public=base, publicV2=f"{base}/v2", private=f"{base}/auth", privateV2=f"{base}/auth/v2")
    return client


def rest_client(process: SandboxProcess, key: str = "full", **config: Any) -> Any:
    """`ccxt.async_support.kraken`; its own rate limiter would wait seconds between calls."""
    return pointed(ccxt.async_support.kraken(_config(process, key) | config), process)


def socket_client(process: SandboxProcess, key: str = "full", **config: Any) -> Any:
    """`ccxt.pro.kraken`."""
    return pointed(ccxt.pro.kraken(_config(process, key) | config), process)


def _config(process: SandboxProcess, key: str) -> dict[str, Any]:
    name, secret = process.key(key)
    return {"apiKey": name, "secret": secret, "enableRateLimit": False}


@asynccontextmanager
async def watching(*watches: Callable[[], Awaitable[Any]]) -> AsyncIterator[None]:
    """Each of `watches` called again and again: what ccxt hears meanwhile is in its caches."""

    async def watch_on(watch: Callable[[], Awaitable[Any]]) -> None:
        while True:
            await watch()

    tasks = [asyncio.create_task(watch_on(watch)) for watch in watches]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(error, asyncio.CancelledError) for error in ended), ended


def events(pro: Any, id: str) -> dict[str, Any]:
    """All that was heard of an order: updates come without a symbol, so that ccxt keeps them as a second entry."""
    merged: dict[str, Any] = {}
    for order in pro.orders or []:
        if order["id"] == id:
            merged |= {name: value for name, value in order["info"].items() if value is not None}
    return merged


def figures(order: dict[str, Any], *names: str) -> tuple[Any, ...]:
    """Some of an order's fields."""
    return tuple(order[name] for name in names)
