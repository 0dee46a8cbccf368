"""What a trade is counted under."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import MINUTE
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.results.trades import UNKNOWN, Regimes, grouped, hour_of, quote_of, strategy_of, symbol_of
from tests.replay.closed import START, closed


@pytest.mark.parametrize(
    ("owner", "entered_for", "name"),
    [
        ("autopilot", "breakout: above the high", "breakout"),
        ("autopilot", "", "autopilot"),
        ("scanner", "burst: armed long enough", "scanner"),
        ("operator", "asked: by hand", "operator"),
        ("", "", UNKNOWN),
    ],
)
def test_strategy(owner: str, entered_for: str, name: str) -> None:
    assert strategy_of(closed(owner=owner, entered_for=entered_for)) == name


def test_hour_is_that_of_the_entry_in_utc() -> None:
    assert [hour_of(closed(opened=minutes)) for minutes in (0, 59, 60, 23 * 60 + 59, 24 * 60)] == [
        "00", "00", "01", "23", "00",
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from("ABC")), max_size=12), st.integers(-5, 60))
def test_the_regime_is_the_last_one_told(told: list[tuple[int, str]], asked: int) -> None:
    regimes, told = Regimes(), sorted(told, key=lambda one: one[0])
    for time_ns, regime in told:
        regimes.tell(time_ns, regime)
    assert regimes.at(asked, "BTC/USD") == next((name for at, name in reversed(told) if at <= asked), UNKNOWN)


def test_a_symbol_with_a_line_of_its_own_does_not_follow_the_market() -> None:
    regimes = Regimes()
    regimes.tell(START, "CHOP")
    regimes.tell(START + 5 * MINUTE, "TREND_UP", "ETH/USD")
    assert regimes.of(closed(opened=7)) == "CHOP"
    assert regimes.of(closed(opened=7, symbol="ETH/USD")) == "TREND_UP"
    assert regimes.of(closed(opened=3, symbol="ETH/USD")) == UNKNOWN


def test_regimes_out_of_order_are_refused() -> None:
    regimes = Regimes()
    regimes.tell(5, "CHOP")
    with pytest.raises(UsageError, match="the market was told out of order"):
        regimes.tell(4, "TRENDING")


def test_groups_hold_every_trade_once_in_its_order() -> None:
    trades = [closed(str(at), symbol=symbol) for at, symbol in enumerate(("B/USD", "A/USD", "B/USD"))]
    assert grouped(trades, symbol_of) == {"A/USD": (trades[1],), "B/USD": (trades[0], trades[2])}


def test_profits_in_different_currencies_are_not_summed() -> None:
    assert quote_of([]) == ""
    assert quote_of([closed(), closed(symbol="ETH/USD")]) == "USD"
    with pytest.raises(UsageError, match="trades in EUR, USD can't be summed"):
        quote_of([closed(), closed(symbol="ETH/EUR")])
