"""trajectory.csv: what the scanner saw and thought, a row per scan and ticker. `docs/trajectory.md` explains it."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui import clock
from kraken_tui.model.advice import advice
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.scan import Reason, State
from kraken_tui.store.daily_file import DailyFile
from kraken_tui.store.writer import RETRY_S, Problem, Writer

COLUMNS = (
    "time", "scan", "symbol", "price", "bid", "ask", "velocity", "threshold", "atr", "regime", "heat", "state",
    "arm_count", "side", "entry", "stop", "pnl", "advice", "reason",
)  # fmt: skip
ROWS_PER_WRITE = 100
"""Each write lets other threads run, so that formatting holds the interpreter for a fraction of a millisecond."""

REMEMBERED = 1 << 15
"""Numbers whose text is kept: from scan to scan most prices stand still."""

LEAST_VELOCITY = -(1 << 31)
"""Below it is no velocity, but the scanner's word that there is none."""

SIDES = {1: "LONG", -1: "SHORT", 0: ""}
STATES = tuple(state.name for state in State)
REASONS = tuple(reason.name for reason in Reason)
ACTIVE = frozenset({State.ARM, State.ENTRY, State.HOLD, State.EXIT})

Keep = Literal["all", "active", "off"]
Ints = NDArray[np.signedinteger | np.unsignedinteger]


class TrajectoryRows(Struct, frozen=True, kw_only=True):
    """One scan, in columns with an entry per ticker, in the instruments' order. Prices are ticks; 0 = none."""

    time_ns: int
    scan: int
    regime: str
    heat_ppm: int
    """Parts per million."""
    threshold_ppm: int
    price: Ints
    bid: Ints
    ask: Ints
    velocity_ppm: Ints
    atr: NDArray[np.number]
    """Ticks; 0 while it is not warm."""
    state: Ints
    reason: Ints
    arm_count: Ints
    blocked: Ints
    """Index into `notes`."""
    left_s: NDArray[np.number]
    """Seconds of cooldown left."""
    side: Ints
    """+1 long, -1 short, 0 flat."""
    entry: Ints
    stop: Ints
    pnl: NDArray[np.float64]
    """Net unrealised P&L, quote units; NaN while flat."""
    notes: tuple[str, ...]


class Trajectory(Writer[TrajectoryRows]):
    """Writes `path`, a day per file.

    Args:
        path: trajectory.csv; earlier days lie beside it as trajectory-YYYY-MM-DD.csv.gz.
        instruments: in the order of every column.
        arm_persistence: scans over the threshold before an entry, for the advice.
        keep: all rows; or those armed, held or changed since the scan before; or none.
        problem: told what is wrong, and when it is mended.
    """

    def __init__(
        self,
        path: Path,
        instruments: Sequence[Instrument],
        arm_persistence: int,
        keep: Keep,
        problem: Problem,
        *,
        capacity: int = 256,
        retry_s: float = RETRY_S,
    ) -> None:
        self._keep = keep
        sink = TrajectorySink(path, RowText(instruments, arm_persistence), keep)
        super().__init__("trajectory.csv", sink, problem, capacity=capacity, retry_s=retry_s)

    def push(self, item: TrajectoryRows) -> None:
        """Queue a scan's rows. The arrays are copied: the caller may go on writing into them."""
        if self._keep == "off":
            return
        columns = {name: getattr(item, name) for name in item.__struct_fields__}
        copies = {name: value.copy() for name, value in columns.items() if isinstance(value, np.ndarray)}
        super().push(msgspec.structs.replace(item, **copies))


