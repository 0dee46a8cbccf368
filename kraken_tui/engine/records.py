"""What an engine writes down: the inputs of each decision, what it came to, and the trajectory of all of them."""

import hashlib
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from kraken_tui.clock import SECOND, wait_for_any
from kraken_tui.engine.decider import Decision
from kraken_tui.execution.ruling import Answer, Question, pack
from kraken_tui.learning.views import InForce
from kraken_tui.market.candles import Closing
from kraken_tui.market.feed import Frame
from kraken_tui.model.candle import Candle
from kraken_tui.model.command import Command
from kraken_tui.model.market import Bar
from kraken_tui.model.trading import Fill, Side
from kraken_tui.model.vote import Call
from kraken_tui.scanner.inputs import AccountColumns
from kraken_tui.scanner.outputs import outputs
from kraken_tui.scanner.result import ScanResult
from kraken_tui.store.input_log import InputLog
from kraken_tui.store.inputs import (
    Adopted,
    BarsSeen,
    CandlesClosed,
    CandlesPast,
    CommandSeen,
    Decided,
    FillSeen,
    Kept,
    Record,
    Ruled,
    Scan,
)
from kraken_tui.store.trajectory import Trajectory, TrajectoryRows

HOUR_NS, DAY_NS = 3_600 * SECOND, 86_400 * SECOND
WAITED_S = 1.0
"""A disk that hangs holds up nothing for longer."""
UNKNOWN = 2
"""Side of a symbol that got no call."""

Memory = Callable[[bool], tuple[bytes, bytes, bytes]]
"""What the scanner remembers; and the autopilot's beliefs and candles, where those are asked for too."""


