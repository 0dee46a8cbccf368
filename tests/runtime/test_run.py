"""A whole engine in one process: the demo market traded, the same twice, everything written down."""

import asyncio
import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from kraken_tui.clock import SECOND
from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.control.client import EngineClient
from kraken_tui.market.feed import Frame
from kraken_tui.model.command import Buy, Close, Flatten, Pause, Resume, Say, Stop
from kraken_tui.model.errors import HomeLocked, SafetyRefusal, UsageError
from kraken_tui.model.market import FeedState
from kraken_tui.model.scan import Reason, State
from kraken_tui.model.snapshot import Snapshot
from kraken_tui.runtime.lock import EngineLock
from kraken_tui.runtime.options import EngineOptions, RunSummary
from kraken_tui.runtime.run import run_engine
from kraken_tui.scanner.inputs import AccountColumns
from kraken_tui.scanner.scanner import Scanner
from kraken_tui.store.input_log import read_inputs
from kraken_tui.store.inputs import BarsSeen, FillSeen, Scan, Start

FAST = float("inf")


def options(home: Path, **changes: object) -> EngineOptions:
    given = {"home": home, "market": "demo", "duration": 600.0, "speed": FAST, "seed": 7, "foreground": False}
    return EngineOptions(**{**given, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunSummary]:
    """Ten minutes of the demo market with seed 7."""
    home = tmp_path_factory.mktemp("seeded")
    return home, asyncio.run(run_engine(options(home), {}))


def test_ten_minutes_of_the_demo_trade(seeded: tuple[Path, RunSummary]) -> None:
    _, summary = seeded
    assert summary.scans == 300
    assert len(summary.trades) >= 3
    assert {"WAIT->ARM", "ARM->ENTRY", "ENTRY->HOLD", "HOLD->EXIT"} <= set(summary.transitions)
    start = Settings().PAPER_BALANCE
    made = Decimal(summary.realised_pnl) + Decimal(summary.unrealised_pnl) - Decimal(summary.fees)
    assert Decimal(summary.equity or 0) == start + made


def test_a_seed_gives_the_same_trades_at_any_speed_in_the_same_home(seeded: tuple[Path, RunSummary]) -> None:
    home, first = seeded
    again = asyncio.run(run_engine(options(home, duration=480.0, speed=300.0), {}))
    cut = [row for row in first.trades if row["closed"] < "2026-01-01T00:08:00"]
    assert cut
    assert again.trades == cut
    assert (home / "state" / "paper" / "demo.previous" / "paper_ledger.json").exists()


def test_the_input_log_alone_makes_the_scanner_walk_the_same_way(tmp_path: Path) -> None:
    asyncio.run(run_engine(options(tmp_path), {}))
    home = Home(tmp_path).in_world("demo")
    records = list(read_inputs(home.inputs / "2026-01-01.klog"))
    start = next(row for row in records if isinstance(row, Start))
    settings = Settings.model_validate_json(start.settings)
    shortable = np.array([bool(row.leverage_sell) for row in start.instruments])
    scanner = Scanner(start.instruments, settings, shortable)
    walked = []
    for record in records:
        if isinstance(record, BarsSeen):
            scanner.warm(record.index, record.bars)
        elif isinstance(record, Scan):
            walked += _replay(scanner, record)
    with home.trajectory.open() as file:
        written = [(int(row["scan"]), row["symbol"], row["state"], row["reason"]) for row in csv.DictReader(file)]
    assert len(written) == 300 * len(start.instruments)
    assert walked == written
    assert any(isinstance(row, FillSeen) for row in records)


def _replay(scanner: Scanner, scan: Scan) -> list[tuple[int, str, str, str]]:
    def column(name: str, kind: type) -> NDArray[Any]:
        return np.frombuffer(scan.columns[name], kind)

    account = AccountColumns(len(scanner.instruments))
    account.matrix[:] = np.frombuffer(scan.columns["account"], np.int64).reshape(account.matrix.shape)
    frame = Frame(
        time_ns=scan.time_ns, bid=column("bid", np.int64), ask=column("ask", np.int64), last=column("last", np.int64),
        bid_amount=column("bid_amount", np.float64), ask_amount=column("ask_amount", np.float64),
        changed_ns=np.zeros(len(scanner.instruments), np.int64), listed=column("listed", np.bool_),
        state=FeedState(scan.state), note=scan.note, heard_ns=scan.heard_ns,
    )  # fmt: skip
    result = scanner.scan(frame, account, scan.heat_ppm, scan.paused, scan.scan)
    return [
        (scan.scan, instrument.symbol, State(int(state)).name, Reason(int(reason)).name)
        for instrument, state, reason in zip(scanner.instruments, result.state, result.reason, strict=True)
    ]


async def test_an_unseeded_demo_goes_on_with_its_positions(tmp_path: Path) -> None:
    first = await run_engine(options(tmp_path, seed=None), {})
    second = await run_engine(options(tmp_path, seed=None, duration=2.0), {})
    assert second.scans == 1
    assert [row["symbol"] for row in second.open_positions] == [row["symbol"] for row in first.open_positions]
    before, after = Decimal(first.equity or 0), Decimal(second.equity or 0)
    assert abs(after - before) < before / 50


async def test_live_is_refused_and_a_held_home_names_its_holder(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with EngineLock(home.lock), pytest.raises(HomeLocked, match="pid"):
        await run_engine(options(tmp_path), {})
    home.config.write_text(home.config.read_text().replace('"PAPER"', '"LIVE"', 1))
    with pytest.raises(SafetyRefusal, match="LIVE"):
        await run_engine(options(tmp_path), {})


async def test_a_market_that_is_nothing_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nosuch"):
        await run_engine(options(tmp_path, market="/nosuch/folder", seed=None), {})


async def _snapshot(client: EngineClient, wanted: int = 1) -> Snapshot:
    for _ in range(2000):
        try:
            snapshot, _, _ = await client.pull(-1, -1)
        except ConnectionError:  # the roster is complete only once the market is open
            await client.connect()
            continue
        if snapshot is not None and snapshot.scan >= wanted and not snapshot.progress:
            return snapshot
        await asyncio.sleep(0.01)
    raise AssertionError("no snapshot")


async def _connected(home: Path) -> EngineClient:
    client = EngineClient(Home(home).socket, "test")
    for _ in range(1000):
        try:
            await client.connect()
        except ConnectionError:
            await asyncio.sleep(0.01)
        else:
            return client
    raise AssertionError("no engine")


async def test_a_screen_sees_commands_and_stops_a_running_engine(tmp_path: Path) -> None:
    run = asyncio.ensure_future(run_engine(options(tmp_path, duration=None, speed=60.0), {}))
    client = await _connected(tmp_path)
    snapshot = await _snapshot(client)
    while not snapshot.positions:
        snapshot = await _snapshot(client, snapshot.scan + 1)
    symbol = snapshot.positions[0].symbol
    assert all(row.protected for row in snapshot.positions)
    assert (await client.send(Pause())).ok
    assert (await client.send(Resume())).ok
    assert (await client.send(Say(f"why {symbol}"))).lines[0].startswith(symbol)
    closed = await client.send(Close(symbol))
    assert closed.ok, closed
    assert symbol not in [row.symbol for row in (await _snapshot(client, snapshot.scan + 1)).positions]
    flat = await client.send(Flatten())
    assert flat.ok, flat
    later = await _snapshot(client, snapshot.scan + 2)
    assert later.positions == ()
    assert later.paused
    _, events, lost = await client.pull(-1, -1)
    assert not lost
    assert {"entry", "exit", "command"} <= {event.kind for event in events}
    assert (await client.send(Stop())).ok
    await client.close()
    summary = await asyncio.wait_for(run, 20)
    assert summary.open_positions == []
    assert not Home(tmp_path).socket.exists()


async def test_a_pause_survives_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        run = asyncio.ensure_future(run_engine(options(tmp_path, duration=None, speed=60.0, seed=None), {}))
        client = await _connected(tmp_path)
        snapshot = await _snapshot(client)
        await client.send(Pause())
        await client.send(Stop())
        await client.close()
        await run
    assert snapshot.paused


async def test_memes_are_paused_until_monday_over_a_restart_and_resumed(tmp_path: Path) -> None:
    told = []
    for number in range(2):
        run = asyncio.ensure_future(run_engine(options(tmp_path, duration=None, speed=1.0, seed=None), {}))
        client = await _connected(tmp_path)
        snapshot = await _snapshot(client)
        if number == 0:
            until_ns = snapshot.time_ns + 3 * 86_400 * SECOND
            paused = await client.send(Pause(only="memes", until_ns=until_ns))
            assert paused.ok and paused.lines[0].startswith("Entries into Memes are paused until")
            for wrong, why in (
                (Pause(only="stonks"), "neither a group nor a ticker"),
                (Pause(until_ns=1), "over already"),
                (Pause(until_ns=-5), "over already"),
                (Pause(until_ns=1 << 63), "without an end it lasts until resume"),
            ):
                refused = await client.send(wrong)
                assert not refused.ok and why in refused.lines[0]
            assert (await client.send(Pause(until_ns=snapshot.time_ns + 3_600 * SECOND))).ok
        told.append(await _snapshot(client, snapshot.scan + 1))
        refused = await client.send(Buy(symbol="BTC/USD", amount="0.001"))
        assert not refused.ok and "entries are paused until" in refused.lines[0]
        if number == 1:
            assert (await client.send(Resume(only="Memes"))).ok
            assert len((await _snapshot(client, told[-1].scan + 1)).pauses) == 1
            assert (await client.send(Resume())).ok
            told.append(await _snapshot(client, told[-1].scan + 2))
        await client.send(Stop())
        await client.close()
        await run
    first, second, third = told
    assert first.pauses == second.pauses and first.paused and second.paused and len(first.pauses) == 2
    assert "entries into Memes are paused until" in first.pauses[0]
    assert third.pauses == () and not third.paused


async def test_recorded_ticks_run_to_their_end(tmp_path: Path) -> None:
    recording = tmp_path / "ticks"
    recording.mkdir()
    rows = [f"{1_700_000_000 + second},{30_000 + second % 7},1.5" for second in range(0, 300, 2)]
    (recording / "XBTUSD.csv").write_text("\n".join(rows) + "\n")
    summary = await run_engine(options(tmp_path, market=str(recording), seed=None, duration=None), {})
    assert 145 <= summary.scans <= 155
    assert (tmp_path / "state" / "paper" / "recorded-ticks" / "journal.db").exists()
    assert msgspec.to_builtins(summary)["trades"] == []


async def test_a_flatten_reports_and_pauses_even_where_the_wish_cant_be_written(tmp_path: Path) -> None:
    books = Home(tmp_path).in_world("demo").books
    run = asyncio.ensure_future(run_engine(options(tmp_path, duration=None, speed=60.0), {}))
    client = await _connected(tmp_path)
    snapshot = await _snapshot(client)
    while not snapshot.positions:
        snapshot = await _snapshot(client, snapshot.scan + 1)
    (books / "operator.json").mkdir()
    flat = await client.send(Flatten())
    assert flat.ok
    assert flat.lines[0].startswith("Flat:")
    assert "will not remember" in flat.lines[-1]
    assert (await _snapshot(client, snapshot.scan + 1)).paused
    await client.send(Stop())
    await client.close()
    await run


async def test_wishes_that_cant_be_read_mean_paused(tmp_path: Path) -> None:
    await run_engine(options(tmp_path, seed=None, duration=2.0), {})
    (Home(tmp_path).in_world("demo").books / "operator.json").write_text('{"paus')
    run = asyncio.ensure_future(run_engine(options(tmp_path, duration=None, speed=60.0, seed=None), {}))
    client = await _connected(tmp_path)
    assert (await _snapshot(client)).paused
    await client.send(Stop())
    await client.close()
    await run


async def test_a_disk_that_takes_nothing_stops_neither_the_demo_nor_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: object, home: Home, now_ns: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kraken_tui.runtime.world.DemoWorld.save", full)
    summary = await run_engine(options(tmp_path, duration=60.0), {})
    assert summary.scans == 30


async def test_a_stop_does_not_wait_for_a_market_that_never_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening, cancelled = asyncio.Event(), asyncio.Event()

    async def mute(*given: object) -> None:
        opening.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    monkeypatch.setattr("kraken_tui.runtime.run.open_market", mute)
    run = asyncio.ensure_future(run_engine(options(tmp_path), {}))
    await opening.wait()
    client = await _connected(tmp_path)
    assert (await client.send(Stop())).ok
    await client.close()
    summary = await asyncio.wait_for(run, 5)
    assert (summary.scans, summary.equity) == (0, None)
    assert cancelled.is_set()
