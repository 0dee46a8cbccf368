"""The watch over all that was let in, until it is taken back, and the way back, which is always open."""

from msgspec.structs import replace

from kraken_tui.learning import campaign, canary
from kraken_tui.learning.adopted import Adoption
from kraken_tui.learning.campaign import Source
from kraken_tui.learning.operations import Block, Kind, Note

Told = tuple[Adoption, tuple[Note, ...]]


def after_block(state: Adoption, block: Block) -> Told:
    """A step up of what was let in last, or the way back of whatever a block speaks against."""
    if block.source is not Source.SHADOW:
        return state, ()
    state, notes = _last(state, block)
    for number, difference in block.earlier.items():
        if number in state.earlier:
            state, more = _earlier(state, block, number, difference)
            notes += more
    return state, notes


def _last(state: Adoption, block: Block) -> Told:
    if state.canary is None or block.watched is None:
        return state, ()
    last, was = state.adopted[-1], state.canary
    frozen = state.is_frozen or last.after.strategy in state.pinned
    now = canary.after_block(was, block.end_ns, block.watched, block.trades, block.span_ns, frozen=frozen)
    state = replace(state, canary=now)
    if why := canary.why_back(now):
        return back(state, len(state.adopted) - 1, block.end_ns, why)
    if now.is_complete and not was.is_complete:
        done = (*state.adopted[:-1], replace(last, complete_ns=block.end_ns))
        champions = state.champions | {last.after.strategy: last.after}
        return replace(state, adopted=done, champions=champions), (Note(Kind.ADOPTED, "adopted", last.after.id),)
    if now.step != was.step:
        return state, (Note(Kind.CANARY, f"{100 * now.share:g} % of the sleeve", last.after.id),)
    return state, ()


def _earlier(state: Adoption, block: Block, number: int, difference: float) -> Told:
    now = canary.after_block(state.earlier[number], block.end_ns, difference, 0, block.span_ns, frozen=True)
    state = replace(state, earlier=state.earlier | {number: now})
    if why := canary.why_back(now):
        return back_from(state, number, block.end_ns, why, f"what it replaced went back: {why}")
    return state, ()


def stands(state: Adoption, number: int, strategy: str) -> bool:
    """Whether one was let in for a strategy and was not taken back."""
    entry = state.adopted[number]
    return entry.after.strategy == strategy and not entry.reverted_ns


def back_from(state: Adoption, first: int, now_ns: int, why: str, above: str) -> Told:
    """One goes back, and with it, the last one first, what was let in on top of it, which is told why as `above`."""
    strategy, notes = state.adopted[first].after.strategy, tuple[Note, ...]()
    for number in reversed(range(first, len(state.adopted))):
        if stands(state, number, strategy):
            state, more = back(state, number, now_ns, why if number == first else above)
            notes += more
    return state, notes


def back(state: Adoption, number: int, now_ns: int, why: str) -> Told:
    """What was there before trades again. Tightened limits stay tightened; evidence against what is gone is void."""
    entry = state.adopted[number]
    gone = replace(entry, reverted_ns=now_ns, why=why)
    running = state.campaign
    if running is not None and running.champion == entry.after:
        running = campaign.voided(running, f"its champion {entry.after.id} was taken back")
    state = replace(
        state, champions=state.champions | {entry.after.strategy: entry.before}, campaign=running,
        canary=None if number == len(state.adopted) - 1 else state.canary,
        earlier={each: watch for each, watch in state.earlier.items() if each != number},
        adopted=(*state.adopted[:number], gone, *state.adopted[number + 1 :]),
    )  # fmt: skip
    return state, (Note(Kind.ROLLED_BACK, why, entry.after.id),)
