"""Manual commands to a whole engine: the demo market, the paper exchange, a real socket, a real journal."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from kraken_tui.config.home import Home
from kraken_tui.control.client import EngineClient
from kraken_tui.model.command import (
    Buy,
    CancelOrders,
    Close,
    Command,
    CommandResult,
    Pause,
    Resume,
    Say,
    Sell,
    SetStop,
    SetTarget,
    Stop,
)
from kraken_tui.model.snapshot import PositionRow, Snapshot
from kraken_tui.runtime.options import EngineOptions, RunSummary
from kraken_tui.runtime.run import run_engine

ETH = "ETH/USD"
QUIET = {"VELOCITY_THRESHOLD": 50, "DECAY_SCANS": 1000, "RATCHET_ENTRY": 500, "RATCHET_LOCK": 501}
"""The scanner neither enters nor leaves by itself, and moves no stop."""


class Jim:
    """Somebody at the socket of an engine that runs."""

    def __init__(self, home: Path) -> None:
        self._client = EngineClient(Home(home).socket, "jim")

    async def connect(self, run: "asyncio.Future[RunSummary]") -> None:
        for _ in range(3000):
            if run.done():
                run.result()
            with contextlib.suppress(ConnectionError):
                await self._client.connect()
                if (await self.look()).scan:
                    return
            await asyncio.sleep(0.01)
        raise AssertionError("no engine that scans")

    async def look(self) -> Snapshot:
        snapshot, _, _ = await self._client.pull(-1, -1)
        assert snapshot is not None
        return snapshot

    async def held(self) -> PositionRow:
        return next(row for row in (await self.look()).positions if row.symbol == ETH)

    async def do(self, command: Command) -> CommandResult:
        """Have it done; again where the demo market has just lost its prices, as it does now and then."""
        for _ in range(500):
            result = await self._client.send(command)
            if not any("no sound price" in line or "the feed is" in line for line in result.lines):
                return result
            await asyncio.sleep(0.02)
        raise AssertionError("never a price")

    async def leave(self) -> None:
        await self._client.send(Stop())
        await self._client.close()


@pytest.fixture
async def jim(tmp_path: Path) -> AsyncIterator[Jim]:
    """At the socket of a quiet demo engine, twenty times as fast as real time."""
    (tmp_path / "config.json").write_text(json.dumps(QUIET))
    given = EngineOptions(home=tmp_path, market="demo", duration=None, speed=20.0, seed=11, foreground=False)
    run = asyncio.ensure_future(run_engine(given, {}))
    somebody = Jim(tmp_path)
    await somebody.connect(run)
    yield somebody
    await somebody.leave()
    await asyncio.wait_for(run, 20)


async def test_a_position_from_its_purchase_to_its_end(jim: Jim) -> None:
    bought = await jim.do(Buy(symbol=ETH, amount="0.5"))
    assert bought.ok, bought
    row = await jim.held()
    assert (row.side, Decimal(row.amount), row.protected) == ("LONG", Decimal("0.5"), True)
    assert any(line.startswith(f"{ETH} LONG {row.amount} at {row.entry}") and row.stop in line for line in bought.lines)

    lower, target = f"{Decimal(row.stop) - 50:f}", f"{Decimal(row.entry) * 2:f}"
    assert (await jim.do(SetStop(symbol=ETH, price=lower))).ok
    assert (await jim.held()).stop == lower
    assert (await jim.do(SetTarget(symbol=ETH, price=target))).ok
    told = (await jim.do(Say("orders"))).lines
    assert any(f"{ETH} stop: sell" in line and lower in line for line in told)
    assert any(f"{ETH} target: sell" in line and target in line for line in told)
    assert (await jim.do(Say("target eth off"))).ok
    assert not any("target" in line for line in (await jim.do(Say("orders"))).lines)

    part = await jim.do(Sell(symbol=ETH, amount="0.2"))
    assert part.ok, part
    row = await jim.held()
    assert (Decimal(row.amount), row.protected, row.stop) == (Decimal("0.3"), True, lower)

    closed = await jim.do(Close(ETH))
    assert closed.ok, closed
    trade = (await jim.look()).trades[0]
    assert any(line == f"{ETH} {trade.amount} closed at {trade.exit}, gross {trade.gross} - fees {trade.fees} = "
               f"net {trade.net} USD (closed by jim)" for line in closed.lines)  # fmt: skip
    assert (await jim.do(Say("orders"))).lines == ("No order rests.",)


async def test_an_entry_rests_at_its_limit_until_it_is_cancelled(jim: Jim) -> None:
    rests = await jim.do(Say("buy eth 0.5 at 1000 stop 900 target 2000"))
    assert rests.ok, rests
    assert any(f"{ETH} entry rests: buy 0.50000000 limit at 1000.00" in line for line in rests.lines), rests
    assert (await jim.look()).positions == ()
    assert (await jim.do(CancelOrders(symbol=ETH))).ok
    assert (await jim.do(Say("orders"))).lines == ("No order rests.",)
    assert (await jim.look()).positions == ()


async def test_a_short_is_opened_behind_the_stop_that_it_names(jim: Jim) -> None:
    assert not (await jim.do(Sell(symbol=ETH, amount="0.5"))).ok
    assert (await jim.look()).positions == ()
    cut = await jim.do(Sell(symbol=ETH, amount="0.5", stop="9000"))
    assert cut.ok and not cut.whole, "a script must be able to tell"
    row = await jim.held()
    assert cut.lines[1] == (
        f"{ETH}: {row.amount} of the 0.5 asked for: the risk limit, RISK_PER_TRADE 0.5 % of 10000.00 USD, leaves no "
        "more behind a stop at 9000.00"
    )
    assert (await jim.do(Close(ETH))).ok
    opened = await jim.do(Sell(symbol=ETH, amount="0.005", stop="9000"))
    assert opened.ok, opened
    row = await jim.held()
    assert (row.side, row.stop, row.protected) == ("SHORT", "9000.00", True)
    assert (await jim.do(Close(ETH))).ok


async def test_a_pause_holds_back_manual_entries_too(jim: Jim) -> None:
    await jim.do(Pause())
    refused = await jim.do(Buy(symbol=ETH))
    assert (refused.ok, "entries are paused" in refused.lines[0]) == (False, True)
    await jim.do(Resume())
    assert (await jim.do(Buy(symbol=ETH))).ok


async def test_each_command_from_the_chat_has_its_own_audit_row(jim: Jim, tmp_path: Path) -> None:
    for text in ("buy eth 0.5 please", "don't buy eth", "buy eth 0.5", "stop eth 1", "close eth"):
        await jim.do(Say(text))
    with contextlib.closing(sqlite3.connect(Home(tmp_path).in_world("demo").journal)) as journal:
        rows = journal.execute("SELECT author, command FROM commands ORDER BY id").fetchall()
    commands = [json.loads(command) for author, command in rows if author == "jim"]
    assert [row["type"] for row in commands if row["type"] != "Say"] == ["Buy", "SetStop", "Close"]
    assert commands[2] == {
        "type": "Buy", "symbol": ETH, "amount": "0.5", "limit": None, "stop": None, "target": None,
    }  # fmt: skip
