"""The market of 1,500 tickers that the benchmarks measure is opened as the engine opens its own."""

import inspect

from benchmarks.many_tickers import TICKERS, many
from kraken_tui.clock import PacedClock
from kraken_tui.config.settings import Settings
from kraken_tui.market.open_feed import make_feed


def test_it_can_stand_in_for_the_engines_own_market() -> None:
    assert inspect.signature(many) == inspect.signature(make_feed)


def test_it_has_as_many_tickers_as_it_says() -> None:
    feed = many("demo", Settings(), seed=7, clock=PacedClock(0, speed=float("inf")))
    assert len(feed.instruments) == TICKERS
