from pathlib import Path

import pytest

from kraken_tui.clock import SEEDED_START_NS, PacedClock
from kraken_tui.config.settings import Settings
from kraken_tui.config.symbols import configured_symbols
from kraken_tui.market.open_feed import make_feed
from kraken_tui.model.errors import UsageError

CLOCK = PacedClock(SEEDED_START_NS)


@pytest.mark.parametrize("market", ["demo", "kraken"])
def test_named_markets(market: str) -> None:
    assert make_feed(market, Settings(), seed=1, clock=CLOCK).name == market


def test_a_path_is_a_recording(tmp_path: Path) -> None:
    assert make_feed(str(tmp_path), Settings(), seed=None, clock=CLOCK).name == str(tmp_path)


@pytest.mark.parametrize(
    ("market", "hint"), [("krakn", "did you mean 'kraken'"), ("/nowhere", "no such file or folder")]
)
def test_anything_else_is_refused_with_what_would_be_right(market: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint) as refusal:
        make_feed(market, Settings(), seed=None, clock=CLOCK)
    assert "kraken, demo, or a path" in str(refusal.value)


def test_symbols_come_from_the_groups_in_their_order() -> None:
    settings = Settings(GROUPS={"Majors": ["BTC/USD", "ETH/USD"], "Memes": ["DOGE/USD"], "Alts": []})
    assert configured_symbols(settings) == ("BTC/USD", "ETH/USD", "DOGE/USD")
    assert configured_symbols(Settings(SYMBOLS="ALL_USD")) is None
    assert len(make_feed("demo", Settings(SYMBOLS="ALL_USD"), seed=1, clock=CLOCK).instruments) > 40
