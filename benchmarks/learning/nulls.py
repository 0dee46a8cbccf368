"""How often something is adopted although nothing is better, with a look every day of a year; and by other rules."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.learning.figures import Flags, Line, share
from benchmarks.learning.noise import BOUND, BROKEN, NULLS, Draws, gauss, short_volatility
from kraken_tui.learning.evidence import BETS, grown, mean_wealth, threshold

DAYS = 365
CHALLENGERS = 10
LOOKS = (1, 7, 30)
CAMPAIGNS, FIELD = 5, 5


def lines(runs: int) -> Iterator[Line]:
    for number, (name, draws) in enumerate(NULLS.items()):
        ever = highest(draws, runs, 100 + number)
        for every, best in zip(LOOKS, ever, strict=True):
            look = "daily" if every == 1 else f"every {every} days"
            yield share(f"{name}: adopted in a year, a look {look}", best >= threshold(1, CHALLENGERS), most=0.05)
    for name, draws in BROKEN.items():
        ever = highest(draws, runs, 200)
        yield share(f"{name}, the bound not enforced", ever[0] >= threshold(1, CHALLENGERS))
    for name, draws in {"gauss": gauss, "short volatility": short_volatility}.items():
        yield share(f"{name}: anything adopted in {CAMPAIGNS} campaigns of {FIELD}", lifetime(draws, runs), most=0.05)
    yield from shortcuts(runs)


def highest(draws: Draws, runs: int, seed: int) -> list[NDArray[np.float64]]:
    """The largest W of any challenger at any look, shape (runs,), per spacing of looks."""
    wealth = np.ones((len(BETS), runs, CHALLENGERS))
    ever = [np.zeros(runs) for _ in LOOKS]
    for day, block in enumerate(draws(np.random.default_rng(seed), DAYS, (runs, CHALLENGERS)), 1):
        wealth = grown(wealth, block, BOUND)
        now = mean_wealth(wealth).max(axis=1)
        ever = [np.maximum(best, now) if day % every == 0 else best for best, every in zip(ever, LOOKS, strict=True)]
    return ever


def lifetime(draws: Draws, runs: int) -> Flags:
    """Whether any of several campaigns, one after another, adopts anything."""
    nearest = np.zeros(runs)
    for number in range(1, CAMPAIGNS + 1):
        wealth = np.ones((len(BETS), runs, FIELD))
        for block in draws(np.random.default_rng(300 + number), DAYS, (runs, FIELD)):
            wealth = grown(wealth, block, BOUND)
            nearest = np.maximum(nearest, mean_wealth(wealth).max(axis=1) / threshold(number, FIELD))
    return nearest >= 1


def shortcuts(runs: int) -> Iterator[Line]:
    """What the usual rules adopt of the same noise."""
    total, squares = np.zeros((runs, CHALLENGERS)), np.zeros((runs, CHALLENGERS))
    month, peeked, end = (np.zeros(runs) for _ in range(3))
    for day, block in enumerate(gauss(np.random.default_rng(400), DAYS, (runs, CHALLENGERS)), 1):
        total, squares = total + block, squares + block * block
        if day == 30:
            month = total.max(axis=1)
        if day >= 30:
            spread = np.sqrt((squares - total * total / day) / (day - 1))
            end = (total / spread / np.sqrt(day)).max(axis=1)
            peeked = np.maximum(peeked, end)
    yield share("instead: the best of 10 after 30 days", month > 0)
    yield share("instead: a t-test at 5 %, a look daily", peeked > 1.645)
    yield share("instead: a t-test at 5 %, one look at the end", end > 1.645)
