"""The next step for one symbol: a function of its situation, and of nothing else.

It is asked again after every step, so each answer brings what rests one step nearer to what is wanted, and after a
crash the same function finds the way on from wherever things stand. The order of the questions is the order of what
matters: nothing left behind a flat position, a close that was asked for, protection, and only then the take-profit.
"""

from decimal import Decimal

from kraken_tui.execution.actions import (
    Action,
    AskFirst,
    Change,
    Kind,
    Protect,
    Remove,
    SellOut,
    StartClosing,
    TakeProfit,
    kind_of,
)
from kraken_tui.execution.situation import ZERO, Situation
from kraken_tui.model.bracket import Bracket
from kraken_tui.model.trading import Order

STOP_PASSED = "stop passed"
TARGET_REACHED = "target"
MEANWHILE = Decimal("0.995")
"""Of the market's price: where a stop goes whose own price the market has passed, until it is known what was sold."""


def next_action(now: Situation) -> Action | None:
    """What to do next; None where all is as wanted, or must be waited for."""
    if now.drops_entries and now.entries and Kind.REMOVE not in now.waits:
        return Remove(now.entries[0], "cancelled by hand")
    if now.in_sync and now.strays:
        return _allowed(now, Remove(now.strays[0], "it would open a position"))
    if now.position is None:
        return _leave_nothing(now)
    if now.bracket is None:
        return None
    if now.bracket.keep is not None:
        return _close(now, now.bracket)
    return _guard(now, now.bracket) or _aim(now, now.bracket)


def _leave_nothing(now: Situation) -> Action | None:
    """Flat: whatever of ours still rests could only sell what is not ours, or open a position."""
    if now.bracket is not None and now.bracket.keep is not None and now.entries:
        return _allowed(now, Remove(now.entries[0], "position closed"))
    if not now.in_sync or now.opening or now.awaited:
        return None
    for order in (*now.targets, *now.stops):
        return _allowed(now, Remove(order, "position closed"))
    return None


def _close(now: Situation, wanted: Bracket) -> Action | None:
    """Sell down to what is to be kept; while that can't go on, the stops are kept whole."""
    keep = wanted.keep or ZERO
    if keep > ZERO and now.owned <= keep and not now.selling:
        return _guard(now, wanted)
    if now.entries:
        return _allowed(now, Remove(now.entries[0], wanted.reason)) or _guard(now, wanted)
    if keep == ZERO and now.settled and not now.is_placeable(now.owned, now.price):
        return _let_go(now, wanted)
    too_much = now.owned - keep
    if now.selling or Kind.SELL in now.waits or not now.is_placeable(too_much, now.price):
        return _guard(now, wanted)
    if now.targets:
        return _allowed(now, Remove(now.targets[0], wanted.reason)) or _guard(now, wanted)
    if not now.on_margin and not now.settled:
        return _guard(now, wanted)  # a stop may have fired untold: what is sold then would be the operator's
    if now.free_to_sell:
        return SellOut(too_much)
    if now.awaited or now.leaving or not now.settled:
        return _guard(now, wanted)  # a stop that is about to be told holds coins too
    uncovered = min(now.owned - now.covered, too_much)
    if now.is_placeable(uncovered, now.price):
        return SellOut(uncovered)
    if not now.asked:
        return AskFirst(too_much)
    return _uncover(now, too_much - max(ZERO, uncovered)) or _guard(now, wanted)


def _let_go(now: Situation, wanted: Bracket) -> Action | None:
    """What is left is too little for any order: nothing keeps resting for it."""
    resting = (*now.targets, *now.stops)
    return _allowed(now, Remove(resting[0], wanted.reason)) if resting else None


def _uncover(now: Situation, needed: Decimal) -> Action | None:
    """Take coins out of the largest stop that is not too large; each is sold before the next one is touched.

    So a sale that fails and is protected again leaves as many stops as there were; each costs a cancellation.
    """
    if not now.stops or Kind.REMOVE in now.waits or Kind.SHRINK in now.waits:
        return None
    stops = now.plain_stops or now.stops
    fitting = [stop for stop in stops if stop.remaining <= needed and now.is_placeable(stop.remaining, now.price)]
    largest = max(fitting or stops, key=lambda stop: stop.remaining)
    left = largest.remaining - needed
    if now.is_placeable(left, largest.price):
        return Change(largest, amount=left)
    return Remove(largest, "its coins are sold")


def _guard(now: Situation, wanted: Bracket) -> Action | None:
    """Stops for all that is held, no more than that, at the wanted price."""
    if now.plain_stops and (action := _reduce_only(now, wanted)) is not None:
        return action
    missing = now.owned - now.covered - now.awaited - now.leaving
    if now.surplus:
        missing -= now.fired  # if it was ours, another stop would sell the operator's
    if missing > ZERO and (action := _cover(now, wanted, missing)) is not None:
        return action
    # What a close that is under way may take is not too much yet; what is beyond all that is held always is.
    excess = now.covered - now.owned if now.selling else -missing
    may_shrink = excess > ZERO and now.in_sync and not (now.awaited or now.opening)
    if may_shrink and (action := _shrink(now, excess)) is not None:
        return action
    return _align(now, wanted)