class Records:
    """Feeds the input log and the trajectory; neither ever holds up a scan.

    Args:
        inputs: the input log.
        trajectory: the trajectory.
        poll_interval: seconds between scans, for cooldowns in seconds.
    """

    def __init__(self, inputs: InputLog, trajectory: Trajectory, poll_interval: float) -> None:
        self._inputs = inputs
        self._trajectory = trajectory
        self._interval = poll_interval
        self._kept_ns: int | None = None
        self._adopted = False

    def put(self, record: Record) -> None:
        """Write down any record."""
        self._inputs.push(record)

    async def bars(self, time_ns: int, index: int, bars: list[Bar]) -> None:
        """A ticker's past that warmed its indicators; there may be many at once, so the writer is waited for."""
        self.put(BarsSeen(time_ns=time_ns, index=index, bars=tuple(bars)))
        await wait_for_any(self._inputs.room(), at_most=WAITED_S)

    def closing(self, time_ns: int, closing: Closing) -> None:
        """Candles that closed."""
        names = ("open", "high", "low", "close", "volume", "known")
        columns = {name: getattr(closing, name).tobytes() for name in names}
        self.put(CandlesClosed(time_ns=time_ns, open_ns=closing.open_ns, columns=columns))

    async def candles(self, time_ns: int, index: int, candles: Sequence[Candle]) -> None:
        """A ticker's past, with which its window begins; the writer is waited for."""
        self.put(CandlesPast(time_ns=time_ns, index=index, candles=tuple(candles)))
        await wait_for_any(self._inputs.room(), at_most=WAITED_S)

    def decided(self, time_ns: int, level: str, made: Decision) -> None:
        """The autopilot's calls on some symbols."""
        calls = {call.symbol: call for call in made.calls}
        sides = [sign(calls[symbol].side) if symbol in calls else UNKNOWN for symbol in made.symbols]
        self.put(
            Decided(
                time_ns=time_ns, first=made.first, regime=-1 if made.regime is None else int(made.regime), level=level,
                held={symbol: side.sign for symbol, side in made.held.items()},
                sides=np.array(sides, np.int8).tobytes(),
                digests=b"".join(digest(calls.get(symbol)) for symbol in made.symbols),
            )
        )  # fmt: skip

    def ruled(self, time_ns: int, id: str, question: Question, answer: Answer) -> None:
        """A ruling of the gate."""
        symbol = question.intent.symbol
        self.put(Ruled(time_ns=time_ns, symbol=symbol, id=id, given=pack(question), made=pack(answer)))

    def adopted(self, time_ns: int, rows: Sequence[InForce]) -> None:
        """Adopted parameters that decide at this close; nothing is told while there never were any in this run.

        They are told at each close, so that each day's file can be replayed by itself.
        """
        if rows or self._adopted:
            self.put(Adopted(time_ns=time_ns, rows=msgspec.msgpack.encode(tuple(rows))))
        self._adopted = bool(rows)

    def before_scan(self, time_ns: int, scan: int, memory: Memory) -> None:
        """Keep what is remembered before the first scan of each hour; all of it before the first of a day.

        So each day's file can be replayed by itself, and what damage leaves of a file again soon after it.
        """
        before_ns, self._kept_ns = self._kept_ns, time_ns
        if before_ns is None or before_ns // HOUR_NS == time_ns // HOUR_NS:
            return
        scanner, autopilot, candles = memory(before_ns // DAY_NS != time_ns // DAY_NS)
        self.put(Kept(time_ns=time_ns, scan=scan, scanner=scanner, autopilot=autopilot, candles=candles))

    def command(self, time_ns: int, author: str, command: Command) -> None:
        """A command that is about to be done."""
        self.put(CommandSeen(time_ns=time_ns, author=author, command=command))

    def fill(self, fill: Fill) -> None:
        """An execution."""
        self.put(FillSeen(time_ns=fill.time_ns, fill=fill))

    def scan(
        self,
        frame: Frame,
        result: ScanResult,
        account: AccountColumns,
        heat_ppm: int,
        paused: bool,
        notes: tuple[str, ...],
        profits: NDArray[np.float64],
    ) -> None:
        """A scan: what it was given, and what it made of it."""
        self.put(
            Scan(
                time_ns=frame.time_ns, scan=result.scan, state=int(frame.state), note=frame.note,
                heard_ns=frame.heard_ns, paused=paused, heat_ppm=heat_ppm,
                columns={**_given(frame, account), **outputs(frame, result)},
            )
        )  # fmt: skip
        self._trajectory.push(
            trajectory_rows(
                frame, result, account, heat_ppm=heat_ppm, interval=self._interval, notes=notes, profits=profits
            )
        )

    async def room(self) -> None:
        """Wait until the writers keep up: for an engine that runs faster than real time."""
        await self._inputs.room()
        await self._trajectory.room()

    def close(self) -> None:
        """Write what waits; blocks."""
        self._inputs.close()
        self._trajectory.close()


def trajectory_rows(
    frame: Frame,
    result: ScanResult,
    account: AccountColumns,
    *,
    heat_ppm: int,
    interval: float,
    notes: tuple[str, ...],
    profits: NDArray[np.float64],
) -> TrajectoryRows:
    """A scan as `trajectory.csv` tells it.

    Args:
        frame: what was read.
        result: what the scanner made of it.
        account: what it was told of the account.
        heat_ppm: how much of the heat limit is used.
        interval: seconds between scans.
        notes: what `account.blocked` counts into.
        profits: open P&L per ticker, net; NaN where nothing is held.
    """
    warm = result.bars >= result.atr_period
    return TrajectoryRows(
        time_ns=frame.time_ns,
        scan=result.scan,
        regime="WARMING" if result.regime is None else result.regime.name,
        heat_ppm=heat_ppm,
        threshold_ppm=result.threshold_ppm,
        price=result.price,
        bid=frame.bid,
        ask=frame.ask,
        velocity_ppm=result.velocity_ppm,
        atr=np.where(warm, result.range_sum / result.atr_period, 0.0),
        state=result.state,
        reason=result.reason,
        arm_count=result.arm_count,
        blocked=account.blocked,
        left_s=result.cooldown_left * interval,
        side=account.side,
        entry=account.entry,
        stop=account.stop,
        pnl=profits,
        notes=notes,
    )


def _given(frame: Frame, account: AccountColumns) -> dict[str, bytes]:
    columns: dict[str, NDArray[np.int64] | NDArray[np.float64] | NDArray[np.bool_]] = {
        "bid": frame.bid, "ask": frame.ask, "last": frame.last, "listed": frame.listed,
        "bid_amount": frame.bid_amount, "ask_amount": frame.ask_amount, "account": account.matrix,
    }  # fmt: skip
    return {name: column.tobytes() for name, column in columns.items()}


def digest(call: Call | None) -> bytes:
    """Four bytes that stand for all of a call; what is not a number is the same whatever its bits."""
    return hashlib.blake2b(b"" if call is None else msgspec.json.encode(call), digest_size=4).digest()


def sign(side: Side | None) -> int:
    """+1 for a long, -1 for a short, 0 for nothing."""
    return 0 if side is None else side.sign
