"""All that one mode has learned: allocation, drift and adoption in one value, moved on by events and block returns.

`after(state, event, nets)` is the only way on. Every event is kept beside the block returns that it has seen, so
replaying them gives the same state bit for bit (`replayed`). Paper and live have a state each, and each world its own.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.clock import SECOND
from kraken_tui.learning import adoption, allocation, drift
from kraken_tui.learning.adoptable import Candidate
from kraken_tui.learning.adopted import Adoption
from kraken_tui.learning.allocation import DAILY, Allocation, Pace, allowed
from kraken_tui.learning.campaign import Declaration, Stage, Trial
from kraken_tui.learning.drift import Drift
from kraken_tui.learning.operations import (
    Accept,
    Block,
    Cause,
    Choose,
    Declare,
    Freeze,
    GiveUp,
    Kind,
    Mode,
    Note,
    Register,
    RollBack,
    SetLevel,
    Thaw,
)
from kraken_tui.model.errors import UsageError
from kraken_tui.model.memory import BlockReturn, Source

BLOCKS_NS = {"4h": 4 * 3_600 * SECOND, "1d": 86_400 * SECOND}
PACES = {BLOCKS_NS["4h"]: Pace(), BLOCKS_NS["1d"]: DAILY}
DRIFT_SPREADS = 3.0
"""The detector's bound, in standard deviations of a block."""
SHADOW: Source = "shadow"

Nets = Mapping[tuple[str, str], float]
"""Of a block: what each strategy's shadow made by each of its candidates, after costs; a fraction of its sleeve."""


class Enrol(Struct, frozen=True, kw_only=True, tag=True):
    """An engine has begun: these strategies, with what the operator has set for them."""

    time_ns: int
    block_ns: int
    candidates: tuple[Candidate, ...]
    regimes: tuple[str, ...]


class Closed(Struct, frozen=True, kw_only=True, tag=True):
    """A block has ended, and its returns are known; they stand in `block_returns`."""

    end_ns: int
    regime: str
    """In which it was earned; empty where none lasted."""
    trades: int = 0
    """Ended in it by what is being let in."""


class Considered(Struct, frozen=True, kw_only=True, tag=True):
    """The result of a search: all of its trials, and who goes on."""

    strategy: str
    declaration: Declaration
    trials: tuple[Trial, ...]
    choice: Choose


class Done(Struct, frozen=True, tag=True):
    """A command or a cause."""

    operation: SetLevel | Freeze | Thaw | Accept | GiveUp | RollBack


Event = Enrol | Closed | Considered | Done


class Learner(Struct, frozen=True, kw_only=True):
    """What is known in one mode."""

    adoption: Adoption
    allocation: Allocation | None = None
    """None before the first strategy was enrolled."""
    drifts: dict[str, Drift] = {}
    own: dict[str, Candidate] = {}
    """By strategy, what the operator has set."""
    block_ns: int = BLOCKS_NS["4h"]
    last_ns: int = 0
    """End of the last block that was counted."""
    events: int = 0

    @property
    def pace(self) -> Pace:
        """How fast it learns."""
        return PACES[self.block_ns]

    @property
    def mode(self) -> Mode:
        """Where it learns."""
        return self.adoption.mode


class InForce(Struct, frozen=True):
    """An adopted candidate, and the share of its strategy's sleeve that it has."""

    candidate: Candidate
    share: float
    bound: float | None = None
    """The most that it may lose in a block at the whole sleeve, a fraction; None where nothing was declared."""


def new_learner(mode: Mode) -> Learner:
    """Nothing known."""
    return Learner(adoption=Adoption(mode=mode))


def after(state: Learner, event: Event, nets: Nets) -> tuple[Learner, tuple[Note, ...]]:
    """The state after an event, and what to tell of it.

    Args:
        state: before.
        event: what has happened.
        nets: of a block that ended; nothing otherwise.
    """
    match event:
        case Enrol():
            now, notes = _enrolled(state, event)
        case Closed():
            now, notes = _closed(state, event, nets)
        case Considered():
            now, notes = _considered(state, event)
        case Done(operation):
            told, notes = adoption.after(state.adoption, operation)
            now = replace(state, adoption=told)
    return replace(now, events=state.events + 1), notes


def replayed(mode: Mode, events: Iterable[Event], rows: Iterable[BlockReturn]) -> Learner:
    """The state that events and block returns lead to."""
    by_end: dict[int, dict[tuple[str, str], float]] = {}
    for row in rows:
        if row.source == SHADOW:
            by_end.setdefault(row.time_ns, {})[row.strategy, row.parameters] = row.net
    state = new_learner(mode)
    for event in events:
        state, _ = after(state, event, by_end.get(event.end_ns, {}) if isinstance(event, Closed) else {})
    return state


def runners(state: Learner) -> tuple[Candidate, ...]:
    """Who has to run in shadow, each once: champions, challengers, and what was let in with what it replaced."""
    told, found = state.adoption, dict[str, Candidate]()
    rows = [told.champions[name] for name in state.own if name in told.champions]
    if told.campaign is not None and told.campaign.stage in (Stage.TESTING, Stage.WON):
        rows += [told.campaign.champion, *(each.candidate for each in told.campaign.contenders)]
    if told.canary is not None:
        rows += [told.adopted[-1].before, told.adopted[-1].after]
    for each in rows:
        if each.strategy in state.own:
            found.setdefault(each.id, each)
    return tuple(found.values())


def bound_of(state: Learner, candidate: str) -> float | None:
    """The declared loss bound of a challenger, or of what is being let in; None of anybody else."""
    told = state.adoption
    if told.canary is not None and told.adopted[-1].after.id == candidate:
        return told.canary.reverse.bound
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


