"""The trading memory of a running engine: opened with the other books, told what was before, looked over once a day."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec

from kraken_tui import __version__
from kraken_tui.clock import SECOND, Clock, generator
from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.learning.insights import look
from kraken_tui.learning.trade_analyzer import quotes
from kraken_tui.model.errors import GARBLED, SafetyRefusal
from kraken_tui.model.memory import LearningState, ParameterChange
from kraken_tui.model.trading import Trade
from kraken_tui.store.memory_recorder import MemoryRecorder, name_of
from kraken_tui.store.telemetry_db import TelemetryDb
from kraken_tui.strategy.contract import Strategy

DAY_NS = 86_400 * SECOND
LOOK_EVERY_S = 60.0
SEED = 1
"""Of the intervals: the same trades have the same."""
MISSING = (
    "the trading memory was missing, and begun anew: the journal's {} trades are written into it again; what was "
    "decided, learned and adopted before is not known any more"
)
AT_ONCE = 1_000
FLUSH_S = 2.0
LAST_SETTINGS, LAST_LOOK = "settings", "insights"
"""Names of what is kept from run to run."""


def open_memory(home: Home, clock: Clock, problem: Callable[[str, str], None]) -> TelemetryDb:
    """The memory of these books; blocks while it is looked through.

    Raises:
        SafetyRefusal: it is another mode's or a newer program's.
    """
    return TelemetryDb.open(home.memory, home.mode, clock, lambda text: problem("trading memory", text))


def parameters_of(settings: Settings, config: TradingConfig, strategies: Sequence[Strategy]) -> dict[str, str]:
    """All that an operator sets, by name, as text."""
    rows: dict[str, object] = {**settings.model_dump(mode="json")}
    rows |= {f"trading.{name}": value for name, value in config.model_dump(mode="json").items()}
    rows |= {f"strategies/{row.name}": row.digest for row in strategies if row.digest}
    return {name: msgspec.json.encode(value).decode() for name, value in {**rows, "version": __version__}.items()}


def note_parameters(memory: TelemetryDb, now: Mapping[str, str], now_ns: int) -> None:
    """Write down what was changed since the last run; the first run has nothing to compare with. Blocks.

    Raises:
        SafetyRefusal: the memory can't be read.
    """
    kept = memory.reader.learning_state(LAST_SETTINGS)
    try:
        before = msgspec.json.decode(kept.state, type=dict[str, str]) if kept is not None else dict(now)
    except GARBLED as error:
        raise SafetyRefusal(f"the settings of the last run can't be read: {error}") from error
    changes = [
        ParameterChange(
            time_ns=now_ns, name=name, before=before.get(name, ""), after=now.get(name, ""), author="operator",
            reason="changed since the last run",
        )
        for name in sorted({*before, *now})
        if before.get(name, "") != now.get(name, "")
    ]  # fmt: skip
    if kept is None or changes:
        memory.record_together(
            *changes, LearningState(name=LAST_SETTINGS, time_ns=now_ns, state=msgspec.json.encode(dict(now)))
        )


async def recall(memory: TelemetryDb, recorder: MemoryRecorder, trades: Sequence[Trade]) -> None:
    """Have the journal's trades written down that the memory lacks, and those of its last day again: the exchange may
    have told more of them. Those that it has stay one row each.
    """
    for count, trade in enumerate(await asyncio.to_thread(_to_tell, memory, trades), 1):
        recorder.record_trade(trade)
        if count % AT_ONCE == 0:
            await memory.room()


def _to_tell(memory: TelemetryDb, trades: Sequence[Trade]) -> list[Trade]:
    """By name, not by time: a file that was begun anew has the newest and lacks all others. Blocks."""
    known = {name for rows in memory.reader.rows("trades", ("id",)) for (name,) in rows}
    there = [name_of(row) in known for row in trades]
    last_ns = max((row.closed_ns for row, is_known in zip(trades, there, strict=True) if is_known), default=0)
    return [
        row for row, is_known in zip(trades, there, strict=True) if not is_known or row.closed_ns >= last_ns - DAY_NS
    ]


class DailyLook:
    """Looks for insights once a day, in a thread: no scan waits for it.

    Args:
        memory: whose trades are looked at, and where insights go.
        clock: the engine's.
        quote: the currency of the account; money of others is not mixed in.
        tell: hears what was found.
    """

    def __init__(self, memory: TelemetryDb, clock: Clock, quote: str, tell: Callable[[str, str], None]) -> None:
        self._memory = memory
        self._clock = clock
        self._quote = quote
        self._tell = tell
        self._looked_day: int | None = None

    async def run(self) -> None:
        """Look after each midnight (UTC) until cancelled, and at the start where the last look was another day."""
        while True:
            await self.look_if_due()
            await self._clock.sleep(LOOK_EVERY_S)

    async def look_if_due(self) -> None:
        """Look, where today nobody has yet."""
        now_ns = self._clock.now_ns()
        if self._looked_day == now_ns // DAY_NS:
            return
        self._looked_day = now_ns // DAY_NS
        try:
            for line in await asyncio.to_thread(self._look, now_ns):
                self._tell("insight", line)
        except SafetyRefusal as error:
            self._tell("alert", f"no insights were looked for: {error}")

    def _look(self, now_ns: int) -> list[str]:
        self._memory.flush(FLUSH_S)  # what is on no disk after that is looked at tomorrow
        reader = self._memory.reader
        if not reader.path.exists():
            return []
        last = reader.learning_state(LAST_LOOK)
        if last is not None and last.time_ns // DAY_NS == now_ns // DAY_NS:
            return []
        columns = reader.columns()
        if columns.count:
            named = quotes(columns)
            here = named.names.index(self._quote) if self._quote in named.names else -1
            columns = columns.take((named.codes == here).nonzero()[0])
        found = look(columns, reader.insights(), generator(SEED))
        self._memory.record_together(
            *found.changed, LearningState(name=LAST_LOOK, time_ns=now_ns, state=str(found.cells).encode())
        )
        return [f"{one.status}: {one.text}" for one in found.changed]
