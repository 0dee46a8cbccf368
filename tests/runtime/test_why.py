"""`why` at a running engine: where a ticker stands, and the last decision on it, written to the disk yet or not."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest

from kraken_tui.config.home import Home
from kraken_tui.control.client import EngineClient
from kraken_tui.model.command import Buy, Say, Stop
from kraken_tui.risk.gatekeeper import CHECKS
from kraken_tui.runtime.options import EngineOptions, RunSummary
from kraken_tui.runtime.run import run_engine
from tests.cli.programs import run

QUIET = {
    "VELOCITY_THRESHOLD": 50, "DECAY_SCANS": 1000, "RATCHET_ENTRY": 500, "RATCHET_LOCK": 501, "AUTOPILOT": "off",
    "MAX_TRADES_PER_DAY": 1,
}  # fmt: skip
"""Neither scanner nor autopilot decides anything by itself."""


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EngineClient]:
    """One that decides nothing until it is told to."""
    (tmp_path / "config.json").write_text(json.dumps(QUIET))
    given = EngineOptions(home=tmp_path, market="demo", duration=None, speed=60.0, seed=7, foreground=False)
    running, client = asyncio.ensure_future(run_engine(given, {})), EngineClient(Home(tmp_path).socket, "ann")
    try:
        await scans(running, client)
        yield client
        await client.send(Stop())
        await asyncio.wait_for(running, 20)
    finally:
        await client.close()


async def scans(running: "asyncio.Future[RunSummary]", client: EngineClient) -> None:
    """Wait until the engine has scanned, with the client connected."""
    for _ in range(3_000):
        if running.done():
            running.result()
        with contextlib.suppress(ConnectionError):
            await client.connect()
            snapshot, _, _ = await client.pull(-1, -1)
            if snapshot is not None and snapshot.scan and not snapshot.progress:
                return
        await asyncio.sleep(0.01)
    raise AssertionError("no engine that scans")


@contextlib.contextmanager
def log_of(home: Path) -> Iterator[sqlite3.Connection]:
    """The evaluation log's file, opened beside the engine."""
    with contextlib.closing(sqlite3.connect(Home(home).in_world("demo").evaluation_log, isolation_level=None)) as file:
        yield file


async def why(engine: EngineClient, word: str) -> tuple[str, ...]:
    answer = await engine.send(Say(f"why {word}"))
    assert answer.ok
    return answer.lines


def decision(lines: Sequence[str]) -> list[str]:
    return list(lines[lines.index("Last decision:") + 1 :])


async def test_the_decision_just_taken_is_told_with_all_of_it(engine: EngineClient, tmp_path: Path) -> None:
    assert (await why(engine, "BTC"))[-1] == "No decision on BTC/USD was written down."
    with log_of(tmp_path) as file:
        file.execute("BEGIN IMMEDIATE")  # nothing gets to the disk meanwhile
        assert (await engine.send(Buy(symbol="BTC/USD", amount="0.01"))).ok
        lines = await why(engine, "BTC")
        assert file.execute("SELECT count(*) FROM entries").fetchone() == (0,)
        file.execute("ROLLBACK")
    assert lines[0].startswith("BTC/USD")
    told = decision(lines)
    assert "BTC/USD enter long" in told[0] and ": PASS: buy by ann" in told[0]
    assert [line[:8] for line in told[1 : 1 + len(CHECKS)]] == ["  pass  "] * len(CHECKS)
    accepted, filled = told[1 + len(CHECKS) :]
    assert " accepted (" in accepted and " filled (" in filled and ": 0.01" in filled

    shown = await asyncio.to_thread(run, "why", "btc", "--home", str(tmp_path))
    assert (shown.code, decision(shown.out.splitlines())) == (0, told)


async def test_a_refused_entry_is_told_with_the_check_that_blocks(engine: EngineClient, tmp_path: Path) -> None:
    assert (await engine.send(Buy(symbol="BTC/USD", amount="0.01"))).ok
    assert not (await engine.send(Buy(symbol="ETH/USD", amount="0.1"))).ok
    shown = await asyncio.to_thread(run, "why", "eth", "--home", str(tmp_path))
    head, *checks = decision(shown.out.splitlines())
    assert ": BLOCK: limits: 1 of 1 trades of the day are made" in head
    assert len(checks) == len(CHECKS) and [line for line in checks if not line.startswith("  pass  ")] == [checks[2]]
    assert checks[2].startswith("  BLOCK limits: ")


async def test_a_log_that_cant_be_read_is_said_and_the_rest_is_told(engine: EngineClient, tmp_path: Path) -> None:
    assert (await engine.send(Buy(symbol="BTC/USD", amount="0.01"))).ok
    with log_of(tmp_path) as file:
        for _ in range(1_000):
            if file.execute("SELECT count(*) FROM entries WHERE kind = 'evaluation'").fetchone() == (1,):
                break
            await asyncio.sleep(0.01)
        file.execute("DROP TRIGGER no_update")
        file.execute("UPDATE entries SET details = x'00' WHERE kind = 'evaluation'")
    lines = await why(engine, "BTC")
    assert lines[0].startswith("BTC/USD")
    assert lines[-1].startswith("What was last decided can't be told: ") and "evaluation_log.db" in lines[-1]
