"""What trades came to: against plain Python over rows, by clocks that change, and with intervals that hold."""

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.clock import SECOND, generator
from kraken_tui.learning.bootstrap import DRAWS, drawn_places, intervals, variance_of_mean
from kraken_tui.learning.multiple_tests import corrected, distance, spread_of, two_sided
from kraken_tui.learning.time_context import time_context
from kraken_tui.learning.trade_analyzer import KEYS, slices
from kraken_tui.learning.trade_figures import drawdown, longest, trade_figures
from kraken_tui.learning.trade_times import dates, hours, local_ns, sessions, weekdays
from kraken_tui.model.errors import UsageError
from kraken_tui.model.trade_columns import Names
from tests.learning.many_trades import columns_of, noise

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca")
moments = st.integers(1_735_689_600, 1_830_297_600).map(lambda second: second * SECOND)
nets = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=40)


def words(column: Names) -> list[str]:
    return [column.names[code] for code in column.codes.tolist()]


@settings(deadline=None)
@given(times=st.lists(moments, min_size=1, max_size=20), zone=st.sampled_from(ZONES))
def test_hours_weekdays_and_dates_are_what_clocks_there_show(times: list[int], zone: str) -> None:
    there, given_ns = ZoneInfo(zone), np.array(times, np.int64)
    contexts = [time_context(time, zone) for time in times]
    assert words(hours(given_ns, there)) == [f"{one.local_hour:02d}" for one in contexts]
    assert words(dates(given_ns, there)) == [one.local_date for one in contexts]
    assert words(sessions(given_ns)) == [one.session for one in contexts]
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    assert words(weekdays(given_ns, there)) == [days[one.local_weekday] for one in contexts]


@pytest.mark.parametrize("zone", ZONES)
def test_the_second_at_which_clocks_change_is_found(zone: str) -> None:
    there = ZoneInfo(zone)
    seconds = np.arange(1_767_225_600, 1_767_225_600 + 370 * 86_400, 900)
    shown = local_ns(seconds * SECOND, there) // SECOND
    expected = [datetime.fromtimestamp(second, there) for second in seconds[::7].tolist()]
    epoch = datetime(1970, 1, 1)
    assert shown[::7].tolist() == [int((one.replace(tzinfo=None) - epoch) / timedelta(seconds=1)) for one in expected]
    changes = np.flatnonzero(np.diff(shown) != 900)
    for place in changes.tolist():
        around = np.arange(seconds[place], seconds[place + 1] + 1)
        told = local_ns(around * SECOND, there) // SECOND - around
        offsets = [datetime.fromtimestamp(second, there).utcoffset() for second in around.tolist()]
        assert told.tolist() == [int(one / timedelta(seconds=1)) for one in offsets if one is not None]


def test_a_day_of_23_and_one_of_25_hours_keep_their_trades() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for date, count in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)):
        begin = int(datetime.fromisoformat(date).replace(tzinfo=berlin).timestamp())
        times = np.arange(begin - 3_600, begin + 26 * 3_600, 3_600) * SECOND
        assert words(dates(times, berlin)).count(date) == count


@settings(deadline=None)
@given(results=nets)
def test_figures_are_those_of_plain_python(results: list[float]) -> None:
    columns = columns_of(np.array(results) * 10.0)
    found, net = trade_figures(columns, generator(1)), columns.net.tolist()
    won, lost = [one for one in net if one > 0], [-one for one in net if one < 0]
    running, high, deepest = 0.0, 0.0, 0.0
    for one in net:
        running += one
        high = max(high, running)
        deepest = max(deepest, high - running)
    runs = [(sign, len(list(group))) for sign, group in groupby(net, lambda one: (one > 0) - (one < 0))]
    assert found.trades == len(net)
    assert found.net == pytest.approx(sum(net))
    assert found.expectancy == pytest.approx(sum(net) / len(net))
    assert found.win_share == pytest.approx(len(won) / len(net))
    assert found.profit_factor == (pytest.approx(sum(won) / sum(lost)) if lost else None)
    expected = sum(won) / len(won) / (sum(lost) / len(lost)) if won and lost else None
    assert found.payoff == (None if expected is None else pytest.approx(expected))
    assert found.drawdown == pytest.approx(deepest)
    assert found.longest_wins == max((size for sign, size in runs if sign == 1), default=0)
    assert found.longest_losses == max((size for sign, size in runs if sign == -1), default=0)
    if len(net) > 1:
        assert found.expectancy_low is not None
        assert found.expectancy_high is not None
        assert found.expectancy_low - 1e-9 <= found.expectancy <= found.expectancy_high + 1e-9
    else:
        assert (found.expectancy_low, found.high_bps) == (None, None)


def test_what_is_not_known_is_left_out_and_counted() -> None:
    columns = columns_of(noise("gauss", np.random.default_rng(1), 400))
    found = trade_figures(columns, generator(1))
    assert found.slippage_trades == int((~np.isnan(columns.slippage)).sum())
    assert 0 < found.slippage_trades < 400
    assert found.slippage_bps == pytest.approx(3.0)
    assert (found.adverse_bps, found.favourable_bps, found.excursion_trades) == (40.0, 60.0, 400)
    nothing = columns.take(np.isnan(columns.slippage))
    assert trade_figures(nothing, generator(1)).slippage_bps is None
    assert found.fees_bps == pytest.approx(26, rel=0.05)


