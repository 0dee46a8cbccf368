"""Sessions and hours across daylight saving, by known moments."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.learning.time_context import Session, time_context
from kraken_tui.model.errors import UsageError


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("moment", "sessions"),
    [
        ("2024-07-02T00:00", "ASIA"),
        ("2024-07-02T07:59", "ASIA+EUROPE"),
        ("2024-07-02T08:00", "EUROPE"),
        ("2024-07-02T13:30", "EUROPE+US"),
        ("2024-07-02T15:30", "US"),
        ("2024-07-02T20:00", "NONE"),
        # New York changes its clocks on 10 March, London on 31 March.
        ("2024-03-08T13:30", "EUROPE"),
        ("2024-03-12T13:30", "EUROPE+US"),
        ("2024-03-12T07:30", "ASIA"),
        ("2024-04-02T07:30", "ASIA+EUROPE"),
        # Monday in Tokyo is still Sunday in UTC; Saturday is nobody's.
        ("2024-07-01T00:30", "ASIA"),
        ("2024-07-06T14:00", "NONE"),
    ],
)
def test_sessions_keep_their_own_clocks(moment: str, sessions: str) -> None:
    assert time_context(at(moment)).session == sessions


def test_weekend_month_end_and_daily_close() -> None:
    sunday = time_context(at("2024-06-30T23:59"))
    assert (sunday.is_weekend, sunday.is_month_end, sunday.is_daily_close, sunday.weekday) == (True, True, True, 6)
    monday = time_context(at("2024-07-01T00:00"))
    assert (monday.is_weekend, monday.is_month_end, monday.is_daily_close, monday.weekday) == (False, False, False, 0)
    assert time_context(at("2024-02-29T12:00")).is_month_end
    assert not time_context(at("2023-02-27T12:00")).is_month_end


@pytest.mark.parametrize(
    ("moment", "hour", "date"),
    [
        ("2024-03-31T00:30", 1, "2024-03-31"),
        ("2024-03-31T01:30", 3, "2024-03-31"),
        # The hour that comes twice.
        ("2024-10-27T00:30", 2, "2024-10-27"),
        ("2024-10-27T01:30", 2, "2024-10-27"),
        ("2024-12-31T23:30", 0, "2025-01-01"),
    ],
)
def test_the_operators_zone(moment: str, hour: int, date: str) -> None:
    found = time_context(at(moment), "Europe/Berlin")
    assert (found.local_hour, found.local_date) == (hour, date)


def test_half_hours() -> None:
    assert time_context(at("2024-07-02T18:29"), "Asia/Kolkata").local_hour == 23
    assert time_context(at("2024-07-02T18:30"), "Asia/Kolkata").local_weekday == 2


@settings(deadline=None)
@given(st.integers(0, 4_000_000_000), st.integers(0, SECOND - 1))
def test_a_second_is_one_moment(second: int, part: int) -> None:
    assert time_context(second * SECOND + part) == time_context(second * SECOND)
    assert len(time_context(second * SECOND).sessions) <= len(Session)


def test_what_is_no_zone_and_no_time() -> None:
    with pytest.raises(UsageError, match="Europe/Berlin is right"):
        time_context(0, "Mars/Olympus")
    with pytest.raises(UsageError, match="no year"):
        time_context(10**25)
