"""The computer that the engine runs on: it starts the engine, and it crashes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from kraken_tui.clock import Generator
from kraken_tui.simulation.disk import Disk
from kraken_tui.simulation.exchange_side import ExchangeSide
from kraken_tui.simulation.loop import VirtualLoop
from kraken_tui.simulation.processes import Process
from kraken_tui.simulation.virtual_clock import SteppedClock

_ORDERS = frozenset({"rest:AddOrder", "rest:AmendOrder", "rest:CancelOrder"})
SOON = 30
"""Callbacks within which the engine dies once its end was decided."""
POWER_CUT = 0.4
"""Part of the crashes in which the computer goes down too, and what was not synced with it."""


class Machine:
    """Runs one engine at a time.

    Args:
        loop: whose time passes.
        disk_chance: decides what a power cut leaves.
        chance: decides when it crashes.
        contents: counts crashes, by kind.
    """

    def __init__(self, loop: VirtualLoop, disk_chance: Generator, chance: Generator, contents: Counter[str]) -> None:
        self.disk = Disk(disk_chance)
        self.clock = SteppedClock(loop)
        self.process: Process | None = None
        """The engine's, while it runs."""
        self.deaths = 0
        self.note: Callable[[str], None] = lambda what: None
        """Told of starts and crashes."""
        self._chance = chance
        self._contents = contents
        self._under_way = 0
        """Order requests of this engine that it has heard nothing of."""
        self._is_in_statement = False
        self._odds = (0.0, 0.0)
        self.disk.on_change = self._on_disk_change

    def start(self, main: Callable[[], Coroutine[Any, Any, Any]]) -> Process:
        """Start the engine."""
        process = Process(f"engine {self.deaths + 1}")
        process.on_death.append(self._on_death)
        self.process, self._under_way = process, 0
        self.clock.restart()
        self.note(f"{process.name} starts")
        process.spawn(main())
        return process

    def crash_at_random(self, exchange: ExchangeSide, at_request: float, at_disk: float) -> None:
        """Crash from now on with these odds: at each step of an order request, at each change of the disk."""
        self._odds = at_request, at_disk
        exchange.rest.watchers.append(self._on_request)

    def crash_no_more(self) -> None:
        """Whatever was decided does not happen."""
        self._odds = 0.0, 0.0
        if self.process is not None:
            self.process.dies_at = None

    def crash_soon(self, callbacks: int) -> None:
        """End the engine within so many callbacks."""
        if self.process is not None:
            self.process.kill_in(self._chance.randrange(callbacks))

    def switch_off(self) -> None:
        """End the engine and the computer by pulling the plug, once all is over; it is no crash that counts."""
        if self.process is not None:
            self.process.on_death.remove(self._on_death)
            self.process.kill()
            self.process = None
        self.disk.cut_power()

    def _on_request(self, moment: str, where: str, body: bytes) -> None:
        if where not in _ORDERS:
            return
        if moment == "sent":
            self._under_way += 1
        elif moment == "told":
            self._under_way -= 1
        if self._odds[0] and self._chance.random() < self._odds[0]:
            self.crash_soon(SOON)

    def _on_disk_change(self) -> None:
        if self._odds[1] and self.process is not None and self._chance.random() < self._odds[1]:
            self._is_in_statement = True
            self.process.kill()
            self._is_in_statement = False

    def _on_death(self) -> None:
        self.process = None
        self.deaths += 1
        power = self._chance.random() < POWER_CUT
        if power:
            self.disk.cut_power()
        else:
            self.disk.end_process()
        self._contents["crash: power cut" if power else "crash: killed"] += 1
        if self._under_way:
            self._contents["crash: between intent and reply"] += 1
        if self._is_in_statement:
            self._contents["crash: writing to the disk"] += 1
        self.note(f"the engine dies ({'power cut' if power else 'killed'}), {self._under_way} requests under way")
