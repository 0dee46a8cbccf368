"""The conversation of a whole engine: the demo market, a real socket, a real journal, and `ask` as a program."""

import asyncio
import contextlib
import json
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import Struct

from kraken_tui.config.home import Home
from kraken_tui.control.client import EngineClient
from kraken_tui.model.command import Buy, Command, CommandResult, Confirm, Say, SetAssistant, Stop
from kraken_tui.runtime.options import EngineOptions, RunSummary
from kraken_tui.runtime.run import run_engine

ETH = "ETH/USD"
QUIET = {"VELOCITY_THRESHOLD": 50, "DECAY_SCANS": 1000, "RATCHET_ENTRY": 500, "RATCHET_LOCK": 501}


ORDERS = (
    "target eth 9000", "stop eth 100", "target eth off", "close eth", "buy eth 0.4 at 1000 stop 900", "cancel eth",
)  # fmt: skip


class Program(Struct, frozen=True):
    """How a command ended."""

    code: int
    out: str


class Desk:
    """An operator at the socket of an engine, and the programs beside him."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.screen = EngineClient(Home(root).socket, "screen")

    async def connect(self, run: "asyncio.Future[RunSummary]") -> None:
        for _ in range(6000):
            if run.done():
                run.result()
            with contextlib.suppress(ConnectionError):
                await self.screen.connect()
                snapshot, _, _ = await self.screen.pull(-1, -1)
                if snapshot is not None and snapshot.scan:
                    return
            await asyncio.sleep(0.01)
        raise AssertionError("no engine that scans")

    async def program(self, *words: str) -> Program:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "kraken_tui", *words, "--home", str(self.root),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await process.communicate()
        return Program(process.returncode or 0, out.decode())

    async def priced(self, command: Command) -> CommandResult:
        """Have it done; again where the demo market has just lost its prices."""
        for _ in range(500):
            result = await self.screen.send(command)
            if not any("no sound price" in line or "the feed is" in line for line in result.lines):
                return result
            await asyncio.sleep(0.02)
        raise AssertionError("never a price")

    async def positions(self) -> list[str]:
        snapshot, _, _ = await self.screen.pull(-1, -1)
        return [] if snapshot is None else [row.symbol for row in snapshot.positions]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(Home(self.root).in_world("demo").journal)) as journal:
            return list(journal.execute(sql))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    (tmp_path / "config.json").write_text(json.dumps(QUIET))
    given = EngineOptions(home=tmp_path, market="demo", duration=None, speed=1.0, seed=11, foreground=False)
    run = asyncio.ensure_future(run_engine(given, {}))
    stand = Desk(tmp_path)
    await stand.connect(run)
    yield stand
    await stand.screen.send(Stop())
    await stand.screen.close()
    await asyncio.wait_for(run, 20)


async def test_a_program_asks_proposes_and_buys_nothing_and_a_confirm_buys_once(desk: Desk) -> None:
    for _ in range(20):
        asked = await desk.program("ask", "buy eth 0.5", "--json")
        if asked.code == 0:
            break
    told = json.loads(asked.out)
    assert told["ok"] is True
    assert [block["kind"] for block in told["blocks"]] == ["user", "proposal", "footer"]
    assert told["blocks"][-1]["lines"] == ["PAPER - this turn: 0 orders sent | 1 proposal waiting (P-1)"]
    assert (desk.rows("SELECT count(*) FROM intents"), await desk.positions()) == ([(0,)], [])

    refused = await desk.program("ask", "confirm P-1")
    assert refused.code == 5 and "operator's own" in refused.out
    assert desk.rows("SELECT count(*) FROM intents") == [(0,)]

    bought = await desk.priced(Confirm("P-1"))
    assert bought.ok, bought
    assert await desk.positions() == [ETH]
    again = await desk.program("confirm", "p-1")
    assert again.code == 5 and "P-1 is done by screen" in again.out
    reasons = [json.loads(str(payload))["reason"] for (payload,) in desk.rows("SELECT payload FROM intents")]
    (entry,) = [reason for reason in reasons if reason.startswith("buy by")]
    assert entry.startswith("buy by P-1 of cli ask ") and entry.endswith(" (propose), confirmed by screen")
    blocks = (await desk.screen.hear(-1, -1, -1)).blocks
    receipts = [block for block in blocks if block.kind == "receipt"]
    ((result,),) = desk.rows(f"SELECT result FROM commands WHERE id = {receipts[-1].row.partition('/')[2]}")
    assert receipts[-1].lines == tuple(json.loads(str(result))["lines"]) == bought.lines

    status = await desk.program("ask", "positions")
    assert status.code == 0 and f"kraken-tui [fact] {ETH} LONG 0.5" in status.out
    assert "[footer] PAPER - this turn: 0 orders sent | 0 proposals waiting" in status.out


async def test_guests_at_the_socket_send_no_order_whatever_they_send(desk: Desk) -> None:
    for role in ("propose", "view"):
        guest = EngineClient(Home(desk.root).socket, "mcp", role)
        await guest.connect()
        guest.role = "control"  # a client that does not hold itself back
        for command in (
            Buy(symbol=ETH, amount="0.5"),
            Say("flatten now"),
            Confirm("P-1"),
            SetAssistant("auto"),
            Stop(),
        ):
            await guest.send(command)
        await guest.close()
    assert (desk.rows("SELECT count(*) FROM intents"), await desk.positions()) == ([(0,)], [])
    authors = {author for (author,) in desk.rows("SELECT author FROM commands")}
    assert authors == {"mcp (propose)", "mcp (view)"}
    typed = await desk.priced(Say("buy eth 0.5"))
    assert typed.ok and typed.turn
    blocks = (await desk.screen.hear(-1, -1, -1)).blocks
    last = [block for block in blocks if block.turn == typed.turn]
    assert [str(block.kind) for block in last] == ["user", "receipt", "footer"]
    ((sent,),) = desk.rows("SELECT count(*) FROM intents")
    assert last[-1].lines[0].startswith(f"PAPER - this turn: {sent} order")
    for text in ORDERS:
        done = await desk.priced(Say(text))
        assert done.ok, done
        rows = desk.rows(f"SELECT kind IN ('amend', 'cancel') FROM intents WHERE id > {sent}")
        changes = sum(changed == 1 for (changed,) in rows)
        footer = [block for block in (await desk.screen.hear(-1, -1, -1)).blocks if block.turn == done.turn][-1]
        words = f"{len(rows) - changes} order{'' if len(rows) - changes == 1 else 's'} sent"
        words += f", {changes} changed or cancelled" if changes else ""
        assert footer.lines[0].startswith(f"PAPER - this turn: {words} | "), (text, footer.lines, rows)
        sent = int(str(sent)) + len(rows)
