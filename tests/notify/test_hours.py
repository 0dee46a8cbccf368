"""Quiet hours and the daily report, by the operator's clock, over changes of the clocks."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.notify.hours import Quiet, last_due, minute_of, quiet_of

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago"]
zones = st.sampled_from(ZONES).map(ZoneInfo)
times = st.integers(1_700_000_000, 1_900_000_000).map(lambda seconds: seconds * SECOND)
minutes = st.integers(0, 24 * 60 - 1)
HOUR_NS = 60 * MINUTE


def ns(text: str, zone: str = "UTC", fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("now", "quiet"),
    [("21:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("06:59", True), ("07:00", False)],
)
def test_quiet_hours_over_midnight(now: str, quiet: bool) -> None:
    hours = quiet_of("22:00-07:00", ZoneInfo("Europe/Berlin"))
    assert hours is not None
    assert hours.holds(ns(f"2026-06-01 {now}", "Europe/Berlin")) is quiet


def test_the_night_in_which_clocks_are_set_is_quiet_until_the_morning_that_the_clock_shows() -> None:
    hours = quiet_of("22:00-07:00", ZoneInfo("Europe/Berlin"))
    assert hours is not None
    for evening, morning, hours_long in [("2026-03-28", "2026-03-29", 8), ("2026-10-24", "2026-10-25", 10)]:
        begin, end = ns(f"{evening} 22:00", "Europe/Berlin"), ns(f"{morning} 07:00", "Europe/Berlin")
        assert hours.until(begin) == end
        assert end - begin == hours_long * HOUR_NS


def test_quiet_hours_that_end_in_the_hour_that_clocks_pass_over() -> None:
    hours = quiet_of("22:00-02:30", ZoneInfo("Europe/Berlin"))
    assert hours is not None
    assert hours.until(ns("2026-03-28 23:00", "Europe/Berlin")) == ns("2026-03-29 03:00", "Europe/Berlin")


@given(times, minutes, minutes, zones)
def test_until_is_the_first_moment_that_is_not_quiet(now_ns: int, begin: int, end: int, zone: ZoneInfo) -> None:
    hours = Quiet(begin=begin, end=end if end != begin else (end + 1) % 1440, zone=zone)
    until_ns = hours.until(now_ns)
    assert not hours.holds(until_ns)
    assert until_ns >= now_ns
    if until_ns > now_ns:
        assert hours.holds(now_ns) and hours.holds(until_ns - 1)
        steps = range(now_ns, until_ns, 7 * MINUTE)
        assert all(hours.holds(step) for step in steps)


@given(times, minutes, zones)
def test_reports_share_out_time_without_gap_or_overlap(now_ns: int, minute: int, zone: ZoneInfo) -> None:
    due_ns, before_ns, date = last_due(now_ns, minute, zone)
    assert before_ns < due_ns <= now_ns
    assert 22 * HOUR_NS <= due_ns - before_ns <= 26 * HOUR_NS
    assert last_due(due_ns, minute, zone) == (due_ns, before_ns, date)
    assert last_due(due_ns - 1, minute, zone)[0] == before_ns
    assert last_due(now_ns + 27 * HOUR_NS, minute, zone)[1] >= due_ns


def test_a_report_in_a_lost_hour_comes_after_it_and_in_a_doubled_one_once() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    lost, _, _ = last_due(ns("2026-03-29 12:00", "Europe/Berlin"), minute_of("02:30"), berlin)
    assert datetime.fromtimestamp(lost // SECOND, berlin).strftime("%H:%M") == "03:30"
    first = ns("2026-10-25 02:30", "Europe/Berlin", fold=0)
    for fold in (0, 1):
        assert last_due(ns("2026-10-25 02:45", "Europe/Berlin", fold=fold), 150, berlin)[0] == first
    assert datetime.fromtimestamp(first // SECOND, UTC).hour == 0
