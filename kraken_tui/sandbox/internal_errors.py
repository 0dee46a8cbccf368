"""Faults of the sandbox's own: told in one line, without values, and not over and over."""

import traceback
from pathlib import Path

from loguru import logger

from kraken_tui.clock import SECOND, stopwatch_ns

INTERNAL = "EGeneral:Internal error"
"""What the client gets, as from Kraken."""

QUIET_NS = 10 * SECOND
_MOST = 1000
_told_ns: dict[str, int] = {}


def tell(where: str, error: Exception) -> None:
    """Log that `error` ended a request to `where`, at most once in ten seconds.

    Neither the error's text nor any variable is told: both may hold what a client sent, or a secret.
    """
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in reversed(frames))
    line = f"{where} failed: {type(error).__name__} at {places}"
    now_ns = stopwatch_ns()
    if now_ns - _told_ns.get(line, -QUIET_NS) < QUIET_NS:
        return
    if len(_told_ns) >= _MOST:
        _told_ns.clear()
    _told_ns[line] = now_ns
    logger.error("{}", line)
