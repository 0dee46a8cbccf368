"""What follows from what was learned: who runs in shadow, what trades by which parameters, what is left of a size."""

from msgspec import Struct

from kraken_tui.learning import allocation
from kraken_tui.learning.adoptable import Candidate
from kraken_tui.learning.allocation import allowed
from kraken_tui.learning.campaign import Stage
from kraken_tui.learning.learner import Learner


class InForce(Struct, frozen=True):
    """An adopted candidate, and the share of its strategy's sleeve that it has."""

    candidate: Candidate
    share: float
    bound: float | None = None
    """The most that it may lose in a block at the whole sleeve, a fraction; None where nothing was declared."""


def runners(state: Learner) -> tuple[Candidate, ...]:
    """Who has to run in shadow, each once: champions, challengers, and what was let in with what it replaced."""
    told, found = state.adoption, dict[str, Candidate]()
    rows = [told.champions[name] for name in state.own if name in told.champions]
    if told.campaign is not None and told.campaign.stage in (Stage.TESTING, Stage.WON):
        rows += [told.campaign.champion, *(each.candidate for each in told.campaign.contenders)]
    rows += [each for entry, _ in told.watches for each in (entry.before, entry.after)]
    for each in rows:
        if each.strategy in state.own:
            found.setdefault(each.id, each)
    return tuple(found.values())


def bound_of(state: Learner, candidate: str) -> float | None:
    """The declared loss bound of a challenger, or of what was let in and is watched; None of anybody else."""
    told = state.adoption
    for entry, watch in reversed(told.watches):
        if entry.after.id == candidate:
            return watch.reverse.bound
    running = told.campaign
    if running is not None and any(each.candidate.id == candidate for each in running.contenders):
        return running.declaration.bound
    return None


def in_force(state: Learner) -> tuple[InForce, ...]:
    """What trades otherwise than the operator's settings say; for a symbol the first that takes it."""
    told, rows = state.adoption, list[InForce]()
    if told.canary is not None and not told.canary.is_complete:
        rows.append(InForce(told.adopted[-1].after, told.canary.share, told.canary.reverse.bound))
    rows += [
        InForce(champion, 1.0, bound_of(state, champion.id))
        for name, champion in sorted(told.champions.items())
        if name in state.own and champion.id != state.own[name].id
    ]
    return tuple(row for row in rows if row.candidate.strategy in state.own)


def weights(state: Learner) -> dict[str, float]:
    """What each strategy may use now: its weight, times what a standing drift alarm leaves of it."""
    known = state.allocation
    if known is None:
        return {}
    rest = [state.drifts[name].factor for name in known.strategies]
    return allowed(known, [state.pace.cap] * len(known.strategies), rest)


def size_factors(state: Learner) -> dict[str, float]:
    """By strategy, what is left of an entry's size where learning may act by itself: from 0 to 1, never more.

    A strategy at the most that it may use trades in the operator's own size; below that in proportion.
    """
    if not state.adoption.level.is_auto_in(state.mode):
        return {}
    return {name: min(1.0, weight / state.pace.cap) for name, weight in weights(state).items()}


def spread_of(state: Learner, strategy: str) -> float:
    """Standard deviation of a block's return of a strategy; what is expected before any was seen."""
    known = state.allocation
    if known is None or strategy not in known.strategies:
        return state.pace.usual
    return float(allocation.spreads(allocation.sums_of(known), state.pace)[known.strategies.index(strategy)])
