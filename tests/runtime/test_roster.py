"""What screens are told of an engine that stays the same while it runs."""

from pathlib import Path

import pytest

from kraken_tui.config.home import Home, Mode
from kraken_tui.config.settings import Settings
from kraken_tui.runtime.roster import roster_of


@pytest.mark.parametrize(
    ("mode", "written", "market", "speed", "options"),
    [
        (Mode.PAPER, "kraken", "kraken", 1.0, ()),
        (Mode.PAPER, "kraken", "demo", 1.0, ("--demo",)),
        (Mode.PAPER, "demo", "demo", float("inf"), ("--speed", "inf")),
        (Mode.PAPER, "demo", "kraken", 1.0, ("--market", "kraken")),
        (Mode.PAPER, "kraken", "/data/day.csv", 20.0, ("--market", "/data/day.csv", "--speed", "20")),
        (Mode.LIVE, "kraken", "kraken", 1.0, ("--live",)),
        (Mode.SANDBOX, "kraken", "kraken", 1.0, ("--live",)),
    ],
)
def test_what_starts_such_an_engine_again(
    tmp_path: Path, mode: Mode, written: str, market: str, speed: float, options: tuple[str, ...]
) -> None:
    roster = roster_of(Home(tmp_path, mode), Settings(MARKET=written), market, speed=speed)
    assert roster.options == options
