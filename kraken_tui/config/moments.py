"""Times as people write them, in a time zone, and back."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kraken_tui.clock import SECOND

IST = timezone(timedelta(hours=5, minutes=30), "Asia/Kolkata")
"""Indian Standard Time."""
EXAMPLE = "2026-11-19 09:00"
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


def shown(time_ns: int, zone: tzinfo = UTC) -> str:
    """A time as people write it, to the second."""
    return f"{datetime.fromtimestamp(time_ns // SECOND, zone):%Y-%m-%d %H:%M:%S}"
