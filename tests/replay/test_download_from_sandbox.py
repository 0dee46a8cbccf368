"""Downloads from the sandbox's sockets and process: limits, lost connections, kill -9."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest

from kraken_tui.clock import SECOND, SystemClock
from kraken_tui.exchange.public_trades import PatientTrades, PublicTrades
from kraken_tui.replay.past.download import Download, missing
from kraken_tui.sandbox.control.client import SandboxControl
from kraken_tui.sandbox.faults.fault_plan import FaultRule, Kind
from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.sandbox import Sandbox
from kraken_tui.store.trade_days import DAY_NS, TRADE, TradeDays
from tests.sandbox.programs import sandbox_process
from tests.sandbox.stand import HandClock

DAY_S = 1_700_006_400
"""2023-11-15."""
DAY = DAY_S * SECOND
WHERE = "rest:public/Trades"

BURST = 30
"""Trades at each time: pages are cut in the middle of some."""


def written(folder: Path, count: int = 4000) -> list[tuple[int, float, float]]:
    """Time and sales of BTC/USD: bursts at one time each, over two days, of which the second one has few."""
    rows = []
    for number in range(count):
        at_s = DAY_S + 20 * (number // BURST) + 0.5 if number < count - 40 else DAY_S + 90_000 + number
        rows.append((int(at_s * SECOND), 30_000.0 + number % 97 / 10, (1 + number) / 1000))
    folder.mkdir(exist_ok=True)
    lines = [f"{time_ns / SECOND:.4f},{price},{amount}" for time_ns, price, amount in rows]
    (folder / "XBTUSD.csv").write_text("\n".join(lines) + "\n")
    return rows


def kept_rows(kept: TradeDays, *days_ns: int) -> list[tuple[int, float, float]]:
    rows: list[tuple[int, float, float]] = []
    for day_ns in days_ns:
        columns = kept.read("BTC/USD", day_ns, ("time_ns", "price", "amount"))
        rows += zip(*(columns[name].tolist() for name in ("time_ns", "price", "amount")), strict=True)
    return rows


async def fetch(sandbox: Sandbox, folder: Path, symbols: list[str], last_ns: int, told: list[str] | None = None) -> int:
    """Download from DAY on; returns how many seconds were waited, none of which passed."""
    kept, client, clock = TradeDays(folder), PublicTrades(sandbox.rest_url), HandClock(SystemClock().now_ns())
    pages = PatientTrades(client, clock, 0.0, (told if told is not None else []).append)
    began_ns = clock.now_ns()
    try:
        await Download(kept, pages, clock, lambda text, share: None).fetch(
            missing(kept, symbols, DAY, last_ns), last_ns, optional=False
        )
    finally:
        await client.close()
    return (clock.now_ns() - began_ns) // SECOND


async def test_every_trade_of_the_past_arrives_once(tmp_path: Path) -> None:
    rows = written(tmp_path / "sold")
    async with Sandbox(Options(port=0, seed=1, trades=tmp_path / "sold")) as sandbox:
        await fetch(sandbox, tmp_path, ["BTC/USD", "ETH/USD"], DAY + 4 * DAY_NS - 1)
    kept = TradeDays(tmp_path)
    assert kept_rows(kept, DAY, DAY + DAY_NS) == rows
    assert kept_rows(kept, DAY + 2 * DAY_NS) == [], "a day without a trade"
    assert all(kept.is_whole("ETH/USD", DAY + number * DAY_NS) for number in range(4)), "an empty pair"


@pytest.mark.parametrize("kind", ["error", "http", "lost", "reply-lost"])
async def test_faults_on_the_way_cost_time_alone(kind: Kind, tmp_path: Path) -> None:
    rows, told = written(tmp_path / "sold"), list[str]()
    text = "EAPI:Rate limit exceeded" if kind == "error" else ""
    async with Sandbox(Options(port=0, seed=1, trades=tmp_path / "sold")) as sandbox:
        sandbox.control.arm(FaultRule(kind=kind, where=WHERE, every=2, error=text))
        waited_s = await fetch(sandbox, tmp_path, ["BTC/USD"], DAY + 2 * DAY_NS - 1, told)
    assert kept_rows(TradeDays(tmp_path), DAY, DAY + DAY_NS) == rows
    if kind in ("error", "http"):
        assert waited_s >= 3
        assert all("asked again in" in line for line in told)


async def test_the_sandboxs_own_rate_limit_is_met(tmp_path: Path) -> None:
    rows = written(tmp_path / "sold")
    options = Options(port=0, seed=1, trades=tmp_path / "sold", policies=("public_rate_limit=true",), speed=100)
    async with Sandbox(options) as sandbox:
        await fetch(sandbox, tmp_path, ["BTC/USD"], DAY + 2 * DAY_NS - 1)
    assert kept_rows(TradeDays(tmp_path), DAY, DAY + DAY_NS) == rows


async def test_the_past_and_the_tape_are_one_history(tmp_path: Path) -> None:
    written(tmp_path / "sold", count=1500)
    async with Sandbox(Options(port=0, seed=1, trades=tmp_path / "sold")) as sandbox:
        client, since_ns, seen = PublicTrades(sandbox.rest_url), 0, list[tuple[int, Decimal]]()
        for _ in range(10):
            page = await client.page("XBTUSD", since_ns)
            seen += [(trade.id, trade.time_s) for trade in page.trades]
            if not page.trades:
                break
            since_ns = page.last_ns
        beyond = await client.page("XBTUSD", SystemClock().now_ns() + DAY_NS)
        await client.close()
    assert (beyond.trades, beyond.last_ns > SystemClock().now_ns()) == ([], True)
    assert [time_s for _, time_s in seen] == sorted(time_s for _, time_s in seen)
    assert [id for id, _ in seen] == sorted({id for id, _ in seen})
    assert seen[-1][1] > DAY_S + 10**6


def history(home: Path, rest: str, *words: str) -> "subprocess.Popen[str]":
    span = ("--tz", "UTC", "--start", "2023-11-15 00:00", "--end", "2023-11-15 01:00", "--symbols", "BTC/USD")
    return subprocess.Popen(
        [sys.executable, "-m", "kraken_tui", "history", "--home", str(home), *span, *words],
        env={**os.environ, "EXCHANGE_REST_URL": rest}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


async def slow_down(control_url: str) -> None:
    async with SandboxControl(control_url) as control:
        await control.arm(FaultRule(kind="latency", where=WHERE, seconds=0.1, times=10_000))


@pytest.mark.thorough
def test_killed_in_the_middle_it_goes_on_where_it_was(tmp_path: Path) -> None:
    rows = written(tmp_path / "sold", count=30_000)
    with sandbox_process("--trades", str(tmp_path / "sold")) as sandbox:
        asyncio.run(slow_down(sandbox.control))
        folder = tmp_path / "history" / sandbox.rest.removeprefix("http://").replace(":", "-") / "trades"
        part, whole = folder / "BTC-USD" / "2023-11-15.part", folder / "BTC-USD" / "2023-11-15.parquet"
        with history(tmp_path, sandbox.rest) as process:
            until = time.monotonic() + 40
            while not (part.exists() and part.stat().st_size > 5000 * TRADE.itemsize):
                assert process.poll() is None, process.communicate()[1]
                assert time.monotonic() < until
                time.sleep(0.01)
            os.kill(process.pid, signal.SIGKILL)
        assert not whole.exists()
        with history(tmp_path, sandbox.rest, "--json") as process:
            out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        asked = sandbox.stop()["requests"]
    assert kept_rows(TradeDays(folder), DAY) == [row for row in rows if row[0] < DAY + DAY_NS]
    assert json.loads(out)["pairs"][0]["trades"] == sum(row[0] < DAY + 3600 * SECOND for row in rows)
    assert "100%" in err and "\r" not in err, "plain lines where stderr is no terminal"
    assert asked["rest:public/Trades"] <= 30_000 // 970 + 3, "hardly a page was asked for twice"
    assert not part.exists()
    assert not list(tmp_path.glob(".*unfinished"))
