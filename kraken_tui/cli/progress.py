"""How far long work has come, on stderr: a line that changes on a terminal, plain lines elsewhere."""

import os
import sys

from kraken_tui.clock import SECOND, stopwatch_ns
from kraken_tui.model.plain import plain

TELL_S = 0.2
PLAIN_TELL_S = 10.0
LEAST = 0.02
"""Of the work; before so much is done, nobody knows how long the rest takes."""


def _columns(descriptor: int) -> int:
    """A terminal's width: a longer line could not be written over."""
    try:
        return os.get_terminal_size(descriptor).columns or 80
    except OSError:
        return 80


class ProgressLine:
    """Shows a text, percent and the time left; `line(text, share)` is a `clock.Progress`."""

    def __init__(self) -> None:
        self._is_heard = sys.stderr is not None
        self._is_terminal = self._is_heard and sys.stderr.isatty()
        self._descriptor = sys.stderr.fileno() if self._is_terminal else -1
        self._began_ns = stopwatch_ns()
        self._told_ns = -PLAIN_TELL_S * SECOND
        self._from = 0.0
        self._width = 0

    def begin(self) -> None:
        """Measure from now: new work begins."""
        self._began_ns, self._told_ns, self._from = stopwatch_ns(), -PLAIN_TELL_S * SECOND, 0.0

    def __call__(self, text: str, share: float) -> None:
        """Show that `share` of the work, from 0 to 1, is done."""
        now_ns, often_s = stopwatch_ns(), TELL_S if self._is_terminal else PLAIN_TELL_S
        if not self._is_heard or (now_ns - self._told_ns < often_s * SECOND and share < 1):
            return
        self._told_ns = now_ns
        line = plain(f"{text}  {share:.0%}{self._left(share, now_ns)}")
        if self._is_terminal:
            line = line[: _columns(self._descriptor) - 1]
            self._width, pad = len(line), max(0, self._width - len(line))
            print(f"\r{line}{' ' * pad}", end="\n" if share >= 1 else "", file=sys.stderr, flush=True)
            self._width = 0 if share >= 1 else self._width
        else:
            print(line, file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Print a line of its own."""
        if not self._is_heard:
            return
        newline = "\n" if self._width else ""
        print(f"{newline}{plain(text)}", file=sys.stderr, flush=True)
        self._width = 0

    def stop(self) -> None:
        """Leave the line as it is: what comes next is somebody else's."""
        if self._width:
            print(file=sys.stderr, flush=True)
            self._width = 0

    def _left(self, share: float, now_ns: int) -> str:
        if not LEAST <= share < 1:
            return ""
        seconds = (now_ns - self._began_ns) / SECOND * (1 - share) / share
        if seconds < 60:
            return f", {seconds:.0f} s left"
        if seconds < 5400:
            return f", {seconds / 60:.0f} min left"
        return f", {seconds / 3600:.1f} h left"
