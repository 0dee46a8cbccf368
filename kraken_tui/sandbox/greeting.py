"""What a sandbox says when it is ready: addresses and keys, as settings to paste, or as one JSON object."""

from collections.abc import Iterable
from typing import Any

from kraken_tui.sandbox.access.keys import PERMISSIONS, ApiKey


def ready(rest: str, ws: str, control: str, keys: Iterable[ApiKey]) -> dict[str, Any]:
    """The addresses and the key pairs."""
    return {
        "rest": rest,
        "ws": ws,
        "control": control,
        "keys": [
            {
                "name": key.name,
                "key": key.key,
                "secret": key.secret,
                "permissions": [each for each in PERMISSIONS if each in key.permissions],
            }
            for key in keys
        ],
    }


def greeting(told: dict[str, Any]) -> str:
    """The same for a person: what to paste into each client."""
    rest, ws, first = told["rest"], told["ws"], told["keys"][0]
    origin = ws.removesuffix("/v2")
    keys = "\n".join(
        f"  {key['name']}\n    key     {key['key']}\n    secret  {key['secret']}\n    may     {_may(key)}"
        for key in told["keys"]
    )
    return f"""A Kraken on loopback. No real order can come from it.

  REST       {rest}
  WebSocket  {ws}  (public and private)
  Control    {told["control"]}  (curl it for help)

  key = "{first["key"]}"
  secret = "{first["secret"]}"

ccxt (async, and ccxt.pro)

  import ccxt.pro
  exchange = ccxt.pro.kraken({{"apiKey": key, "secret": secret, "enableRateLimit": False}})
  exchange.urls["api"]["public"] = exchange.urls["api"]["private"] = "{rest}"
  exchange.urls["api"]["ws"].update({{"public": "{origin}", "private": "{origin}/auth"}})
  exchange.urls["api"]["ws"].update({{"publicV2": "{ws}", "privateV2": "{origin}/auth/v2"}})

python-kraken-sdk

  from kraken.spot import SpotWSClient, Trade
  trade = Trade(key=key, secret=secret, url="{rest}")
  socket = SpotWSClient(key=key, secret=secret, callback=print, rest_url="{rest}",
                        ws_url="{origin}", auth_ws_url="{origin}/auth")  # inside a coroutine

krakenex

  import krakenex
  kraken = krakenex.API(key=key, secret=secret)
  kraken.uri = "{rest}"

Key pairs, one per program (each has its own nonce)

{keys}
"""


def _may(key: dict[str, Any]) -> str:
    return ", ".join(key["permissions"]) or "nothing"
