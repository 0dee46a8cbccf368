"""How far a recording has been played, for whoever waits; and whether it was played to its end."""

from kraken_tui.cli.progress import ProgressLine
from kraken_tui.config.moments import shown

TELL_EVERY = 50
"""Scans between two words about the progress."""
SHORT = 1_000
"""Scans of a run that is over before anybody asks how far it is; nothing is told of them."""


class Played:
    """Follows one run of an engine over a recording."""

    def __init__(self) -> None:
        self._line = ProgressLine()
        self._begins_ns = self._ends_ns = self._scans = 0

    def say(self, text: str) -> None:
        """Print a line of its own."""
        self._line.say(text)

    def begins(self, first_ns: int, last_ns: int) -> None:
        """What will be played."""
        self._begins_ns, self._ends_ns = first_ns, last_ns

    def scanned(self, time_ns: int) -> None:
        """The engine has scanned."""
        if not self._scans:
            self._line.begin()
        self._scans += 1
        if self._scans >= SHORT and self._scans % TELL_EVERY == 0 and time_ns < self._ends_ns:
            share = (time_ns - self._begins_ns) / max(1, self._ends_ns - self._begins_ns)
            self._line(f"{shown(time_ns)[:-3]} UTC, {self._scans:,} scans", share)

    def ended(self, *, stopped: bool) -> None:
        """The engine has ended.

        Raises:
            KeyboardInterrupt: it was told to.
        """
        if stopped:
            self._line.stop()
            raise KeyboardInterrupt
        if self._scans >= SHORT:
            self._line("Played", 1.0)
