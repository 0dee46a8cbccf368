"""What trades today, what may replace it, and the way back: one state, one function, no I/O.

`after(state, operation)` gives the next state and what to tell. A winner of a campaign gets in by steps (`canary`)
and goes back by evidence, by a drawdown or by a command. Going back is always possible; getting in only where nothing
is frozen or pinned and the last one got in seven days ago or more. Replaying the operations gives the same state bit
for bit.
"""

from msgspec.structs import replace

from kraken_tui.clock import SECOND
from kraken_tui.learning import adoptable, campaign, canary, watch
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
from kraken_tui.learning.watch import Told
from kraken_tui.model.errors import UsageError

SPACING_NS = 7 * 86_400 * SECOND
"""At least so long from one that is let in to the next."""
RUNNING = (Stage.SEARCHING, Stage.TESTING, Stage.WON)


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
    first = next((number for number in range(len(state.adopted)) if watch.stands(state, number, mine.strategy)), None)
    if first is not None:
        state, more = watch.back_from(state, first, now_ns, why, why)
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
    state, notes = watch.after_block(state, block)
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
    begun, before = canary.new_canary(now_ns, bound), state.canary
    earlier = state.earlier if before is None else state.earlier | {len(state.adopted) - 1: before}
    state = replace(
        state, campaign=None, canary=begun, earlier=earlier, adopted=(*state.adopted, entry),
        factors=adoptable.ratcheted(state.factors, won.candidate.tightenings),
    )  # fmt: skip
    return state, (Note(Kind.CANARY, f"{100 * begun.share:g} % of the sleeve", won.candidate.id),)


def _commanded_back(state: Adoption, strategy: str, now_ns: int) -> Told:
    for number in reversed(range(len(state.adopted))):
        if watch.stands(state, number, strategy):
            return watch.back(state, number, now_ns, "taken back by the operator")
    return _refused(state, f"nothing was let in for {strategy} that could be taken back")


def _refused(state: Adoption, why: str) -> Told:
    return state, (Note(Kind.REFUSED, why),)
