"""Notices a stop that was moved by cancelling it and placing another: between the two the position is naked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from urllib.parse import parse_qsl

from msgspec import Struct

from kraken_tui.clock import SECOND
from kraken_tui.exchange.matching.messages import Accepted, Cancelled, Event
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.model.trading import OrderType
from kraken_tui.simulation.by_hand import OURS
from kraken_tui.simulation.world import World

WITHIN_NS = 3 * SECOND
"""A stop that is placed so soon after another one went takes its place."""
UNTOLD_NS = SECOND
"""So soon after the operator cancelled a stop the engine may not have been told."""
FOR_AN_EXIT_NS = 30 * SECOND
"""A stop may go within this long after an exit was asked about, or sent."""


class Pulled(Struct, frozen=True):
    """A stop that the engine cancelled."""

    id: str
    amount: Decimal
    price: Decimal | None
    time_ns: int


class ReplacedStops:
    """Follows cancels and placements of one engine.

    An exit that needs the coins may take a stop away, and puts one back where it fails: so a market order before or in
    between excuses it, be it only checked, as does a start of the engine. A stop that was not needed, until the
    operator cancelled the one beside it and nobody had told, is none.

    Args:
        world: whose exchange is followed.
        is_naked: whether something of a pair is held without a stop now.
        takes_orders: whether the engine can be expected to act in a pair now.
        wrong: told of each stop that was moved so.
    """

    def __init__(
        self,
        world: World,
        is_naked: Callable[[str], bool],
        takes_orders: Callable[[str], bool],
        wrong: Callable[[str], None],
    ) -> None:
        self._world = world
        self._is_naked = is_naked
        self._takes_orders = takes_orders
        self._wrong = wrong
        self._pulled: dict[str, Pulled] = {}
        self._exits: dict[str, int] = {}
        """When a market order was last sent, by the pair's name in requests."""
        self._by_hand: dict[str, int] = {}
        """When the operator last cancelled a stop, by pair."""
        self._sent: dict[str, int] = {}
        """When its cancellation was sent, by order."""
        self._deaths = 0
        world.exchange.rest.watchers.append(self._on_request)
        world.exchange.parts.venue.subscribe(self._on_events)

    def _on_request(self, moment: str, where: str, body: bytes) -> None:
        if moment != "sent" or where not in ("rest:AddOrder", "rest:CancelOrder"):
            return
        fields = dict(parse_qsl(body.decode()))
        if where == "rest:CancelOrder":
            self._sent[fields.get("txid", "")] = self._now_ns
        elif fields.get("ordertype") == "market":
            self._exits[fields["pair"]] = self._now_ns

    def _on_events(self, events: Sequence[Event]) -> None:
        for event in events:
            match event:
                case Cancelled(order=order) if order.type is OrderType.STOP_LOSS and order.reason == "User requested":
                    self._cancelled(order)
                case Accepted(order=order) if order.type is OrderType.STOP_LOSS:
                    self._placed(order)
                case _:
                    pass

    def _cancelled(self, order: OrderRecord) -> None:
        if self._world.hand.is_acting:
            self._by_hand[order.symbol] = self._now_ns
            return
        by_hand_ns = self._by_hand.get(order.symbol)
        is_untold = by_hand_ns is not None and self._sent.get(order.id, 0) - by_hand_ns <= UNTOLD_NS
        if not is_untold and self._is_naked(order.symbol):
            left = order.amount - order.filled
            self._pulled[order.symbol] = Pulled(order.id, left, order.trigger_price, self._now_ns)
            self._deaths = self._world.machine.deaths

    def _placed(self, order: OrderRecord) -> None:
        pulled = self._pulled.pop(order.symbol, None)
        if pulled is None or not (order.client_id or "").startswith(OURS):
            return
        pair = self._world.exchange.parts.pairs.by_symbol(order.symbol).id
        is_moved = pulled.amount == order.amount and pulled.price != order.trigger_price
        is_quick = self._now_ns - pulled.time_ns <= WITHIN_NS and self._deaths == self._world.machine.deaths
        is_for_exit = pair in self._exits and self._now_ns - self._exits[pair] <= FOR_AN_EXIT_NS
        if is_moved and is_quick and not is_for_exit and self._takes_orders(order.symbol):
            self._wrong(f"stop {pulled.id} was cancelled and {order.id} placed in its stead")

    @property
    def _now_ns(self) -> int:
        return self._world.loop.now_ns
