"""The trading day: which local date an instant belongs to, in the zone whose midnight begins the day."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from kraken_tui.clock import SECOND
from kraken_tui.model.errors import UsageError


def zone_of(name: str) -> tzinfo:
    """The time zone with an IANA name, such as `Europe/Zurich`.

    Raises:
        UsageError: there is no such zone.
    """
    if name == "UTC":
        return UTC  # known without a time zone database
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(
            f"RESET_TIMEZONE {name!r} is no time zone known here; an IANA name is wanted, such as Europe/Zurich or UTC"
        ) from error


def trading_day(now_ns: int, zone: tzinfo) -> str:
    """The local date of `now_ns`, such as `2026-01-01`. A day has 23 or 25 hours where clocks change."""
    return datetime.fromtimestamp(now_ns // SECOND, zone).date().isoformat()
