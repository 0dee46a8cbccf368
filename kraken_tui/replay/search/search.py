"""The search: a batch of each split in turn, until each has had its trials, or nothing better came, or time is over."""

import math
from collections.abc import Sequence

from msgspec import Struct

from kraken_tui.clock import SECOND, Progress, stopwatch_ns
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.search.log import TrialLog, Tried
from kraken_tui.replay.search.parameters import Parameter, Values
from kraken_tui.replay.search.plan import Fold, Plan
from kraken_tui.replay.search.sampling import Ask, Sampler, first_values
from kraken_tui.replay.search.trials import Job, Outcome, Stretch
from kraken_tui.replay.search.workers import Workers

PRESENT = -1
"""The split number under which the present settings are kept; -2 is the frozen ones at higher costs."""
STRESSED = -2
STRESS = 1.5


class Budget(Struct, frozen=True, kw_only=True):
    """How long a search goes on."""

    trials: int
    """Per split."""
    patience: int | None = None
    """Trials without a better value after which a split ends."""
    timeout_s: float | None = None
    """After which no further batch is begun."""
    seed: int = 0


class Trial(Struct, frozen=True, kw_only=True):
    """One that was asked for, with what came of it."""

    number: int
    values: Values
    points: tuple[float, ...]
    outcome: Outcome

    @property
    def train(self) -> Stretch:
        """What it made where it was learned from."""
        return self.outcome.stretches[0]

    @property
    def test(self) -> Stretch:
        """What it made where nobody looked."""
        return self.outcome.stretches[1]


class Searched(Struct, frozen=True, kw_only=True):
    """What came of one split."""

    fold: Fold
    trials: tuple[Trial, ...]
    """In the order in which they were asked for."""
    why_ended: str

    @property
    def good(self) -> tuple[Trial, ...]:
        """Those that could be run, the best on train first; of equal ones the earlier."""
        run = [trial for trial in self.trials if not trial.outcome.failed]
        return tuple(sorted(run, key=lambda trial: (-trial.train.score, trial.number)))

    @property
    def best(self) -> Trial:
        """The one that is frozen."""
        return self.good[0]


FAILED = -math.inf


class _Split:
    """A split while it is searched."""

    def __init__(self, number: int, fold: Fold, sampler: Sampler, budget: Budget, points: float) -> None:
        self.number, self.fold, self.sampler, self.budget = number, fold, sampler, budget
        self.points = points
        """How many different trials there can be."""
        self.trials: list[Trial] = []
        self.scores: list[float] = []
        """Of each trial on train; `FAILED` where it could not be run."""
        self.known: dict[tuple[float, ...], Outcome] = {}
        self.batch: list[Ask] = []
        self.why_ended = ""

    def begin(self, done: TrialLog) -> list[Job]:
        """Ask for the next batch; what of it was never tried has to be."""
        self.batch = self.sampler.ask(self.budget.trials - self.sampler.asked)
        wanted: dict[tuple[float, ...], Job] = {}
        for ask in self.batch:
            if tried := done.done.get((self.number, ask.number)):
                if tried.values != ask.values:
                    raise UsageError(
                        f"trial {ask.number} of split {self.number} was {tried.values} and would be {ask.values} now: "
                        "these trials were chosen by another program; give another --name"
                    )
                self.known[ask.points] = tried.outcome
        for ask in self.batch:
            if ask.points not in self.known and ask.points not in wanted:
                spans = (self.fold.train, self.fold.test)
                wanted[ask.points] = Job(split=self.number, number=ask.number, values=ask.values, spans=spans)
        return list(wanted.values())

    def end(self, outcomes: dict[int, Outcome]) -> None:
        """Take in the batch; the order in which its trials were finished does not matter."""
        for ask in self.batch:
            if ask.number in outcomes:
                self.known[ask.points] = outcomes[ask.number]
        made = [
            Trial(number=ask.number, values=ask.values, points=ask.points, outcome=self.known[ask.points])
            for ask in self.batch
        ]
        scores = [FAILED if trial.outcome.failed else trial.train.score for trial in made]
        self.trials += made
        self.scores += scores
        self.sampler.tell([None if score == FAILED else score for score in scores])
        self._look()

    def _look(self) -> None:
        patience, count = self.budget.patience, len(self.trials)
        if count >= self.budget.trials:
            self.why_ended = "it had its trials"
        elif len(self.known) >= self.points:
            self.why_ended = "everything there is was tried"
        elif patience is not None and count - 1 - self.scores.index(max(self.scores)) >= patience:
            self.why_ended = f"{patience} trials brought nothing better"

    @property
    def best_score(self) -> float | None:
        """On train; None before any trial could be run."""
        best = max(self.scores, default=FAILED)
        return None if best == FAILED else best


