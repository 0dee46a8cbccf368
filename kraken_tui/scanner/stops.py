"""Where stops go: at the entry, and while a position is held. Ticks; `side` is +1 for a long, -1 for a short.

A level is turned by the side (`side * level`), so that "more protective" is "greater" for both and every rule is
written once.
"""

from kraken_tui.model.scan import Reason
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Quote
from kraken_tui.scanner.parameters import PER_MILLE, PPM, Parameters
from kraken_tui.scanner.state import Row
from kraken_tui.scanner.ticker import Ticker


@part
def share_up(price: int, ppm: int) -> int:
    """`ppm` of `price`, rounded up to a tick."""
    return (price * ppm + PPM - 1) // PPM


@part
def gained(price: int, base: int, side: int, ppm: int) -> bool:
    """Whether `price` is at least `ppm` of `base` on the good side of it; False where there is no base."""
    return (base > 0) & ((price - base) * side * PPM >= ppm * base)


@part
def atr_distance(price: int, dollar: int, range_sum: int, p: Parameters) -> int:
    """The ATR times its multiple, rounded up to a tick."""
    multiple = p.atr_multiple if price >= dollar else p.atr_multiple_below_one
    divisor = PER_MILLE * p.atr_period
    return (multiple * range_sum + divisor - 1) // divisor


@part
def initial_stop(side: int, bid: int, ask: int, price: int, distance: int, p: Parameters) -> int:
    """A stop `distance` away from what an entry pays, at least the floor's distance; 0 where none could rest."""
    d = max(distance, share_up(price, p.stop_distance_min), ask - bid, 1)
    if side > 0:
        return max(0, min(ask - d, bid - 1))
    return max(bid + d, ask + 1) if d < bid else 0


@part
def fresh_stop(ticker: Ticker, side: int, p: Parameters) -> int:
    """A stop for a position that has none: by the ATR where it is warm and possible, else by the floor; 0 = none."""
    own, bid, ask = ticker.own, ticker.quote[Quote.BID], ticker.quote[Quote.ASK]
    price = own[Row.PRICE]
    if own[Row.BARS] >= p.atr_period:
        distance = atr_distance(price, own[Row.DOLLAR], own[Row.RANGE_SUM], p)
        stop = initial_stop(side, bid, ask, price, distance, p)
        if stop > 0:
            return stop
    return initial_stop(side, bid, ask, price, 0, p)


@part
def lock_level(side: int, entry: int, p: Parameters) -> int:
    """The stop that keeps LOCK_PROFIT of the entry price."""
    return entry + side * (entry * p.lock_profit // PPM)


@part
def trail_level(side: int, best: int, p: Parameters) -> int:
    """The stop that trails the best price by TRAIL_DISTANCE, at least a tick."""
    return best - side * max(1, share_up(best, p.trail_distance))


@part
def standing(side: int, entry: int, breakeven: int, stop: int, p: Parameters) -> Reason:
    """What the resting stop already secures, as a reason."""
    level = side * stop
    if (entry == 0) | (stop == 0) | (level < side * entry):
        return Reason.HOLDING
    lock = side * lock_level(side, entry, p)
    even = (breakeven > 0) & (level >= side * breakeven)
    reason = Reason.RATCHET_BREAKEVEN if even else Reason.RATCHET_ENTRY
    reason = Reason.RATCHET_LOCK if (level == lock) & (lock != side * entry) else reason
    return Reason.TRAIL if level > lock else reason


@part
def ratchet(
    side: int, x: int, best: int, entry: int, breakeven: int, stop: int, p: Parameters
) -> tuple[int, Reason, bool]:
    """The most protective stop that the rules allow now.

    Args:
        side: of the position.
        x: exit-side price: the bid for a long, the ask for a short.
        best: the most favourable exit-side price so far.
        entry: average entry price; 0 = unknown.
        breakeven: where the round trip nets zero; 0 = unknown.
        stop: the resting stop.
        p: parameters.

    Returns:
        The stop, the reason for it (NONE: the resting one), and whether the locked or trailing level is at or past
        `x`, so that it can't rest.
    """
    wanted, reason, here = side * stop, Reason.NONE, side * x
    level = side * entry
    better = gained(x, entry, side, p.ratchet_entry) & (wanted < level) & (level < here)
    wanted, reason = level if better else wanted, Reason.RATCHET_ENTRY if better else reason
    level = side * breakeven
    better = gained(x, breakeven, side, p.breakeven_gap) & (wanted < level) & (level < here)
    wanted, reason = level if better else wanted, Reason.RATCHET_BREAKEVEN if better else reason
    crossed = False
    if gained(best, entry, side, p.ratchet_lock):
        lock, trail = side * lock_level(side, entry, p), side * trail_level(side, best, p)
        level = max(lock, trail)
        crossed = level >= here
        if not crossed and level > wanted:
            wanted, reason = level, Reason.RATCHET_LOCK if lock >= trail else Reason.TRAIL
    return side * wanted, reason, crossed


@part
def worth_moving(side: int, stop: int, wanted: int, reason: Reason, price: int, p: Parameters) -> bool:
    """Whether to ask for the move: the trail moves by TRAIL_STEP of the price or more, the rest by a tick or more."""
    gain = side * (wanted - stop)
    return (gain >= 1) & ((reason != Reason.TRAIL) | (gain * PPM >= p.trail_step * price))
