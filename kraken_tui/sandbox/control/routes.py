"""The control API's routes: what each takes and does. The server, the client and the help come from this table."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from kraken_tui.sandbox.control.bodies import (
    Advance,
    Balance,
    Disconnect,
    Lag,
    Mode,
    Nothing,
    Price,
    Resume,
    Skew,
    Volume,
)
from kraken_tui.sandbox.control.control import Control
from kraken_tui.sandbox.faults.fault_plan import MEANINGS, FaultRule

Do = Callable[[Control, Any], Any]


class Route(Struct, frozen=True, kw_only=True):
    """One thing that can be asked."""

    method: str
    path: str
    words: str
    do: Do
    """Returns what is answered, besides `ok`; None for nothing."""
    body: Any = Nothing
    example: str = ""


def _faults(control: Control, rules: FaultRule | list[FaultRule]) -> dict[str, Any]:
    asked = rules if isinstance(rules, list) else [rules]
    control.arm(*asked)
    return {"armed": len(asked)}


def _price(control: Control, asked: Price) -> dict[str, Any]:
    last = control.price(
        asked.pair, asked.bid, asked.ask, asked.last, index=asked.index, bid_amount=asked.bid_amount,
        ask_amount=asked.ask_amount, hold=asked.hold,
    )  # fmt: skip
    return {"last": f"{last:f}"}


ROUTES = (
    Route(
        method="GET", path="/status", words="how the exchange stands and what it was asked",
        do=lambda control, _: control.status(),
    ),
    Route(
        method="POST", path="/faults", words="arm a fault, or a list of them", body=FaultRule | list[FaultRule],
        example='{"kind": "reply-lost", "where": "rest:AddOrder"}', do=_faults,
    ),
    Route(
        method="DELETE", path="/faults", words="forget every fault",
        do=lambda control, _: {"forgotten": control.disarm()},
    ),
    Route(
        method="POST", path="/mode", words="set the system's mode, or a pair's status", body=Mode,
        example='{"system": "cancel_only"} or {"pair": "BTC/USD", "status": "post_only"}',
        do=lambda control, asked: control.mode(system=asked.system, pair=asked.pair, status=asked.status),
    ),
    Route(
        method="POST", path="/lag", words="let REST lag behind WebSocket; 0 ends it", body=Lag,
        example='{"seconds": 30}', do=lambda control, asked: control.lag(asked.seconds),
    ),
    Route(
        method="POST", path="/skew", words="let the exchange tell a wrong time; 0 ends it", body=Skew,
        example='{"seconds": -5}', do=lambda control, asked: control.skew(asked.seconds),
    ),
    Route(
        method="POST", path="/disconnect", words="drop WebSocket connections", body=Disconnect,
        example='{"which": "private"}', do=lambda control, asked: {"dropped": control.disconnect(asked.which)},
    ),
    Route(
        method="POST", path="/tokens/expire", words="let every WebSocket token expire now",
        do=lambda control, _: {"expired": control.expire_tokens()},
    ),
    Route(
        method="POST", path="/balance", words="deposit, or withdraw where negative", body=Balance,
        example='{"asset": "USD", "amount": "-250.5"}',
        do=lambda control, asked: {"balance": f"{control.balance(asked.asset, asked.amount):f}"},
    ),
    Route(
        method="POST", path="/price", words="move a pair's market now, and hold it there", body=Price,
        example='{"pair": "BTC/USD", "bid": "59999.9", "ask": "60000.1", "last": "60000.0"}', do=_price,
    ),
    Route(
        method="POST", path="/pause", words="let the whole market stand still",
        do=lambda control, _: control.pause(),
    ),
    Route(
        method="POST", path="/resume", words="let the market move again, or one pair of it", body=Resume,
        example='{"pair": "BTC/USD"}', do=lambda control, asked: control.resume(asked.pair),
    ),
    Route(
        method="POST", path="/time", words="put the exchange's clock forward", body=Advance,
        example='{"seconds": 14400}', do=lambda control, asked: control.advance(asked.seconds),
    ),
    Route(
        method="POST", path="/volume", words="set the 30-day volume that decides the fee tier", body=Volume,
        example='{"usd": "1000000"}', do=lambda control, asked: control.volume(asked.usd),
    ),
    Route(
        method="POST", path="/reset",
        words="a fresh account, no faults; keys and nonces stay, and what is paused or held stands still until resumed",
        do=lambda control, _: control.reset(),
    ),
)  # fmt: skip


def help_text() -> dict[str, Any]:
    """All routes, with their bodies as JSON schema, and the kinds of faults."""
    return {
        "routes": [{"method": "GET", "path": "/", "words": "this"}, *(_told(route) for route in ROUTES)],
        "faults": MEANINGS,
        "schema": msgspec.json.schema_components([route.body for route in ROUTES])[1],
    }


def _told(route: Route) -> dict[str, Any]:
    told = {"method": route.method, "path": route.path, "words": route.words}
    if route.body is Nothing:
        return told
    name = "FaultRule" if route.path == "/faults" else route.body.__name__
    return told | {"body": f"#/schema/{name}", "example": route.example}
