"""The leakage canary: who was given tomorrow is refused before anything of it is learned, and who was not is not."""

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.learning.figures import Floats, Line, share
from kraken_tui.learning.leakage import Bars, Decide, Facts, LookAhead, Past, shadow

DAYS = 250
DAY_NS = 86_400_000_000_000


def lines(runs: int) -> Iterator[Line]:
    for name, cheat in CHEATS.items():
        yield share(f"refused: {name}", np.array([refused(cheat, seed) for seed in range(runs)]), least=0.95)
    for name, honest in HONEST.items():
        yield share(f"refused: {name}", np.array([refused(honest, seed) for seed in range(runs)]), most=0.05)


Case = Callable[[Bars, np.random.Generator], tuple[Decide, dict[str, Facts]]]


def refused(case: Case, seed: int) -> bool:
    """Whether the data layer throws it out, on a random walk of its own."""
    chance = np.random.default_rng(seed)
    close = np.asarray(100 * np.cumprod(1 + 0.02 * chance.standard_normal(DAYS)), np.float64)
    bars = Bars(np.arange(1, DAYS + 1) * DAY_NS, close)
    try:
        decide, facts = case(bars, chance)
        shadow(decide, bars, facts, cost=0.004)
    except LookAhead:
        return True
    return False


def tomorrow(bars: Bars) -> Floats:
    return np.append(bars.close[1:] / bars.close[:-1] - 1, 0.0)


def elsewhere(bars: Bars, chance: np.random.Generator) -> tuple[Decide, dict[str, Facts]]:
    """It read the data before, on its own."""
    future = tomorrow(bars)
    return lambda known: float(np.sign(future[known.now_ns // DAY_NS - 1])), {}


def half_the_time(bars: Bars, chance: np.random.Generator) -> tuple[Decide, dict[str, Facts]]:
    future = tomorrow(bars)

    def decide(known: Past) -> float:
        return float(np.sign(future[known.now_ns // DAY_NS - 1])) if chance.random() < 0.5 else 0.0

    return decide, {}


def false_stamp(bars: Bars, chance: np.random.Generator) -> tuple[Decide, dict[str, Facts]]:
    """A series that says tomorrow's return and claims to be known today."""
    return momentum, {"signal": Facts(bars.close_ns, tomorrow(bars))}


def false_price(bars: Bars, chance: np.random.Generator) -> tuple[Decide, dict[str, Facts]]:
    return momentum, {"price": Facts(bars.close_ns, np.append(bars.close[1:], bars.close[-1]))}


def honest_trend(bars: Bars, chance: np.random.Generator) -> tuple[Decide, dict[str, Facts]]:
    return momentum, {}


def honest_fact(bars: Bars, chance: np.random.Generator) -> tuple[Decide, dict[str, Facts]]:
    """Today's return, and a series without a meaning."""
    today = np.append(0.0, bars.close[1:] / bars.close[:-1] - 1)
    noise = Facts(bars.close_ns, chance.standard_normal(DAYS))
    return (lambda known: float(np.sign(known.facts["today"][-1]))), {"today": Facts(bars.close_ns, today), "n": noise}


def clairvoyant(bars: Bars, chance: np.random.Generator) -> tuple[Decide, dict[str, Facts]]:
    """Right on 60 of 100 days, far better than anything real: no reason to refuse it."""
    future = tomorrow(bars)

    def decide(known: Past) -> float:
        right = chance.random() < 0.6
        return float(np.sign(future[known.now_ns // DAY_NS - 1])) * (1 if right else -1)

    return decide, {}


def momentum(known: Past) -> float:
    return 1.0 if len(known.close) > 5 and known.close[-1] > known.close[-6] else -1.0


CHEATS: dict[str, Case] = {
    "a strategy that knows tomorrow's return": elsewhere,
    "one that uses it every other day": half_the_time,
    "a series of tomorrow's returns, stamped today": false_stamp,
    "a series of tomorrow's prices, stamped today": false_price,
}
HONEST: dict[str, Case] = {
    "an honest trend": honest_trend,
    "honest facts": honest_fact,
    "one that is right on 60 % of days": clairvoyant,
}