def _reduce_only(now: Situation, wanted: Bracket) -> Action | None:
    """One reduce-only stop for all first, then the children go; None where what is held is too little for one."""
    sound = sum((stop.remaining for stop in now.stops if stop.reduce_only), ZERO)
    if sound < now.owned:
        missing = now.owned - sound
        return _cover(now, wanted, missing) if now.is_placeable(missing, wanted.stop_price) else None
    return _allowed(now, Remove(now.plain_stops[0], "the whole is behind a reduce-only stop"))


def _cover(now: Situation, wanted: Bracket, missing: Decimal) -> Action | None:
    """Put what is naked behind a stop; where the market has passed the stop already, close."""
    if not now.is_placeable(missing, wanted.stop_price):
        # Below the exchange's minimum: a stop that rests grows by it; alone it is dust, which no order can take.
        growing = next(iter(now.stops), None)
        return None if growing is None else _allowed(now, Change(growing, amount=growing.remaining + missing))
    price = wanted.stop_price
    if now.is_passed(price):
        if wanted.keep != ZERO:
            return StartClosing(STOP_PASSED)
        if now.on_margin or now.settled or now.price is None or (now.selling and now.surplus):
            return None  # with coins of the operator's beside it, a stop here could sell those
        # What was sent to close it has no known outcome yet, and until then nothing more is sold.
        price = now.instrument.price_of(now.instrument.ticks_below(now.price * MEANWHILE))
    if now.targets and now.both_rest is False:
        return _allowed(now, Remove(now.targets[0], "its coins are needed for the stop"))
    if now.protecting and now.surplus and now.is_placeable(now.spare, price):
        return None  # two stops for the same coins could sell the operator's
    return _allowed(now, Protect(missing, price))


def _shrink(now: Situation, excess: Decimal) -> Action | None:
    """Stops beyond the position: the smallest go first, the last one is cut, or made anew where it can't be."""
    for stop in sorted(now.stops, key=lambda stop: stop.remaining):
        if stop.remaining <= excess:
            return _allowed(now, Remove(stop, "more than is held"))
    largest = max(now.stops, key=lambda stop: stop.remaining)
    left = largest.remaining - excess
    if Kind.SHRINK in now.waits or not now.is_placeable(left, largest.price):
        return _allowed(now, Remove(largest, "more than is held"))
    return Change(largest, amount=left)


def _align(now: Situation, wanted: Bracket) -> Action | None:
    """Every stop at the wanted price, each moved where it rests."""
    for stop in now.stops:
        if stop.price != wanted.stop_price:
            if now.is_passed(wanted.stop_price) and now.is_placeable(now.owned, now.price):
                return None if wanted.keep == ZERO else StartClosing(STOP_PASSED)
            return _allowed(now, Change(stop, price=wanted.stop_price))
    return None


def _aim(now: Situation, wanted: Bracket) -> Action | None:
    """The take-profit: resting where the account lets both legs rest, else taken when the price is there."""
    if now.targets and now.targets[0].remaining > now.owned and not now.awaited:
        return _cut_target(now, now.targets[0])
    if wanted.target_price is None:
        return _allowed(now, Remove(now.targets[0], "no target any more")) if now.targets else None
    if not now.targets and now.is_reached(wanted.target_price) and now.is_placeable(now.owned, now.price):
        return StartClosing(TARGET_REACHED)
    if not now.on_margin and (now.both_rest is False or now.surplus):
        return _allowed(now, Remove(now.targets[0], "the stop needs the coins")) if now.targets else None
    if not now.settled or now.awaited or now.covered != now.owned:
        return None
    return _set_targets(now, now.targets, wanted.target_price)


def _cut_target(now: Situation, target: Order) -> Action | None:
    """The other leg has traded: this one must never sell more than is left."""
    if Kind.SHRINK in now.waits or not now.is_placeable(now.owned, target.price):
        return _allowed(now, Remove(target, "more than is held"))
    return Change(target, amount=now.owned)


def _set_targets(now: Situation, targets: tuple[Order, ...], price: Decimal) -> Action | None:
    if not targets:
        if not now.is_placeable(now.owned, price):
            return None
        return _allowed(now, TakeProfit(now.owned, price))
    first, *more = targets
    if more:
        return _allowed(now, Remove(more[0], "one target is enough"))
    if first.remaining != now.owned:
        return _allowed(now, Change(first, amount=now.owned))
    return _allowed(now, Change(first, price=price)) if first.price != price else None


def _allowed(now: Situation, action: Action) -> Action | None:
    """`action`, unless one of its kind failed a moment ago."""
    return None if kind_of(action) in now.waits else action
