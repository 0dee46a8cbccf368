"""Everything that the next step for one symbol depends on, as one value."""

from decimal import Decimal

from msgspec import Struct

from kraken_tui.model.bracket import Bracket
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Order, Position

ZERO = Decimal(0)


class Situation(Struct, frozen=True, kw_only=True):
    """One symbol: what is held, what rests, what is wanted, what is uncertain."""

    instrument: Instrument
    position: Position | None
    bracket: Bracket | None
    stops: tuple[Order, ...] = ()
    strays: tuple[Order, ...] = ()
    """Stops and targets of ours that trade the wrong way for what is held."""
    targets: tuple[Order, ...] = ()
    entries: tuple[Order, ...] = ()
    drops_entries: bool = False
    """Whether what rests of entries is to be cancelled."""
    on_margin: bool = False
    spare: Decimal = ZERO
    """On a cash account the coins in the wallet beyond our positions: the operator's. Below 0: so many are missing."""
    awaited: Decimal = ZERO
    """Base units whose stop the exchange has spawned with the fill, and has not told of yet."""
    fired: Decimal = ZERO
    """Base units that a stop has sold of which the exchange does not say yet whose it was: ours, as it seems."""
    both_rest: bool | None = None
    """Whether a waiting stop leaves its coins free, so that a target rests beside it; None while unknown."""
    children_reduce_only: bool = False
    """Whether the child of a conditional close can never open a position (margin)."""
    price: Decimal | None = None
    """At which the position could be closed now; None while no quote is sound."""
    in_sync: bool = True
    """Whether the exchange tells everything as it happens, and every fill is known to be ours or not."""
    opening: bool = False
    """Whether an entry is on its way, or its outcome is unknown."""
    settled: bool = True
    """Whether all that happened is known: no outcome is unknown, nothing is on its way, the stream has no gap."""
    selling: bool = False
    """Whether a close is on its way, or its outcome is unknown, or what the operator sold of ours: no other is sent."""
    leaving: Decimal = ZERO
    """Base units of closes that the exchange took and whose end it has not told yet; they need no stop."""
    protecting: bool = False
    """Whether a stop of which nobody knows may still come to rest, or rest untold."""
    asked: bool = False
    """Whether the exchange has said a moment ago that it would take a sale."""
    waits: frozenset[str] = frozenset()
    """Kinds of steps that failed a moment ago."""

    @property
    def held(self) -> Decimal:
        """The position in whole lots, whatever the wallet says."""
        return ZERO if self.position is None else self.instrument.amount_down(self.position.amount)

    @property
    def owned(self) -> Decimal:
        """What is ours to protect and to sell: the position, and never more than the wallet holds."""
        if self.position is None:
            return ZERO
        there = self.position.amount if self.on_margin else self.position.amount + min(ZERO, self.spare)
        return max(ZERO, self.instrument.amount_down(there))

    @property
    def surplus(self) -> bool:
        """Whether the wallet holds coins of the operator's that a second leg could sell."""
        return not self.on_margin and self.spare >= self.instrument.lot

    @property
    def covered(self) -> Decimal:
        """Base units behind resting stops."""
        return sum((stop.remaining for stop in self.stops), ZERO)

    @property
    def free_to_sell(self) -> bool:
        """Whether a sale may go out while the stops still rest.

        On margin where all of them are reduce-only, as the sale is. On a cash account not where a waiting stop is
        known to hold the coins, nor where it could sell the operator's if it fired meanwhile.
        """
        if self.on_margin:
            return not self.plain_stops
        return self.both_rest is not False and not self.surplus

    @property
    def plain_stops(self) -> tuple[Order, ...]:
        """On margin the stops that could open a position once there is none: children of conditional closes."""
        if not self.on_margin or self.children_reduce_only:
            return ()
        return tuple(stop for stop in self.stops if not stop.reduce_only)

    def is_placeable(self, amount: Decimal, price: Decimal | None) -> bool:
        """Whether the exchange takes an order of this size."""
        if amount < self.instrument.order_min:
            return False
        return price is None or amount * price >= self.instrument.cost_min

    def is_passed(self, trigger: Decimal) -> bool:
        """Whether the market stands at or beyond where a stop would fire."""
        if self.price is None or self.position is None:
            return False
        return (self.price - trigger) * self.position.side.sign <= 0

    def is_reached(self, target: Decimal) -> bool:
        """Whether the market stands at or beyond a target."""
        if self.price is None or self.position is None:
            return False
        return (self.price - target) * self.position.side.sign >= 0
