"""The memory of a running engine: what was said, changed and went wrong; insights once a day; no disk stops it."""

import asyncio
import json
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from kraken_tui.clock import SECOND, SEEDED_START_NS, PacedClock
from kraken_tui.config.home import Home
from kraken_tui.control.client import EngineClient
from kraken_tui.model.command import Learn, Say, SetAutopilot, Stop
from kraken_tui.model.memory import DecisionRecord, ErrorRecord, InsightRecord, ParameterChange, TradeRecord, Utterance
from kraken_tui.runtime.options import EngineOptions, RunSummary
from kraken_tui.runtime.remembering import DailyLook, note_parameters, recall
from kraken_tui.runtime.run import run_engine
from kraken_tui.runtime.world import DemoWorld
from kraken_tui.store.evaluation_reading import LogFile
from kraken_tui.store.memory_recorder import MemoryRecorder
from kraken_tui.store.telemetry_reading import MemoryFile
from tests.runtime.learning_home import FEW
from tests.store.memories import START_NS, opened, trade

DAY_NS = 86_400 * SECOND
SETTINGS = {**FEW, "POLL_INTERVAL": 10, "VELOCITY_THRESHOLD": 0.1}


def options(home: Path, **changes: object) -> EngineOptions:
    given = {"home": home, "market": "demo", "speed": float("inf"), "seed": 7, "foreground": False}
    return EngineOptions(**{**given, **changes})  # type: ignore[arg-type]


def home_with(folder: Path, **settings: object) -> Home:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({**SETTINGS, **settings}))
    return Home(folder).in_world("demo")


def ran(home: Home, **changes: object) -> RunSummary:
    return asyncio.run(run_engine(options(home.root, **changes), {}))


async def _connected(home: Home) -> EngineClient:
    client = EngineClient(home.socket, "test")
    for _ in range(2000):
        try:
            await client.connect()
        except ConnectionError:
            await asyncio.sleep(0.01)
        else:
            return client
    raise AssertionError("no engine")


def test_every_decision_and_trade_of_a_run_is_in_the_memory(tmp_path: Path) -> None:
    home = home_with(tmp_path)
    summary = ran(home, duration=3_600.0)
    file = MemoryFile(home.memory, home.mode)
    made = [row.evaluation.id for row in LogFile(home.evaluation_log).last(None, 100_000)]
    kept = {row.id for row in file.records(DecisionRecord) if not row.shadow}
    assert made and kept == set(made)
    assert summary.trades
    found = file.records(TradeRecord)
    assert [(row.symbol, row.net) for row in found] == [(row["symbol"], Decimal(row["net"])) for row in summary.trades]
    for row in found:
        assert row.worst_price is not None and row.best_price is not None and row.slippage is not None
        assert row.entry_orders and row.exit_orders and row.regime and row.symbol_group
        low, high = sorted((row.worst_price, row.best_price))
        tiny = high * Decimal("1e-9")  # entry and exit are means of exact costs
        assert low - tiny <= row.entry_price <= high + tiny and low - tiny <= row.exit_price <= high + tiny


async def test_what_is_said_changed_and_learned_is_asked_for_over_the_socket(tmp_path: Path) -> None:
    home = home_with(tmp_path, ASSISTANT="Max")
    running = asyncio.ensure_future(run_engine(options(home.root, speed=60.0, seed=None), {}))
    client = await _connected(home)
    for _ in range(2000):
        if (await client.send(Say("positions"))).lines != ("The engine is still starting.",):
            break
        await asyncio.sleep(0.01)
    await client.send(Say("orders"))
    assert (await client.send(Say("Max, show my orders"))).ok, "it answers to its configured name"
    guest = EngineClient(home.socket, "program", "propose")
    await guest.connect()
    await guest.send(Say("please close my eth"))
    await guest.close()
    assert (await client.send(SetAutopilot("confirm"))).ok
    told = await client.send(Learn("status"))
    assert told.ok and told.lines[0].startswith("Learning in PAPER: suggest")
    assert (await client.send(Learn("freeze"))).ok
    assert any("by your word" in line for line in (await client.send(Learn("status"))).lines)
    assert not (await client.send(Learn("adopt"))).ok
    assert "are right" in (await client.send(Learn("dance"))).lines[0]
    assert (await client.send(Stop())).ok
    await client.close()
    await running
    file = MemoryFile(home.memory, home.mode)
    said = [(row.author, row.kind, row.text) for row in file.records(Utterance)]
    assert ("test", "user", "orders") in said
    assert any(author == "kraken-tui" and kind == "fact" for author, kind, _ in said)
    assert ("program (propose)", "user", "please close my eth") in said
    assert ("kraken-tui", "footer", "PAPER - this turn: 0 orders sent | 0 proposals waiting") in said
    (changed,) = file.records(ParameterChange)
    assert (changed.name, changed.before, changed.after, changed.author) == (
        "AUTOPILOT", "observe", "confirm", "test",
    )  # fmt: skip
    state = file.learning_state("learner")
    assert state is not None


