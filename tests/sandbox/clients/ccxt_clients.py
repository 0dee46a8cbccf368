"""ccxt's clients, pointed at a sandbox by nothing but addresses."""

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
