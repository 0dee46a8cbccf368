"""The line between the engine's machine and the exchange: how long things take on it, and how it fails."""

from __future__ import annotations

from collections.abc import Callable

from kraken_tui.clock import SECOND, Generator
from kraken_tui.simulation.loop import VirtualLoop
from kraken_tui.simulation.processes import Process


class Line:
    """Both ways of the line, REST and WebSocket alike.

    Args:
        loop: whose time passes.
        chance: draws how long each way takes.
        usual_s: seconds that one way takes at least.
        slow: part of all ways that take much longer.
    """

    def __init__(self, loop: VirtualLoop, chance: Generator, usual_s: float = 0.02, slow: float = 0.01) -> None:
        self.usual_s = usual_s
        self.on_cut: list[Callable[[], None]] = []
        """Called when the line breaks: every connection over it is over."""
        self.on_slow: list[Callable[[float], None]] = []
        """Told of each way that takes much longer, with its seconds."""
        self._loop = loop
        self._chance = chance
        self._slow = slow
        self._refused_until_ns = 0
        self._silent_until_ns = 0

    @property
    def round_trip_s(self) -> float:
        """What a question and its answer usually take."""
        return 2 * self.usual_s

    @property
    def is_refused(self) -> bool:
        """Whether no connection can be made: nothing is sent, and whoever tries is told so."""
        return self._loop.now_ns < self._refused_until_ns

    @property
    def is_silent(self) -> bool:
        """Whether whatever is sent stays on its way, both ways, and nobody is told."""
        return self._loop.now_ns < self._silent_until_ns

    def cut(self, seconds: float) -> None:
        """Break every connection; for `seconds` none can be made."""
        self._refused_until_ns = max(self._refused_until_ns, self._loop.now_ns + int(seconds * SECOND))
        for callback in self.on_cut:
            callback()

    def hush(self, seconds: float) -> None:
        """Let nothing arrive for `seconds`; it arrives afterwards, as it was sent."""
        self._silent_until_ns = max(self._silent_until_ns, self._loop.now_ns + int(seconds * SECOND))

    def mend(self) -> None:
        """End whatever is wrong with it; what a silence held up is still late."""
        self._refused_until_ns = self._silent_until_ns = 0

    def delay_ns(self) -> int:
        """How long what is sent now is on its way."""
        seconds = self.usual_s * (1 + self._chance.random())
        if self._chance.random() < self._slow:
            seconds += self._chance.uniform(0.1, 3.0)
            for callback in self.on_slow:
                callback(seconds)
        return max(0, self._silent_until_ns - self._loop.now_ns) + int(seconds * SECOND)


class Way:
    """One direction of one connection: things arrive in the order in which they were sent.

    Args:
        loop: whose time passes.
        line: over which.
        at: the process that they arrive at.
        arrive: told of each.
    """

    def __init__(self, loop: VirtualLoop, line: Line, at: Process, arrive: Callable[[bytes], None]) -> None:
        self._loop = loop
        self._line = line
        self._at = at
        self._arrive = arrive
        self._last_ns = 0

    def send(self, data: bytes) -> None:
        """Put it on its way; nothing in it means that the sender hung up."""
        self._last_ns = max(self._last_ns, self._loop.now_ns + self._line.delay_ns())
        self._loop.call_at(self._last_ns / SECOND, self._arrive, data, context=self._at.context)
