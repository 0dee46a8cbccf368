"""PAPER cannot trade, and no mode touches what is another's: on the wire, in the files, in the process."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kraken_tui.config.home import Home
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.trading import Side
from kraken_tui.runtime.options import EngineOptions, RunSummary
from kraken_tui.runtime.run import run_engine
from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.sandbox import Sandbox
from kraken_tui.store.journal import Journal
from tests.runtime.wiretap import Wiretap, wiretap
from tests.samples import fill

READY = {
    "MODE": "LIVE", "RISK_PER_TRADE": 0.5, "MAX_CAPITAL": 500, "DAILY_LOSS_LIMIT": 3,
    "GROUPS": {"Majors": ["BTC/USD", "ETH/USD"]}, "HEAT_GROUPS": {},
}  # fmt: skip
PUBLIC = re.compile(r"/0/public/\w+|/v2")


class Exchange:
    """A sandbox behind two wires: one for REST and the public stream, one for the private stream."""

    def __init__(self, sandbox: Sandbox, tap: Wiretap, private: Wiretap) -> None:
        self.sandbox, self.tap, self.private = sandbox, tap, private
        key = next(key for key in sandbox.keys if key.name == "full")
        self.keys = {"KRAKEN_API_KEY": key.key, "KRAKEN_API_SECRET": key.secret}

    def home(self, root: Path, **changes: object) -> Path:
        """A home that an operator has set up for LIVE, with valid keys in `.env`."""
        root.mkdir(mode=0o700, exist_ok=True)
        addresses = {
            "EXCHANGE_REST_URL": f"http://127.0.0.1:{self.tap.port}",
            "EXCHANGE_WS_URL": f"ws://127.0.0.1:{self.tap.port}/v2",
            "EXCHANGE_WS_AUTH_URL": f"ws://127.0.0.1:{self.private.port}/auth/v2",
        }
        (root / "config.json").write_text(json.dumps({**READY, **addresses, **changes}))
        env = root / ".env"
        env.write_text("".join(f"{name}={value}\n" for name, value in self.keys.items()))
        env.chmod(0o600)
        return root

    @property
    def orders(self) -> int:
        """That were ever placed."""
        venue = self.sandbox.parts.venue
        return len(venue.state.orders) + len(venue.history.closed)


@asynccontextmanager
async def exchange() -> AsyncIterator[Exchange]:
    async with Sandbox(Options(port=0, seed=1)) as sandbox:
        port = urlsplit(sandbox.rest_url).port
        assert port
        async with wiretap(port) as tap, wiretap(port) as private:
            yield Exchange(sandbox, tap, private)


@pytest.fixture(autouse=True)
def environ(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process's own, put back; an engine takes its keys out of it."""
    for name in ("KRAKEN_API_KEY", "KRAKEN_API_SECRET", "KRAKEN_TUI_LIVE"):
        monkeypatch.delenv(name, raising=False)
    yield


async def paper(home: Path, environ: Mapping[str, str], **options: object) -> RunSummary:
    given = {"home": home, "market": "demo", "duration": 120.0, "speed": float("inf"), "seed": 7, "foreground": False}
    return await run_engine(EngineOptions(**{**given, **options}), environ)  # type: ignore[arg-type]


async def live(home: Path, seconds: float = 2.0) -> RunSummary:
    return await run_engine(EngineOptions(home=home, duration=seconds, foreground=False, live=True, word="full"), {})


def files(folder: Path) -> dict[str, str]:
    """Every file below, with a digest of its content; not the sign of life of whichever engine was there last."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "heartbeat.json"
    }


async def test_paper_with_valid_keys_at_hand_asks_nothing_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with exchange() as it:
        home = it.home(tmp_path / "home", MODE="PAPER")
        at_hand = {**it.keys, "KRAKEN_TUI_LIVE": "full"}
        for name, value in at_hand.items():
            monkeypatch.setenv(name, value)
        summary = await paper(home, dict(os.environ), market="kraken", duration=4.0, speed=1.0, seed=None)
        assert summary.scans >= 2
        assert it.tap.paths, "prices came over this wire"
        assert [path for path in it.tap.paths if not PUBLIC.fullmatch(path)] == []
        assert it.private.connections == 0
        for secret in (*it.keys.values(), "API-Key", "API-Sign", "nonce"):
            assert secret.lower().encode() not in bytes(it.tap.sent).lower()
        assert {where.partition(":")[2] for where in it.sandbox.parts.statistics.requests} <= {
            "public/Assets", "public/AssetPairs", "public/Ticker", "public/OHLC", "public/SystemStatus", "subscribe",
            "ping",
        }  # fmt: skip
        assert it.orders == 0
    assert sorted(path.name for path in (home / "state").iterdir() if path.is_dir()) == ["paper"]
    assert not any(value.encode() in path.read_bytes() for path in home.rglob("*.log") for value in it.keys.values())


async def test_the_same_home_in_live_does_ask_so_the_wires_would_have_shown_it(tmp_path: Path) -> None:
    async with exchange() as it:
        await live(it.home(tmp_path / "home"))
        private = [path for path in it.tap.paths if path.startswith("/0/private/")]
        assert {"/0/private/GetApiKeyInfo", "/0/private/BalanceEx", "/0/private/GetWebSocketsToken"} <= set(private)
        assert it.private.connections >= 1
        assert it.private.paths[0] == "/auth/v2"
        assert it.keys["KRAKEN_API_KEY"].encode() in it.tap.sent
        assert it.keys["KRAKEN_API_SECRET"].encode() not in it.tap.sent


PROGRAM = """
import asyncio, json, os, pathlib, socket, sys

