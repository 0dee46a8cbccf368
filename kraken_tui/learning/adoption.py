"""What trades today, what may replace it, and the way back: one state, one function, no I/O.

`after(state, operation)` gives the next state and what to tell. A winner of a campaign gets in by steps (`canary`)
and goes back by evidence, by a drawdown or by a command. Going back is always possible; getting in only where nothing
is frozen or pinned and the last one got in seven days ago or more. Replaying the operations gives the same state bit
for bit.
"""

from msgspec.structs import replace

from kraken_tui.clock import SECOND
from kraken_tui.learning import adoptable, campaign, canary
from kraken_tui.learning.adoptable import Candidate
from kraken_tui.learning.adopted import Adopted, Adoption
from kraken_tui.learning.campaign import Campaign, Source, Stage
from kraken_tui.learning.operations import (
    Accept,
    Block,
    Choose,
    Declare,
    Freeze,
    GiveUp,
    Kind,
    Level,
    Note,
    Operation,
    Pin,
    Register,
    RollBack,
    SetLevel,
    Thaw,
    Unpin,
)
from kraken_tui.learning.splits import Span
from kraken_tui.model.errors import UsageError

SPACING_NS = 7 * 86_400 * SECOND
"""At least so long from one that is let in to the next."""
RUNNING = (Stage.SEARCHING, Stage.TESTING, Stage.WON)


Told = tuple[Adoption, tuple[Note, ...]]


def after(state: Adoption, operation: Operation) -> Told:
    """The state after an operation, and what to tell of it.

    Raises:
        UsageError: a block of another mode, a strategy that has no champion, figures that are no numbers.
    """
    match operation:
        case SetLevel(level):
            return replace(state, level=level), ()
        case Freeze(cause):
            return replace(state, causes=tuple(sorted({*state.causes, cause}))), ()
        case Thaw(cause):
            return replace(state, causes=tuple(each for each in state.causes if each is not cause)), ()
        case Pin(strategy):
            return replace(state, pinned=tuple(sorted({*state.pinned, strategy}))), ()
        case Unpin(strategy):
            return replace(state, pinned=tuple(each for each in state.pinned if each != strategy)), ()
        case RollBack(strategy, now_ns):
            return _commanded_back(state, strategy, now_ns)
        case Block():
            return _after_block(state, operation)
        case Accept(now_ns):
            return _accepted(state, now_ns)
        case _:
            return _in_campaign(state, operation)


def by_the_operator(state: Adoption, mine: Candidate, now_ns: int, why: str) -> Told:
    """What the operator has set trades from now on: nothing that was learned of its strategy stands above it."""
    state, notes = ended(state, mine.strategy, why)
    first = next((number for number in range(len(state.adopted)) if _stands(state, number, mine.strategy)), None)
    if first is not None:
        state, more = _back_from(state, first, now_ns, why, why)
        notes += more
    return replace(state, champions=state.champions | {mine.strategy: mine}), notes


def ended(state: Adoption, strategy: str, why: str) -> Told:
    """No campaign against what trades for a strategy runs any longer."""
    if state.campaign is None or state.campaign.champion.strategy != strategy:
        return state, ()
    return _moved(state, campaign.voided(state.campaign, why))


def _in_campaign(state: Adoption, operation: Declare | Register | Choose | GiveUp) -> Told:
    if isinstance(operation, Declare):
        return _declared(state, operation)
    if state.campaign is None or state.campaign.stage not in RUNNING:
        return _refused(state, "no campaign is running")
    match operation:
        case Register(trial):
            return _moved(state, campaign.registered(state.campaign, trial))
        case Choose(challengers=challengers, search=search, sane=sane):
            return _moved(state, campaign.chosen(state.campaign, challengers, search, sane))
        case _:
            return _moved(state, campaign.voided(state.campaign, "given up by the operator"))


def _declared(state: Adoption, operation: Declare) -> Told:
    declaration, strategy = operation.declaration, operation.strategy
    held_out = Span(declaration.holdout_start_ns, declaration.holdout_end_ns)
    if strategy not in state.champions:
        raise UsageError(f"{strategy} has no champion; {', '.join(sorted(state.champions)) or 'none'} has")
    if state.level is Level.OFF:
        return _refused(state, "learning is off")
    if state.campaign is not None and state.campaign.stage in RUNNING:
        return _refused(state, f"campaign {state.campaign.declaration.id} is still running")
    if state.canary is not None and not state.canary.is_complete:
        return _refused(state, f"{state.adopted[-1].after.id} is still being let in")
    if any(one.start_ns < held_out.end_ns and held_out.start_ns < one.end_ns for one in state.holdouts):
        return _refused(state, "what it would hold out was held out before; a holdout can be used once")
    begun = Campaign(number=state.campaigns + 1, declaration=declaration, champion=state.champions[strategy])
    now = replace(state, campaigns=begun.number, campaign=begun, holdouts=(*state.holdouts, held_out))
    return now, (Note(Kind.DECLARED, f"campaign {begun.number}: the winner needs {begun.needed:.0f}"),)


def _moved(state: Adoption, now: Campaign) -> Told:
    """The state with its campaign moved on, and a note where it reached another stage."""
    was = state.campaign.stage if state.campaign is not None else None
    state = replace(state, campaign=now)
    if now.stage is was:
        return state, ()
    kinds = {Stage.VOID: Kind.VOID, Stage.LOST: Kind.LOST, Stage.TESTING: Kind.TESTING, Stage.WON: Kind.SUGGESTED}
    text = now.why or "; ".join(now.sentences())
    return state, (Note(kinds[now.stage], text, now.winner),) if now.stage in kinds else ()


