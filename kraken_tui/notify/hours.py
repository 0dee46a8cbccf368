"""Hours of the operator's day: when it is quiet, when the report is due; right over changes of the clocks too."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from msgspec import Struct

from kraken_tui.clock import MINUTE, SECOND

DAY_MINUTES = 24 * 60
MOST_MINUTES = 2 * DAY_MINUTES
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Quiet(Struct, frozen=True, kw_only=True):
    """Quiet hours, as the operator's clock shows them; minutes of the day."""

    begin: int
    end: int
    """The first minute after them; before `begin` where they span midnight."""
    zone: tzinfo

    def holds(self, now_ns: int) -> bool:
        """Whether it is quiet at this moment: what the clock on the wall shows counts, also when it is set."""
        local = datetime.fromtimestamp(now_ns // SECOND, self.zone)
        minute = local.hour * 60 + local.minute
        if self.begin < self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end

    def until(self, now_ns: int) -> int:
        """The first whole minute from `now_ns` on at which it is not quiet; `now_ns` itself where it is not."""
        if not self.holds(now_ns):
            return now_ns
        first_ns = (now_ns // MINUTE + 1) * MINUTE
        return next(
            first_ns + ahead * MINUTE for ahead in range(MOST_MINUTES) if not self.holds(first_ns + ahead * MINUTE)
        )


def quiet_of(text: str | None, zone: tzinfo) -> Quiet | None:
    """The quiet hours that `22:00-07:00` says; None where there are none."""
    if text is None:
        return None
    begin, _, end = text.partition("-")
    return Quiet(begin=minute_of(begin), end=minute_of(end), zone=zone)


def minute_of(text: str) -> int:
    """The minute of the day that `22:00` says."""
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def last_due(now_ns: int, minute: int, zone: tzinfo) -> tuple[int, int, str]:
    """When something that is due once a day was due last.

    A time that clocks pass over is due as they have passed it; of one that comes twice, the first counts.

    Args:
        now_ns: the time.
        minute: of the operator's day.
        zone: the operator's.

    Returns:
        When it was due last, when it was due before that, and the date of the last.
    """
    day = datetime.fromtimestamp(now_ns // SECOND, zone).date()
    while (due_ns := _due(day, minute, zone)) > now_ns:
        day -= timedelta(days=1)
    return due_ns, _due(day - timedelta(days=1), minute, zone), day.isoformat()


def _due(day: date, minute: int, zone: tzinfo) -> int:
    naive = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    return (naive.astimezone(UTC) - _EPOCH) // timedelta(seconds=1) * SECOND