def test_slices_are_the_trades_of_each_combination() -> None:
    columns = columns_of(noise("gauss", np.random.default_rng(2), 600))
    found = slices(columns, ["strategy", "weekday"], generator(1))
    plain: dict[tuple[str, str], list[float]] = defaultdict(list)
    for name, opened, net in zip(words(columns.strategy), columns.opened_ns, columns.net, strict=True):
        plain[name, f"{datetime.fromtimestamp(int(opened) // SECOND, UTC):%A}"].append(float(net))
    assert {(row.of["strategy"], row.of["weekday"]): row.figures.trades for row in found} == {
        key: len(values) for key, values in plain.items()
    }
    for row in found:
        assert row.figures.net == pytest.approx(sum(plain[row.of["strategy"], row.of["weekday"]]))
    assert [row.of["weekday"] for row in found][:3] == ["Monday", "Tuesday", "Wednesday"]
    for key in KEYS:
        assert sum(row.figures.trades for row in slices(columns, [key], generator(1))) == 600
    assert [row.of for row in slices(columns, [], generator(1))] == [{}]
    assert slices(columns.take(columns.net > 1e9), ["hour"], generator(1)) == []
    with pytest.raises(UsageError, match="mood: no key of trades; strategy, symbol"):
        slices(columns, ["mood"], generator(1))


def test_money_of_two_currencies_is_never_summed() -> None:
    from msgspec.structs import replace

    columns = columns_of(noise("gauss", np.random.default_rng(2), 60))
    mixed = replace(columns, symbol=Names(columns.symbol.codes % 2, ("BTC/USD", "BTC/USDT")))
    assert sorted(row.of["quote"] for row in slices(mixed, [], generator(1))) == ["USD", "USDT"]


@pytest.mark.parametrize("count", [1, 2, 7, 60])
def test_the_exact_variance_is_what_drawing_for_ever_gives(count: int) -> None:
    values = np.random.default_rng(count).normal(0, 1, count).cumsum()
    chosen = drawn_places(count, 40_000, generator(3))
    assert variance_of_mean(values) == pytest.approx(float(values[chosen].mean(axis=1).var()), rel=0.05, abs=1e-12)
    assert chosen.shape == (40_000, count)
    follows = (np.diff(chosen, axis=1) % count == 1).mean() if count > 2 else 1.0
    assert (
        follows == pytest.approx(1 - 1 / max(1.0, math.cbrt(count)) * (1 - 1 / count), abs=0.02) if count > 2 else True
    )


@pytest.mark.parametrize(
    ("kind", "count", "least"), [("gauss", 6, 0.85), ("gauss", 120, 0.88), ("clustered", 150, 0.80), ("t3", 1_500, 0.9)]
)
def test_intervals_hold_the_truth_about_as_often_as_they_say(kind: str, count: int, least: float) -> None:
    held = 0
    for seed in range(100):
        values = noise(kind, np.random.default_rng(seed), count)
        (around,) = intervals((values,), generator(seed))
        held += around.low <= 0 <= around.high
    assert least <= held / 100 <= 1.0
    assert DRAWS == 999


@given(likelihoods=st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_corrected_likelihoods_are_those_of_benjamini_and_hochberg(likelihoods: list[float]) -> None:
    found = corrected(np.array(likelihoods))
    for level in (0.01, 0.1, 0.5):
        ordered = sorted(likelihoods)
        passing = [rank for rank, one in enumerate(ordered, 1) if one <= level * rank / len(ordered) * (1 + 1e-12)]
        most = ordered[passing[-1] - 1] if passing else -1.0
        assert int((found <= level * (1 + 1e-9)).sum()) == sum(one <= most for one in likelihoods)


def test_a_strategy_whose_rare_loss_has_not_come_is_not_sure_of_itself() -> None:
    everything = noise("skew", np.random.default_rng(1), 5_000)
    only_wins = np.full(30, 20.4) + np.random.default_rng(2).normal(0, 5, 30)
    assert two_sided(distance(only_wins, 0.0)) < 1e-6
    assert two_sided(distance(only_wins, spread_of(everything))) > 0.2


def test_distances_are_those_of_students_t() -> None:
    """Two-sided likelihoods of t with 29 degrees of freedom from a table."""
    base = np.tile([1.0, -1.0], 15)
    for t, likelihood in ((2.045, 0.05), (2.756, 0.01), (3.659, 0.001)):
        shifted = base / base.std() + t / math.sqrt(30)
        assert two_sided(distance(shifted, 1.0)) == pytest.approx(likelihood, rel=0.03)


def test_runs_and_falls_of_few_trades() -> None:
    assert (longest(np.array([], bool)), longest(np.array([True])), longest(np.array([False, True, True]))) == (0, 1, 2)
    assert (drawdown(np.array([-3.0])), drawdown(np.array([1.0, 2.0])), drawdown(np.array([5.0, -2, 1, -3]))) == (
        3,
        0,
        4,
    )
