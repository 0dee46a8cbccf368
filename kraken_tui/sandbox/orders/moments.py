"""Times as clients word them: starts, expiries and deadlines."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from kraken_tui.clock import SECOND
from kraken_tui.exchange.errors import error_for

LONGEST_DEADLINE_NS = 60 * SECOND
_SECONDS = re.compile(r"(\+?)([0-9]{1,12}(?:\.[0-9]{1,9})?)")
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(text: str, field: str, now_ns: int, skew_ns: int = 0) -> int:
    """A start or an expiry: `0` is none, `+seconds` counts from now, anything else is unix seconds.

    Args:
        text: as the client worded it.
        field: its name, for the refusal.
        now_ns: the exchange's time.
        skew_ns: how far the time that the exchange tells, and means where a client names one, is off.

    Raises:
        ExchangeError: `EGeneral:Invalid arguments:<field>`. How far ahead it may lie is the core's to check.
    """
    if text == "0":
        return 0
    found = _SECONDS.fullmatch(text)
    if found is None:
        raise error_for(f"EGeneral:Invalid arguments:{field}")
    time_ns = int(Decimal(found[2]) * SECOND)
    return now_ns + time_ns if found[1] else time_ns - skew_ns


def deadline_of(text: str | None, now_ns: int, *, soonest_ns: int = 2 * SECOND) -> int:
    """The time after which an order must no longer be done; 0 where none was given.

    Args:
        text: RFC 3339.
        now_ns: the exchange's time as it tells it.
        soonest_ns: how far ahead it must lie at least: 2 s over REST, 0.5 s over WebSocket.

    Raises:
        ExchangeError: `EService:Deadline elapsed` for a time that is past, `EGeneral:Invalid arguments:deadline` for
            one that cannot be read or lies less than `soonest_ns` or more than 60 s ahead.
    """
    if not text:
        return 0
    time_ns = rfc3339_ns(text)
    if time_ns is not None and time_ns <= now_ns:
        raise error_for("EService:Deadline elapsed")
    if time_ns is None or not now_ns + soonest_ns <= time_ns <= now_ns + LONGEST_DEADLINE_NS:
        raise error_for("EGeneral:Invalid arguments:deadline")
    return time_ns


def rfc3339_ns(text: str) -> int | None:
    """The time that an RFC 3339 text tells; None where it is none."""
    found = _RFC3339.fullmatch(text)
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00")
        away = timedelta(hours=int(found[5] or 0), minutes=int(found[6] or 0))
        moment = moment + away if found[4] == "-" else moment - away
    except (ValueError, OverflowError):
        return None
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    return seconds * SECOND + int((found[3] or "").ljust(9, "0"))
