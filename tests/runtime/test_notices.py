"""What an engine does reaches its operator's phone, through Twilio's real client."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from kraken_tui import clock
from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.control.client import EngineClient
from kraken_tui.model.command import Buy, Close, Stop
from kraken_tui.model.trading import Fill, OrderType, Side, Trade
from kraken_tui.notify.deliveries import read_deliveries
from kraken_tui.notify.events import Closed, Event, Executed, KillSwitch, OutcomeUnknown
from kraken_tui.notify.heartbeat import read_beat
from kraken_tui.runtime.notices import SETTLE_NS, Notices
from kraken_tui.runtime.options import EngineOptions
from kraken_tui.runtime.run import run_engine
from tests.notify.samples import fill, trade
from tests.notify.twilio_server import ACCOUNT, FROM, TO, TOKEN, Twilio, serving

KEYS = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN}


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with serving() as here:
        yield here


def configured(home: Path, twilio: Twilio, **changes: object) -> Path:
    told = {
        "POLL_INTERVAL": 0.2, "SCANNER_TRADES": False, "NOTIFY_SMS_TO": [TO], "NOTIFY_SMS_FROM": FROM,
        "NOTIFY_TWILIO_URL": twilio.url, "NOTIFY_REPORT_AT": None, **changes,
    }  # fmt: skip
    (home / "config.json").write_text(json.dumps(told))
    return home


@asynccontextmanager
async def engine(home: Path, environ: dict[str, str]) -> AsyncIterator[EngineClient]:
    """An engine on the demo market, at the market's own speed, that has begun to scan."""
    options = EngineOptions(home=home, market="demo", seed=7, foreground=False)
    running = asyncio.ensure_future(run_engine(options, environ))
    client = EngineClient(Home(home).socket, "screen")
    try:
        await until(lambda: scans(client, running), lambda count: count > 0)
        yield client
        await client.send(Stop())
        async with asyncio.timeout(20):
            await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await client.close()


async def scans(client: EngineClient, running: "asyncio.Future[Any]") -> int:
    if running.done():
        running.result()
    try:
        await client.connect()
        snapshot, _, _ = await client.pull(-1, -1)
    except ConnectionError:
        return 0
    return snapshot.scan if snapshot is not None and snapshot.tickers.price else 0


async def until(look: Callable[[], Any], is_so: Callable[[Any], bool], within_s: float = 60) -> Any:
    async with asyncio.timeout(within_s):
        while not is_so(found := await look()):
            await clock.real_sleep(0.05)
    return found


async def test_fills_the_kill_switch_and_the_report_arrive(twilio: Twilio, tmp_path: Path) -> None:
    home = configured(tmp_path, twilio, DAILY_LOSS_LIMIT=0.1, NOTIFY_REPORT_AT="00:00")
    async with engine(home, KEYS) as client:
        done = await client.send(Buy(symbol="BTC/USD"))
        assert done.ok, done.lines
        await asyncio.to_thread(twilio.wait_for, 4)
    by_word = {body.split()[3]: body for body in twilio.bodies}
    assert set(by_word) == {"report", "entry", "KILL", "exit"}, twilio.bodies
    assert "report 2026-01-01: no trade closed; 0 open" in by_word["report"]
    assert "entry BTC/USD: bought " in by_word["entry"] and ", fee " in by_word["entry"]
    assert "KILL SWITCH: daily loss " in by_word["KILL"] and "0.1 % of 10000.00" in by_word["KILL"]
    assert "exit BTC/USD long " in by_word["exit"] and "(kill switch)" in by_word["exit"]
    rows = read_deliveries(Home(tmp_path).notifications)
    assert len(rows) == 4 and {row.sid for row in rows} == {message.sid for message in twilio.messages}
    beat = read_beat(Home(tmp_path).heartbeat)
    assert beat is not None and (beat.state, beat.market) == ("stopped", "demo")


async def test_a_twilio_that_hangs_delays_no_scan_and_not_the_end(twilio: Twilio, tmp_path: Path) -> None:
    twilio.faults = ["hang"] * 50
    async with engine(configured(tmp_path, twilio), KEYS) as client:
        assert (await client.send(Buy(symbol="BTC/USD"))).ok
        assert await asyncio.to_thread(twilio.hangs.wait, 30)
        before, _, _ = await client.pull(-1, -1)
        assert before is not None

        async def scan() -> int:
            snapshot, _, _ = await client.pull(-1, -1)
            return snapshot.scan if snapshot is not None else 0

        await until(scan, lambda count: count >= before.scan + 15)
        assert (await client.send(Close(symbol="BTC/USD"))).ok
        began_ns = clock.stopwatch_ns()
    assert clock.stopwatch_ns() - began_ns < 10 * clock.SECOND
    assert twilio.messages == []
    assert any(row.status == "sending" for row in read_deliveries(Home(tmp_path).notifications))


