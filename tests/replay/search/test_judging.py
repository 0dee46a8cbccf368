"""Noise is refused and skill is believed: over many made-up searches whose truth is known."""

import numpy as np
import pytest
from msgspec.structs import replace

from kraken_tui.learning.equity_curve import DAY
from kraken_tui.learning.splits import Span
from kraken_tui.replay.search.judging import Verdict, judge, ranked
from kraken_tui.replay.search.plan import Fold
from kraken_tui.replay.search.search import Searched, Trial
from kraken_tui.replay.search.trials import Outcome, Stretch

TRAIN, TEST, FOLDS, TRIALS = 60, 20, 5, 40
LIVELY = 40
"""Trades of a test."""


def stretch(returns: np.ndarray[tuple[int], np.dtype[np.float64]], trades: int = LIVELY) -> Stretch:
    return Stretch(returns=tuple(returns.tolist()), trades=trades, open=0, longest_ns=1)


def searches(
    seed: int, skill: float, present: float = 0.0, shared: float = 0.8
) -> tuple[list[Searched], list[Outcome]]:
    """A search whose trials' true daily Sharpe ratio falls from `skill` with the distance from the best point."""
    chance = np.random.default_rng(seed)
    found, today = [], []
    for number in range(FOLDS):
        common = chance.standard_normal(TRAIN + TEST)
        fold = Fold(Span(0, TRAIN * DAY), Span(TRAIN * DAY, (TRAIN + TEST) * DAY))
        trials = []
        for at in range(TRIALS):
            points = tuple(chance.random(2).tolist())
            off = max(abs(points[0] - 0.6), abs(points[1] - 0.4))
            own = shared * common + (1 - shared**2) ** 0.5 * chance.standard_normal(TRAIN + TEST)
            days = 0.01 * (own + skill * (1 - off))
            outcome = Outcome(stretches=(stretch(days[:TRAIN]), stretch(days[TRAIN:])))
            trials.append(Trial(number=at, values={"A": points[0], "B": points[1]}, points=points, outcome=outcome))
        found.append(Searched(fold=fold, trials=tuple(trials), why_ended=f"{number}"))
        days = 0.01 * (shared * common[TRAIN:] + (1 - shared**2) ** 0.5 * chance.standard_normal(TEST) + present)
        today.append(Outcome(stretches=(stretch(days),)))
    return found, today


def verdict(seed: int, skill: float, present: float = 0.0) -> Verdict:
    found, today = searches(seed, skill, present)
    return judge(found, today, today)


@pytest.mark.thorough
def test_chance_is_refused() -> None:
    accepted = [seed for seed in range(40) if verdict(seed, 0.0).accepted]
    assert not accepted


def test_skill_is_accepted() -> None:
    accepted = [seed for seed in range(20) if verdict(seed, 0.8).accepted]
    assert len(accepted) >= 18


def test_skill_that_the_present_settings_have_too_is_no_improvement() -> None:
    refused = [verdict(seed, 0.6, present=0.6) for seed in range(20)]
    assert sum(each.accepted for each in refused) <= 1
    assert any("the present settings" in doubt for each in refused for doubt in each.doubts)


def test_what_earlier_searches_tried_counts() -> None:
    found, today = searches(1, 0.6)
    fresh, again = judge(found, today, today), judge(found, today, today, earlier=5_000)
    assert again.luck.trials == fresh.luck.trials + 5_000
    assert fresh.luck.deflated is not None and again.luck.deflated is not None
    assert again.luck.deflated < fresh.luck.deflated


def test_the_joined_tests_are_what_was_frozen() -> None:
    found, today = searches(2, 0.3)
    made = judge(found, today, today)
    expected = [value for split in found for value in split.best.test.returns]
    assert list(made.returns) == expected == ranked(found)[:, 0].tolist()
    for split in found:
        assert split.best.train.score == max(trial.train.score for trial in split.trials)


def with_trades(trial: Trial, count: int) -> Trial:
    stretches = tuple(replace(each, trades=count) for each in trial.outcome.stretches)
    return replace(trial, outcome=Outcome(stretches=stretches))


def test_few_trades_prove_nothing_however_good_they_are() -> None:
    found, today = searches(1, 0.6)
    few = [replace(split, trials=tuple(with_trades(trial, 5) for trial in split.trials)) for split in found]
    assert "25 trades were made out of sample; 30 or more are believed" in judge(few, today, today).doubts


def test_a_search_that_trades_nothing_is_refused() -> None:
    calm = Outcome(stretches=(stretch(np.zeros(TRAIN), 0), stretch(np.zeros(TEST), 0)))
    found = [replace(split, trials=tuple(replace(trial, outcome=calm) for trial in split.trials))
             for split in searches(1, 0.0)[0]]  # fmt: skip
    losing = [Outcome(stretches=(stretch(np.full(TEST, -0.01)),))] * FOLDS
    made = judge(found, losing, losing)
    assert not made.accepted and made.net == 0 > made.present_net
    assert any("undefined" in doubt for doubt in made.doubts)


def test_present_settings_that_cannot_be_run_leave_nothing_to_beat() -> None:
    found, _ = searches(1, 0.6)
    refused = [Outcome(failed="the market is too wide")] * FOLDS
    made = judge(found, refused, refused)
    assert made.stressed is None and any("the market is too wide" in doubt for doubt in made.doubts)