def _after_block(state: Adoption, block: Block) -> Told:
    if block.mode is not state.mode:
        raise UsageError(f"a block of {block.mode} for {state.mode}; each learns from its own")
    state, notes = _watched(state, block)
    running = state.campaign is not None and state.campaign.stage is Stage.TESTING
    if state.campaign is not None and running and block.differences and state.level is not Level.OFF:
        now = campaign.after_block(state.campaign, block.end_ns, block.source, block.differences)
        state, more = _moved(state, now)
        notes += more
    # A holdout's blocks are of the past: what wins there waits for the next block of the present.
    auto = state.level.is_auto_in(state.mode) and block.source is Source.SHADOW
    may = auto and state.campaign is not None and state.campaign.stage is Stage.WON
    if may and not _why_not(state, block.end_ns):
        state, more = _let_in(state, block.end_ns)
        notes += more
    return state, notes


def _watched(state: Adoption, block: Block) -> Told:
    """The watch over what was let in: a step up, or the way back."""
    if state.canary is None or block.watched is None or block.source is not Source.SHADOW:
        return state, ()
    last = state.adopted[-1]
    frozen = state.is_frozen or last.after.strategy in state.pinned
    was, now = state.canary, canary.after_block(state.canary, block.end_ns, block.watched, block.trades, frozen=frozen)
    if why := canary.why_back(now):
        return _back(replace(state, canary=now), len(state.adopted) - 1, block.end_ns, why)
    state = replace(state, canary=now)
    if now.is_complete and not was.is_complete:
        done = (*state.adopted[:-1], replace(last, complete_ns=block.end_ns))
        champions = state.champions | {last.after.strategy: last.after}
        return replace(state, adopted=done, champions=champions), (Note(Kind.ADOPTED, "adopted", last.after.id),)
    if now.step != was.step:
        return state, (Note(Kind.CANARY, f"{100 * now.share:g} % of the sleeve", last.after.id),)
    return state, ()


def _accepted(state: Adoption, now_ns: int) -> Told:
    if why := _why_not(state, now_ns):
        return _refused(state, why)
    return _let_in(state, now_ns)


def _why_not(state: Adoption, now_ns: int) -> str:
    """Why no winner may get in now; empty where one may."""
    if state.campaign is None or state.campaign.stage is not Stage.WON:
        return "no challenger has won"
    if state.level is Level.OFF:
        return "learning is off"
    if state.causes:
        return f"frozen: {', '.join(state.causes)}"
    if state.campaign.champion.strategy in state.pinned:
        return f"{state.campaign.champion.strategy} is pinned"
    if state.adopted and now_ns - state.adopted[-1].began_ns < SPACING_NS:
        return "the last one was let in less than 7 days ago"
    return ""


def _let_in(state: Adoption, now_ns: int) -> Told:
    won = state.campaign.won if state.campaign is not None else None
    if state.campaign is None or won is None:
        return _refused(state, "no challenger has won")
    champion, bound = state.campaign.champion, state.campaign.declaration.bound
    entry = Adopted(
        campaign=state.campaign.number, before=champion, after=won.candidate, evidence=won.evidence,
        trial=next((each for each in state.campaign.trials if each.candidate == won.candidate.id), None),
        needed=state.campaign.needed, began_ns=now_ns,
    )  # fmt: skip
    begun = canary.new_canary(now_ns, bound)
    state = replace(
        state, campaign=None, canary=begun, adopted=(*state.adopted, entry),
        factors=adoptable.ratcheted(state.factors, won.candidate.tightenings),
    )  # fmt: skip
    return state, (Note(Kind.CANARY, f"{100 * begun.share:g} % of the sleeve", won.candidate.id),)


def _commanded_back(state: Adoption, strategy: str, now_ns: int) -> Told:
    for number in reversed(range(len(state.adopted))):
        if _stands(state, number, strategy):
            return _back(state, number, now_ns, "taken back by the operator")
    return _refused(state, f"nothing was let in for {strategy} that could be taken back")


def _stands(state: Adoption, number: int, strategy: str) -> bool:
    """Whether one was let in for a strategy and was not taken back."""
    entry = state.adopted[number]
    return entry.after.strategy == strategy and not entry.reverted_ns


def _back_from(state: Adoption, first: int, now_ns: int, why: str, above: str) -> Told:
    """One goes back, and with it, the last one first, what was let in on top of it, which is told why as `above`."""
    strategy, notes = state.adopted[first].after.strategy, tuple[Note, ...]()
    for number in reversed(range(first, len(state.adopted))):
        if _stands(state, number, strategy):
            state, more = _back(state, number, now_ns, why if number == first else above)
            notes += more
    return state, notes


def _back(state: Adoption, number: int, now_ns: int, why: str) -> Told:
    """What was there before trades again. Tightened limits stay tightened; evidence against what is gone is void."""
    entry = state.adopted[number]
    gone = replace(entry, reverted_ns=now_ns, why=why)
    running = state.campaign
    if running is not None and running.champion == entry.after:
        running = campaign.voided(running, f"its champion {entry.after.id} was taken back")
    state = replace(
        state, champions=state.champions | {entry.after.strategy: entry.before}, campaign=running,
        canary=None if number == len(state.adopted) - 1 else state.canary,
        adopted=(*state.adopted[:number], gone, *state.adopted[number + 1 :]),
    )  # fmt: skip
    return state, (Note(Kind.ROLLED_BACK, why, entry.after.id),)


def _refused(state: Adoption, why: str) -> Told:
    return state, (Note(Kind.REFUSED, why),)
