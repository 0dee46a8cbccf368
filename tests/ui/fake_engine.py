"""A hand-written engine in this process: the same number of pulls shows the same picture."""

import asyncio
import math
import struct
from collections.abc import Callable

import msgspec

from kraken_tui.clock import SECOND, SEEDED_START_NS
from kraken_tui.control.client import Heard
from kraken_tui.control.protocol import Pull
from kraken_tui.model.command import (
    Approve,
    CancelTurn,
    Close,
    Command,
    CommandResult,
    Confirm,
    Flatten,
    Pause,
    Reject,
    Resume,
    Say,
    SetAutopilot,
    SetSetting,
    Stop,
)
from kraken_tui.model.page import Look, Page
from kraken_tui.model.scan import Reason, State
from kraken_tui.model.snapshot import (
    SPARK_WIDTH,
    AccountRow,
    Event,
    Headline,
    PositionRow,
    Roster,
    Snapshot,
    TickerColumns,
    TradeRow,
    WorkerRow,
)
from kraken_tui.model.talk import Block, BlockKind, Talk
from tests.ui.fake_pages import fake_page

NAMED = (
    ("SOL/USD", "Majors", 184.22, 2),
    ("BTC/USD", "Majors", 96_412.3, 1),
    ("ETH/USD", "Majors", 3_388.41, 2),
    ("DOGE/USD", "Memes", 0.18344, 5),
    ("PEPE/USD", "Memes", 0.00001129, 9),
    ("XRP/USD", "Majors", 2.2914, 4),
    ("ADA/USD", "Majors", 0.8812, 6),
    ("FARTCOIN/USD", "Memes", 0.5521, 4),
    ("LINK/USD", "Majors", 17.93, 3),
    ("AVAX/USD", "Majors", 31.02, 2),
    ("WIF/USD", "Memes", 0.7713, 4),
    ("TAO/USD", "Alts", 402.51, 2),
    ("XMR/USD", "Alts", 331.90, 2),
    ("ZEC/USD", "Alts", 52.77, 2),
    ("SUI/USD", "Alts", 3.0144, 4),
    ("NEAR/USD", "Alts", 4.411, 3),
    ("INJ/USD", "Alts", 18.62, 3),
    ("UNI/USD", "Alts", 9.813, 3),
)
HELD = {0: 1, 5: 1, 11: -1}
"""Index to side of what is open."""

STATES = {
    0: (State.HOLD, Reason.TRAIL, 0),
    1: (State.ARM, Reason.ARMING, 2),
    2: (State.WAIT, Reason.QUIET, 0),
    3: (State.ARM, Reason.BLOCKED, 1),
    4: (State.COOLDOWN, Reason.LOSS, 0),
    5: (State.HOLD, Reason.RATCHET_ENTRY, 0),
    6: (State.ENTRY, Reason.IN_FLIGHT, 0),
    8: (State.WAIT, Reason.WARMING, 0),
    9: (State.WAIT, Reason.NO_PRICE, 0),
    11: (State.EXIT, Reason.FADE, 0),
    12: (State.WAIT, Reason.JUMP, 0),
}


class Talking:
    """The conversation's end of an engine: blocks, each told again with a higher seq when it changes."""

    def __init__(self, **talk: object) -> None:
        self.seq = 0
        self.blocks: dict[int, Block] = {}
        self.turn = 0
        self.talk = Talk(seq=0, assistant="Zyn", operator="jimmy", state="ready", busy=False, model="gpt-4o",
                         tokens=12_345, cost="0.42")  # fmt: skip
        self.set(**talk)

    def set(self, **changes: object) -> None:
        """Tell the state anew."""
        self.seq += 1
        self.talk = msgspec.structs.replace(self.talk, seq=self.seq, **changes)

    def say(self, kind: BlockKind, *lines: str, id: int | None = None, done: bool = True, row: str = "",
            expires_ns: int = 0) -> int:  # fmt: skip
        """Tell a block, or one again; a user's begins a turn."""
        self.turn += id is None and kind is BlockKind.USER
        id = len(self.blocks) if id is None else id
        author = {BlockKind.USER: "jimmy", BlockKind.PROSE: "Zyn"}.get(kind, "kraken-tui")
        turn = self.blocks[id].turn if id in self.blocks else self.turn
        self.seq += 1
        self.blocks[id] = Block(id=id, seq=self.seq, turn=turn, time_ns=SEEDED_START_NS, kind=kind, author=author,
                                lines=lines, done=done, row=row, expires_ns=expires_ns)  # fmt: skip
        self.talk = msgspec.structs.replace(self.talk, seq=self.seq)
        return id

    def after(self, seq: int, heard: Heard) -> Heard:
        """What was told after `seq`."""
        if seq >= self.seq:
            return heard
        blocks = sorted((block for block in self.blocks.values() if block.seq > seq), key=lambda block: block.seq)
        return msgspec.structs.replace(heard, talk=self.talk, blocks=tuple(blocks))


