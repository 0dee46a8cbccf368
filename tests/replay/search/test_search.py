"""The search over a market that is a formula: order, crashes and repetition change nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from kraken_tui.clock import generator
from kraken_tui.learning.equity_curve import DAY
from kraken_tui.learning.splits import Gap, Span
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.search.log import FILE, TrialLog
from kraken_tui.replay.search.parameters import Values, parameters_for
from kraken_tui.replay.search.plan import Fold, plan_of, whole_days
from kraken_tui.replay.search.search import Budget, Search, Searched
from kraken_tui.replay.search.trials import Job, Outcome, Stretch

PARAMETERS = parameters_for(["scanner"], ["VELOCITY_THRESHOLD=0.1..1:0.1", "DECAY_SCANS=5..50:5"])
PRESENT: Values = {"VELOCITY_THRESHOLD": 0.2, "DECAY_SCANS": 45}
PLAN = plan_of(Span(0, 40 * DAY), 16, 8, Gap())


class Lost(Exception):
    """The process is gone."""


class Formula:
    """Best at a threshold of 0.7; runs jobs in an order of its own."""

    def __init__(self, seed: int = 0, dies_after: int | None = None) -> None:
        self._chance, self._left = generator(seed), dies_after
        self.ran: list[tuple[int, int]] = []
        self.values: list[Values] = []

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        jobs = list(jobs)
        self._chance.shuffle(jobs)
        for job in jobs:
            if self._left is not None:
                if self._left == 0:
                    raise Lost
                self._left -= 1
            self.ran.append((job.split, job.number))
            self.values.append(job.values)
            yield job, self._outcome(job)

    def _outcome(self, job: Job) -> Outcome:
        if job.values["DECAY_SCANS"] == 5:
            return Outcome(failed="five is too few")
        mean = 0.01 - abs(job.values["VELOCITY_THRESHOLD"] - 0.7) / 100
        noise = np.random.default_rng(job.split).standard_normal(40) * 0.01
        days = [int(span.length_ns // DAY) for span in job.spans]
        return Outcome(
            stretches=tuple(
                Stretch(returns=tuple((mean + noise[:count]).tolist()), trades=50, open=0, longest_ns=1)
                for count in days
            )
        )

    def close(self) -> None:
        pass


def search(folder: Path, workers: Formula, trials: int = 30, patience: int | None = None) -> tuple[Searched, ...]:
    log = TrialLog(folder, {})
    try:
        budget = Budget(trials=trials, patience=patience, seed=7)
        return Search(PLAN, PARAMETERS, PRESENT, budget, log, workers, lambda text, share: None).run()
    finally:
        log.close()


def test_the_order_in_which_trials_finish_changes_nothing(tmp_path: Path) -> None:
    ends = [search(tmp_path / str(seed), Formula(seed)) for seed in (1, 2)]
    assert ends[0] == ends[1]
    assert [len(split.trials) for split in ends[0]] == [30] * len(PLAN.folds)
    assert all(split.trials[0].values == PRESENT for split in ends[0])
    assert all(abs(float(split.best.values["VELOCITY_THRESHOLD"]) - 0.7) < 0.25 for split in ends[0])


@pytest.mark.parametrize("dies_after", [0, 1, 5, 24, 25, 40])
def test_a_crash_costs_nothing_that_was_finished(dies_after: int, tmp_path: Path) -> None:
    whole = Formula(1)
    expected = search(tmp_path / "whole", whole)
    broken = Formula(2, dies_after)
    with pytest.raises(Lost):
        search(tmp_path / "broken", broken)
    rest = Formula(3)
    assert search(tmp_path / "broken", rest) == expected
    assert not set(broken.ran) & set(rest.ran)
    assert sorted([*broken.ran, *rest.ran]) == sorted(whole.ran)
    nothing = Formula(4)
    assert search(tmp_path / "broken", nothing) == expected and not nothing.ran


@pytest.mark.thorough
def test_the_same_values_are_run_once_a_split(tmp_path: Path) -> None:
    workers = Formula(1)
    found = search(tmp_path, workers, trials=80)
    asked = [(number, *trial.values.values()) for number, split in enumerate(found) for trial in split.trials]
    assert len(set(asked)) == len(workers.ran) < len(asked)


def test_more_trials_go_on_from_fewer(tmp_path: Path) -> None:
    few = search(tmp_path, Formula(1), trials=16)
    more = search(tmp_path, Formula(1), trials=32)
    assert [split.trials[:16] for split in more] == [split.trials for split in few]


def test_a_split_ends_where_nothing_better_comes(tmp_path: Path) -> None:
    for split in search(tmp_path, Formula(1), trials=200, patience=20):
        scores = [trial.train.score for trial in split.trials if not trial.outcome.failed]
        numbers = [trial.number for trial in split.trials if not trial.outcome.failed]
        best = numbers[scores.index(max(scores))]
        assert split.why_ended == "20 trials brought nothing better"
        assert 20 <= len(split.trials) - 1 - best < 28 and len(split.trials) < 200


def test_a_split_ends_where_everything_was_tried(tmp_path: Path) -> None:
    few = parameters_for(["scanner"], ["VELOCITY_THRESHOLD=0.1..0.3:0.1", "DECAY_SCANS=10..15:5"])
    log = TrialLog(tmp_path, {})
    budget = Budget(trials=4_000)
    found = Search(PLAN, few, {**PRESENT, "DECAY_SCANS": 10}, budget, log, Formula(), lambda text, share: None).run()
    log.close()
    for split in found:
        assert split.why_ended == "everything there is was tried" and len(split.trials) < 200
        assert len({tuple(trial.values.items()) for trial in split.trials}) == 6


def test_failed_trials_are_counted_and_never_frozen(tmp_path: Path) -> None:
    found = search(tmp_path, Formula(1), trials=60)
    failed = [trial for split in found for trial in split.trials if trial.outcome.failed]
    assert failed and all(trial.values["DECAY_SCANS"] == 5 for trial in failed)
    assert all(split.best.values["DECAY_SCANS"] != 5 for split in found)


def test_where_nothing_can_be_run_it_says_why(tmp_path: Path) -> None:
    only = parameters_for(["scanner"], ["VELOCITY_THRESHOLD=0.1..1:0.1"])

    class Refusing(Formula):
        def _outcome(self, job: Job) -> Outcome:
            return Outcome(failed="DAILY_LOSS_LIMIT is not modelled")

    log = TrialLog(tmp_path, {})
    with pytest.raises(UsageError, match=r"not one trial could be run.*DAILY_LOSS_LIMIT"):
        Search(PLAN, only, PRESENT, Budget(trials=9), log, Refusing(), lambda text, share: None).run()
    log.close()


def test_trials_of_another_program_are_not_taken(tmp_path: Path) -> None:
    search(tmp_path, Formula(1), trials=8)
    file = tmp_path / FILE
    file.write_text(
        file.read_text().replace('"values":{"VELOCITY_THRESHOLD":0.2', '"values":{"VELOCITY_THRESHOLD":0.9')
    )
    with pytest.raises(UsageError, match="chosen by another program"):
        search(tmp_path, Formula(1), trials=8)


def test_splits_never_learn_from_what_they_are_tested_on() -> None:
    whole = whole_days(DAY // 2, 60 * DAY + DAY // 3)
    assert whole == Span(DAY, 60 * DAY)
    plan = plan_of(whole, None, None, Gap(DAY // 12, DAY // 24))
    assert (plan.train_days, plan.test_days, len(plan.folds)) == (21, 7, 5)
    for fold in plan.folds:
        assert fold.train.end_ns + DAY // 8 == fold.test.start_ns and fold.test.start_ns % DAY == 0
    assert [fold.test.end_ns for fold in plan.folds[:-1]] == [fold.test.start_ns for fold in plan.folds[1:]]
    assert isinstance(plan.folds[0], Fold)


@pytest.mark.parametrize(
    ("train", "test", "said"), [(40, 30, "do not fit into 60 days"), (0, 3, "--train 0"), (3, 0, "--test 0")]
)
def test_lengths_that_do_not_fit_are_named(train: int, test: int, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        plan_of(Span(0, 60 * DAY), train, test, Gap())
