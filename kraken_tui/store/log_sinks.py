"""Where the text log goes. No sink keeps the engine waiting or raises into it, whatever its disk or terminal does."""

import contextlib
import gzip
import io
import os
import queue
import shutil
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, TextIO, cast

if TYPE_CHECKING:
    from loguru import Message


class PatientThread:
    """A queue before something that may block: a thread of its own does the writing.

    Args:
        name: the thread's.
        write: writes a line; may block, may raise OSError or ValueError, which loses this line.
        capacity: lines that may wait; more are left out, and counted.
        end_within_s: how long the end waits for the lines that wait.
    """

    def __init__(self, name: str, write: Callable[[str], None], capacity: int, end_within_s: float) -> None:
        self._write = write
        self._lines: queue.Queue[str | None] = queue.Queue(capacity)
        self._left_out = 0
        self._end_within_s = end_within_s
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def take(self, line: str) -> None:
        """Queue a line; never waits."""
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._left_out += 1

    def stop(self) -> None:
        """Write what waits, and end."""
        if self._thread.is_alive():
            with contextlib.suppress(queue.Full):
                self._lines.put(None, timeout=self._end_within_s)
            self._thread.join(self._end_within_s)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            with contextlib.suppress(OSError, ValueError):
                if self._left_out:
                    missing, self._left_out = self._left_out, 0
                    self._write(f"({missing} lines were left out here)\n")
                self._write(line)


class PatientTerminal(io.TextIOBase):
    """A text stream over one that may stop reading; stands in for `sys.stderr` while an engine runs.

    Args:
        stream: where the lines go; one that is closed or gone takes nothing, and nobody is told.
        capacity: lines that may wait.
    """

    def __init__(self, stream: TextIO, capacity: int = 2_000) -> None:
        self.stream = stream
        self._thread = PatientThread("terminal", self._pass_on, capacity, end_within_s=0.5)
        self.take = self._thread.take

    def write(self, line: str) -> int:
        """Queue a line; never waits."""
        self.take(line)
        return len(line)

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        with contextlib.suppress(ValueError):
            return self.stream.isatty()
        return False

    def stop(self) -> None:
        """Give what waits half a second to be written."""
        self._thread.stop()

    def _pass_on(self, line: str) -> None:
        """Past the stream's own buffer: whoever is stuck inside that holds a lock that the program's end waits for."""
        try:
            descriptor = self.stream.fileno()
        except io.UnsupportedOperation:
            self.stream.write(line)
            return
        left = line.encode(self.stream.encoding or "utf-8", "backslashreplace")
        while left:
            left = left[os.write(descriptor, left) :]


class DailyOrLarge:
    """When a log file is to be put aside: the day has changed since it was last written, or it is large.

    Args:
        largest: bytes in a file at most.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._day: date | None = None

    def __call__(self, message: "Message", file: IO[bytes]) -> bool:
        """Whether `message` belongs into a new file."""
        moment = message.record["time"]
        status = os.fstat(file.fileno())
        before = self._day or datetime.fromtimestamp(status.st_mtime, moment.tzinfo).date()
        self._day = moment.date()
        return status.st_size > 0 and (before != self._day or status.st_size + len(message) > self._largest)


class LogFile:
    """A loguru sink: a file that is put aside, packed, each midnight and when it is large.

    What can't be written is lost, which the terminal is told once; it goes on as soon as there is room again.

    Args:
        path: the file; old ones stand beside it.
        largest: bytes in a file at most.
        kept: old files kept.

    Raises:
        OSError: it can't be opened.
    """

    def __init__(self, path: Path, largest: int, kept: int) -> None:
        self._path = path
        self._kept = kept
        self._is_due = DailyOrLarge(largest)
        self._file = path.open("ab", buffering=0)
        self._fails = False
        self._thread = PatientThread("log", self._write, capacity=50_000, end_within_s=5.0)

    def write(self, message: "Message") -> None:
        """Queue a message; never waits."""
        self._thread.take(message)

    def stop(self) -> None:
        """Write what waits, and close."""
        self._thread.stop()
        with contextlib.suppress(OSError):
            self._file.close()

    def _write(self, line: str) -> None:
        try:
            if hasattr(line, "record") and self._is_due(cast("Message", line), self._file):
                self._put_aside()
            left = line.encode("utf-8", "backslashreplace")
            left = b"\n" + left if self._fails else left  # the line that failed may be there in part
            while left:
                left = left[self._file.write(left) :]
            self._fails = False
        except OSError as error:
            if not self._fails:
                print(f"{self._path} can't be written: {error.strerror}", file=sys.stderr)
            self._fails = True

    def _put_aside(self) -> None:
        """The new file first, so that a full disk costs the packing and not the log."""
        written = datetime.fromtimestamp(os.fstat(self._file.fileno()).st_mtime, UTC)
        aside = self._path.with_suffix(f".{written:%Y-%m-%dT%H-%M-%S-%f}{self._path.suffix}")
        self._path.rename(aside)
        old, self._file = self._file, self._path.open("ab", buffering=0)
        old.close()
        _pack(aside)
        olds = sorted(self._path.parent.glob(f"{self._path.stem}.*{self._path.suffix}*"))
        for path in olds[: -self._kept]:
            path.unlink()


def _pack(path: Path) -> None:
    packed = path.with_name(f"{path.name}.gz")
    try:
        with path.open("rb") as plain, gzip.open(packed, "wb") as file:
            shutil.copyfileobj(plain, file)
    except OSError:
        packed.unlink(missing_ok=True)
        return
    path.unlink()
