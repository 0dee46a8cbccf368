"""How long until a strategy whose edge died is dropped, and until what was adopted and is worse is taken back."""

from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from benchmarks.learning.figures import Flags, Floats, Line, mean, median, share
from benchmarks.learning.noise import BOUND, garch
from kraken_tui.learning.allocation import DAILY, learned, nothing_known
from kraken_tui.learning.canary import STEPS, gone, is_down, is_refuted
from kraken_tui.learning.drift import BETS as DRIFT_BETS
from kraken_tui.learning.drift import SHRINK, risen, settled
from kraken_tui.learning.evidence import BETS, grown, reverse_difference

ALIVE, DEAD = 730, 730
"""Days with the edge and after it."""
DRIFT_BOUND = 3.0
WATCHED = 365


def lines(runs: int) -> Iterator[Line]:
    for before, after in ((0.15, 0.0), (0.15, -0.1), (0.15, -0.3)):
        for alarms in (False, True):
            yield from dropped(before, after, runs // 4, alarms=alarms)
    yield from alarms_of(runs // 4)
    for edge in (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2):
        yield from rolled_back(edge, runs)


def dropped(before: float, after: float, runs: int, *, alarms: bool) -> Iterator[Line]:
    """Days until the weight of a strategy whose edge died is half of what it was, and a tenth of it."""
    chance = np.random.default_rng(700)
    known, pace = nothing_known((runs,), 3, 1), replace(DAILY, usual=1.0)
    levels, rest = np.zeros((len(DRIFT_BETS), runs)), np.zeros(runs, np.int64)
    weights = np.zeros((ALIVE + DEAD, runs))
    for day in range(ALIVE + DEAD):
        edge = np.array([before if day < ALIVE else after, 0.0, 0.0])
        earned = edge + chance.standard_t(4, (runs, 3)) / np.sqrt(2)
        weights[day] = known.weights[:, 0] * np.where((rest > 0) & alarms, SHRINK, 1.0)
        known = learned(known, earned, np.zeros(runs, np.int64), pace)
        levels, rest = settled(risen(levels, earned[:, 0], DRIFT_BOUND), rest)
    was = weights[ALIVE - 90 : ALIVE].mean(axis=0)
    found = [first(weights[ALIVE:] <= part * was) for part in (0.5, 0.1)]
    what = f"edge {before:+g} to {after:+g} sd a day, {'with' if alarms else 'without'} drift alarms"
    yield median(f"{what}: weight halved after", found[0], most=240 if alarms and after < 0 else None)
    yield median(f"{what}: down to a tenth after", found[1])
    yield mean(
        f"{what}: weight in the first year after, of before", weights[ALIVE : ALIVE + 365].mean(axis=0) / was.mean()
    )


def first(flags: Flags) -> Floats:
    """Days until it first holds, per run; the whole span where it never does."""
    return np.where(flags.any(axis=0), flags.argmax(axis=0), len(flags)).astype(np.float64)


def alarms_of(runs: int) -> Iterator[Line]:
    """The drift detector alone."""
    for before, after in ((0.1, -0.1), (0.2, -0.2), (0.1, -0.4)):
        chance = np.random.default_rng(710)
        levels, day_of = np.zeros((len(DRIFT_BETS), runs)), np.full(runs, np.inf)
        for day in range(400 + 600):
            earned = (before if day < 400 else after) + chance.standard_t(4, runs) / np.sqrt(2)
            levels, rest = settled(risen(levels, earned, DRIFT_BOUND), 0)
            day_of = np.where((rest > 0) & np.isinf(day_of), day - 400, day_of)
        what = f"drift alarm, {before:+g} to {after:+g} sd a day"
        yield share(f"{what}: false within 400 days before", day_of < 0, most=0.08)
        yield median(f"{what}: after", day_of[day_of >= 0], most=240)


def rolled_back(edge: float, runs: int) -> Iterator[Line]:
    """A year of watching what was adopted: `edge` a day better than what it replaced, with volatility in clusters."""
    reverse, total, peak = np.ones((len(BETS), runs)), np.zeros(runs), np.zeros(runs)
    back, lost, whole, proved = np.full(runs, -1.0), np.zeros(runs), np.zeros(runs), np.zeros(runs, np.bool_)
    for day, noise in enumerate(garch(np.random.default_rng(720), WATCHED, (runs,))):
        block = noise + edge
        held = STEPS[min(day // 14, len(STEPS) - 1)]
        lost += np.where(back < 0, held * block, 0.0)
        whole += block
        reverse = grown(reverse, reverse_difference(block, BOUND), BOUND)
        total, peak = gone(total, peak, block)
        proved |= is_refuted(reverse)
        out = (back < 0) & (is_refuted(reverse) | is_down(total, peak, BOUND))
        back[out] = day + 1
    went, what = back >= 0, f"adopted, {edge:+g} sd a day"
    yield share(
        f"{what}: rolled back in a year", went, least=0.95 if edge <= -0.2 else None, most=0.1 if edge >= 0.1 else None
    )
    if edge == 0:
        yield share(f"{what}: of these by evidence", proved, most=0.2)
    if edge < 0:
        yield median(f"{what}: on day", back[went])
        yield mean(f"{what}: earned until then, by canary steps (sd)", lost, digits=1)
        yield mean(f"{what}: without steps and rollback (sd)", whole, digits=1)
