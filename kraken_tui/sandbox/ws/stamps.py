"""The exchange's times as the WebSocket tells them."""

from functools import lru_cache

from kraken_tui.clock import SECOND, iso_micros
from kraken_tui.sandbox.parts import Parts


def now(parts: Parts) -> str:
    """The time by now, as the exchange tells it."""
    return stamp(parts, parts.clock.now_ns())


def stamp(parts: Parts, time_ns: int) -> str:
    """A time of the account, with whatever a clock fault adds to it."""
    return micros(time_ns + parts.faults.skew_ns)


def micros(time_ns: int) -> str:
    """`time_ns` with six digits: `2026-01-01T00:00:00.000001Z`."""
    return f"{_second(time_ns // SECOND)}{time_ns % SECOND // 1_000:06d}Z"


def nanos(time_ns: int) -> str:
    """`time_ns` with nine digits, as the ohlc channel has it: `2026-01-01T00:00:00.000000001Z`."""
    return f"{_second(time_ns // SECOND)}{time_ns % SECOND:09d}Z"


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    """All but the fraction. A time is told thousands of times a second, and a calendar is slow."""
    return iso_micros(second * SECOND)[:-7]
