"""What a sandbox says when it is ready: addresses and keys, as settings to paste, or as one JSON object."""

from collections.abc import Iterable
from typing import Any

from kraken_tui.sandbox.access.keys import PERMISSIONS, ApiKey
from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.parts import Parts


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


def about(options: Options, parts: Parts) -> str:
    """Which market, pace, tier and account it is, in a line."""
    kept = len(parts.venue.state.orders)
    account = "a fresh account, forgotten at the end"
    if options.state_file is not None:
        account = f"the account of {options.state_file} ({kept} open orders, {len(parts.venue.history.trades)} trades)"
    market = f"{options.market} market" if options.market in ("demo", "kraken") else options.market
    pace = "real time" if options.speed == 1 else f"{options.speed:g} times real time"
    return f"{market}, {len(parts.pairs.instruments)} pairs, {pace}, {options.tier} tier, {account}"


def greeting(told: dict[str, Any], about: str) -> str:
    """The same for a person: a program to paste for each client, the key pairs, and at last the addresses.

    Args:
        told: what `ready` gave.
        about: which market, pace, tier and account it is.
    """
    keys = {key["name"]: key for key in told["keys"]}
    trading = [key for key in told["keys"] if "modify-trades" in key["permissions"]] or told["keys"]
    ccxt, sdk, krakenex = (keys.get(name) or trading[0] for name in ("full", "trade", "no-token"))
    return f"""A Kraken on loopback: {about}. No real order can come from it.

{_paste("ccxt", _ccxt(told, ccxt))}
{_paste("python-kraken-sdk", _kraken_sdk(told, sdk))}
{_paste("krakenex", _krakenex(told, krakenex))}
Key pairs: one per program, since each has a nonce of its own, which only rises

{"".join(_pair(key) for key in told["keys"])}
  REST       {told["rest"]}
  WebSocket  {told["ws"]}  (public and private)
  Control    {told["control"]}  (faults, prices, modes: curl it for help)

Ctrl-C ends it with a summary."""


def _paste(client: str, program: str) -> str:
    body = "".join(f"  {line}\n" if line else "\n" for line in program.splitlines())
    return f"{client}\n\n{body}"


def _ccxt(told: dict[str, Any], key: dict[str, Any]) -> str:
    origin = told["ws"].removesuffix("/v2")
    return f"""\
import ccxt.pro  # has all of ccxt.async_support; without WebSocket, ccxt.kraken is set up the same way
exchange = ccxt.pro.kraken({{"apiKey": "{key["key"]}", "secret": "{key["secret"]}"}})
exchange.urls["api"]["public"] = exchange.urls["api"]["private"] = "{told["rest"]}"
exchange.urls["api"]["ws"].update({{"public": "{origin}", "private": "{origin}/auth"}})
exchange.urls["api"]["ws"].update({{"publicV2": "{origin}/v2", "privateV2": "{origin}/auth/v2"}})"""


def _kraken_sdk(told: dict[str, Any], key: dict[str, Any]) -> str:
    origin = told["ws"].removesuffix("/v2")
    return f"""\
from kraken.spot import SpotWSClient, Trade
pair = {{"key": "{key["key"]}", "secret": "{key["secret"]}"}}
trade = Trade(**pair, url="{told["rest"]}")
async def hear(message):
    print(message)
async def connect():
    socket = SpotWSClient(**pair, callback=hear, rest_url="{told["rest"]}",
                          ws_url="{origin}", auth_ws_url="{origin}/auth")
    await socket.start()
    return socket"""


def _krakenex(told: dict[str, Any], key: dict[str, Any]) -> str:
    return f"""\
import krakenex
kraken = krakenex.API(key="{key["key"]}", secret="{key["secret"]}")
kraken.uri = "{told["rest"]}"
"""


def _pair(key: dict[str, Any]) -> str:
    may = ", ".join(key["permissions"]) or "nothing"
    return f"  {key['name']}\n    key     {key['key']}\n    secret  {key['secret']}\n    may     {may}\n"
