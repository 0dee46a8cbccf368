"""A LIVE engine that is ended while a position lost its stop: real processes, a real sandbox."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.cli.programs import run
from tests.cli.trading_engine import holding, post, truth, until
from tests.sandbox.caller import Caller
from tests.sandbox.programs import SandboxProcess

PUT_OFF_S = 4.0


def lose_the_stop(sandbox: SandboxProcess) -> None:
    """Cancel it by hand, while the exchange is too busy for another."""
    post(sandbox, "/faults", {"kind": "error", "error": "EService:Busy", "where": "rest:AddOrder", "for_s": PUT_OFF_S})

    async def cancel() -> None:
        async with Caller(sandbox.rest, sandbox.ws, *sandbox.key("trade")) as caller:
            await caller.private("CancelAll")

    asyncio.run(cancel())
    until(lambda: not truth(sandbox).resting)


def of_stops(sandbox: SandboxProcess) -> list[str]:
    return [row["descr"]["ordertype"] for row in truth(sandbox).resting]


@pytest.mark.serial
def test_a_signal_leaves_nothing_without_a_stop(tmp_path: Path, sandbox: SandboxProcess) -> None:
    with holding(tmp_path.resolve(), sandbox) as engine:
        lose_the_stop(sandbox)
        engine.send_signal(signal.SIGTERM)
        assert engine.wait(60) == 0
        assert of_stops(sandbox) == ["stop-loss"]


@pytest.mark.serial
def test_stop_says_what_it_waits_for(tmp_path: Path, sandbox: SandboxProcess) -> None:
    home = tmp_path.resolve()
    with holding(home, sandbox):
        lose_the_stop(sandbox)
        ended = run("stop", "--home", str(home))
        assert (ended.code, ended.out) == (
            0,
            "The engine stops once all of BTC/USD is behind a stop, in 30 s at most.\n",
        )
        assert of_stops(sandbox) == ["stop-loss"]
