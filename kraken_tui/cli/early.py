"""Signals that arrive while what runs in the foreground is still being imported: a quiet end, as nothing has begun.

The runtime and the sandbox put their own handlers in place of these as soon as they run.
"""

import contextlib
import os
import signal
from types import FrameType

STDOUT, STDERR = 1, 2


def commands_run() -> None:
    """From here on a command is ended by an exception, as it may have begun something."""
    if signal.getsignal(signal.SIGINT) is _interrupted:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _interrupted(number: int, frame: FrameType | None) -> None:
    with contextlib.suppress(OSError):
        os.write(STDERR, b"kraken-tui: interrupted\n")
    os._exit(128 + number)


def end_quietly_until_it_runs(words: list[str]) -> None:
    """Put the handlers in place where `words`, a command line, asks for an engine without a screen, or a sandbox."""
    is_sandbox = words[:1] == ["sandbox"]
    if "--no-ui" not in words and not is_sandbox:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _interrupted)
        return
    told = b'{"message": "stopped before it began"}\n'
    if not is_sandbox:
        told = b'{"scans": 0, "message": "stopped before it began"}\n'

    def end(number: int, frame: FrameType | None) -> None:
        """At once, past whoever is importing: a library's import may swallow an exception."""
        with contextlib.suppress(OSError):
            os.write(STDERR, b"kraken-tui: stopped before it began\n")
            if "--json" in words:
                os.write(STDOUT, told)
        os._exit(0)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
