"""Times as people write them, in a time zone, and back."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kraken_tui.clock import SECOND

IST = timezone(timedelta(hours=5, minutes=30), "Asia/Kolkata")
"""Indian Standard Time."""
EXAMPLE = "2026-11-19 09:00"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SOON = ("tomorrow", "midnight", "tonight")
"""All mean the next midnight."""
UNITS_S = {"min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN = re.compile(r"(\d{1,3})(min|h|d|w)", re.ASCII)
_CLOCK = re.compile(r"\d{1,2}:\d\d", re.ASCII)
_FORM = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?", re.ASCII)


def zone_of(name: str) -> tzinfo:
    """The time zone of this IANA name.

    Raises:
        ValueError: there is none.
    """
    if name == IST.tzname(None):
        return IST
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone; a name such as Asia/Kolkata, Europe/Berlin or UTC is") from error


def moment_ns(text: str, zone: tzinfo) -> int:
    """A time such as `2026-11-19 09:00`, with or without seconds, or a day's beginning; nanoseconds since the epoch.

    Of an hour that comes twice as clocks are set back, the first is meant.

    Raises:
        ValueError: `text` is no time, or one that clocks passed over in that zone.
    """
    wrong = f"{text!r} is no time; one such as {EXAMPLE!r} is right"
    if not _FORM.fullmatch(text):
        raise ValueError(wrong)
    try:
        naive = datetime.fromisoformat(text)
        told = naive.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(wrong) from error
    if told.astimezone(zone).replace(tzinfo=None) != naive:
        raise ValueError(f"{text!r} is a time that clocks in {zone} passed over")
    return round((told - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * SECOND


def coming_ns(text: str, now_ns: int, zone: tzinfo) -> int:
    """A moment to come, as people say it; nanoseconds since the epoch.

    Args:
        text: `2h`, `30min`, `3d`, `1w`; `14:30`, the next one; `monday`, `tomorrow`, `tonight`, `midnight`: when that
            day begins, or the night's next does; or what `moment_ns` reads.
        now_ns: the time.
        zone: whose days and hours are meant.

    Raises:
        ValueError: `text` is none of these, or lies in the past.
    """
    word = text.strip().lower()
    if match := _SPAN.fullmatch(word):
        return now_ns + int(match[1]) * UNITS_S[match[2]] * SECOND
    today = datetime.fromtimestamp(now_ns // SECOND, zone).date()
    if word in WEEKDAYS:
        ahead = (WEEKDAYS.index(word) - today.weekday()) % 7 or 7
        return moment_ns(f"{today + timedelta(days=ahead)}", zone)
    if word in SOON:
        return moment_ns(f"{today + timedelta(days=1)}", zone)
    if _CLOCK.fullmatch(word):
        found = moment_ns(f"{today} {word:0>5}", zone)
        return found if found > now_ns else moment_ns(f"{today + timedelta(days=1)} {word:0>5}", zone)
    found = moment_ns(text.strip(), zone)
    if found <= now_ns:
        raise ValueError(f"{text!r} is over already")
    return found


def shown(time_ns: int, zone: tzinfo = UTC) -> str:
    """A time as people write it, to the second."""
    return f"{datetime.fromtimestamp(time_ns // SECOND, zone):%Y-%m-%d %H:%M:%S}"
