"""An engine that is killed in the middle of a confirm: what it was doing is never done a second time."""

import asyncio
import contextlib
import json
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kraken_tui.agent.proposal_file import read
from kraken_tui.config.home import Home
from kraken_tui.control.client import EngineClient
from kraken_tui.model.command import Buy, Confirm

QUIET = {"VELOCITY_THRESHOLD": 50, "DECAY_SCANS": 1000, "RATCHET_ENTRY": 500, "RATCHET_LOCK": 501}


@contextlib.asynccontextmanager
async def engine(home: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, EngineClient]]:
    """An engine that scans, and somebody at its socket; it is killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kraken_tui", "--no-ui", "--demo", "--home", str(home),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    client = EngineClient(Home(home).socket, "screen")
    try:
        await scanning(client, process)
        yield process, client
    finally:
        await client.close()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def scanning(client: EngineClient, process: asyncio.subprocess.Process) -> None:
    for _ in range(4000):
        assert process.returncode is None
        with contextlib.suppress(ConnectionError):
            await client.connect()
            snapshot, _, _ = await client.pull(-1, -1)
            if snapshot is not None and snapshot.scan and snapshot.feed == "LIVE":
                return
        await asyncio.sleep(0.03)
    raise AssertionError("no engine that scans")


async def waiting(home: Path) -> str:
    """The id of a proposal that waits."""
    guest = EngineClient(Home(home).socket, "mcp", "propose")
    await guest.connect()
    for _ in range(200):
        result = await guest.send(Buy(symbol="ETH/USD", amount="0.5"))
        if result.ok:
            break
        await asyncio.sleep(0.05)
    await guest.close()
    return next(word for word in result.lines[-1].split() if word.startswith("P-"))


@pytest.mark.thorough
async def test_a_confirm_that_the_engines_death_cut_short_is_done_at_most_once(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(QUIET))
    books = Home(tmp_path).in_world("demo")
    async with engine(tmp_path) as (process, client):
        id = await waiting(tmp_path)
        confirming = asyncio.ensure_future(client.send(Confirm(id)))
        for _ in range(5000):
            if read(books.books / "proposals.json", "PAPER").rows[-1].state != "waiting":
                break
            await asyncio.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        await asyncio.gather(confirming, return_exceptions=True)
    async with engine(tmp_path) as (_, client):
        (row,) = read(books.books / "proposals.json", "PAPER").rows
        with contextlib.closing(sqlite3.connect(books.journal)) as journal:
            (entries,) = journal.execute("SELECT count(*) FROM intents WHERE kind = 'enter'").fetchone()
        assert row.state in ("done", "failed", "unknown")
        assert entries <= 1
        if row.state == "failed":
            assert entries == 0
        assert not (await client.send(Confirm(id))).ok
        with contextlib.closing(sqlite3.connect(books.journal)) as journal:
            assert journal.execute("SELECT count(*) FROM intents WHERE kind = 'enter'").fetchone() == (entries,)
        assert await waiting(tmp_path) == "P-2" if not entries else True
