import asyncio
import json
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest

from kraken_tui.model.errors import UsageError
from kraken_tui.sandbox.control import SandboxControl
from kraken_tui.sandbox.faults.fault_plan import FaultRule
from kraken_tui.sandbox.options import MOST_SPEED, Options
from kraken_tui.sandbox.sandbox import Sandbox
from tests.sandbox import programs
from tests.sandbox.caller import Caller
from tests.sandbox.programs import SandboxProcess, sandbox_process

T = TypeVar("T")


def call(process: SandboxProcess, work: Callable[[Caller], Awaitable[T]], key: str = "full") -> T:
    """Do `work` with a client of the process."""

    async def run() -> T:
        async with Caller(process.rest, process.ws, *process.key(key)) as caller:
            return await work(caller)

    return asyncio.run(run())


def test_it_serves_and_ends_with_its_summary(sandbox_process: SandboxProcess) -> None:
    async def trade(caller: Caller) -> None:
        assert (await caller.public("SystemStatus"))["status"] == "online"
        await caller.buy("0.01")
        assert await caller.error("AddOrder", pair="XBTUSD", type="buy", ordertype="market", volume="0")
        async with SandboxControl(sandbox_process.control) as control:
            await control.arm(FaultRule(kind="error", where="rest:Balance", error="EService:Busy"))
        assert await caller.error("Balance") == "EService:Busy"

    call(sandbox_process, trade)
    summary = sandbox_process.stop()
    assert summary["requests"] == {"rest:AddOrder": 2, "rest:Balance": 1, "rest:public/SystemStatus": 1}
    assert summary["refusals"]["rest:Balance"] == {"EService:Busy": 1}
    assert sum(summary["refusals"]["rest:AddOrder"].values()) == 1
    assert summary["faults"] == {"error": 1}
    assert (summary["trades"], summary["balances"]["BTC"]) == (1, "2.01")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_polite_signal_ends_it_cleanly_with_clients_connected(number: signal.Signals) -> None:
    with sandbox_process() as process:

        async def leave_open(caller: Caller) -> dict[str, Any]:
            stream = await caller.socket()
            await stream.send(method="subscribe", params={"channel": "ticker", "symbol": ["BTC/USD"]})
            await stream.until(method="subscribe", success=True)
            summary = await asyncio.to_thread(process.stop, number)
            assert await stream.is_closed()
            return summary

        assert call(process, leave_open)["requests"] == {"ws:subscribe": 1}