class Search:
    """Searches every split of a plan.

    Args:
        plan: the splits.
        parameters: what is searched.
        present: the values of today, which are tried first.
        budget: how long.
        log: where trials are kept.
        workers: who runs them.
        progress: told how far it has come.
    """

    def __init__(
        self, plan: Plan, parameters: Sequence[Parameter], present: Values, budget: Budget, log: TrialLog,
        workers: Workers, progress: Progress,
    ) -> None:  # fmt: skip
        first = first_values(parameters, present)
        points = math.prod(math.inf if row.steps is None else row.steps + 1 for row in parameters)
        self._splits = [
            _Split(number, fold, Sampler(parameters, budget.seed + number, first), budget, points)
            for number, fold in enumerate(plan.folds)
        ]
        self._budget, self._log, self._workers, self._progress = budget, log, workers, progress
        self.run_now = 0
        """Trials that were run, and not found on disk."""

    def run(self) -> tuple[Searched, ...]:
        """Search to the end.

        Raises:
            UsageError: not one trial of a split could be run.
        """
        began_ns = stopwatch_ns()
        while open_splits := [split for split in self._splits if not split.why_ended]:
            self._round(open_splits)
            timeout = self._budget.timeout_s
            if timeout is not None and stopwatch_ns() - began_ns >= timeout * SECOND:
                for split in open_splits:
                    split.why_ended = split.why_ended or "the time was over"
        for split in self._splits:
            if split.best_score is None:
                raise UsageError(f"not one trial could be run; the last said: {split.trials[-1].outcome.failed}")
        return tuple(
            Searched(fold=split.fold, trials=tuple(split.trials), why_ended=split.why_ended) for split in self._splits
        )

    def apart(self, number: int, jobs: Sequence[Job]) -> tuple[Outcome, ...]:
        """Run jobs that are no trials, and keep them as trials are kept."""
        missing = [job for job in jobs if not self._is_kept(job)]
        for job, outcome in self._workers.run(missing):
            self._keep(job, outcome)
        return tuple(self._log.done[number, job.number].outcome for job in jobs)

    def _is_kept(self, job: Job) -> bool:
        tried = self._log.done.get((job.split, job.number))
        return tried is not None and tried.values == job.values

    def _round(self, splits: Sequence[_Split]) -> None:
        jobs = [job for split in splits for job in split.begin(self._log)]
        outcomes: dict[int, dict[int, Outcome]] = {split.number: {} for split in splits}
        self._tell(len(jobs))
        left = len(jobs)
        for job, outcome in self._workers.run(jobs):
            self._keep(job, outcome)
            outcomes[job.split][job.number] = outcome
            left -= 1
            self.run_now += 1
            self._tell(left)
        for split in splits:
            split.end(outcomes[split.number])

    def _keep(self, job: Job, outcome: Outcome) -> None:
        self._log.add(Tried(split=job.split, number=job.number, values=job.values, outcome=outcome))

    def _tell(self, left: int) -> None:
        """A split that has ended counts as if it had had all its trials."""
        most = self._budget.trials
        asked = sum(most if split.why_ended else split.sampler.asked for split in self._splits)
        done = sum(split.sampler.asked for split in self._splits) - left
        best = [split.best_score for split in self._splits if split.best_score is not None]
        shown = f", best on train {max(best):.2f}" if best else ""
        share = (asked - left) / (most * len(self._splits))
        self._progress(f"{done:,} trials in {len(self._splits)} splits{shown}", min(1.0, max(0.0, share)))
