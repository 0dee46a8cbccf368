"""The text log: to a rotated file, and to stderr where the engine runs in the foreground."""

import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from loguru import logger

from kraken_tui.model.errors import UsageError
from kraken_tui.model.plain import plain
from kraken_tui.store.log_sinks import LogFile, PatientTerminal

if TYPE_CHECKING:
    from loguru import Record

FILE_FORMAT = "{time:YYYY-MM-DDTHH:mm:ss.SSSZZ} {level:<7} {name}: {message}"
SCREEN_FORMAT = "<dim>{time:HH:mm:ss}</dim> <level>{level:<7}</level> {message}"

LARGEST = 50_000_000
KEPT = 14


class Intercepted(logging.Handler):
    """Passes what libraries and asyncio log, and Python's warnings, on to the text log.

    Without a handler `logging` writes to stderr itself, from the event loop, and a terminal may take nothing for hours.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """One record of the standard library's."""
        try:
            level = record.levelname if record.levelname in LEVELS else record.levelno
            text = f"{record.name}: {record.getMessage()}"
            logger.opt(exception=record.exc_info).log(level, "{}", text)
        except Exception:  # noqa: BLE001 - as every handler of the standard library does
            self.handleError(record)


LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
INTERCEPTED = Intercepted()


def silence() -> None:
    """Flush and remove every sink; the one to stderr that loguru comes with would draw over a screen."""
    logger.remove()
    logging.captureWarnings(capture=False)
    if isinstance(sys.stderr, PatientTerminal):
        sys.stderr.stop()
        sys.stderr = sys.stderr.stream


def start_logs(folder: Path, level: str, redact: Callable[[str], str], *, to_stderr: bool) -> None:
    """Log to `folder`/kraken-tui.log, and to stderr where wanted, until `silence`.

    The file is rotated at 50 MB and each midnight; 14 old ones are kept, compressed. Threads do the writing: neither a
    full disk nor a terminal that stops reading reaches the engine. Until `silence` that holds for whatever else writes
    to `sys.stderr`, too: asyncio, warnings, tracebacks of threads.

    Args:
        folder: made where missing.
        level: DEBUG, INFO, WARNING or ERROR.
        redact: masks secrets in every message and traceback.
        to_stderr: whether the engine runs in the foreground.

    Raises:
        UsageError: the file can't be written.
    """
    silence()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = LogFile(folder / "kraken-tui.log", LARGEST, KEPT)
    except OSError as error:
        raise UsageError(f"{error.filename}: the log can't be written there: {error.strerror}") from error
    logger.configure(patcher=lambda record: _clean(record, redact))
    if sys.stderr is not None:
        sys.stderr = terminal = PatientTerminal(sys.stderr)
        if to_stderr:
            logger.add(terminal.take, level=level, format=SCREEN_FORMAT, colorize=terminal.isatty())
    logger.add(file, level=level, format=FILE_FORMAT)
    logging.getLogger().addHandler(INTERCEPTED)
    logging.captureWarnings(capture=True)


def log_to_stderr(level: str) -> None:
    """Log to stderr alone, until `silence`: for a command that serves in the foreground and has no home.

    No values of variables are shown; a thread does the writing, so that a reader who stops reading stops nobody.
    """
    silence()
    logger.configure(patcher=lambda record: _clean(record, str))
    if sys.stderr is not None:
        sys.stderr = terminal = PatientTerminal(sys.stderr)
        logger.add(terminal.take, level=level, format=SCREEN_FORMAT, colorize=terminal.isatty())
    logging.getLogger().addHandler(INTERCEPTED)
    logging.captureWarnings(capture=True)


def _clean(record: "Record", redact: Callable[[str], str]) -> None:
    """Fold the exception into the message, without local variables, as those may be secrets; then redact all of it.

    Only a traceback has further lines, and those are indented: no text from elsewhere can pose as a line of the log.
    Redacted twice: a secret may have several lines, or show only once the unprintable between its letters is gone.
    """
    lines, error = [plain(redact(record["message"]).rstrip())], record["exception"]
    if error is not None:
        told = "".join(traceback.format_exception(error.type, error.value, error.traceback)).rstrip()
        lines += [plain(line) for line in redact(told).split("\n")]
        record["exception"] = None
    record["message"] = redact("\n    ".join(lines))
