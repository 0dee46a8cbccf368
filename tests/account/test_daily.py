"""Today begins once, at the first look after 00:00 UTC, and a restart does not begin it again."""

from pathlib import Path

from kraken_tui.account.daily import Daily
from kraken_tui.clock import SECOND, SEEDED_START_NS
from tests.samples import D

DAY_NS = 86_400 * SECOND


def test_the_days_first_equity_stays_over_restarts_until_midnight(tmp_path: Path) -> None:
    path = tmp_path / "day.json"
    assert Daily(path).equity_at_start(SEEDED_START_NS, D("100")) == 100
    assert Daily(path).equity_at_start(SEEDED_START_NS + DAY_NS - 1, D("50")) == 100
    assert Daily(path).equity_at_start(SEEDED_START_NS + DAY_NS, D("50")) == 50


def test_a_file_that_cant_be_read_or_written_begins_the_day_anew(tmp_path: Path) -> None:
    path = tmp_path / "day.json"
    path.mkdir()
    daily = Daily(path)
    assert daily.equity_at_start(SEEDED_START_NS, D("100")) == 100
    assert daily.equity_at_start(SEEDED_START_NS + 1, D("50")) == 100
