"""What an engine says while it runs: what happens, how far start-up is, and what is wrong, without any secret."""

import asyncio
from collections.abc import Callable

import msgspec
from loguru import logger

from kraken_tui.model.snapshot import WorkerRow
from kraken_tui.model.trading import Fill, Trade
from kraken_tui.runtime.stage import Stage
from kraken_tui.runtime.venues import Reports
from kraken_tui.supervisor import Supervisor


class News:
    """Tells the stage, and remembers what is still wrong. Made in the loop of the engine.

    Args:
        stage: shows it to the screens.
        supervisor: knows which workers live.
        masked: text without secrets; whatever is told passes through it.
    """

    def __init__(self, stage: Stage, supervisor: Supervisor, masked: Callable[[str], str]) -> None:
        self._stage = stage
        self._supervisor = supervisor
        self._masked = masked
        self._problems: dict[str, str] = {}
        self._loop = asyncio.get_running_loop()
        self.on_told: Callable[[str, str], None] = lambda kind, text: None
        """Told the same, without any secret."""
        self.on_fill: Callable[[Fill, Trade | None], None] = lambda fill, trade: None
        """Told of each fill of ours, with the trade that it ended."""

    @property
    def reports(self) -> Reports:
        """The same, for an engine's parts."""
        return Reports(
            tell=self.tell, problem=self.problem, alerts=self._alerts, workers=self._workers,
            filled=self._filled,
        )  # fmt: skip

    def tell(self, kind: str, text: str) -> None:
        """Something happened."""
        masked = self._masked(text)
        self._stage.tell(kind, masked)
        self.on_told(kind, masked)

    def _filled(self, fill: Fill, trade: Trade | None) -> None:
        self.on_fill(fill, trade)

    def progress(self, text: str, done: float) -> None:
        """How far start-up is, from 0 to 1; may be called from another thread."""
        self._loop.call_soon_threadsafe(self._stage.progress, text, done)
        if done in (0.0, 1.0):
            logger.info("{} {:.0%}", text, done)

    def problem(self, source: str, text: str) -> None:
        """Something is wrong at `source`, or mended where `text` is empty; may be called from a writer's thread."""
        self._loop.call_soon_threadsafe(self._note_problem, source, text)

    def _note_problem(self, source: str, text: str) -> None:
        if text:
            self._problems[source] = self._masked(text)
            self.tell("alert", text)
        elif self._problems.pop(source, None):
            self.tell("engine", f"{source}: mended")

    def _alerts(self) -> tuple[str, ...]:
        dead = [row for row in self._workers() if row.state in ("restarting", "failed")]
        return (*self._problems.values(), *(f"{row.name} {row.state}: {row.error}" for row in dead))

    def _workers(self) -> tuple[WorkerRow, ...]:
        return tuple(
            msgspec.structs.replace(row, error=self._masked(row.error)) if row.error else row
            for row in self._supervisor.rows()
        )
