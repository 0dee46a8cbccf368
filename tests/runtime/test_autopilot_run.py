"""The autopilot in whole engines: it trades by itself, all of it is written down, and a bad day ends it."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_tui.config.home import Home
from kraken_tui.control.client import EngineClient
from kraken_tui.execution.trail import is_entry
from kraken_tui.model.command import Command, CommandResult, ResetKillSwitch, Resume, Say, Stop
from kraken_tui.model.evaluation import Executed
from kraken_tui.model.snapshot import Snapshot
from kraken_tui.risk.gatekeeper import CHECKS
from kraken_tui.runtime.options import EngineOptions, RunSummary
from kraken_tui.runtime.run import run_engine
from kraken_tui.store.evaluation_reading import LogFile
from kraken_tui.store.evaluation_rows import Recorded
from kraken_tui.store.evaluation_verify import verify

FAST = float("inf")
QUIET = {"VELOCITY_THRESHOLD": 50, "DECAY_SCANS": 1000, "RATCHET_ENTRY": 500, "RATCHET_LOCK": 501, "POLL_INTERVAL": 30}
"""The scanner neither enters nor leaves by itself."""
AUTO = {"AUTOPILOT": "auto"}
EAGER = {
    "FAST_MEAN": 6, "SLOW_MEAN": 12, "CHANNEL_PERIOD": 24, "CALM_PERIOD": 36, "VOLATILITY_PERIOD": 12,
    "CHOPPINESS_PERIOD": 12, "HYSTERESIS": 2,
}  # fmt: skip
"""It looks back minutes where it would look back hours."""
WORDS = "RESET KILL SWITCH"
SENT = """SELECT order_id FROM outcomes JOIN intents ON intents.id = intent_id
          WHERE intents.kind = 'enter' AND outcomes.kind = 'accepted'"""
"""Every entry that the exchange took, in the order of time."""
SAME = """kind, evaluation_id, time_ns, symbol, owner, action, strategy, verdict, reason, price, details, outcome,
          order_id, text, mode"""
"""Of a decision and its results, all but what names the home: its part of each client id, and so the chain."""


def home_with(folder: Path, settings: Mapping[str, object], trading: Mapping[str, object] = {}) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(settings))
    (folder / "trading.json").write_text(json.dumps(trading))
    return folder


def ran(home: Path, seconds: float, seed: int | None = 7) -> RunSummary:
    given = EngineOptions(home=home, market="demo", duration=seconds, speed=FAST, seed=seed, foreground=False)
    return asyncio.run(run_engine(given, {}))


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as file:
        return file.execute(sql).fetchall()


def decisions(home: Path) -> list[Recorded]:
    return LogFile(Home(home).in_world("demo").evaluation_log).last(None, 10_000)[::-1]


def executed(rows: Sequence[Recorded], outcome: str) -> list[Executed]:
    return [one for row in rows for one in row.executed if one.outcome == outcome]


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunSummary]:
    """Four hours of the autopilot alone."""
    home = home_with(tmp_path_factory.mktemp("traded"), {**QUIET, **AUTO})
    return home, ran(home, 4 * 3600)


def test_it_trades_by_itself(traded: tuple[Path, RunSummary]) -> None:
    home, summary = traded
    assert summary.trades and summary.open_positions
    found = decisions(home)
    assert {row.evaluation.owner for row in found} == {"autopilot"}
    assert {row.evaluation.strategy for row in found if row.executed} >= {"trend_following"}
    for row in found:
        if is_entry(row.evaluation.id):
            assert len(row.evaluation.checks) == len(CHECKS) and row.evaluation.votes
        assert bool(row.executed) is (row.evaluation.verdict == "pass")


def test_every_fill_of_its_entries_is_in_the_log_with_the_exchanges_ids(traded: tuple[Path, RunSummary]) -> None:
    home, _ = traded
    books = Home(home).in_world("demo")
    sent = rows(books.journal, SENT)
    filled = rows(books.journal, f"SELECT order_id, id FROM fills WHERE order_id IN ({SENT}) ORDER BY rowid")
    found = [row for row in decisions(home) if is_entry(row.evaluation.id)]
    assert len(sent) > 5 and len(filled) > 5
    assert [(one.order_id,) for one in executed(found, "accepted")] == sent
    told = [(one.order_id, one.text.split(":")[0]) for one in executed(found, "filled")]
    assert sorted(told) == sorted(filled)
    closed = executed([row for row in decisions(home) if row.evaluation.action == "close"], "accepted")
    assert [(one.order_id,) for one in closed] == rows(books.journal, SENT.replace("'enter'", "'exit'"))
    assert verify(books.evaluation_log, books.mode).is_whole


@pytest.mark.thorough
def test_a_seed_gives_the_same_decisions_to_the_last_number(traded: tuple[Path, RunSummary], tmp_path: Path) -> None:
    home, summary = traded
    again = home_with(tmp_path, {**QUIET, **AUTO})
    assert ran(again, 4 * 3600).trades == summary.trades
    first, second = (
        rows(Home(each).in_world("demo").evaluation_log, f"SELECT {SAME} FROM entries ORDER BY id")
        for each in (home, again)
    )
    assert len(first) > 20 and first == second


@pytest.mark.thorough
def test_scanner_and_autopilot_keep_their_hands_off_each_others_positions(tmp_path: Path) -> None:
    home = home_with(tmp_path, {**AUTO, "POLL_INTERVAL": 15, "HEAT": {"trades": 12, "exposure": 600}}, EAGER)
    ran(home, 2 * 3600)
    intents = rows(Home(home).in_world("demo").journal, "SELECT symbol, kind, owner FROM intents ORDER BY id")
    entered_by: dict[object, object] = {}
    for symbol, kind, owner in intents:
        if kind == "enter":
            entered_by[symbol] = owner
        assert entered_by[symbol] == owner, (symbol, kind)
    assert {owner for _, kind, owner in intents if kind == "enter"} == {"scanner", "autopilot"}
    assert {owner for _, kind, owner in intents if kind == "exit"} == {"scanner", "autopilot"}


class Ann:
    """Somebody at the socket of an engine that runs."""

    def __init__(self, home: Path) -> None:
        self._client = EngineClient(Home(home).socket, "ann")

    async def until(self, run: "asyncio.Future[RunSummary]", scan: int) -> Snapshot:
        """The engine once it has scanned so often."""
        for _ in range(3_000):
            if run.done():
                run.result()
            with contextlib.suppress(ConnectionError):
                await self._client.connect()
                snapshot, _, _ = await self._client.pull(-1, -1)
                if snapshot is not None and snapshot.scan >= scan and not snapshot.progress:
                    return snapshot
            await asyncio.sleep(0.01)
        raise AssertionError("no engine that scans")

    async def do(self, command: Command) -> CommandResult:
        return await self._client.send(command)

    async def leave(self, run: "asyncio.Future[RunSummary]") -> None:
        await self._client.send(Stop())
        await self._client.close()
        await asyncio.wait_for(run, 20)


async def test_a_day_that_lost_too_much_ends_until_somebody_types_so(tmp_path: Path) -> None:
    home = home_with(tmp_path, {**QUIET, **AUTO, "POLL_INTERVAL": 10, "DAILY_LOSS_LIMIT": 0.3}, EAGER)

    def engine(seconds: float | None, speed: float, seed: int | None) -> "asyncio.Future[RunSummary]":
        given = EngineOptions(home=home, market="demo", duration=seconds, speed=speed, seed=seed, foreground=False)
        return asyncio.ensure_future(run_engine(given, {}))

    first = await engine(5_400, FAST, 7)
    assert first.open_positions == [] and first.trades[-1]["reason"] == "kill switch"
    lost = 10_000 - Decimal(first.equity or 0)
    assert 30 <= lost < 60
    before = len(decisions(home))

    run, ann = engine(None, 200.0, None), Ann(home)
    seen = await ann.until(run, 120)
    assert seen.positions == () and any("daily loss" in line and WORDS in line for line in seen.alerts)
    blocked = decisions(home)[before:]
    assert blocked and {row.evaluation.verdict for row in blocked} == {"block"}
    assert all("kill switch: daily loss" in row.evaluation.reason for row in blocked)
    told = (await ann.do(Say(f"why {blocked[-1].evaluation.symbol}"))).lines
    assert any(line.startswith("  BLOCK kill switch: daily loss") for line in told)
    assert sum(line.startswith("  vote  ") for line in told) == len(blocked[-1].evaluation.votes)
    assert Decimal(seen.account.today) == -lost.quantize(Decimal("0.01"))

    assert (
        (await ann.do(Resume()))
        .lines[0]
        .startswith("Entries are paused no longer, but the kill switch has tripped: daily")
    )
    wrong = await ann.do(ResetKillSwitch(words="reset it"))
    assert not wrong.ok and WORDS in wrong.lines[0]
    assert (await ann.do(ResetKillSwitch(words=WORDS))).ok
    assert (await ann.do(Resume())).lines == ("Entries are possible again.",)
    armed = await ann.until(run, (await ann.until(run, 1)).scan + 3)
    assert not any("daily loss" in line for line in armed.alerts)
    assert Decimal(armed.account.today) < -25, "a reset hides nothing of the day"
    await ann.leave(run)
    again = await engine(10.0, FAST, None)
    assert again.scans == 1
    kept = json.loads((Home(home).in_world("demo").books / "kill_switch.json").read_text())
    assert kept["tripped"] == ""
