"""Hours, weekdays and sessions of many moments at once, by any zone's clocks, those that change twice a year too."""

from datetime import UTC, datetime, time, tzinfo

import numpy as np
from numpy.typing import NDArray

from kraken_tui.clock import SECOND
from kraken_tui.learning.time_context import HOURS, WEEKDAYS, Session
from kraken_tui.model.trade_columns import Ints, Names

HOUR_NS, DAY_NS = 3_600 * SECOND, 86_400 * SECOND
WEEK_S = 7 * 86_400
THURSDAY = 3
"""1970-01-01."""
HOLDING = (
    (300, "under 5 min"), (1_800, "5 to 30 min"), (7_200, "30 min to 2 h"), (28_800, "2 to 8 h"),
    (86_400, "8 to 24 h"), (259_200, "1 to 3 days"),
)  # fmt: skip
"""Seconds below which a holding time has that name."""
LONGER = "3 days or more"


def local_ns(times_ns: Ints, zone: tzinfo) -> Ints:
    """What a clock in `zone` shows, as nanoseconds since its own 1970-01-01.

    Moments at which clocks change are searched for week by week and halved down to the second, so that a million
    times cost no more than their weeks. No zone has changed back within a week.
    """
    if not len(times_ns):
        return times_ns
    first, last = int(times_ns.min()) // SECOND, int(times_ns.max()) // SECOND
    begins, offsets = [first], [_offset(first, zone)]
    for week in range(first, last + WEEK_S, WEEK_S):
        until = min(week, last)
        while (offset := _offset(until, zone)) != offsets[-1]:
            begins.append(_change(begins[-1], until, offsets[-1], zone))
            offsets.append(_offset(begins[-1], zone))
            if offsets[-1] == offset:
                break
    which = np.searchsorted(np.array(begins, np.int64) * SECOND, times_ns, "right") - 1
    return times_ns + np.array(offsets, np.int64)[np.maximum(which, 0)] * SECOND


def hours(times_ns: Ints, zone: tzinfo) -> Names:
    """The hour of the day, `00` to `23`."""
    return _coded(local_ns(times_ns, zone) // HOUR_NS % 24, tuple(f"{hour:02d}" for hour in range(24)))


def weekdays(times_ns: Ints, zone: tzinfo) -> Names:
    """Monday to Sunday."""
    return _coded((local_ns(times_ns, zone) // DAY_NS + THURSDAY) % 7, WEEKDAYS)


def dates(times_ns: Ints, zone: tzinfo, letters: int = 10) -> Names:
    """The date, such as 2026-01-31; of 7 letters the month."""
    days = (local_ns(times_ns, zone) // DAY_NS).astype("datetime64[D]")
    some, codes = np.unique(days, return_inverse=True)
    names = [str(day)[:letters] for day in some]
    known = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return Names(np.array([known[name] for name in names], np.int32)[codes], tuple(known))


def sessions(times_ns: Ints) -> Names:
    """The open sessions, such as EUROPE+US; NONE where none is. The same as `TimeContext.session`."""
    open_now = np.zeros(len(times_ns), np.int64)
    for place, (zone, begin, end) in enumerate(HOURS.values()):
        shown = local_ns(times_ns, _zone(zone))
        of_day, weekday = shown % DAY_NS, (shown // DAY_NS + THURSDAY) % 7
        is_open = (weekday < 5) & (of_day >= _of_day(begin)) & (of_day < _of_day(end))
        open_now |= is_open.astype(np.int64) << place
    names = tuple(
        "+".join(one for place, one in enumerate(Session) if mask >> place & 1) or "NONE" for mask in range(8)
    )
    return _coded(open_now, names)


def holdings(spans_ns: Ints) -> Names:
    """How long, in words."""
    bounds = np.array([seconds for seconds, _ in HOLDING], np.int64) * SECOND
    return _coded(np.searchsorted(bounds, spans_ns, "right"), (*(name for _, name in HOLDING), LONGER))


def _coded(codes: NDArray[np.int64], names: tuple[str, ...]) -> Names:
    return Names(np.asarray(codes, np.int32), names)


def _offset(second: int, zone: tzinfo) -> int:
    offset = datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return round(offset.total_seconds())


def _change(low: int, high: int, before: int, zone: tzinfo) -> int:
    """The first second after `low` at which the offset is not `before` any more; at `high` it is not."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high


def _of_day(when: time) -> int:
    return (when.hour * 60 + when.minute) * 60 * SECOND


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)
