"""Today's beginning: the equity at 00:00 UTC, remembered over restarts."""

from decimal import Decimal
from pathlib import Path

import msgspec
from loguru import logger
from msgspec import Struct

from kraken_tui.clock import day
from kraken_tui.store.atomic import write_atomically


class DayStart(Struct, frozen=True):
    """A day and the equity that it began with; quote units."""

    day: str
    equity: Decimal


class Daily:
    """Keeps the day's first equity in a small file.

    Args:
        path: `day.json` in the books' folder; an unreadable one is begun anew, as it holds nothing else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._start = _read(path)

    def equity_at_start(self, now_ns: int, equity: Decimal) -> Decimal:
        """The equity that today began with; `equity` when today begins with this call."""
        today = day(now_ns)
        if self._start is None or self._start.day != today:
            self._start = DayStart(today, equity)
            try:
                write_atomically(self._path, msgspec.json.encode(self._start))
            except OSError as error:
                logger.error("today's beginning is not remembered: {}", error)
        return self._start.equity


def _read(path: Path) -> DayStart | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=DayStart)
    except (OSError, msgspec.MsgspecError):
        return None
