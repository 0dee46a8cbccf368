"""The text log: to a rotated file, and to stderr where the engine runs in the foreground."""

import contextlib
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from loguru import logger

if TYPE_CHECKING:
    from loguru import Message, Record

FILE_FORMAT = "{time:YYYY-MM-DDTHH:mm:ss.SSSZZ} {level:<7} {name}: {message}"
SCREEN_FORMAT = "<dim>{time:HH:mm:ss}</dim> <level>{level:<7}</level> {message}"

LARGEST = 50_000_000


class DailyOrLarge:
    """When a log file is to be put aside: the day has changed since it was last written, or it is large.

    Args:
        largest: bytes in a file at most.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._day: date | None = None

    def __call__(self, message: "Message", file: TextIO) -> bool:
        """Whether `message` belongs into a new file."""
        moment = message.record["time"]
        status = os.fstat(file.fileno())
        before = self._day or datetime.fromtimestamp(status.st_mtime, moment.tzinfo).date()
        self._day = moment.date()
        return status.st_size > 0 and (before != self._day or status.st_size + len(message) > self._largest)


class PatientTerminal:
    """A sink for a terminal that may stop reading: a thread writes, lines that find the queue full are left out.

    Args:
        stream: where the lines go; one that is closed or gone takes nothing more, and nobody is told.
        capacity: lines that may wait.
    """

    def __init__(self, stream: TextIO, capacity: int = 2_000) -> None:
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(capacity)
        self._thread = threading.Thread(target=self._run, name="terminal", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Queue a line; never waits."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(line)

    def stop(self) -> None:
        """Give what waits half a second to be written."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(None)
        self._thread.join(0.5)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._stream.write(line)
                self._stream.flush()
            except (OSError, ValueError):
                return


def silence() -> None:
    """Flush and remove every sink; the one to stderr that loguru comes with would draw over a screen."""
    logger.remove()


def start_logs(folder: Path, level: str, redact: Callable[[str], str], *, to_stderr: bool) -> None:
    """Log to `folder`/kraken-tui.log, and to stderr where wanted.

    The file is rotated at 50 MB and each midnight; 14 old ones are kept, compressed. A thread writes it.

    Args:
        folder: made where missing.
        level: DEBUG, INFO, WARNING or ERROR.
        redact: masks secrets in every message and traceback.
        to_stderr: whether the engine runs in the foreground.
    """
    silence()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    logger.configure(patcher=lambda record: _clean(record, redact))
    if to_stderr:
        logger.add(PatientTerminal(sys.stderr), level=level, format=SCREEN_FORMAT, colorize=sys.stderr.isatty())
    logger.add(
        folder / "kraken-tui.log",
        level=level,
        format=FILE_FORMAT,
        rotation=DailyOrLarge(LARGEST),
        retention=14,
        compression="gz",
        enqueue=True,
        encoding="utf-8",
    )


def _clean(record: "Record", redact: Callable[[str], str]) -> None:
    """Fold the exception into the message, without local variables, as those may be secrets; then redact all of it."""
    text, error = record["message"], record["exception"]
    if error is not None:
        text = f"{text}\n{''.join(traceback.format_exception(error.type, error.value, error.traceback)).rstrip()}"
        record["exception"] = None
    record["message"] = redact(text)