class TrajectorySink:
    """Turns rows to text, a hundred at a time, and appends them to the day's file."""

    def __init__(self, path: Path, text: "RowText", keep: Keep) -> None:
        self._file = DailyFile(path, ",".join(COLUMNS))
        self._text = text
        self._keeping = Keeping(keep)

    def write(self, item: TrajectoryRows) -> None:
        """Append a scan's rows; on a failure none of the rest is written."""
        self._file.turn_to(clock.day(item.time_ns))
        kept = self._keeping.rows_of(item)
        for start in range(0, len(kept), ROWS_PER_WRITE):
            part = kept[start : start + ROWS_PER_WRITE]
            self._file.append("".join(self._text.lines(item, part)).encode())

    def lost(self, count: int) -> None:
        """The numbers of the scans show the gap."""

    def idle(self) -> None:
        """Nothing waits here."""

    def abandon(self) -> None:
        """Let go of the file."""
        self._file.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class Keeping:
    """Which tickers of a scan have a row.

    Args:
        keep: all of them; or those armed, held or changed since the scan before.
    """

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._states: list[int] = []

    def rows_of(self, rows: TrajectoryRows) -> list[int]:
        """The places of those of this scan."""
        states, before = rows.state.tolist(), self._states
        self._states = states
        if self._keep == "all":
            return list(range(len(states)))
        changed = before if len(before) == len(states) else [-1] * len(states)
        return [i for i, state in enumerate(states) if state in ACTIVE or state != changed[i]]


class RowText:
    """Renders rows exactly: ticks become the instrument's own decimals."""

    def __init__(self, instruments: Sequence[Instrument], arm_persistence: int) -> None:
        self._symbols = [instrument.symbol for instrument in instruments]
        self._decimals = [instrument.price_decimals for instrument in instruments]
        self._units = [int(instrument.tick.scaleb(instrument.price_decimals)) for instrument in instruments]
        self._arm_persistence = arm_persistence

    def lines(self, rows: TrajectoryRows, which: list[int]) -> Iterator[str]:
        """A line for each ticker of `which`."""
        head = f"{clock.iso(rows.time_ns)},{rows.scan},"
        middle = f",{rows.regime},{rows.heat_ppm / 10_000:.2f},"
        threshold = f",{rows.threshold_ppm / 10_000:.4f},"
        columns = (
            rows.price, rows.bid, rows.ask, rows.velocity_ppm, rows.atr, rows.state, rows.arm_count, rows.side,
            rows.entry, rows.stop, rows.pnl, rows.reason,
        )  # fmt: skip
        taken = [column[which].tolist() for column in columns]
        for i, price, bid, ask, velocity, atr, state, arm, side, entry, stop, pnl, reason in zip(
            which, *taken, strict=True
        ):
            decimals, unit = self._decimals[i], self._units[i]
            yield (
                f"{head}{self._symbols[i]},{_price(price, unit, decimals)},{_price(bid, unit, decimals)},"
                f"{_price(ask, unit, decimals)},{_percent(velocity)}{threshold}{_atr(atr, unit, decimals)}{middle}"
                f"{STATES[state]},{arm},{SIDES[side]},{_price(entry, unit, decimals)},{_price(stop, unit, decimals)},"
                f"{_money(pnl)},{self._advice(rows, i, state, reason, arm)},{REASONS[reason]}\n"
            )

    def _advice(self, rows: TrajectoryRows, i: int, state: int, reason: int, arm: int) -> str:
        note = rows.notes[int(rows.blocked[i])] if reason == Reason.BLOCKED else ""
        return _advice(state, reason, arm, self._arm_persistence, note, int(rows.left_s[i]))


@lru_cache(maxsize=4096)
def _advice(state: int, reason: int, arm: int, persistence: int, note: str, left_s: int) -> str:
    text = advice(State(state), Reason(reason), arm, persistence, note, left_s)
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if "," in text or '"' in text else text


@lru_cache(maxsize=REMEMBERED)
def _price(ticks: int, unit: int, decimals: int) -> str:
    """Exact up to 2^53 units: the division is correctly rounded, and so is its rendering."""
    return f"{ticks * unit / 10**decimals:.{decimals}f}" if ticks else ""


@lru_cache(maxsize=REMEMBERED)
def _atr(ticks: float, unit: int, decimals: int) -> str:
    return f"{ticks * unit / 10**decimals:.{decimals + 2}f}" if ticks > 0 else ""


@lru_cache(maxsize=REMEMBERED)
def _percent(ppm: int) -> str:
    """Empty below what a velocity can be: there is none."""
    return f"{ppm / 10_000:.4f}" if ppm >= LEAST_VELOCITY else ""


def _money(amount: float) -> str:
    return "" if amount != amount else f"{amount:.2f}"