def _enrolled(state: Learner, event: Enrol) -> tuple[Learner, tuple[Note, ...]]:
    if event.block_ns not in PACES:
        raise UsageError(f"blocks of {event.block_ns} ns; {', '.join(BLOCKS_NS)} are right")
    told, notes = state.adoption, list[Note]()
    own = {each.strategy: each for each in event.candidates}
    for name, mine in own.items():
        if state.own.get(name) == mine:
            continue
        told, more = _by_the_operator(told, mine, event.time_ns)
        notes += more
    same = event.block_ns == state.block_ns
    gone = told.campaign is not None and told.campaign.champion.strategy not in own
    if told.campaign is not None and (gone or not same):
        told, more = adoption.after(told, GiveUp())
        notes += [row for row in more if row.kind is not Kind.REFUSED]
    names = tuple(own)
    known = state.allocation if same else None
    pace = PACES[event.block_ns]
    drifts = {
        name: state.drifts[name] if same and name in state.drifts else Drift(bound=DRIFT_SPREADS * pace.usual)
        for name in names
    }
    return replace(
        state, adoption=told, own=own, drifts=drifts, block_ns=event.block_ns,
        allocation=_with(known, names, event.regimes) if names else None,
    ), tuple(notes)  # fmt: skip


def _by_the_operator(told: Adoption, mine: Candidate, now_ns: int) -> tuple[Adoption, tuple[Note, ...]]:
    """The operator has set something else: that trades from now on, and nothing that was learned stands against it."""
    name, notes = mine.strategy, tuple[Note, ...]()
    if told.canary is not None and told.adopted[-1].after.strategy == name:
        told, more = adoption.after(told, RollBack(name, now_ns))
        notes += more
    if told.campaign is not None and told.campaign.champion.strategy == name:
        told, more = adoption.after(told, GiveUp())
        notes += tuple(row for row in more if row.kind is not Kind.REFUSED)
    return replace(told, champions=told.champions | {name: mine}), notes


def _with(known: Allocation | None, names: Sequence[str], regimes: Sequence[str]) -> Allocation:
    """The allocation of these strategies: what is known of those that were there stays."""
    fresh = allocation.new_allocation(names, regimes)
    if known is None or known.regimes != fresh.regimes:
        return fresh
    if known.strategies == fresh.strategies:
        return known
    places = [known.strategies.index(name) if name in known.strategies else None for name in names]

    def kept(values: Sequence[float]) -> tuple[float, ...]:
        return tuple(0.0 if place is None else values[place] for place in places)

    return replace(
        known, strategies=tuple(names), sums=kept(known.sums), regime_sums=tuple(map(kept, known.regime_sums)),
        squares=kept(known.squares), weights=kept(known.weights),
    )  # fmt: skip


def _closed(state: Learner, event: Closed, nets: Nets) -> tuple[Learner, tuple[Note, ...]]:
    known, told = state.allocation, state.adoption
    if known is None or event.end_ns <= state.last_ns:
        return state, ()
    earned = [nets.get((name, told.champions[name].id)) for name in known.strategies]
    if any(value is None for value in earned):
        return replace(state, last_ns=event.end_ns), ()
    made = [value for value in earned if value is not None]
    spread = allocation.spreads(allocation.sums_of(known), state.pace)
    drifts = {
        name: drift.after_return(replace(state.drifts[name], bound=DRIFT_SPREADS * float(wide)), value)
        for name, wide, value in zip(known.strategies, spread.tolist(), made, strict=True)
    }
    stands = any(each.stands for each in drifts.values())
    told, _ = adoption.after(told, Freeze(Cause.DRIFT) if stands else Thaw(Cause.DRIFT))
    told, notes = adoption.after(told, _block(told, event, nets))
    grown = allocation.after_block(known, made, event.regime or None, state.pace)
    alarms = [
        Note(Kind.DRIFT, f"{name} earns less than it did: its weight is halved, and nothing is let in for a while")
        for name, each in drifts.items()
        if each.alarms > state.drifts[name].alarms
    ]
    return replace(state, adoption=told, allocation=grown, drifts=drifts, last_ns=event.end_ns), (*alarms, *notes)


def _block(told: Adoption, event: Closed, nets: Nets) -> Block:
    """What adoption is told of a block; nothing of those whose block has a gap."""
    running, differences = told.campaign, dict[str, float]()
    if running is not None and running.stage is Stage.TESTING:
        champion = nets.get((running.champion.strategy, running.champion.id))
        found = {
            each.candidate.id: nets.get((each.candidate.strategy, each.candidate.id)) for each in running.contenders
        }
        if champion is not None and all(value is not None for value in found.values()):
            differences = {name: value - champion for name, value in found.items() if value is not None}
    watched = None
    if told.canary is not None:
        last = told.adopted[-1]
        new = nets.get((last.after.strategy, last.after.id))
        old = nets.get((last.before.strategy, last.before.id))
        watched = new - old if new is not None and old is not None else None
    return Block(mode=told.mode, end_ns=event.end_ns, differences=differences, watched=watched, trades=event.trades)


def _considered(state: Learner, event: Considered) -> tuple[Learner, tuple[Note, ...]]:
    told, notes = adoption.after(state.adoption, Declare(event.declaration, event.strategy))
    if any(row.kind is Kind.REFUSED for row in notes):
        return state, notes
    for trial in event.trials:
        told, more = adoption.after(told, Register(trial))
        notes += more
    told, more = adoption.after(told, event.choice)
    return replace(state, adoption=told), (*notes, *more)
