"""`paper_ledger.json`: survives kill -9, is never overwritten when damaged, never acknowledges what is not on disk."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kraken_tui.clock import SEEDED_START_NS, PacedClock, generator
from kraken_tui.exchange.matching.money.audit import audit
from kraken_tui.exchange.paper.ledger import Ledger
from kraken_tui.exchange.paper.paper_exchange_wrapper import PaperExchangeWrapper
from kraken_tui.exchange.paper.paper_trading import PaperTrading
from kraken_tui.model.errors import OutcomeUnknown, Refused, SafetyRefusal
from kraken_tui.store.atomic import NotSynced, write_atomically
from tests.exchange.cases import CASH, MARGIN, PAIRS, D, quote
from tests.samples import Hears

FOLDER = Path(__file__).parents[2]


def child(path: Path, seed: int, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.exchange.ledger_child", str(path), str(seed), *more]
    return subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE)


def told_until_killed(process: subprocess.Popen[bytes], lines: int) -> list[list[str]]:
    """Read so many lines, kill, read what was still said."""
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(lines)]
    os.kill(process.pid, signal.SIGKILL)
    said += process.stdout.readlines()
    process.stdout.close()
    process.wait(20)
    return [line.decode().split(" ", 1) for line in said if line.endswith(b"\n")]


@pytest.mark.thorough
def test_survives_kill_9_at_any_moment(tmp_path: Path) -> None:
    path, chance = tmp_path / "state" / "paper" / "paper_ledger.json", generator(5)
    acknowledged: set[str] = set()
    filled: set[str] = set()
    cancelled: set[str] = set()
    for run in range(10):
        said = told_until_killed(child(path, run), chance.randrange(2, 60))
        acknowledged |= {line[1].strip() for line in said if line[0] == "order"}
        filled |= {line[1].strip() for line in said if line[0] == "fill"}
        cancelled |= {line[1].strip() for line in said if line[0] == "cancel"}
        state = Ledger(path, "cash").load()
        if state is None:
            assert not acknowledged
            continue
        paper = PaperTrading(PAIRS, CASH, state)
        assert audit(state.venue, paper.rules) == []
        closed = {order.id for order in state.closed}
        assert len(state.closed) < 500
        assert acknowledged <= set(state.venue.orders) | closed
        assert cancelled <= closed
        assert filled <= {trade.fill.id for trade in state.trades}
    assert len(acknowledged) > 50
    assert filled
    assert cancelled


def test_a_disk_that_is_full_refuses_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "paper_ledger.json"
    said = told_until_killed(child(path, 1, "20000"), 150)
    acknowledged = {line[1].strip() for line in said if line[0] == "order"}
    refused = [line[1] for line in said if line[0] == "refused"]
    assert any("paper ledger not written: File too large" in text for text in refused)
    state = Ledger(path, "cash").load()
    assert state is not None
    assert acknowledged <= set(state.venue.orders) | {order.id for order in state.closed}
    assert path.stat().st_size <= 20000
    assert [file.name for file in tmp_path.iterdir()] == ["paper_ledger.json"]


class Disk:
    """Writes as told: well, not at all, or without the last sync."""

    def __init__(self) -> None:
        self.broken: type[OSError] | None = None

    def write(self, path: Path, data: bytes) -> None:
        if self.broken is NotSynced:
            write_atomically(path, data)
        if self.broken is not None:
            raise self.broken(28, "No space left on device", str(path))
        write_atomically(path, data)


class Desk:
    """A paper exchange on a disk that can break."""

    def __init__(self, path: Path) -> None:
        self.disk = Disk()
        self.ledger = Ledger(path, "cash", write=self.disk.write)
        self.clock = PacedClock(SEEDED_START_NS, float("inf"))
        self.now = quote("99.9", "100.0", "50")
        self.paper = PaperTrading(PAIRS, CASH, self.ledger.load())
        self.problems: list[str] = []
        self.hears = Hears()
        self.fills, self.orders = self.hears.fills, self.hears.orders
        self.exchange = PaperExchangeWrapper(
            self.paper, self.clock, lambda symbol: self.now, self.ledger, self.problems.append
        )
        self.exchange.subscribe(self.hears)

    async def moves_to(self, bid: str, ask: str) -> None:
        await self.clock.sleep(2)
        self.now = quote(bid, ask, "50", time_ns=self.clock.now_ns())
        await self.exchange.on_quotes([self.now], self.clock.now_ns())


async def test_order_that_cannot_be_saved_is_refused_and_rolled_back(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "ledger.json")
    await desk.exchange.create_order("BTC/USD", "limit", "buy", "1", "90.0", {"clientOrderId": "one"})
    before, saved = desk.paper.snapshot(), desk.ledger.path.read_bytes()
    desk.disk.broken = OSError
    with pytest.raises(Refused, match=r"paper ledger not written: No space left on device .*ledger\.json"):
        await desk.exchange.create_order("BTC/USD", "market", "buy", "1", None, {"clientOrderId": "two"})
    assert (desk.paper.snapshot(), desk.ledger.path.read_bytes()) == (before, saved)
    assert desk.fills == []
    assert desk.exchange.problem == desk.problems[-1] != ""
    desk.disk.broken = None
    made = await desk.exchange.create_order("BTC/USD", "market", "buy", "2", None, {"clientOrderId": "two"})
    assert (desk.exchange.problem, desk.problems[-1]) == ("", "")
    state = Ledger(desk.ledger.path, "cash").load()
    assert state is not None
    assert [(order.id, order.amount) for order in state.closed] == [(made["id"], D(2))]
    assert [(trade.fill.id, trade.fill.amount) for trade in state.trades] == [(desk.fills[0].id, D(2))]


async def test_fill_that_cannot_be_saved_is_kept_untold_and_retried(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "ledger.json")
    await desk.exchange.create_order("BTC/USD", "market", "buy", "1")
    stop = await desk.exchange.create_order("BTC/USD", "market", "sell", "1", None, {"stopLossPrice": "95.0"})
    desk.disk.broken = OSError
    await desk.moves_to("94.0", "94.1")
    assert len(desk.fills) == 1
    assert [row["id"] for row in await desk.exchange.fetch_open_orders()] == [stop["id"]]
    assert "BTC/USD" in desk.exchange.active_symbols()
    await desk.moves_to("99.0", "99.1")
    assert len(desk.fills) == 1
    desk.disk.broken = None
    await desk.exchange.on_quotes([], desk.clock.now_ns())
    assert [(fill.order_id, fill.price) for fill in desk.fills[1:]] == [(stop["id"], D("94.0"))]
    assert await desk.exchange.fetch_open_orders() == []
    assert desk.exchange.active_symbols() == frozenset()
    assert desk.exchange.problem == ""


async def test_order_whose_folder_cannot_be_synced_is_unknown_and_can_be_asked_for(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "ledger.json")
    desk.disk.broken = NotSynced
    with pytest.raises(OutcomeUnknown, match="paper ledger not written"):
        await desk.exchange.create_order("BTC/USD", "limit", "buy", "1", "90.0", {"clientOrderId": "one"})
    assert [row["clientOrderId"] for row in await desk.exchange.fetch_open_orders()] == ["one"]
    assert desk.orders == []
    desk.disk.broken = None
    await desk.exchange.on_quotes([], desk.clock.now_ns())
    assert [order.client_id for order in desk.orders] == ["one"]


async def filled_ledger(path: Path) -> bytes:
    desk = Desk(path)
    for _ in range(20):
        await desk.exchange.create_order("BTC/USD", "market", "buy", "0.1")
    return content(path)


def content(path: Path) -> bytes:
    return path.read_bytes()


async def test_damaged_ledger_is_named_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "paper_ledger.json"
    whole = await filled_ledger(path)
    line = whole[: len(whole) // 2].count(b"\n") + 1
    damages: list[tuple[bytes, str]] = [
        (whole[: len(whole) // 2], f"damaged paper ledger at line {line}, column"),
        (whole[:300] + b"\xff\xfe" + whole[302:], "damaged paper ledger at byte 300"),
        (b"", "damaged paper ledger at line 1"),
        (b"[]", "not a paper ledger"),
        (whole.replace(b'"side":"buy"', b'"side":"hold"', 1), r"damaged paper ledger: Invalid enum value 'hold' - at"),
    ]
    for data, text in damages:
        path.write_bytes(data)
        with pytest.raises(SafetyRefusal, match=text) as refused:
            Ledger(path, "cash").load()
        assert str(path) in str(refused.value)
        assert "move both away" in str(refused.value)
        assert refused.value.exit_code == 5
        assert path.read_bytes() == data


async def test_ledger_whose_books_do_not_balance_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "paper_ledger.json"
    whole = json.loads(await filled_ledger(path))
    for change in ("9999", "NaN"):
        whole["state"]["venue"]["balances"]["USD"] = change
        path.write_text(json.dumps(whole))
        with pytest.raises(SafetyRefusal, match="books"):
            PaperTrading(PAIRS, CASH, Ledger(path, "cash").load())


@pytest.mark.parametrize(
    ("key", "value"), [("mode", "LIVE"), ("account", "margin"), ("schema", 2), ("schema", 0), ("quote", "EUR")]
)
async def test_ledger_of_something_else_is_refused(tmp_path: Path, key: str, value: Any) -> None:
    path = tmp_path / "paper_ledger.json"
    whole = json.loads(await filled_ledger(path))
    path.write_text(json.dumps(whole | {key: value}))
    with pytest.raises(SafetyRefusal, match=f"has {key} {value!r}, this run needs"):
        Ledger(path, "cash").load()


async def test_ledger_with_a_pair_that_the_market_does_not_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "paper_ledger.json"
    await filled_ledger(path)
    with pytest.raises(SafetyRefusal, match="BTC/USD, which this market does not list"):
        PaperTrading(PAIRS[1:], CASH, Ledger(path, "cash").load())


async def test_restart_continues_exactly(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    ledger, clock = Ledger(path, "margin"), PacedClock(SEEDED_START_NS, float("inf"))
    now = quote("99.9", "100.0", "50")
    paper = PaperTrading(PAIRS, MARGIN)
    exchange = PaperExchangeWrapper(paper, clock, lambda symbol: now, ledger)
    stop = {"close": {"ordertype": "stop-loss", "price": "90.0"}}
    await exchange.create_order("BTC/USD", "market", "buy", "60", None, {"leverage": 5, **stop})
    await exchange.create_order("BTC/USD", "limit", "buy", "1", "91.0", {"clientOrderId": "rests"})
    again = PaperTrading(PAIRS, MARGIN, ledger.load())
    assert again.snapshot() == paper.snapshot()
    assert again.equity({}) == paper.equity({})
    assert again.active_symbols() == {"BTC/USD"}
    resumed = PaperExchangeWrapper(again, clock, lambda symbol: None, ledger)
    assert await resumed.fetch_open_orders() == await exchange.fetch_open_orders()
    assert await resumed.fetch_my_trades() == await exchange.fetch_my_trades()
    assert await resumed.fetch_positions() == await exchange.fetch_positions()
    assert await resumed.fetch_balance() == await exchange.fetch_balance()


async def test_only_the_last_orders_and_trades_are_kept(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "ledger.json")
    desk.exchange = PaperExchangeWrapper(desk.paper, desk.clock, lambda symbol: desk.now)
    for _ in range(520):
        await desk.exchange.create_order("BTC/USD", "market", "buy", "0.1")
        await desk.exchange.create_order("BTC/USD", "market", "sell", "0.1")
    assert (len(desk.paper.state.closed), len(desk.paper.state.trades)) == (500, 1000)
    assert desk.paper.fees == D("0.04") * 520 + D("0.03996") * 520
    assert desk.ledger.load() is None


@pytest.mark.thorough
async def test_a_flipped_bit_anywhere_is_never_taken_for_a_balance(tmp_path: Path) -> None:
    path = tmp_path / "paper_ledger.json"
    whole = await filled_ledger(path)
    good = Ledger(path, "cash").load()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            loaded = Ledger(path, "cash").load()
        except SafetyRefusal:
            continue
        assert loaded == good


def test_a_link_to_nowhere_is_no_fresh_account(tmp_path: Path) -> None:
    path = tmp_path / "paper_ledger.json"
    path.symlink_to(tmp_path / "gone.json")
    with pytest.raises(SafetyRefusal, match="not there"):
        Ledger(path, "cash").load()
