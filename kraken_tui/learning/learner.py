"""All that one mode has learned: allocation, drift and adoption in one value, moved on by events and block returns.

`after(state, event, nets)` is the only way on. Every event is kept beside the block returns that it has seen, so
replaying them gives the same state bit for bit (`replayed`). Paper and live have a state each, and each world its own.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.learning import adoption, allocation, drift
from kraken_tui.learning.adoptable import Candidate
from kraken_tui.learning.adopted import Adopted, Adoption
from kraken_tui.learning.allocation import Allocation, Pace
from kraken_tui.learning.campaign import Stage
from kraken_tui.learning.drift import Drift
from kraken_tui.learning.events import BLOCKS_NS, PACES, SHADOW, Closed, Considered, Done, Enrol, Event, Nets
from kraken_tui.learning.operations import Block, Cause, Declare, Freeze, Kind, Mode, Note, Register, Thaw
from kraken_tui.model.errors import UsageError
from kraken_tui.model.memory import BlockReturn

DRIFT_SPREADS = 3.0
"""The detector's bound, in standard deviations of a block."""


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


def _enrolled(state: Learner, event: Enrol) -> tuple[Learner, tuple[Note, ...]]:
    if event.block_ns not in PACES:
        raise UsageError(f"blocks of {event.block_ns} ns; {', '.join(BLOCKS_NS)} are right")
    told, notes = state.adoption, list[Note]()
    own = {each.strategy: each for each in event.candidates}
    for name, mine in own.items():
        if state.own.get(name) == mine:
            continue
        told, more = adoption.by_the_operator(told, mine, event.time_ns, _changed(state.own.get(name), mine))
        notes += more
    same = event.block_ns == state.block_ns
    running = told.campaign.champion.strategy if told.campaign is not None else ""
    if running and (running not in own or not same):
        why = f"{running} runs no longer" if running not in own else "the length of a block has changed"
        told, more = adoption.ended(told, running, why)
        notes += more
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


def _changed(before: Candidate | None, mine: Candidate) -> str:
    """What makes nothing of all that was learned of a strategy."""
    if before is None:
        return f"{mine.strategy} was not among the strategies for a while"
    settings, code = before.parameters != mine.parameters, before.code != mine.code
    what = " and ".join(
        name for name, differs in (("its code", code), ("the operator's settings", settings)) if differs
    )
    return f"{what} changed"


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
    told, notes = adoption.after(told, _block(told, event, nets, state.block_ns))
    grown = allocation.after_block(known, made, event.regime or None, state.pace)
    alarms = [
        Note(Kind.DRIFT, f"{name} earns less than it did: its weight is halved, and nothing is let in for a while")
        for name, each in drifts.items()
        if each.alarms > state.drifts[name].alarms
    ]
    return replace(state, adoption=told, allocation=grown, drifts=drifts, last_ns=event.end_ns), (*alarms, *notes)


def _block(told: Adoption, event: Closed, nets: Nets, span_ns: int) -> Block:
    """What adoption is told of a block; nothing of those whose block has a gap."""
    running, differences = told.campaign, dict[str, float]()
    if running is not None and running.stage is Stage.TESTING:
        champion = nets.get((running.champion.strategy, running.champion.id))
        found = {
            each.candidate.id: nets.get((each.candidate.strategy, each.candidate.id)) for each in running.contenders
        }
        if champion is not None and all(value is not None for value in found.values()):
            differences = {name: value - champion for name, value in found.items() if value is not None}
    watched = _gain(told.adopted[-1], nets) if told.canary is not None else None
    gains = {number: _gain(told.adopted[number], nets) for number in told.earlier}
    return Block(
        mode=told.mode, end_ns=event.end_ns, span_ns=span_ns, differences=differences, watched=watched,
        earlier={number: gain for number, gain in gains.items() if gain is not None}, trades=event.trades,
    )  # fmt: skip


def _gain(entry: Adopted, nets: Nets) -> float | None:
    """What one that was let in made more than what it replaced; None where either has a gap."""
    new = nets.get((entry.after.strategy, entry.after.id))
    old = nets.get((entry.before.strategy, entry.before.id))
    return new - old if new is not None and old is not None else None


def _considered(state: Learner, event: Considered) -> tuple[Learner, tuple[Note, ...]]:
    told, notes = adoption.after(state.adoption, Declare(event.declaration, event.strategy))
    if any(row.kind is Kind.REFUSED for row in notes):
        return state, notes
    for trial in event.trials:
        told, more = adoption.after(told, Register(trial))
        notes += more
    told, more = adoption.after(told, event.choice)
    return replace(state, adoption=told), (*notes, *more)
