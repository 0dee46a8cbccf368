"""Whether what was wished by hand stands, and still will be done: read off the bracket and what rests. Pure."""

from collections.abc import Sequence

from kraken_tui.model.bracket import Bracket
from kraken_tui.model.intent import CancelEntry, Enter, Exit, Intent, MoveStop, MoveTarget
from kraken_tui.model.trading import Order


def is_kept(intent: Intent, wish: Bracket | None, *, entries_rest: bool) -> bool:
    """Whether the engine still wants it: what could not be done stays wanted until it is, but for entries.

    Args:
        intent: what was asked for.
        wish: the bracket of what is held; None where nothing is.
        entries_rest: whether an entry of the symbol does.
    """
    if isinstance(intent, CancelEntry):
        return entries_rest
    if wish is None:
        return False
    match intent:
        case Enter():
            return False
        case Exit(keep=keep):
            return wish.keep is not None and wish.keep <= keep
        case MoveStop(stop_price=price):
            return wish.stop_price == price
        case MoveTarget(target_price=price):
            return wish.target_price == price


def target_now(
    intent: MoveTarget, bracket: Bracket | None, resting: Sequence[Order], before: Sequence[Order]
) -> tuple[bool, str]:
    """Whether the target is as it was wished, and where it is now: as the orders tell that rest, and the wish.

    Args:
        intent: what was wished.
        bracket: how it should be now.
        resting: take-profits of ours that rest.
        before: those that rested before.
    """
    symbol, wanted = intent.symbol, intent.target_price
    noted = (bracket.target_price if bracket is not None else None) == wanted
    ids = ", ".join(order.id for order in resting or before)
    if wanted is None:
        gone = f"the target is taken away, its order rests no more ({ids})" if before else "no target any more"
        return noted and not resting, f"{symbol}: {f'a target still rests ({ids})' if resting else gone}"
    if resting and all(order.price == wanted for order in resting):
        return noted, f"{symbol}: the target rests at {wanted:f} ({ids})"
    if noted and not resting:
        return True, f"{symbol}: the target {wanted:f} does not rest; the engine watches the price, and sells there"
    return False, f"{symbol}: the target is not {wanted:f}"
