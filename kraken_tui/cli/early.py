"""Signals that arrive while what runs in the foreground is still being imported: a quiet end, as nothing has begun.

The runtime and the sandbox put their own handlers in place of these as soon as they run.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType

STDOUT, STDERR = 1, 2
EXCHANGE_KEYS = ("KRAKEN_API_KEY", "KRAKEN_API_SECRET")
"""As `config.keys` has them, which is too much to import first."""


def commands_run() -> None:
    """From here on a command is ended by an exception, as it may have begun something."""
    if signal.getsignal(signal.SIGINT) is _interrupted:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextlib.contextmanager
def ended_as_by_ctrl_c() -> Iterator[None]:
    """SIGTERM and a lost terminal undo what was begun, as Ctrl+C does."""
    numbers = [each for each in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(each) is signal.SIG_DFL]
    for number in numbers:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def _interrupted(number: int, frame: FrameType | None) -> None:
    with contextlib.suppress(OSError):
        os.write(STDERR, b"kraken-tui: interrupted\n")
    os._exit(128 + number)


def end_quietly_until_it_runs(words: list[str]) -> None:
    """Put the handlers in place where `words`, a command line, asks for what runs here without a screen."""
    is_sandbox = words[:1] == ["sandbox"] or is_guard(words)
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


def is_guard(words: list[str]) -> bool:
    """Whether `words`, a command line, asks for the guard."""
    if words[:1] == ["--home"]:
        words = words[2:]
    elif words and words[0].startswith("--home="):
        words = words[1:]
    return words[:1] == ["guard"]


def guard_without_exchange_keys(words: list[str]) -> None:
    """A guard that was started with exchange keys starts again without: then not even the kernel knows of them."""
    if not is_guard(words) or not any(name in os.environ for name in EXCHANGE_KEYS):
        return
    kept = {name: value for name, value in os.environ.items() if name not in EXCHANGE_KEYS}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], kept)
