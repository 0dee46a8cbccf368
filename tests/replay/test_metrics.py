"""What trades come to: by hand, by brute force, in any order, at any size."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.clock import MINUTE
from kraken_tui.learning.equity_curve import DAY, YEAR, curve_of
from kraken_tui.model.errors import UsageError
from kraken_tui.model.trading import Side, Trade
from kraken_tui.replay.results.metrics import exposure, figures, time_in_market, trade_figures, turnover
from kraken_tui.replay.results.trades import grouped, hour_of, symbol_of
from tests.replay.closed import START, TRADES, closed

D = Decimal


def test_by_hand() -> None:
    found = trade_figures([closed("30", fees="2"), closed("-10", fees="1"), closed("0"), closed("10", fees="0.5")])
    assert found.count == 4
    assert (found.gross, found.fees, found.net) == (D("33.5"), D("3.5"), D(30))
    assert found.expectancy == D("7.5")
    assert found.win_share == 0.5
    assert found.profit_factor == 4
    assert found.payoff == 2
    # Entries at 100, exits at 132, 91, 100, 110.5.
    assert found.traded == D("833.5")
    assert found.fees_bps == pytest.approx(3.5 / 833.5 * 10_000)
    assert found.mean_hold_ns == 10 * MINUTE


def test_without_a_trade_sums_are_zero_and_ratios_undefined() -> None:
    found = trade_figures([])
    assert found.count == 0
    assert [found.gross, found.fees, found.net, found.traded] == [D(0)] * 4
    ratios = (found.win_share, found.profit_factor, found.payoff, found.expectancy, found.fees_bps, found.mean_hold_ns)
    assert ratios == (None,) * 6


def test_without_a_loss_the_factor_is_undefined_and_without_a_gain_it_is_zero() -> None:
    assert trade_figures([closed("5")]).profit_factor is None
    assert trade_figures([closed("5")]).payoff is None
    assert trade_figures([closed("-5")]).profit_factor == 0
    assert trade_figures([closed("-5")]).payoff is None


@given(TRADES, st.randoms())
def test_order_does_not_matter(trades: list[Trade], chance: object) -> None:
    shuffled = list(trades)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert trade_figures(shuffled) == trade_figures(trades)


@given(TRADES)
def test_the_parts_sum_to_the_whole(trades: list[Trade]) -> None:
    whole = trade_figures(trades)
    for key in (hour_of, symbol_of):
        parts = [trade_figures(some) for some in grouped(trades, key).values()]
        assert sum(part.net for part in parts) == whole.net == whole.gross - whole.fees
        assert sum(part.count for part in parts) == whole.count


@given(TRADES, st.integers(1, 1000))
def test_ratios_do_not_know_the_size_and_money_does(trades: list[Trade], scale: int) -> None:
    larger = [
        replace(trade, amount=trade.amount * scale, gross=trade.gross * scale, fees=trade.fees * scale)
        for trade in trades
    ]
    before, after = trade_figures(trades), trade_figures(larger)
    assert after.net == before.net * scale
    assert after.win_share == before.win_share
    for name in ("profit_factor", "payoff", "fees_bps"):
        one, other = getattr(before, name), getattr(after, name)
        assert one == other if one is None else other == pytest.approx(one, rel=1e-9)


@given(TRADES, st.integers(1, 100))
def test_time_in_market_minute_by_minute(trades: list[Trade], minutes: int) -> None:
    covered = set().union(*map(minutes_of, trades))
    assert time_in_market(trades, START, START + minutes * MINUTE) == len(covered & set(range(minutes))) / minutes


def minutes_of(trade: Trade) -> set[int]:
    """Which minutes after the start it was open in; these trades' times are whole minutes."""
    return set(range((trade.opened_ns - START) // MINUTE, (trade.closed_ns - START) // MINUTE))


@given(TRADES, st.integers(1, 100))
def test_exposure_minute_by_minute(trades: list[Trade], minutes: int) -> None:
    within = set(range(minutes))
    held = sum((trade.amount * trade.entry_price * len(minutes_of(trade) & within) for trade in trades), D(0))
    curve = curve_of([START, START + minutes * MINUTE], [500, 900])
    assert exposure(trades, curve) == pytest.approx(float(held) / minutes / 500)


def test_longs_and_shorts_add_to_exposure() -> None:
    curve = curve_of([START, START + 20 * MINUTE], [1000, 1000])
    both = [closed("1", held=10), closed("1", held=10, side=Side.SELL)]
    assert exposure(both, curve) == pytest.approx(0.1)
    assert time_in_market(both, START, START + 20 * MINUTE) == 0.5


def test_turnover_is_by_the_year() -> None:
    curve = curve_of([START, START + YEAR // 10], [1000, 1000])
    assert turnover([closed("0")], curve) == pytest.approx(200 / 1000 * 10)


def test_a_run_in_one() -> None:
    curve = curve_of(
        [START + day * DAY for day in range(41)], [10_000 + 10 * day - 15 * (day % 3) for day in range(41)]
    )
    found = figures([closed("30", fees="2"), closed("-10")], curve)
    assert (found.quote, found.start_ns, found.end_ns) == ("USD", START, START + 40 * DAY)
    assert found.trades.net == D(20)
    assert None not in (found.sharpe, found.sortino, found.calmar, found.annual_return, found.turnover)


def test_a_moment_is_not_annualised() -> None:
    found = figures([], curve_of([START], [100]))
    assert (found.time_in_market, found.exposure, found.turnover, found.sharpe, found.calmar) == (None,) * 5


def test_two_currencies_are_refused() -> None:
    with pytest.raises(UsageError, match="EUR, USD"):
        figures([closed(), closed(symbol="BTC/EUR")], curve_of([START], [100]))
