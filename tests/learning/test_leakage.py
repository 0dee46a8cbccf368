"""Tomorrow's return cannot be had, and a strategy that has it all the same is thrown out."""

import numpy as np
import pytest

from kraken_tui.learning.leakage import Bars, Facts, Floats, LookAhead, Past, past, rank_correlation, refuse, shadow
from kraken_tui.model.errors import UsageError

DAY = 86_400_000_000_000


def market(seed: int = 1, size: int = 300) -> Bars:
    moves = np.random.default_rng(seed).normal(0, 0.02, size)
    return Bars(np.arange(1, size + 1) * DAY, np.asarray(100 * np.cumprod(1 + moves), np.float64))


def next_moves(bars: Bars) -> Floats:
    return np.append(bars.close[1:] / bars.close[:-1] - 1, 0.0)


def momentum(known: Past) -> float:
    return 1.0 if len(known.close) > 5 and known.close[-1] > known.close[-6] else -1.0


class TestPast:
    def test_a_decision_sees_what_had_closed_and_nothing_of_what_came(self) -> None:
        bars, seen = market(), []

        def look(known: Past) -> float:
            seen.append(known)
            return 0.0

        found = shadow(look, bars, {}, cost=0.001)
        for row, known in enumerate(seen):
            assert known.now_ns == bars.close_ns[row] == found.decided_ns[row]
            assert (known.close == bars.close[: row + 1]).all()
        assert len(seen) == len(bars.close) - 1

    def test_no_view_leads_to_the_future(self) -> None:
        bars = market()
        facts = {"x": Facts(bars.close_ns, bars.close.copy())}
        known = past(bars, facts, 10, 720)
        for values in (known.close, known.facts["x"]):
            assert values.base is None
            assert not np.shares_memory(values, bars.close)
            values[:] = 0
        assert (bars.close > 0).all()

    def test_the_future_changes_no_decision(self) -> None:
        bars = market(1)
        other = Bars(bars.close_ns, np.concatenate([bars.close[:150], market(2).close[150:]]))
        before, after = (shadow(momentum, each, {}, 0.0).positions[:150] for each in (bars, other))
        assert (before == after).all()

    def test_a_fact_is_there_once_it_was_published(self) -> None:
        bars = market(size=10)
        facts = {"x": Facts(bars.close_ns + 1, np.arange(10.0))}
        assert list(past(bars, facts, 3, 720).facts["x"]) == [0, 1, 2]
        assert list(past(bars, facts, 3, 2).facts["x"]) == [1, 2]
        assert len(past(bars, facts, 3, 2).close) == 2


class TestCanary:
    def test_an_honest_strategy_passes_and_is_paid_by_hand(self) -> None:
        bars = Bars(np.arange(1, 5) * DAY, np.array([100.0, 110.0, 99.0, 99.0]))
        wishes = iter([1.0, -1.0, 0.5])
        found = shadow(lambda _: next(wishes), bars, {}, cost=0.01)
        assert found.returns == pytest.approx([0.1 - 0.01, 0.1 - 0.02, 0.0 - 0.015])

    @pytest.mark.parametrize(
        "cheat",
        ["sign", "size", "noisy", "seldom", "against"],
    )
    def test_a_strategy_that_reads_tomorrow_elsewhere_is_refused(self, cheat: str) -> None:
        bars, chance = market(), np.random.default_rng(5)
        future = next_moves(bars)

        def decide(known: Past) -> float:
            move = future[known.now_ns // DAY - 1]
            return float(
                {
                    "sign": np.sign(move),
                    "size": np.clip(move * 20, -1, 1),
                    "noisy": np.clip(move * 20 + chance.normal(0, 0.3), -1, 1),
                    "seldom": np.sign(move) if chance.random() < 0.4 else 0.0,
                    "against": -np.sign(move),
                }[cheat]
            )

        with pytest.raises(LookAhead, match="given tomorrow"):
            shadow(decide, bars, {}, 0.001)

    @pytest.mark.parametrize("form", ["return", "price", "level"])
    def test_a_fact_with_a_false_time_is_refused(self, form: str) -> None:
        """Stamped as known at the close, and yet of the day after."""
        bars = market()
        price = np.append(bars.close[1:], bars.close[-1])
        values = {"return": next_moves(bars), "price": price, "level": price - bars.close}[form]
        with pytest.raises(LookAhead, match="tomorrow"):
            shadow(momentum, bars, {"oracle": Facts(bars.close_ns, values)}, 0.001)
        honest = shadow(momentum, bars, {"oracle": Facts(bars.close_ns + DAY, values)}, 0.001)
        assert len(honest.returns) == len(bars.close) - 1

    def test_honest_ones_are_hardly_ever_refused(self) -> None:
        refused = 0
        for seed in range(60):
            try:
                shadow(momentum, market(seed, 120), {}, 0.001)
            except LookAhead:
                refused += 1
        assert refused == 0

    def test_too_few_say_nothing(self) -> None:
        refuse("x", np.arange(49.0), np.arange(49.0))
        with pytest.raises(LookAhead):
            refuse("x", np.arange(1, 52.0), np.arange(51.0))


def test_rank_correlation_by_hand() -> None:
    """Ranks 1 2 3 4 against 1 3 2 4: 1 - 6 * 2 / (4 * 15)."""
    assert rank_correlation(np.array([1.0, 2, 3, 4]), np.array([10.0, 30, 20, 40])) == pytest.approx(0.8)
    assert rank_correlation(np.ones(4), np.arange(4.0)) == 0


def test_data_without_order_is_refused() -> None:
    bars = market(size=5)
    with pytest.raises(UsageError, match="order of time"):
        shadow(momentum, Bars(bars.close_ns[::-1].copy(), bars.close), {}, 0.0)
    with pytest.raises(UsageError, match="usable price"):
        shadow(momentum, Bars(bars.close_ns, bars.close * np.nan), {}, 0.0)
    with pytest.raises(UsageError, match="x has values"):
        shadow(momentum, bars, {"x": Facts(bars.close_ns[::-1].copy(), bars.close)}, 0.0)
    with pytest.raises(UsageError, match="position of 2"):
        shadow(lambda _: 2.0, bars, {}, 0.0)
