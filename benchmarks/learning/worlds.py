"""Worlds with planted edges: five strategies, three regimes, each good in one and bad in another, all changed half way.

4-hour blocks over 2.7 years, t4 noise of one standard deviation, a regime lasts 40 days, its label is wrong 13 times in
100. A change of weight by 1 costs 0.3: Kraken's taker fee where a 4-hour block moves 1.4 %. The oracle knows every
edge. In the null world there is none.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from benchmarks.learning.figures import Floats, Line, mean
from kraken_tui.learning.allocation import Pace, learned, nothing_known

BLOCKS, STRATEGIES, REGIMES = 6000, 5, 3
DWELL, RIGHT, COST = 240, 0.87, 0.3
WINNER = 60
"""Blocks over which the last winner won."""
YEAR = 365 * 6
CAP = 0.5


class World(Struct, frozen=True):
    """Returns and means (blocks, worlds, strategies), labels (blocks, worlds)."""

    returns: Floats
    means: Floats
    labels: NDArray[np.int64]


class Made(Struct, frozen=True):
    """What a way to allocate came to in each world."""

    total: Floats
    sharpe: Floats
    drawdown: Floats


def lines(worlds: int) -> Iterator[Line]:
    for name, edge, regret in (("strong edges", 0.12, 0.65), ("weak edges", 0.06, 0.9)):
        yield from with_edges(name, made(world_of(edge, worlds, 600)), regret)
    yield from without(made(world_of(0.0, worlds, 601)))


def with_edges(name: str, all_of: dict[str, Made], most: float) -> Iterator[Line]:
    learner, oracle = all_of["learner"], all_of["oracle"]
    for each, found in all_of.items():
        yield mean(f"{name}: {each}: earned", found.total, digits=0)
        yield mean(f"{name}: {each}: annual Sharpe ratio", found.sharpe)
        yield mean(f"{name}: {each}: largest drawdown", found.drawdown, digits=0)
    regret = (oracle.total - learner.total) / (oracle.total - all_of["equal weight"].total).mean()
    yield mean(f"{name}: regret against the oracle, of equal weight's", regret, most=most)
    for each in ("equal weight", "last winner"):
        yield mean(f"{name}: Sharpe ratio above {each}'s", learner.sharpe - all_of[each].sharpe, least=0.0)
        spared = learner.drawdown / all_of[each].drawdown.mean()
        yield mean(f"{name}: drawdown, of {each}'s", spared, most=0.5)


def without(all_of: dict[str, Made]) -> Iterator[Line]:
    for each, found in all_of.items():
        if each != "oracle":
            yield mean(f"no edge: {each}: earned", found.total, digits=0, least=-20 if each == "learner" else None)
            yield mean(f"no edge: {each}: largest drawdown", found.drawdown, digits=0)
    for each, most in (("equal weight", 0.8), ("last winner", 0.2)):
        spared = all_of["learner"].drawdown / all_of[each].drawdown.mean()
        yield mean(f"no edge: drawdown, of {each}'s", spared, most=most)


def world_of(edge: float, worlds: int, seed: int) -> World:
    chance = np.random.default_rng(seed)
    order = chance.permuted(np.tile(np.arange(STRATEGIES), (worlds, 2, REGIMES, 1)), axis=-1)
    edges = np.array([edge, edge / 2, 0.0, -edge / 2, -edge])[order]
    regimes = np.empty((BLOCKS, worlds), np.int64)
    now = chance.integers(0, REGIMES, worlds)
    for block in range(BLOCKS):
        leaves = chance.random(worlds) < 1 / DWELL
        now = np.where(leaves, (now + chance.integers(1, REGIMES, worlds)) % REGIMES, now)
        regimes[block] = now
    wrong = chance.random(regimes.shape) >= RIGHT
    labels = np.where(wrong, (regimes + chance.integers(1, REGIMES, regimes.shape)) % REGIMES, regimes)
    half = (np.arange(BLOCKS) >= BLOCKS // 2).astype(np.int64)
    means = edges[np.arange(worlds)[None], half[:, None], regimes]
    noise = chance.standard_t(4, means.shape) / np.sqrt(2)
    return World(noise + means, means, labels)


def made(world: World) -> dict[str, Made]:
    """What each way comes to."""
    ways = {
        "learner": learner(world),
        "oracle": oracle(world),
        "equal weight": np.full(world.means.shape, 1 / STRATEGIES),
        "last winner": last_winner(world),
    }
    return {name: result(weights, world.returns) for name, weights in ways.items()}


def learner(world: World) -> Floats:
    """The weights that `allocation` gives, each from what was known before its block."""
    weights = np.zeros(world.means.shape)
    known, pace = nothing_known(world.labels.shape[1:], STRATEGIES, REGIMES), Pace(usual=1.0, cap=CAP)
    for block in range(BLOCKS - 1):
        known = learned(known, world.returns[block], world.labels[block], pace)
        weights[block + 1] = known.weights
    return weights


def oracle(world: World) -> Floats:
    """Half on each of the two best that earn anything."""
    second = np.sort(world.means, axis=-1)[..., -2:-1]
    return np.where((world.means >= second) & (world.means > 0), CAP, 0.0)


def last_winner(world: World) -> Floats:
    """All on whatever earned most of late."""
    summed = np.cumsum(world.returns, axis=0)
    late = summed.copy()
    late[WINNER:] -= summed[:-WINNER]
    chosen = np.zeros(world.means.shape)
    np.put_along_axis(chosen[1:], late[:-1].argmax(axis=-1)[..., None], 1.0, axis=-1)
    return chosen


def result(weights: Floats, returns: Floats) -> Made:
    """Earned in each world, after the cost of every change."""
    turned = np.abs(np.diff(weights, axis=0, prepend=np.zeros((1, *weights.shape[1:])))).sum(axis=-1)
    earned = (weights * returns).sum(axis=-1) - COST * turned
    path = np.cumsum(earned, axis=0)
    peak = np.maximum(np.maximum.accumulate(path, axis=0), 0)
    spread = np.maximum(earned.std(axis=0), 1e-12)
    return Made(path[-1], earned.mean(axis=0) / spread * np.sqrt(YEAR), (peak - path).max(axis=0))
