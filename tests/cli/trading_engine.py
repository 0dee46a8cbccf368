"""A real engine that trades a sandbox and holds something, and the sandbox's own word on what is left."""

import asyncio
import contextlib
import json
import os
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import Struct

from kraken_tui import clock
from kraken_tui.config.home import Home, Mode
from tests.cli.live_home import write_home
from tests.cli.programs import PROGRAM, run
from tests.sandbox.caller import Caller
from tests.sandbox.programs import SandboxProcess

LOOSE: dict[str, Any] = {"EXCHANGE_TIER": "intermediate", "MAX_CAPITAL": 50_000, "RISK_PER_TRADE": 5}
STARTED_WITHIN_S = 60


def post(sandbox: SandboxProcess, path: str, body: Any = None) -> None:
    """Steer the sandbox."""
    request = urllib.request.Request(
        sandbox.control + path, data=b"" if body is None else json.dumps(body).encode(), method="POST"
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def until(what: Callable[[], bool], within_s: float = STARTED_WITHIN_S) -> None:
    """Wait for a condition."""
    began_ns = clock.stopwatch_ns()
    while not what():
        assert clock.stopwatch_ns() - began_ns < within_s * clock.SECOND, "it did not happen in time"
        asyncio.run(clock.real_sleep(0.1))


def until_it_listens(root: Path) -> None:
    """Wait for the socket of an engine that starts: to ask it before, again and again, takes a process each time."""
    sockets = [Home(root, mode).socket for mode in Mode]
    until(lambda: any(socket.exists() for socket in sockets))


@contextlib.contextmanager
def trading(home: tuple[str, ...]) -> Iterator["subprocess.Popen[bytes]"]:
    """A LIVE engine of a home, given as options of the command line; killed at the end."""
    environ = {**os.environ, "KRAKEN_TUI_LIVE": "full"}
    with subprocess.Popen(
        [*PROGRAM, "--no-ui", "--live", *home], env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as engine:  # fmt: skip
        try:
            yield engine
        finally:
            engine.kill()
            engine.wait()


@contextlib.contextmanager
def holding(root: Path, sandbox: SandboxProcess) -> Iterator["subprocess.Popen[bytes]"]:
    """A LIVE engine of `root` that holds 0.002 BTC behind a stop."""
    post(sandbox, "/reset")
    post(sandbox, "/pause")
    home = ("--home", str(write_home(root, sandbox, **LOOSE)))
    with trading(home) as engine:
        until_it_listens(root)
        until(lambda: run("buy", "BTC", "0.002", "--stop", "1000", *home).code == 0)
        yield engine


class Truth(Struct, frozen=True):
    """What the sandbox says, asked with a key of its own."""

    resting: list[dict[str, Any]]
    trades: list[dict[str, Any]]
    """Oldest first."""
    closed: list[dict[str, Any]]
    """Orders that ended, oldest first by when they were placed."""

    @property
    def is_flat(self) -> bool:
        """Whether nothing rests, and all that was bought was sold."""
        return not self.resting and self.net == 0

    @property
    def net(self) -> Decimal:
        """Base units bought and not sold."""
        signs = {"buy": 1, "sell": -1}
        return sum((Decimal(row["vol"]) * signs[row["type"]] for row in self.trades), Decimal(0))


def truth(sandbox: SandboxProcess) -> Truth:
    """Ask now."""

    async def ask() -> Truth:
        async with Caller(sandbox.rest, sandbox.ws, *sandbox.key("read-only")) as caller:
            resting = await caller.private("OpenOrders")
            trades = await caller.private("TradesHistory")
            closed = await caller.private("ClosedOrders")
        return Truth(
            resting=list(resting["open"].values()),
            trades=sorted(trades["trades"].values(), key=lambda row: row["time"]),
            closed=sorted(closed["closed"].values(), key=lambda row: row["opentm"]),
        )

    return asyncio.run(ask())
