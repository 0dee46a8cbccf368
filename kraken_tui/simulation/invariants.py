"""What must hold after every step, and what must hold once everything is quiet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from kraken_tui.clock import SECOND
from kraken_tui.exchange.matching.messages import Event
from kraken_tui.exchange.matching.money.audit import audit
from kraken_tui.model.trading import Fill, Position
from kraken_tui.simulation.outages import Outages
from kraken_tui.simulation.replaced_stops import ReplacedStops
from kraken_tui.simulation.truth import Role, Truth
from kraken_tui.simulation.world import World

ZERO = Decimal(0)
ROUND_TRIPS = 10
"""How long something may be without a stop while the exchange takes orders, in round trips,"""
THINKING_S = 3.0
"""and what the engine may take besides: its pulse, the journal's syncs, and a child's own second."""
NEVER_SENT = ("rest:CancelAll", "rest:CancelAllOrdersAfter", "rest:EditOrder", "rest:Withdraw")
NEVER_SAID = (
    "EGeneral:Invalid arguments", "EGeneral:Unknown method", "EGeneral:Permission denied", "EAPI:Invalid key",
    "EAPI:Invalid signature", "EOrder:Tick size", "EOrder:Invalid price", "EQuery:", "EOrder:Invalid order",
)  # fmt: skip
"""Refusals that only a wrong request gets; none of them is made up by a fault."""

BUT_FOR = (":deadline", ":price")
"""What even a right request gets: with clocks that differ, and where the market has passed a trigger meanwhile."""


class Broken(Struct, frozen=True):
    """An invariant that did not hold."""

    time_ns: int
    what: str


class Clocked(Struct):
    """How long something has been wrong while the exchange took orders."""

    spent_ns: int = 0
    seen_ns: int = 0
    is_wrong: bool = False


class Invariants:
    """Looks at the exchange's own truth after every step.

    Args:
        world: where the engine lives.
        truth: what its orders did.
        outages: when it is excused.
        contents: counts what was excused.
    """

    def __init__(self, world: World, truth: Truth, outages: Outages, contents: Counter[str]) -> None:
        self.broken: list[Broken] = []
        self._world = world
        self._truth = truth
        self._outages = outages
        self._contents = contents
        self._naked = {symbol: Clocked() for symbol in world.exchange.terms.symbols}
        self._excess = {symbol: Clocked() for symbol in world.exchange.terms.symbols}
        self._bound_ns = int((THINKING_S + ROUND_TRIPS * 2 * world.exchange.line.round_trip_s) * SECOND)
        self._since_hand = {symbol: Clocked(self._bound_ns + 1) for symbol in world.exchange.terms.symbols}
        truth.wrong = self.wrong
        truth.beyond = self._beyond
        ReplacedStops(world, lambda symbol: truth.naked(symbol) > ZERO, outages.takes_orders, self.wrong)
        world.exchange.parts.venue.subscribe(self._on_events)

    @property
    def bound_s(self) -> float:
        """The stated bound."""
        return self._bound_ns / SECOND

    def wrong(self, what: str) -> None:
        """Note that something is not as it must be."""
        self.broken.append(Broken(self._world.loop.now_ns, what))

    def look(self) -> None:
        """Look at every pair now."""
        self._outages.look()
        for symbol in self._naked:
            self._look_at(symbol)

    def _on_events(self, events: Sequence[Event]) -> None:
        if self._world.exchange.parts.venue.lag_ns == 0 or events:
            self.look()

    def _look_at(self, symbol: str) -> None:
        takes = self._outages.takes_orders(symbol)
        self._runs_out(self._since_hand[symbol], True, takes)
        if symbol in self._world.hand.touched:
            self._since_hand[symbol].spent_ns = 0
        self._world.hand.touched.discard(symbol)
        held, resting = self._truth.held(symbol), self._truth.resting(symbol)
        if not held and not resting:
            self._naked[symbol] = self._excess[symbol] = Clocked(0, self._world.loop.now_ns)
            return
        naked = self._truth.naked(symbol)
        if naked and self._truth.is_dust(symbol, naked):
            self._contents["dust looked at"] += 1
            naked = ZERO
        over = self._truth.covered(symbol) - abs(held) if resting else ZERO
        if self._runs_out(self._naked[symbol], naked > ZERO, takes):
            self.wrong(f"{naked} {symbol} of {held} without a stop for longer than {self.bound_s:.1f} s")
        if self._runs_out(self._excess[symbol], over > ZERO and symbol not in self._truth.meddled, takes):
            self.wrong(f"stops for {over} {symbol} more than is held ({held}) for longer than {self.bound_s:.1f} s")

    def _beyond(self, id: str, what: str) -> None:
        """More was closed than was held, by this order: it is excused only where nobody could have known in time.

        What the operator did must have had the time to be answered. A stop that is put back while nobody can tell
        whether an exit sold has two duties that exclude each other: no position naked, and no coin of the operator's
        sold. The first goes before the second, and only until the bound.
        """
        order, now_ns = self._truth.orders[id], self._world.exchange.clock.now_ns()
        symbol = order.symbol
        excess, on_margin = self._excess[symbol], self._world.exchange.parts.venue.state.margin.get(symbol)
        is_fresh = excess.is_wrong and excess.spent_ns <= self._bound_ns
        is_young = order.is_child and now_ns - order.taken_ns <= self._bound_ns
        if symbol in self._world.hand.touched or self._since_hand[symbol].spent_ns <= self._bound_ns:
            self._contents["a leg fired before what was done by hand could be answered"] += 1
            self._truth.meddled.add(symbol)
        elif on_margin and (is_fresh or is_young):
            self._contents["a child fired before, or beside, the stop that replaces it"] += 1
        elif (
            is_fresh and order.role is Role.STOP and self._truth.exits_before(id) & self._world.exchange.rest.unanswered
        ):
            self._contents["a stop fired that was put back after an exit without an answer"] += 1
            self._truth.meddled.add(symbol)
        else:
            self.wrong(f"{symbol}: {what}")

    def _runs_out(self, clocked: Clocked, is_wrong: bool, takes_orders: bool) -> bool:
        """Whether something has been wrong for longer than the bound, just now."""
        now_ns = self._world.loop.now_ns
        passed_ns, clocked.seen_ns, clocked.is_wrong = now_ns - clocked.seen_ns, now_ns, is_wrong
        if not is_wrong:
            clocked.spent_ns = 0
        elif takes_orders:
            before_ns, clocked.spent_ns = clocked.spent_ns, clocked.spent_ns + passed_ns
            return before_ns <= self._bound_ns < clocked.spent_ns
        return False

    def at_the_end(self, owners: Mapping[str, str]) -> None:
        """What the whole schedule must not have had.

        Args:
            owners: the owner of each journalled entry by its client id; the driver names each of its intents by one.
        """
        exchange = self._world.exchange
        self._entered_once(owners)
        for text in audit(exchange.parts.venue.state, exchange.parts.venue.rules):
            self.wrong(f"the exchange's books do not balance: {text}")
        for where in NEVER_SENT:
            if exchange.statistics.requests[where]:
                self.wrong(f"{where} was sent")
        for (where, text), count in exchange.statistics.refusals.items():
            if text.startswith(NEVER_SAID) and not text.endswith(BUT_FOR):
                self.wrong(f"{where} was refused {count} times: {text}")
        if exchange.internal_errors():
            self.wrong("the exchange failed by its own fault")
        for error in self._world.loop.errors:
            self.wrong(f"raised into the void: {error!r}")

    def _entered_once(self, owners: Mapping[str, str]) -> None:
        """Each order was journalled before it was sent, and no intent was entered twice."""
        entered: dict[str, str] = {}
        for client_id, ids in self._truth.entries_of().items():
            owner = owners.get(client_id)
            if owner is None:
                self.wrong(f"entry {ids[0]} ({client_id}) is not in the journal")
            elif owner in entered or len(ids) > 1:
                self.wrong(f"intent {owner} was entered twice: {', '.join(ids)} {entered.get(owner, '')}")
            else:
                entered[owner] = ids[0]

    def disagreement(self, positions: Sequence[Position]) -> str:
        """Where the engine believes something else than what happened; empty where it does not."""
        believed = {row.symbol: row.amount * row.side.sign for row in positions}
        for symbol in self._naked:
            if symbol not in self._truth.meddled and believed.get(symbol, ZERO) != self._truth.held(symbol):
                return f"{symbol}: {believed.get(symbol, ZERO)} by the engine, {self._truth.held(symbol)} in truth"
        return ""

    def none_declined(self, declined: Collection[str]) -> None:
        """Nothing that the journal says was not done has bought or sold; `declined` are client ids.

        An order that ended without a fill while the engine was dead is known only to a history that may lag.
        """
        filled = {execution.fill.order_id for execution in self._truth.fills.values()}
        for id, order in self._truth.orders.items():
            if order.client_id in declined and id in filled:
                self.wrong(f"{order.role} {id} ({order.client_id}) was filled, and is journalled as declined")

    def journal_agrees(self, fills: Mapping[str, Fill]) -> None:
        """Every execution of the engine's orders is in its journal as it was; `fills` by id."""
        for id, execution in self._truth.fills.items():
            fill, told = execution.fill, fills.get(id)
            if told is None:
                self.wrong(f"fill {id} ({fill.symbol} {fill.side} {fill.amount}) is not in the journal")
            elif (told.price, told.amount, told.cost, told.fee) != (fill.price, fill.amount, fill.cost, fill.fee):
                self.wrong(f"fill {id} is journalled as {told}, and was {fill}")

    def left(self) -> list[str]:
        """What of the engine's is still held or rests; dust may, behind its stop, and so may what was meddled with."""
        found = []
        for symbol in self._naked:
            if symbol in self._truth.meddled:
                continue
            held = abs(self._truth.held(symbol))
            is_dust = bool(held) and self._truth.is_dust(symbol, held)
            if held and not is_dust:
                found.append(f"{held} {symbol} are held")
            for order in self._truth.resting(symbol):
                role = self._truth.orders[order.id].role
                if not (is_dust and role is Role.STOP and order.amount - order.filled <= held):
                    found.append(f"{role} {order.id} for {order.amount} {symbol} rests")
        return found
