"""A day's trades and losses are counted once each, by the local date, whatever clocks and files do."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.model.errors import UsageError
from kraken_tui.model.trading import Side, Trade
from kraken_tui.risk.trading_day import trading_day, zone_of
from kraken_tui.risk.trading_limits import (
    Limits,
    Tally,
    TallyFile,
    after_entry,
    after_trade,
    block,
    check,
    without_entry,
)  # fmt: skip
from tests.careful import careful
from tests.samples import D

HOUR_NS = 3600 * SECOND


def ns(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone_of(zone)).timestamp()) * SECOND


NOON = ns("2026-01-05T12:00:00")


def trade(net: str, closed_ns: int = NOON, symbol: str = "BTC/USD") -> Trade:
    return Trade(
        symbol=symbol, side=Side.BUY, amount=D(1), entry_price=D(100), exit_price=D(100) + D(net), gross=D(net),
        fees=D(0), opened_ns=closed_ns - 1, closed_ns=closed_ns, reason="test",
    )  # fmt: skip


def test_trades_a_day_and_a_symbol_are_limited_and_told() -> None:
    limits, tally = Limits(trades=3, symbol_trades=2), Tally()
    for number, symbol in enumerate(["BTC/USD", "BTC/USD"]):
        assert block(tally, limits, symbol, NOON) == ""
        tally = after_entry(tally, symbol, f"kt{number}", NOON, UTC)
    assert block(tally, limits, "BTC/USD", NOON) == "2 of 2 trades of the day in BTC/USD are made"
    assert block(tally, limits, "ETH/USD", NOON) == ""
    tally = after_entry(tally, "ETH/USD", "kt2", NOON, UTC)
    told = check(tally, limits, "ADA/USD", NOON)
    assert (told.ok, told.text) == (False, "3 of 3 trades of the day are made; they begin anew at midnight (UTC)")
    assert block(tally, limits, "BTC/USD", NOON + 12 * HOUR_NS) == ""


def test_an_entry_counts_once_and_not_when_it_was_refused() -> None:
    tally = after_entry(Tally(), "BTC/USD", "kt1", NOON, UTC)
    assert after_entry(tally, "BTC/USD", "kt1", NOON + 24 * HOUR_NS, UTC) == tally
    assert block(without_entry(tally, "kt1"), Limits(trades=1), "BTC/USD", NOON) == ""


def test_losses_in_a_row_count_in_the_order_in_which_they_happened() -> None:
    limits, tally = Limits(losses=2), Tally()
    for made in (trade("-1", NOON + 3), trade("5", NOON + 1), trade("-1", NOON + 2)):
        assert block(tally, limits, "BTC/USD", NOON) == ""
        tally = after_trade(tally, made, NOON, UTC)
    assert block(tally, limits, "BTC/USD", NOON) == "2 losses in a row have reached the day's limit of 2"
    assert after_trade(tally, trade("-1", NOON + 3), NOON, UTC) == tally
    assert block(after_trade(tally, trade("0", NOON + 4), NOON, UTC), limits, "BTC/USD", NOON) == ""


def test_trades_of_last_month_told_again_do_not_push_today_out() -> None:
    tally = after_entry(Tally(), "BTC/USD", "kt1", NOON, UTC)
    for days in range(3, 40):
        tally = after_trade(tally, trade("-1", NOON - days * 24 * HOUR_NS), NOON, UTC)
    assert block(tally, Limits(trades=1), "BTC/USD", NOON)


@pytest.mark.parametrize("bad", [{"trades": 0}, {"losses": -1}, {"trades": 2, "symbol_trades": 3}])
def test_limits_that_cannot_be_are_refused_by_name(bad: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="MAX_"):
        Limits(**bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Europe"])
def test_a_zone_that_is_none_is_refused_by_name(name: str) -> None:
    with pytest.raises(UsageError, match="RESET_TIMEZONE"):
        zone_of(name)


TURNS = [  # zone, local noon before the change, hours that the day of the change has
    ("Europe/Zurich", "2026-03-28T12:00:00", 23),
    ("Europe/Zurich", "2026-10-24T12:00:00", 25),
    ("Africa/Cairo", "2026-04-23T12:00:00", 23),  # there is no midnight: the day begins at 01:00
    ("America/Santiago", "2026-04-04T12:00:00", 24),  # at midnight it is 23:00 again
    ("Pacific/Chatham", "2026-04-04T12:00:00", 25),
]


@pytest.mark.parametrize(("zone", "noon", "hours"), TURNS)
def test_a_day_is_as_long_as_it_is_where_clocks_change(zone: str, noon: str, hours: int) -> None:
    where, start = ZoneInfo(zone), ns(noon, zone)
    dates = [trading_day(start + minute * 60 * SECOND, where) for minute in range(60 * 60)]
    began = [date for before, date in pairwise(dates) if before != date]
    first = datetime.fromisoformat(noon).date()
    assert began[:2] == [str(first + timedelta(days=1)), str(first + timedelta(days=2))]
    assert began == sorted(set(began))
    assert Counter(dates)[began[0]] == hours * 60


@careful()
@given(
    zone=st.sampled_from(["Europe/Zurich", "America/Santiago", "America/St_Johns", "UTC"]),
    start=st.integers(1_143_000_000, 1_800_000_000),
    steps=st.lists(st.integers(-40 * 3600, 40 * 3600), min_size=1, max_size=30),
    most=st.integers(1, 4),
)
def test_however_the_clock_steps_a_date_takes_so_many_trades_and_no_more(
    zone: str, start: int, steps: list[int], most: int
) -> None:
    where, limits, tally = ZoneInfo(zone), Limits(trades=most, zone=ZoneInfo(zone)), Tally()
    made: Counter[str] = Counter()
    for number, step in enumerate(steps):
        start += step
        date = trading_day(start * SECOND, where)
        if len({*made, date}) > 8:
            return  # a clock that shows nine days is not a clock that stepped
        assert bool(block(tally, limits, "BTC/USD", start * SECOND)) == (made[date] >= most)
        if made[date] < most:
            tally = after_entry(tally, "BTC/USD", f"kt{number}", start * SECOND, where)
            made[date] += 1


def test_the_tally_survives_a_restart(tmp_path: Path) -> None:
    path, limits = tmp_path / "trading_limits.json", Limits(trades=2, losses=3)
    before = TallyFile(path, limits)
    before.entered("BTC/USD", "kt1", NOON)
    before.entered("ETH/USD", "kt2", NOON)
    before.ended(trade("-1"), NOON)
    after = TallyFile(path, limits)
    assert after.tally == before.tally
    assert not after.check("ADA/USD", NOON).ok
    after.refused("kt2")
    assert TallyFile(path, limits).check("ADA/USD", NOON).ok


DAMAGED = [
    b"", b"{", b"[]", b'{"days": 3}', b'{"days": [{"date": 1}]}', b"\xff\xfe", b'{"days": [{"date": "2\xb026"}]}',
    b'{"x":' + b"[" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("content", DAMAGED)
def test_an_unreadable_file_stops_entries_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "trading_limits.json"
    path.write_bytes(content)
    file = TallyFile(path, Limits())
    told = file.check("BTC/USD", NOON)
    assert not told.ok
    assert str(path) in told.text
    file.entered("BTC/USD", "kt1", NOON)
    assert path.read_bytes() == content


def test_a_write_that_fails_is_told_and_made_up_for(tmp_path: Path) -> None:
    folder = tmp_path / "books"
    file = TallyFile(folder / "trading_limits.json", Limits(trades=1))
    folder.write_text("in the way")
    file.entered("BTC/USD", "kt1", NOON)
    assert "can't be written" in file.problem
    assert not file.check("ETH/USD", NOON).ok  # what can't be written still counts
    folder.unlink()
    file.entered("BTC/USD", "kt1", NOON)
    assert file.problem == ""
    assert TallyFile(folder / "trading_limits.json", Limits(trades=1)).tally == file.tally


def test_only_the_last_days_are_kept() -> None:
    tally = Tally()
    for day in range(30):
        tally = after_entry(tally, "BTC/USD", f"kt{day}", NOON + day * 24 * HOUR_NS, UTC)
    assert len(tally.days) == 8
    assert tally.days[-1].entries[0].id == "kt29"
