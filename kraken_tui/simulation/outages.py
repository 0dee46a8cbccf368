"""When the exchange takes orders, and the engine can know what it needs: only then is it held to its bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl

from kraken_tui.clock import SECOND
from kraken_tui.exchange.matching.messages import Cancelled, Event
from kraken_tui.simulation.world import World

AFTER_REQUEST_S = 30.0
"""After something that a request or its answer may wait for: a time-out, its deadline, evidence."""
AFTER_LOSS_S = 15.0
"""After a request or its answer was lost, and the engine hears of that: its deadline, evidence."""
AFTER_LOST_EXIT_S = 1.0
"""After that was an exit: what may still be held is behind a stop again before anybody knows what became of it."""
ELSEWHERE_S = 4.0
"""After a request of another pair, or one that only reads, went wrong: the lane is soon free again."""
AFTER_REFUSAL_S = 8.0
"""After a request was refused, and nothing done: it is tried again, up to some seconds later."""
AFTER_EVENT_S = 40.0
"""After a message of the stream was lost or late: where nothing follows it, the next comparison shows it."""
AFTER_SOCKET_S = 20.0
"""After the stream was lost: a new connection with its snapshots."""
AFTER_START_S = 5.0
"""After the engine has found out how things stand."""
YOUNG_S = 60.0
"""So long after a start the counter of reads may still be what engines before have left of it."""
AFTER_MODE_S = 15.0
"""After the exchange took no orders: failed steps wait longer and longer, up to some seconds."""
_EVENTS = frozenset({"drop-event", "late-event", "swap-event", "sequence-gap", "duplicate-event"})
_HARMLESS = frozenset({"partial-fill"})
_AFTER_FAULT_S = {
    "dropped-socket": AFTER_SOCKET_S, "stall-pong": AFTER_SOCKET_S, "latency": AFTER_REQUEST_S + 20,
    "error": AFTER_REFUSAL_S, "error (done)": AFTER_LOSS_S, "http": AFTER_LOSS_S, "http (done)": AFTER_LOSS_S,
    "lost": AFTER_LOSS_S, "reply-lost": AFTER_LOSS_S,
}  # fmt: skip


class Outages:
    """Notes until when the engine is excused.

    Args:
        world: whose troubles are noted.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._excused_until_ns = 0
        self._started_ns = 0
        self._pairs_until_ns = dict.fromkeys(world.exchange.terms.symbols, 0)
        self.is_engine_up: Callable[[], bool] = lambda: True
        """Whether an engine lives that has found out how things stand; set by whoever starts it."""
        self.why = ""
        """Of the last excuse."""
        world.exchange.statistics.on_fault.append(self._on_fault)
        world.exchange.line.on_slow.append(lambda seconds: self.excuse(seconds + 5, "a slow way"))
        world.exchange.line.on_cut.append(lambda: self.excuse(AFTER_SOCKET_S, "the line was cut"))
        world.exchange.parts.venue.subscribe(self._on_events)

    def excuse(self, seconds: float, why: str, symbol: str | None = None) -> None:
        """Hold the engine to nothing for so long, in one pair or in all."""
        until_ns = self._world.loop.now_ns + int(seconds * SECOND)
        if symbol is not None:
            self._pairs_until_ns[symbol] = max(self._pairs_until_ns[symbol], until_ns)
        elif until_ns > self._excused_until_ns:
            self._excused_until_ns, self.why = until_ns, why

    def takes_orders(self, symbol: str) -> bool:
        """Whether the engine can be expected to act in a pair now; `look` comes first."""
        return self._world.loop.now_ns >= max(self._excused_until_ns, self._pairs_until_ns[symbol])

    def look(self) -> None:
        """What has a state is looked at: as long as it lasts, the excuse begins anew."""
        world, venue, line = self._world, self._world.exchange.parts.venue, self._world.exchange.line
        if not self.is_engine_up():
            self.excuse(AFTER_START_S, "the engine is dead, or has only just started")
            self._started_ns = world.loop.now_ns
        if line.is_refused or line.is_silent:
            self.excuse(AFTER_REQUEST_S, "the line is down")
        if venue.rules.system != "online":
            self.excuse(AFTER_MODE_S, "the exchange takes no orders")
        if world.exchange.is_locked_out():
            self.excuse(AFTER_MODE_S, "the key is locked out")
        if venue.lag_ns:
            self.excuse(venue.lag_ns / SECOND + AFTER_REQUEST_S, "REST lags behind")
        if world.exchange.parts.faults.skew_ns or world.machine.clock.ahead_ns:
            self.excuse(AFTER_REQUEST_S, "the clocks differ")
        if world.machine.disk.is_full:
            self.excuse(AFTER_MODE_S, "the disk is full")
        if world.exchange.parts.faults.pong_stalled:
            self.excuse(AFTER_SOCKET_S, "pings stay unanswered")
        if world.loop.now_ns - self._started_ns < YOUNG_S * SECOND and world.exchange.is_short_of_calls():
            self.excuse(AFTER_REFUSAL_S, "the engines before have used up the counter of reads")
        for symbol in self._pairs_until_ns:
            if venue.rules.instruments[symbol].status != "online":
                self.excuse(AFTER_MODE_S, "the pair takes no orders", symbol)
            if world.market.quote(symbol) is None:
                self.excuse(AFTER_MODE_S, "there is no price", symbol)

    def _on_fault(self, kind: str) -> None:
        if kind in _HARMLESS:
            return
        if kind in _EVENTS:
            self.excuse(AFTER_EVENT_S, kind)
        elif _AFTER_FAULT_S[kind] > AFTER_LOSS_S:
            self.excuse(_AFTER_FAULT_S[kind], kind)
        else:
            self._excuse_request(_AFTER_FAULT_S[kind], kind)

    def _excuse_request(self, seconds: float, kind: str) -> None:
        """An order request that went wrong concerns its pair; a token that can't be had, every pair."""
        request = self._world.exchange.rest.arriving
        if request is None or request.path.endswith("/GetWebSocketsToken"):
            self.excuse(seconds, kind)
            return
        fields, parts = dict(parse_qsl(request.body.decode())), self._world.exchange.parts
        order = parts.venue.state.orders.get(fields.get("txid", ""))
        symbols = [row.symbol for row in parts.pairs.instruments if row.id == fields.get("pair")]
        is_exit = fields.get("ordertype") == "market" and "close[ordertype]" not in fields
        self.excuse(min(seconds, ELSEWHERE_S), kind)
        for symbol in [order.symbol] if order is not None else symbols:
            self.excuse(AFTER_LOST_EXIT_S if is_exit and seconds == AFTER_LOSS_S else seconds, kind, symbol)

    def _on_events(self, events: Sequence[Event]) -> None:
        """An order that the exchange cut short leaves something to be sold into a thin book, again and again."""
        for event in events:
            if isinstance(event, Cancelled) and event.order.reason not in ("", "User requested"):
                self.excuse(AFTER_MODE_S, event.order.reason, event.order.symbol)