def test_the_account_survives_kill_9_and_a_used_nonce_stays_used(tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    last: list[int] = []

    async def live(caller: Caller) -> tuple[str, dict[str, Any]]:
        await caller.buy("0.01", cl_ord_id="bought")
        id = await caller.buy("0.02", "10000", cl_ord_id="rests")
        told = await account(caller)
        await caller.buy("0.01", "10001", cl_ord_id="cancelled")
        await caller.private("CancelOrder", cl_ord_id="cancelled")
        last.append(next(caller.nonces) - 1)
        return id, told

    async def account(caller: Caller) -> dict[str, Any]:
        return {
            "balance": await caller.private("BalanceEx"),
            "trades": (await caller.private("TradesHistory"))["trades"],
            "ledger": (await caller.private("Ledgers"))["ledger"],
        }

    async def live_on(caller: Caller) -> tuple[list[str], dict[str, Any], str]:
        fresh, caller.nonces = caller.nonces, iter(last)  # type: ignore[assignment]
        refused = await caller.error("Balance")
        caller.nonces = fresh
        opened = list((await caller.private("OpenOrders"))["open"])
        again = await account(caller)
        assert (await caller.private("CancelOrder", cl_ord_id="rests"))["count"] == 1
        return opened, again, refused

    with sandbox_process("--state", state) as first:
        id, told = call(first, live)
        keys = first.keys
        first.process.kill()
        first.process.wait()
    with sandbox_process("--state", state, "--seed", "99") as second:
        assert second.keys == keys
        opened, again, refused = call(second, live_on)
        assert (opened, refused) == ([id], "EAPI:Invalid nonce")
        for part, rows in told.items():
            assert again[part] == rows


FULL = """
import resource, sys
from kraken_tui.cli import sandbox
from kraken_tui.cli.main import main
gc_freeze, most = sandbox.gc.freeze, int(sys.argv.pop(1))
def ready():
    gc_freeze()
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
sandbox.gc.freeze = ready
sys.exit(main())
"""
"""A sandbox that may not write beyond so many bytes of a file once it is ready, as on a full disk."""


def test_on_a_full_disk_nothing_is_done_and_it_lives_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = str(tmp_path / "state.db")
    monkeypatch.setattr(programs, "PROGRAM", [sys.executable, "-c", FULL, "60000", "sandbox"])

    async def live(caller: Caller) -> None:
        for _ in range(200):
            before = await caller.private("Balance")
            answer = await caller.answer("AddOrder", pair="XBTUSD", type="buy", ordertype="market", volume="0.01")
            if answer["error"]:
                break
        assert answer["error"] == ["EService:Unavailable"]
        for _ in range(20):  # their nonces fill what is left
            assert await caller.private("Balance") == before

    with sandbox_process("--state", state, "--policy", "rate_limits=off") as full:
        call(full, live)
        full.process.send_signal(signal.SIGTERM)
        out, err = full.process.communicate(timeout=20)
    assert full.process.returncode == 1
    summary = json.loads(out)
    assert summary["trades"] > 0
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith(f"kraken-tui: --state {state}: can't be written: ")
    assert len(err.splitlines()) == 2, "the one line that was logged when it began, and the last"
    monkeypatch.undo()
    with sandbox_process("--state", state) as again:
        told = again.stop()
    assert (told["trades"], told["balances"]) == (summary["trades"], summary["balances"])


def test_another_sandbox_cannot_have_the_same_state(tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    with (
        sandbox_process("--state", state),
        pytest.raises(AssertionError, match="home_locked"),
        sandbox_process("--state", state),
    ):
        pass


async def test_only_loopback_can_reach_it(sandbox: Sandbox) -> None:
    """Neither by an address of this machine in a network, nor by any other than the one it listens on."""
    port = int(sandbox.rest_url.rpartition(":")[2])
    for address in {"127.0.0.2", *_addresses()}:
        with pytest.raises(OSError):
            await asyncio.wait_for(asyncio.open_connection(address, port), 5)


def _addresses() -> set[str]:
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    except OSError:
        return set()
    return {address for address in found if not address.startswith("127.")}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (Options(host="0.0.0.0"), "serves only this machine"),
        (Options(port=70_000), "--port 70000"),
        (Options(port=5000, control_port=5000), "the same as --port"),
        (Options(port=0, tier="gold"), "starter, intermediate, pro are right"),
        (Options(port=0, speed=0), "--speed 0"),
        (Options(port=0, market="kraken", seed=1), "--seed needs"),
        (Options(port=0, market="kraken", pairs_file=Path("x")), "--pairs needs --market demo"),
        (Options(port=0, policies=("x=1",)), "no such policy"),
        (Options(port=0, pairs_file=Path("/nowhere")), "/nowhere"),
        (Options(port=0, keys_file=Path("/nowhere")), "/nowhere"),
    ],
)
async def test_what_cannot_be_meant_is_refused_in_this_process_too(options: Options, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        async with Sandbox(options):
            pass
    assert words in str(caught.value)


async def test_a_port_in_use_is_refused_and_nothing_is_left_behind(sandbox: Sandbox) -> None:
    port = int(sandbox.rest_url.rpartition(":")[2])
    tasks, files = asyncio.all_tasks(), _open_files()
    for options in (Options(port=port, seed=1), Options(port=0, control_port=port, seed=1)):
        with pytest.raises(UsageError, match=f"{port}: another program listens there"):
            async with Sandbox(options):
                pass
    assert asyncio.all_tasks() <= tasks
    assert _open_files() == files


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_a_seed_gives_the_same_keys_and_the_same_market() -> None:
    told = []
    for _ in range(2):
        async with Sandbox(Options(port=0, seed=5, paused=True)) as sandbox, aiohttp.ClientSession() as session:
            async with session.get(f"{sandbox.rest_url}/0/public/Depth?pair=ETHUSD&count=5") as response:
                book = (await response.json())["result"]["XETHZUSD"]
            prices = [[price for price, _, _ in book[side]] for side in ("bids", "asks")]
            told.append((prices, [(key.key, key.secret) for key in sandbox.keys]))
    assert told[0] == told[1]


async def test_time_runs_at_the_speed_that_is_asked_for() -> None:
    async with Sandbox(Options(port=0, seed=5, speed=100, paused=True)) as sandbox:
        loop, clock = asyncio.get_running_loop(), sandbox.parts.clock
        began, began_ns = loop.time(), clock.now_ns()
        await clock.sleep(30)
        assert clock.now_ns() - began_ns >= 30_000_000_000
        assert loop.time() - began < 10


async def test_the_death_of_the_market_is_told(sandbox: Sandbox) -> None:
    async def die() -> None:
        raise ValueError("the feed is broken")

    assert sandbox._pumping is not None
    sandbox._pumping.cancel()
    sandbox._pumping = asyncio.create_task(die())
    with pytest.raises(ValueError, match="the feed is broken"):
        await sandbox.failure()
    with pytest.raises(ValueError, match="the feed is broken"):
        await sandbox.__aexit__(None, None, None)
    sandbox._pumping = None


def test_at_its_highest_speed_it_still_answers_and_ends_when_told_to() -> None:
    async def an_hour(caller: Caller) -> None:
        async with asyncio.timeout(30):
            began = asked = now = (await caller.public("Time"))["unixtime"]
            while now < began + 3600:
                now = (await caller.public("Time"))["unixtime"]
                if now >= asked + 60:  # as seldom as the counter of calls allows, however fast the machine is
                    asked = now
                    await caller.private("Balance")

    with sandbox_process("--speed", str(MOST_SPEED)) as process:
        call(process, an_hour)
        process.stop()
