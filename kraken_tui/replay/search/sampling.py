"""What is tried next in one split: Optuna's TPE, asked for batches so that the order of finishing changes nothing.

Bergstra, Bardenet, Bengio & Kégl (2011), Algorithms for Hyper-Parameter Optimization.
"""

from collections.abc import Mapping, Sequence

import optuna
from msgspec import Struct
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.trial import Trial, TrialState

from kraken_tui.replay.search.parameters import Parameter, Values

BATCH = 8
"""Trials that are asked for together; it does not depend on how many processes there are."""
STARTUP = 16
"""Trials by chance before what is known guides the choice."""


class Ask(Struct, frozen=True, kw_only=True):
    """A trial to be run."""

    number: int
    values: Values
    points: tuple[float, ...]
    """The same, each 0 to 1 over its parameter's range."""


class Sampler:
    """One split's choice of trials: the same for the same seed and the same answers.

    Args:
        parameters: what is searched.
        seed: of chance.
        first: values that are tried before all others; None where they can't be.
    """

    def __init__(self, parameters: Sequence[Parameter], seed: int, first: Values | None) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._parameters = tuple(parameters)
        self._space: Mapping[str, BaseDistribution] = {
            row.name: FloatDistribution(0, 1) if row.steps is None else IntDistribution(0, row.steps)
            for row in parameters
        }
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=STARTUP)
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        if first is not None:
            self._study.enqueue_trial({row.name: self._at(row, first) for row in parameters})
        self._waiting: list[Trial] = []
        self.asked = 0

    def ask(self, most: int) -> list[Ask]:
        """The next batch, of `most` at most; all of them must be told before more is asked."""
        batch = [self._study.ask(dict(self._space)) for _ in range(min(BATCH, most))]
        self._waiting = batch
        self.asked += len(batch)
        return [self._asked(trial) for trial in batch]

    def tell(self, scores: Sequence[float | None]) -> None:
        """What came of the last batch, in its order; None failed."""
        for trial, score in zip(self._waiting, scores, strict=True):
            if score is None:
                self._study.tell(trial, state=TrialState.FAIL)
            else:
                self._study.tell(trial, score)
        self._waiting = []

    def _asked(self, trial: Trial) -> Ask:
        points = tuple(float(trial.params[row.name]) / (row.steps or 1) for row in self._parameters)
        values = {row.name: row.value(point) for row, point in zip(self._parameters, points, strict=True)}
        return Ask(number=trial.number, values=values, points=points)

    @staticmethod
    def _at(parameter: Parameter, values: Values) -> float | int:
        point = parameter.point(values[parameter.name]) or 0.0
        return point if parameter.steps is None else round(point * parameter.steps)


def first_values(parameters: Sequence[Parameter], present: Values) -> Values | None:
    """The operator's present values where a trial can have them all, else None."""
    mine = {row.name: present[row.name] for row in parameters}
    return mine if all(row.point(mine[row.name]) is not None for row in parameters) else None