def test_what_was_changed_since_the_last_run_is_written_down(tmp_path: Path) -> None:
    with opened(tmp_path / "memory.db") as memory:
        note_parameters(memory, {"A": "1", "B": "2"}, START_NS)
        memory.flush()
        note_parameters(memory, {"A": "1", "B": "2"}, START_NS + 1)
        memory.flush()
        assert memory.reader.records(ParameterChange) == []
        note_parameters(memory, {"A": "3", "C": "4"}, START_NS + 2)
        memory.flush()
        found = {row.name: (row.before, row.after, row.author) for row in memory.reader.records(ParameterChange)}
    assert found == {"A": ("1", "3", "operator"), "B": ("2", "", "operator"), "C": ("", "4", "operator")}


def test_a_setting_that_was_changed_between_two_runs_is_found(tmp_path: Path) -> None:
    home = home_with(tmp_path)
    ran(home, seed=None, duration=20.0)
    home_with(tmp_path, ARM_PERSISTENCE=5)
    ran(home, seed=None, duration=20.0)
    found = MemoryFile(home.memory, home.mode).records(ParameterChange)
    assert [(row.name, row.before, row.after) for row in found] == [("ARM_PERSISTENCE", "3", "5")]


def test_a_damaged_memory_is_kept_aside_and_named_and_the_journals_trades_come_back(tmp_path: Path) -> None:
    home = home_with(tmp_path)
    first = ran(home, seed=None, duration=3_000.0)
    assert first.trades
    data = home.memory.read_bytes()
    home.memory.write_bytes(data[:4096] + b"\0" * (len(data) - 4096))
    ran(home, seed=None, duration=60.0)
    (aside,) = home.memory.parent.glob("trading_memory.db.damaged-*")
    file = MemoryFile(home.memory, home.mode)
    assert len(file.records(TradeRecord)) >= len(first.trades)
    assert any(aside.name in row.text for row in file.records(ErrorRecord))


def test_a_memory_that_is_missing_beside_a_journal_with_trades_is_told(tmp_path: Path) -> None:
    home = home_with(tmp_path)
    first = ran(home, seed=None, duration=3_000.0)
    assert first.trades
    file = MemoryFile(home.memory, home.mode)
    assert not any("was missing" in row.text for row in file.records(ErrorRecord))
    home.memory.unlink()
    ran(home, seed=None, duration=60.0)
    assert any("was missing, and begun anew" in row.text for row in file.records(ErrorRecord))
    assert len(file.records(TradeRecord)) >= len(first.trades)


def test_a_memory_that_cant_be_written_stops_nothing(tmp_path: Path) -> None:
    home = home_with(tmp_path / "sound")
    sound = ran(home, duration=1_200.0)
    broken = home_with(tmp_path / "broken", LEARNING="auto-paper")
    broken.memory.mkdir(parents=True)  # no disk takes a file there
    DemoWorld(7, SEEDED_START_NS, SEEDED_START_NS).save(broken, SEEDED_START_NS)
    found = ran(broken, duration=1_200.0, seed=None)
    assert found.scans == sound.scans and found.trades == sound.trades


async def test_trades_of_the_journal_are_written_down_once(tmp_path: Path) -> None:
    made = [trade(n) for n in range(5)]
    with opened(tmp_path / "memory.db") as memory:
        recorder = MemoryRecorder(memory, PacedClock(START_NS), lambda symbol: "Majors")
        for _ in range(2):
            await recall(memory, recorder, [row.trade for row in made])
            memory.flush()
        assert len(memory.reader.records(TradeRecord)) == 5


@pytest.mark.parametrize("there", [[9], [0, 9], [0, 3]])
async def test_trades_that_a_memory_lacks_come_back_wherever_they_lie(tmp_path: Path, there: list[int]) -> None:
    made = [replace(trade(n * 200).trade, closed_ns=START_NS + n * DAY_NS) for n in range(10)]
    made[3] = replace(made[3], closed_ns=START_NS + 365 * DAY_NS)  # by a clock that was ahead
    with opened(tmp_path / "memory.db") as memory:
        recorder = MemoryRecorder(memory, PacedClock(START_NS), lambda symbol: "Majors")
        for n in there:
            recorder.record_trade(made[n])
        memory.flush()
        await recall(memory, recorder, made)
        memory.flush()
        assert sorted(row.closed_ns for row in memory.reader.records(TradeRecord)) == sorted(
            row.closed_ns for row in made
        )


async def test_insights_are_looked_for_once_a_day_and_told(tmp_path: Path) -> None:
    clock, told = PacedClock(START_NS + 20 * DAY_NS, float("inf")), list[tuple[str, str]]()
    with opened(tmp_path / "memory.db") as memory:
        made = [trade(n, net="5" if n % 9 else "-1", strategy="breakout") for n in range(120)]
        memory.record(*made)
        looks = DailyLook(memory, clock, "USD", lambda kind, text: told.append((kind, text)))
        await looks.look_if_due()
        memory.flush()
        found = memory.reader.records(InsightRecord)
        assert found and {row.status for row in found} == {"candidate"}
        assert told and {kind for kind, _ in told} == {"insight"}
        count = len(told)
        await looks.look_if_due()
        again = DailyLook(memory, clock, "USD", lambda kind, text: told.append((kind, text)))
        await again.look_if_due()
        assert len(told) == count, "once a day, over restarts too"
        await clock.sleep(86_400.0)
        memory.record(*(trade(n, net="-5", strategy="breakout") for n in range(200, 260)))
        await looks.look_if_due()
        memory.flush()
        assert any(row.status == "retired" for row in memory.reader.records(InsightRecord))