class FakeEngine:
    """Implements `Link`.

    Attributes:
        sent: every command that arrived.
        fail: raised by every pull and connect while set.
        hang: pulls wait forever while set.
        moving: whether each pull is a new scan.
    """

    def __init__(
        self, *, mode: str = "PAPER", count: int = 30, moving: bool = True, warm: int = 40, role: str = "control"
    ) -> None:
        self.mode = mode
        self.role = role
        self.count = count
        self.moving = moving
        self.tick = warm
        self.sent: list[Command] = []
        self.looks: list[Look] = []
        self.settings = {"RISK_PER_TRADE": "1.0", "PAPER_BALANCE": "10000"}
        self.fail: Exception | None = None
        self.send_error: Exception | None = None
        self.hang = False
        self.slow: asyncio.Event | None = None
        self.connects = 0
        self.closed = False
        self.paused = False
        self.feed = "LIVE"
        self.naked = False
        self.progress = ""
        self.flat = False
        self.pid = 4242
        self.market = "demo"
        self.options: tuple[str, ...] = ("--demo",)
        self.profit = ("-98.25", "210.00", "-43.65", "264.60")
        self.held: tuple[PositionRow, ...] | None = None
        self.lines: tuple[Headline, ...] | None = None
        self.alerts: tuple[str, ...] = ()
        self.autopilot = "observe"
        self.asked: tuple[str, ...] = ()
        self.kill_switch = ""
        self.events: list[Event] = []
        self.talking: Talking | None = None
        self.commands: tuple[str, ...] = ()
        self.pulls: list[Pull] = []
        self.say: Callable[[str], CommandResult] = lambda text: CommandResult(ok=True, lines=(f"heard: {text}",))
        for kind, text in (
            ("engine", "engine started, 30 tickers"),
            ("feed", "feed LIVE: 30 of 30 subscriptions acknowledged"),
            ("entry", "bought 12.5 SOL/USD @ 183.91, stop 182.40"),
            ("stop", "SOL/USD stop 182.40 → 183.91 (entry)"),
            ("refused", "DOGE/USD: Memes 2/2"),
            ("exit", "sold 4,000 ADA/USD @ 0.8812: fade, net +9.75"),
        ):
            self.happen(kind, text)
        self.roster = self._roster()

    def happen(self, kind: str, text: str) -> None:
        """One more event."""
        seq = len(self.events)
        self.events.append(Event(seq=seq, time_ns=SEEDED_START_NS + seq * 7 * SECOND, kind=kind, text=text))

    def _roster(self) -> Roster:
        symbols = [name for name, *_ in NAMED] + [f"T{i:04d}/USD" for i in range(len(NAMED), self.count)]
        groups = [group for _, group, *_ in NAMED] + ["Alts"] * max(0, self.count - len(NAMED))
        decimals = [places for *_, places in NAMED] + [4] * max(0, self.count - len(NAMED))
        return Roster(
            version="0.1.0", mode=self.mode, account="margin" if self.mode == "PAPER" else "cash", market=self.market,
            home="/home/jimmy/kraken", pid=self.pid, symbols=tuple(symbols[: self.count]),
            groups=tuple(groups[: self.count]), price_decimals=bytes(decimals[: self.count]),
            leverage=bytes(10 if i < 3 else 3 for i in range(self.count)), asked_leverage=10, poll_interval=2.0,
            arm_persistence=3, commands=self.commands, options=self.options,
        )  # fmt: skip

    async def look(self, look: Look) -> Page:
        self.looks.append(look)
        if self.fail:
            raise self.fail
        return fake_page(look, self.tick, self.settings)

    async def connect(self) -> Roster:
        self.connects += 1
        if self.fail:
            raise self.fail
        self.roster = self._roster()
        return self.roster

    async def hear(self, snapshot_after: int, events_after: int, talk_after: int) -> Heard:
        if self.hang:
            await asyncio.Event().wait()
        if self.fail:
            raise self.fail
        events = tuple(self.events[events_after + 1 :])
        self.tick += self.moving
        snapshot = None if snapshot_after == self.tick else self.snapshot()
        heard = Heard(snapshot=snapshot, events=events, events_lost=False)
        return heard if self.talking is None else self.talking.after(talk_after, heard)

    async def send(self, command: Command) -> CommandResult:
        self.sent.append(command)
        if self.slow:
            await self.slow.wait()
        if self.send_error:
            raise self.send_error
        if isinstance(command, Flatten):
            self.flat = self.paused = True
            lines = ("closed SOL/USD 12.5 @ 184.22 net +3.10", "closed XRP/USD 900 @ 2.2914 net -1.20",
                     "cancelled 3 orders", "flat, net +1.90, entries paused")  # fmt: skip
            return CommandResult(ok=True, lines=lines)
        if isinstance(command, Say):
            return self.say(command.text)
        if isinstance(command, Pause | Resume):
            self.paused = isinstance(command, Pause)
            return CommandResult(ok=True, lines=("entries paused" if self.paused else "entries resumed",))
        if isinstance(command, Confirm | Reject | CancelTurn):
            return CommandResult(ok=True, lines=(f"{type(command).__name__.lower()} heard",))
        if isinstance(command, Stop | Close):
            return CommandResult(ok=True, lines=("done",))
        if isinstance(command, SetAutopilot):
            self.autopilot = command.level
            return CommandResult(ok=True, lines=(f"the autopilot is on {command.level}",))
        if isinstance(command, Approve):
            self.asked = tuple(line for line in self.asked if not line.startswith(command.symbol))
            return CommandResult(ok=True, lines=(f"{command.symbol}: approved",))
        if isinstance(command, SetSetting):
            self.settings[command.name] = command.value
            line = f"{command.name} is {command.value} in config.json; it holds from the next start on."
            return CommandResult(ok=True, lines=(line,))
        raise AssertionError(command)

    async def close(self) -> None:
        self.closed = True

    # ---- the picture --------------------------------------------------------------------------------------------

    def price(self, index: int, tick: int) -> float:
        base = NAMED[index][2] if index < len(NAMED) else 1 + index % 97
        wave = math.sin((tick + index * 5) / 9) * 0.004 + math.sin((tick * (1 + index % 5) + index) / 3) * 0.001
        return base * (1 + wave) if index != 9 else 0.0

    def _columns(self) -> TickerColumns:
        n, tick = self.count, self.tick
        prices = [self.price(i, tick) for i in range(n)]
        velocity = [int((p / self.price(i, tick - 10) - 1) * 1e6) if p else 0 for i, p in enumerate(prices)]
        table = [STATES.get(i, (State.WAIT, Reason.QUIET, 0)) for i in range(n)]
        spark = b"".join(self._spark(i) for i in range(n))
        return TickerColumns(
            price=_doubles(prices), bid=_doubles([p * 0.9999 for p in prices]),
            ask=_doubles([p * 1.0001 for p in prices]), velocity=struct.pack(f"<{n}i", *velocity),
            threshold=struct.pack(f"<{n}i", *[1500] * n), state=bytes(s for s, *_ in table),
            reason=bytes(r for _, r, _ in table), detail=bytes(d for *_, d in table),
            left_s=struct.pack(f"<{n}H", *[41 if s is State.COOLDOWN else 0 for s, *_ in table]),
            age_s=struct.pack(f"<{n}H", *[(i * i * 3) % 190 for i in range(n)]),
            side=struct.pack(f"<{n}b", *[0 if self.flat else HELD.get(i, 0) for i in range(n)]),
            pnl=_doubles([math.nan if self.flat or i not in HELD else 12.5 - 4 * i for i in range(n)]),
            spark=spark, notes=("", "Memes 2/2"),
        )  # fmt: skip

    def _spark(self, index: int) -> bytes:
        past = [self.price(index, self.tick - k * 2) for k in range(SPARK_WIDTH - 1, -1, -1)]
        low, high = min(past), max(past)
        return bytes(0 if not p else 1 + round((p - low) / ((high - low) or 1) * 254) for p in past)

    def snapshot(self) -> Snapshot:
        """The picture at this tick."""
        tick = self.tick
        positions = () if self.flat else self._positions() if self.held is None else self.held
        profit, realised, unrealised, fees = self.profit
        return Snapshot(
            seq=tick, time_ns=SEEDED_START_NS + tick * 2 * SECOND, scan=tick, regime="TRENDING", heat_percent=63.0,
            paused=self.paused, feed=self.feed, feed_age_s=0.3,
            feed_note="" if self.feed == "LIVE" else "socket silent",
            scan_us=84, worst_scan_us=312, headlines=self._headlines(), tickers=self._columns(), positions=positions,
            trades=self._trades(), alerts=self.alerts, progress=self.progress, progress_done=0.4,
            autopilot=self.autopilot, asked=self.asked, breakeven_percent=0.8032, kill_switch=self.kill_switch,
            workers=(WorkerRow(name="feed", state="running", restarts=0, error=""),),
            account=AccountRow(
                equity="10,123.45", profit=profit, balance="9,998.10", realised=realised, unrealised=unrealised,
                fees=fees, today="+113.35", exposure_percent=132.0, open_trades=len(positions), most_trades=6,
            ),
        )  # fmt: skip

    def _headlines(self) -> tuple[Headline, ...]:
        if self.lines is not None:
            return self.lines
        if self.flat:
            return (Headline(word="PAUSED", symbol="", price="", stop="", why="flattened by the operator"),)
        asks = [Headline(word="ASK", symbol=line.split()[0], price="96400.0", stop="95800.0",
                         why=line.partition(": ")[2]) for line in self.asked[:2]]  # fmt: skip
        return (
            *asks,
            Headline(word="EXIT", symbol="TAO/USD", price="402.51", stop="404.10", why="momentum faded for 45 scans"),
            Headline(word="BUY", symbol="ADA/USD", price="0.881200", stop="0.877100",
                     why="burst +0.34 % over 20 s, armed 3 of 3 scans"),
            Headline(word="ARM", symbol="BTC/USD", price="96,412.3", stop="", why="+0.22 % over 20 s, 2 of 3 scans"),
            Headline(word="HOLD", symbol="SOL/USD", price="184.22", stop="183.10", why="trailing the best price"),
        )  # fmt: skip

    def _positions(self) -> tuple[PositionRow, ...]:
        stop = "" if self.naked else "183.10"
        return (
            PositionRow(symbol="SOL/USD", side="LONG", amount="12.50000000", entry="183.91", mark="184.22", stop=stop,
                        protected=not self.naked, notional="2,302.75", leverage=10, gross="21.70", fees="9.20",
                        net="12.50", net_percent=0.42, opened_ns=SEEDED_START_NS),
            PositionRow(symbol="XRP/USD", side="LONG", amount="900.00000000", entry="2.2990", mark="2.2914",
                        stop="2.2810", protected=True, notional="2,062.26", leverage=3, gross="0.75", fees="8.25",
                        net="-7.50", net_percent=-0.33, opened_ns=SEEDED_START_NS + 20 * SECOND),
            PositionRow(symbol="TAO/USD", side="SHORT", amount="5.00000000", entry="402.05", mark="402.51",
                        stop="404.10", protected=True, notional="2,012.55", leverage=3, gross="-23.45", fees="8.05",
                        net="-31.50", net_percent=-1.57, opened_ns=SEEDED_START_NS + 40 * SECOND),
        )  # fmt: skip

    def _trades(self) -> tuple[TradeRow, ...]:
        return (
            TradeRow(symbol="ADA/USD", side="LONG", amount="4000.00000000", entry="0.871200", exit="0.881200",
                     gross="+40.00", fees="28.04", net="+11.96", reason="fade",
                     closed_ns=SEEDED_START_NS + 42 * SECOND),
            TradeRow(symbol="PEPE/USD", side="LONG", amount="90000000.00000", entry="0.000011410", exit="0.000011290",
                     gross="-10.80", fees="8.17", net="-18.97", reason="stopped", closed_ns=SEEDED_START_NS),
        )  # fmt: skip


def _doubles(values: list[float]) -> bytes:
    return struct.pack(f"<{len(values)}d", *values)
