"""What an engine writes down: the inputs of each decision, and the trajectory that came of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kraken_tui.market.candles import Closing
from kraken_tui.market.feed import Frame
from kraken_tui.model.candle import Candle
from kraken_tui.model.command import Command
from kraken_tui.model.market import Bar
from kraken_tui.model.trading import Fill
from kraken_tui.scanner.inputs import AccountColumns
from kraken_tui.scanner.result import ScanResult
from kraken_tui.store.input_log import InputLog
from kraken_tui.store.inputs import BarsSeen, CandlesClosed, CandlesPast, CommandSeen, FillSeen, Record, Scan
from kraken_tui.store.trajectory import Trajectory, TrajectoryRows


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

    def put(self, record: Record) -> None:
        """Write down any record."""
        self._inputs.push(record)

    def bars(self, time_ns: int, index: int, bars: list[Bar]) -> None:
        """A ticker's past that warmed its indicators."""
        self.put(BarsSeen(time_ns=time_ns, index=index, bars=tuple(bars)))

    def closing(self, time_ns: int, closing: Closing) -> None:
        """Candles that closed."""
        names = ("open", "high", "low", "close", "volume", "known")
        columns = {name: getattr(closing, name).tobytes() for name in names}
        self.put(CandlesClosed(time_ns=time_ns, open_ns=closing.open_ns, columns=columns))

    def candles(self, time_ns: int, index: int, candles: Sequence[Candle]) -> None:
        """A ticker's past, with which its window begins."""
        self.put(CandlesPast(time_ns=time_ns, index=index, candles=tuple(candles)))

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
                heard_ns=frame.heard_ns, paused=paused, heat_ppm=heat_ppm, columns=_given(frame, account),
            )
        )  # fmt: skip
        warm = result.bars >= result.atr_period
        self._trajectory.push(
            TrajectoryRows(
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
                left_s=result.cooldown_left * self._interval,
                side=account.side,
                entry=account.entry,
                stop=account.stop,
                pnl=profits,
                notes=notes,
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


def _given(frame: Frame, account: AccountColumns) -> dict[str, bytes]:
    columns: dict[str, NDArray[np.int64] | NDArray[np.float64] | NDArray[np.bool_]] = {
        "bid": frame.bid, "ask": frame.ask, "last": frame.last, "listed": frame.listed,
        "bid_amount": frame.bid_amount, "ask_amount": frame.ask_amount, "account": account.matrix,
    }  # fmt: skip
    return {name: column.tobytes() for name, column in columns.items()}
