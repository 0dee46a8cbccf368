"""Where in its day, week and month a moment lies: sessions, weekend, month end, the hour of the daily close.

Crypto never closes, but its traders sleep. Sessions are the business hours of three places by their own clocks, so that
they move with daylight saving time there; the rest is UTC, in which Kraken's daily candles close, and
the operator's zone beside it.
"""

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from kraken_tui.clock import SECOND
from kraken_tui.model.errors import UsageError


class Session(StrEnum):
    """Whose business hours they are."""

    ASIA = "ASIA"
    EUROPE = "EUROPE"
    US = "US"


HOURS = {
    Session.ASIA: ("Asia/Tokyo", time(9), time(17)),
    Session.EUROPE: ("Europe/London", time(8), time(16, 30)),
    Session.US: ("America/New_York", time(9, 30), time(16)),
}
"""Zone, begin and end (not included) of each, Monday to Friday there. Public holidays are not known here."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class TimeContext(Struct, frozen=True, kw_only=True):
    """What is known of a moment from its time alone."""

    hour: int
    """Of the day, UTC, 0 to 23."""
    weekday: int
    """UTC; 0 is Monday."""
    local_hour: int
    """In the operator's zone."""
    local_weekday: int
    local_date: str
    """YYYY-MM-DD in the operator's zone."""
    sessions: tuple[Session, ...]
    """Those that are open; some overlap, at night none is."""
    is_weekend: bool
    """Saturday or Sunday, UTC."""
    is_month_end: bool
    """The last day of the month, UTC."""
    is_daily_close: bool
    """The hour before 00:00 UTC, at which the daily candle closes."""

    @property
    def session(self) -> str:
        """The open sessions in one word, such as EUROPE+US; NONE where none is."""
        return "+".join(self.sessions) or "NONE"


def time_context(time_ns: int, zone: str = "UTC") -> TimeContext:
    """Where a moment lies.

    Args:
        time_ns: nanoseconds since the Unix epoch.
        zone: the operator's, by its IANA name.

    Raises:
        UsageError: there is no such zone, or no such year.
    """
    seconds = time_ns // SECOND
    try:
        now = datetime.fromtimestamp(seconds, UTC)
        tomorrow = now + timedelta(days=1)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"time {time_ns} ns is in no year from 1 to 9999; nanoseconds since 1970 are right") from error
    local = now.astimezone(_zone(zone))
    return TimeContext(
        hour=now.hour, weekday=now.weekday(), local_hour=local.hour, local_weekday=local.weekday(),
        local_date=local.date().isoformat(), sessions=tuple(each for each in Session if is_open(each, now)),
        is_weekend=now.weekday() >= 5, is_month_end=tomorrow.month != now.month,
        is_daily_close=now.hour == 23,
    )  # fmt: skip


def is_open(session: Session, now: datetime) -> bool:
    """Whether it is within the business hours of a place, by its own clock."""
    name, begin, end = HOURS[session]
    there = now.astimezone(_zone(name))
    return there.weekday() < 5 and begin <= there.time() < end


@lru_cache(maxsize=32)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"{name!r} is no time zone; an IANA name such as Europe/Berlin is right") from error
