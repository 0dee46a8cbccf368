"""Times as people write them."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SECOND, iso
from kraken_tui.config.moments import IST, WEEKDAYS, coming_ns, moment_ns, shown, zone_of
from kraken_tui.config.settings import Settings


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-11-19 09:00", "Asia/Kolkata", "2026-11-19T03:30:00.000Z"),
        ("2026-11-19T09:00:30", "UTC", "2026-11-19T09:00:30.000Z"),
        ("2026-11-19", "Asia/Kolkata", "2026-11-18T18:30:00.000Z"),
        ("2026-07-01 12:00", "Europe/Berlin", "2026-07-01T10:00:00.000Z"),
        ("2026-10-25 02:30", "Europe/Berlin", "2026-10-25T00:30:00.000Z"),
    ],
)
def test_a_time_is_read_in_its_zone(text: str, zone: str, utc: str) -> None:
    assert iso(moment_ns(text, zone_of(zone))) == utc


@given(st.integers(0, 4_000_000_000))
def test_what_is_shown_reads_back(seconds: int) -> None:
    for zone in (UTC, IST):
        assert moment_ns(shown(seconds * SECOND, zone), zone) == seconds * SECOND


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-13-01", "2026-02-30 09:00", "2026-11-19 9:00", "2026-11-19 25:00", "٢٠٢٦-01-01"],
)
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time; one such as '2026-11-19 09:00' is right"):
        moment_ns(text, UTC)


def test_an_hour_that_clocks_passed_over_is_refused() -> None:
    with pytest.raises(ValueError, match="passed over"):
        moment_ns("2026-03-29 02:30", zone_of("Europe/Berlin"))


@pytest.mark.parametrize("name", ["Mars/Base", "", "../etc/passwd", "IST"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no time zone; a name such as Asia/Kolkata"):
        zone_of(name)


def test_the_settings_take_times_only() -> None:
    assert Settings().START_TIME_IST is None
    assert Settings(START_TIME_IST="2026-11-19 09:00").START_TIME_IST == "2026-11-19 09:00"
    with pytest.raises(ValueError, match=r"'yesterday' is no time; one such as '2026-11-19 09:00' is right"):
        Settings(END_TIME_IST="yesterday")


FRIDAY_NOON = "2026-11-20 12:00"


@pytest.mark.parametrize(
    ("text", "shown_as"),
    [
        ("2h", "2026-11-20 14:00:00"), ("30min", "2026-11-20 12:30:00"), ("3d", "2026-11-23 12:00:00"),
        ("1w", "2026-11-27 12:00:00"), ("14:30", "2026-11-20 14:30:00"), ("9:15", "2026-11-21 09:15:00"),
        ("12:00", "2026-11-21 12:00:00"), ("monday", "2026-11-23 00:00:00"), ("friday", "2026-11-27 00:00:00"),
        ("Saturday", "2026-11-21 00:00:00"), ("tomorrow", "2026-11-21 00:00:00"), ("midnight", "2026-11-21 00:00:00"),
        ("tonight", "2026-11-21 00:00:00"), ("2026-12-01", "2026-12-01 00:00:00"),
        ("2026-11-20 12:01", "2026-11-20 12:01:00"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
def test_a_moment_to_come_is_the_next_one_in_its_zone(text: str, shown_as: str, zone: str) -> None:
    there = zone_of(zone)
    assert shown(coming_ns(text, moment_ns(FRIDAY_NOON, there), there), there) == shown_as


@pytest.mark.parametrize("text", ["", "soon", "2026-11-20 12:00", "2026-11-19", "25:00", "2x", "-1h", "0x2h", "١h"])
def test_a_moment_that_is_none_or_is_over_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time|over already"):
        coming_ns(text, moment_ns(FRIDAY_NOON, UTC), UTC)


@given(st.integers(1_600_000_000, 2_000_000_000), st.sampled_from(WEEKDAYS))
def test_a_weekday_is_never_today_and_never_more_than_a_week_away(now: int, day: str) -> None:
    found = coming_ns(day, now * SECOND, IST)
    assert 0 < found - now * SECOND <= 7 * 86_400 * SECOND


def test_a_day_begins_at_its_midnight_when_clocks_are_set_back() -> None:
    berlin = zone_of("Europe/Berlin")
    assert shown(coming_ns("sunday", moment_ns("2026-10-24 12:00", berlin), berlin), berlin) == "2026-10-25 00:00:00"
    assert shown(coming_ns("monday", moment_ns("2026-10-25 12:00", berlin), berlin), berlin) == "2026-10-26 00:00:00"