async def test_missing_keys_are_an_alert_and_no_reason_not_to_trade(twilio: Twilio, tmp_path: Path) -> None:
    async with engine(configured(tmp_path, twilio), {}) as client:
        snapshot, _, _ = await client.pull(-1, -1)
        assert snapshot is not None
        (alert,) = [text for text in snapshot.alerts if "TWILIO" in text]
    assert alert.startswith("sms is not sent: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are missing: write both into")


async def test_a_run_at_speed_tells_nobody(twilio: Twilio, tmp_path: Path) -> None:
    home = configured(tmp_path, twilio, POLL_INTERVAL=2, SCANNER_TRADES=True)
    options = EngineOptions(home=home, market="demo", duration=300.0, speed=float("inf"), seed=7, foreground=False)
    summary = await run_engine(options, KEYS)
    assert summary.trades
    assert twilio.requests == [] and not Home(tmp_path).notifications.exists()


class Watched:
    """Notices over an engine that is only a few readings."""

    def __init__(self) -> None:
        self.told: list[Event] = []
        self.frozen: list[str] = []
        self.alerts: tuple[str, ...] = ()
        self.held: SimpleNamespace | None = None
        kill = SimpleNamespace(state=SimpleNamespace(tripped="", tripped_ns=0))
        self.kill = kill.state
        account = SimpleNamespace(frozen=lambda: self.frozen, position=lambda symbol: self.held, trades=[])
        parts = SimpleNamespace(gate=SimpleNamespace(kill=kill), account=account, alerts=lambda: self.alerts)
        row = SimpleNamespace(symbol="BTC/USD", kind="enter", client_id="kt1")
        trader = SimpleNamespace(gateway=SimpleNamespace(unsettled=lambda symbol: [row]))
        sender = SimpleNamespace(tell=self.told.append)
        settings = Settings(NOTIFY_REPORT_AT=None)
        news = SimpleNamespace(tell=self._heard)
        self.notices = Notices(cast(Any, sender), cast(Any, parts), cast(Any, trader), cast(Any, news), settings)
        self.now_ns = 1
        self.notices._wall = cast(Any, SimpleNamespace(now_ns=lambda: self.now_ns))

    def _heard(self, kind: str, text: str) -> None:
        self.notices.on_told(kind, text)

    def hold(self, side: Side, stop: str | None) -> None:
        self.held = SimpleNamespace(side=side, stop_price=None if stop is None else Decimal(stop))

    def fill(self, fill: Fill, trade: Trade | None = None) -> None:
        self.notices.on_fill(fill, trade)

    def look(self, passed_ns: int = 0) -> None:
        self.now_ns += passed_ns
        self.notices.look()


def test_fills_of_one_order_are_one_event_with_the_stop_by_then() -> None:
    world = Watched()
    world.hold(Side.BUY, None)
    for name in ("A", "B", "C"):
        world.fill(fill(name))
        world.look(SETTLE_NS - 1)
    assert world.told == []
    world.hold(Side.BUY, "59000")
    world.look(1)
    world.look(SETTLE_NS)
    fills = (fill("A"), fill("B"), fill("C"))
    assert world.told == [Executed(fills=fills, opens=True, stop_price=Decimal(59000))]


def test_an_entry_is_told_before_the_stop_that_ends_it_and_parts_of_the_exit_are_not_told_twice() -> None:
    world = Watched()
    world.hold(Side.BUY, "59000")
    world.fill(fill("A"))
    sold = {"order_id": "O2", "side": Side.SELL, "order_type": OrderType.STOP_LOSS}
    world.fill(fill("B", **sold))
    world.held = None
    world.fill(fill("C", **sold), trade())
    world.look(10 * SETTLE_NS)
    assert [type(event) for event in world.told] == [Executed, Closed]
    assert world.told[1] == Closed(trade=trade(), by_stop=True, last_fill="C")


def test_the_kill_switch_an_unknown_outcome_and_alerts_are_told_once_each() -> None:
    world = Watched()
    for _ in range(3):
        world.look()
    assert world.told == []
    world.kill.tripped, world.kill.tripped_ns = "daily loss", 5
    world.frozen, world.alerts = ["BTC/USD"], ("trajectory is not written: no space",)
    for _ in range(3):
        world.look()
    assert [type(event).__name__ for event in world.told] == ["KillSwitch", "OutcomeUnknown", "Alert"]
    assert world.told[:2] == [
        KillSwitch(why="daily loss", tripped_ns=5),
        OutcomeUnknown(symbol="BTC/USD", what="enter", client_id="kt1"),
    ]


def test_what_has_an_event_of_its_own_and_what_could_not_be_told_are_no_alerts() -> None:
    world = Watched()
    world.notices.on_told("alert", "kill switch: daily loss")
    world.notices.on_told("alert", "BTC/USD buy: outcome unknown (kt1): look")
    world.notices.on_told("entry", "buy 1 BTC/USD")
    world.notices.say("sms: a message (entry) was not sent: HTTP 500")
    assert world.told == []
    world.notices.on_told("alert", "BTC/USD: no stop could rest (x): closing")
    assert len(world.told) == 1
