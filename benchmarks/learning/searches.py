"""What the gates on a search let through: printed values of the papers, and searches with and without skill."""

import math
from collections.abc import Iterator

import numpy as np

from benchmarks.learning.figures import Flags, Line, check, share
from kraken_tui.learning.gates import Sanity, doubts, search_of
from kraken_tui.learning.luck import Record, deflated_sharpe, expected_maximum
from kraken_tui.learning.overfitting import overfitting
from kraken_tui.learning.verdict import judge

DAYS, CONFIGURATIONS, ALIKE = 548, 200, 0.5
"""A year and a half of days, and how much of their variance the configurations share."""
SANE = Sanity(trades=200, months=18, stressed=0.1)


def lines(runs: int) -> Iterator[Line]:
    record = Record(sharpe=2.5 / math.sqrt(250), length=1250, skewness=-3.0, kurtosis=10.0)
    found = deflated_sharpe(record, 100, math.sqrt(0.5 / 250)) or 0.0
    yield check(
        "deflated Sharpe ratio of the paper's example", f"{found:.4f}", "0.9004", passed=abs(found - 0.9004) < 5e-5
    )
    luck = expected_maximum(10)
    yield check("luck's best of ten", f"{luck:.2f}", "1.57", passed=abs(luck - 1.57) < 0.005)
    lasting = overfitting(np.outer(np.tile([1.0, 2.0], 40), [1.0, 1.0]) + np.array([0.0, 1.0]), 8)
    yield check(
        "PBO of two trials of which one is always better", f"{lasting.probability:.2f}", "0.00",
        passed=lasting.probability == 0,
    )  # fmt: skip
    for name, sharpe in (("no skill", 0.0), ("a plateau of skill, 1.9 a year", 1.9), ("of 2.9 a year", 2.9)):
        passed, good, deflated, overfit = simulated(sharpe, runs)
        # A gate and not the guarantee: what is luck of all trials alike passes it, and fails in the holdout.
        most = 0.1 if sharpe == 0 else None
        yield share(f"search of {CONFIGURATIONS}, {name}: passes both gates", passed, most=most)
        if sharpe:
            yield share(f"search of {CONFIGURATIONS}, {name}: of the best, truly good", good)
        else:
            yield share(f"search of {CONFIGURATIONS}, {name}: passes the deflated ratio alone", deflated)
            yield share(f"search of {CONFIGURATIONS}, {name}: passes PBO alone", overfit)


def simulated(sharpe: float, runs: int) -> tuple[Flags, Flags, Flags, Flags]:
    """Per run: all passed, the best is a good one, each gate alone. A tenth of the configurations has the skill."""
    chance = np.random.default_rng(800 + int(10 * sharpe))
    edge = np.zeros(CONFIGURATIONS)
    edge[: CONFIGURATIONS // 10] = sharpe / math.sqrt(365)
    rows = []
    for _ in range(runs):
        shared = math.sqrt(ALIKE) * chance.standard_normal((DAYS, 1))
        luck = judge(shared + math.sqrt(1 - ALIKE) * chance.standard_normal((DAYS, CONFIGURATIONS)) + edge, blocks=10)
        figures = search_of(luck, CONFIGURATIONS)
        rows.append(
            (
                not doubts(SANE, figures), bool(edge[luck.best] > 0), (figures.deflated or 0) >= 0.95,
                (figures.overfitting or 0) <= 0.2,
            )
        )  # fmt: skip
    passed, good, deflated, overfit = np.array(rows).T
    return passed, good, deflated, overfit