dialled = []

def watch(event, args):
    if event == "socket.connect" and args[0].family != socket.AF_UNIX:
        dialled.append(str(args[1]))

sys.addaudithook(watch)
from kraken_tui.runtime.options import EngineOptions
from kraken_tui.runtime.run import run_engine

summary = asyncio.run(run_engine(EngineOptions(
    home=pathlib.Path(sys.argv[1]), market="demo", duration=300.0, speed=float("inf"), seed=7, foreground=False)))
private = ("ccxt", "kraken_tui.exchange.live.kraken_client", "kraken_tui.exchange.live.private_stream",
           "kraken_tui.exchange.live.signed_kraken", "kraken_tui.exchange.live.order_calls")
print(json.dumps({
    "dialled": dialled, "private": [name for name in private if name in sys.modules], "fills": len(summary.trades),
    "left": [name for name in os.environ if name.startswith("KRAKEN_API")]}))
"""


def test_a_paper_engine_does_not_even_hold_the_code_that_trades(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / ".env").write_text("KRAKEN_API_KEY=from-the-file\nKRAKEN_API_SECRET=c2VjcmV0IG9mIHRoZSBmaWxl\n")
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(home)], capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "KRAKEN_API_KEY": "a-key", "KRAKEN_API_SECRET": "c2VjcmV0", "KRAKEN_TUI_LIVE": "full"},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["fills"] > 0, "it did trade, on paper"
    assert (told["dialled"], told["private"], told["left"]) == ([], [], [])


def make_room(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)


async def books_of(mode: str, path: Path) -> None:
    """A journal in which something was bought."""
    make_room(path)
    journal = await Journal.open(path, mode)
    await journal.record_intent("enter", "BTC/USD", {"reason": "x"}, "test", 1)
    await journal.record_fills([fill(1, Side.BUY, "0.01", "60000.0")])
    await journal.close()


@pytest.mark.parametrize("seed", [None, 7])
@pytest.mark.parametrize("other", ["live", "sandbox"])
async def test_paper_refuses_books_of_real_money(tmp_path: Path, other: str, seed: int | None) -> None:
    """With a seed a demo begins anew and sets the old books aside: real ones are not even moved."""
    home = Home(tmp_path / "home").in_world("demo")
    await paper(home.root, {}, seed=None, duration=20.0)
    await books_of(other, home.journal)
    before = files(home.state)
    for _ in range(2):
        with pytest.raises(SafetyRefusal, match=f"is the {other} journal; paper must not touch it"):
            await paper(home.root, {}, seed=seed, duration=20.0)
    assert files(home.state) == before


async def test_real_books_among_those_that_were_set_aside_are_not_replaced(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").in_world("demo")
    await paper(home.root, {}, duration=20.0)
    await books_of("live", home.state / "demo.previous" / "journal.db")
    before = files(home.state)
    with pytest.raises(SafetyRefusal, match="is the live journal"):
        await paper(home.root, {}, duration=20.0)
    assert files(home.state) == before


@pytest.mark.parametrize("other", ["paper", "live"])
async def test_a_live_run_refuses_another_modes_books_and_places_nothing(tmp_path: Path, other: str) -> None:
    async with exchange() as it:
        home = Home(it.home(tmp_path / "home"), "sandbox")
        await books_of(other, home.journal)
        before = files(home.state)
        with pytest.raises(SafetyRefusal, match=f"is the {other} journal; sandbox must not touch it"):
            await live(home.root)
        assert {name: digest for name, digest in files(home.state).items() if name in before} == before
        assert it.orders == 0


async def test_runs_of_one_mode_leave_the_others_files_as_they_are(tmp_path: Path) -> None:
    async with exchange() as it:
        root = it.home(tmp_path / "home", MODE="PAPER")
        await paper(root, {}, duration=300.0)
        on_paper = files(root / "state" / "paper")
        assert any(name.endswith("paper_ledger.json") for name in on_paper)
        it.home(root)
        await live(root)
        real = files(root / "state" / "sandbox")
        assert "journal.db" in real and not any("ledger" in name for name in real)
        assert files(root / "state" / "paper") == on_paper
        it.home(root, MODE="PAPER")
        await paper(root, {})
        assert files(root / "state" / "sandbox") == real


async def test_a_live_home_copied_over_papers_is_refused_as_a_whole(tmp_path: Path) -> None:
    """Folders that were moved about by hand, not only single files."""
    async with exchange() as it:
        root = it.home(tmp_path / "home")
        await live(root)
        shutil.copytree(root / "state" / "sandbox", root / "state" / "paper" / "demo")
        it.home(root, MODE="PAPER")
        asked = len(it.tap.paths)
        with pytest.raises(SafetyRefusal, match="sandbox journal; paper must not touch it"):
            await paper(root, {}, seed=None)
        assert len(it.tap.paths) == asked
