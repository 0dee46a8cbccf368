"""Faults on demand: what the edges ask before they answer a request or send an event."""

from collections.abc import Callable
from decimal import Decimal

from msgspec import Struct

from kraken_tui.clock import Clock, Generator
from kraken_tui.sandbox.faults.fault_plan import Armed, FaultRule, decide
from kraken_tui.sandbox.statistics import Statistics

_LATENCY = frozenset({"latency"})
_REQUEST = frozenset({"lost", "reply-lost", "http", "error"})
_DROP, _DUPLICATE = frozenset({"drop-event"}), frozenset({"duplicate-event"})
_SWAP, _LATE = frozenset({"swap-event"}), frozenset({"late-event"})
_PARTIAL = "partial-fill"


class Injected(Struct, frozen=True, kw_only=True):
    """What is to go wrong with one request. At most one of `lost`, `status`, `error`, `reply_lost` is set."""

    latency_s: float = 0.0
    """Real seconds to wait before anything else."""
    lost: bool = False
    """It never reaches the exchange: the connection is dropped without an answer."""
    status: int = 0
    """Answer with this HTTP status and an HTML page."""
    error: str = ""
    """Answer with this Kraken error."""
    done: bool = False
    """With `status` or `error`: carry the request out first, then answer with the error all the same."""
    reply_lost: bool = False
    """Carry it out, then drop the connection without an answer."""


class EventFault(Struct, frozen=True, kw_only=True):
    """What is to go wrong with one message of a channel. `drop` comes alone, `delay_s` and `swap` not together."""

    drop: bool = False
    duplicate: bool = False
    delay_s: float = 0.0
    """Real seconds."""
    swap: bool = False
    """Hold it until the next one went out."""


_FINE = Injected()
_FINE_EVENT = EventFault()


class Faults:
    """The faults that are armed.

    Args:
        clock: the exchange's; rules that last a while are measured on it.
        generator: of random faults.
        statistics: told of every fault that is made.
    """

    def __init__(self, clock: Clock, generator: Generator, statistics: Statistics | None = None) -> None:
        self._clock = clock
        self._generator = generator
        self._statistics = statistics or Statistics()
        self._plan: list[Armed] = []
        self.skew_ns = 0
        """Added to every time that the exchange tells of itself and the account, and to its idea of now where it checks
        deadlines; taken off the times that clients name."""
        self.on_drop_connections: list[Callable[[str], int]] = []
        """Told `public`, `private` or `all`; each drops its connections of that kind and says how many."""

    @property
    def armed(self) -> tuple[Armed, ...]:
        """What waits to hit, oldest first."""
        now_ns = self._clock.now_ns()
        return tuple(armed for armed in self._plan if not armed.is_over(now_ns))

    def arm(self, rule: FaultRule) -> None:
        """Add a rule."""
        self._plan.append(Armed(rule=rule, since_ns=self._clock.now_ns()))
        if rule.kind == "stall-pong":
            self._statistics.fault(rule.kind)

    def disarm(self) -> int:
        """Forget every rule; returns how many there were."""
        count = len(self.armed)
        self._plan = []
        return count

    def on_request(self, where: str) -> Injected:
        """What is to go wrong with a request, such as `rest:AddOrder`, `rest:public/Time` or `ws:add_order`."""
        if not self._plan:
            return _FINE
        late = self._hits(_LATENCY, where)
        latency_s = sum(self._seconds(rule) for rule in late)
        hits = self._hits(_REQUEST, where, only_first=True)
        for rule in (*late, *hits):
            self._statistics.fault(f"{rule.kind} (done)" if rule.done else rule.kind)
        if not hits:
            return Injected(latency_s=latency_s) if late else _FINE
        first = hits[0]
        return Injected(
            latency_s=latency_s,
            lost=first.kind == "lost",
            status=first.status if first.kind == "http" else 0,
            error=first.error if first.kind == "error" else "",
            done=first.done and first.kind in ("http", "error"),
            reply_lost=first.kind == "reply-lost",
        )

    def on_event(self, channel: str, *, can_swap: bool = True) -> EventFault:
        """What is to go wrong with a message of `channel`, such as `executions`.

        Args:
            channel: its name.
            can_swap: False while an earlier message waits for this one: swaps then wait for a later message.
        """
        if not self._plan:
            return _FINE_EVENT
        rules = self._event_rules(channel, can_swap)
        if not rules:
            return _FINE_EVENT
        kinds = {rule.kind for rule in rules}
        for kind in kinds:
            self._statistics.fault(kind)
        return EventFault(
            drop="drop-event" in kinds,
            duplicate="duplicate-event" in kinds,
            delay_s=sum(self._seconds(rule) for rule in rules if rule.kind == "late-event"),
            swap="swap-event" in kinds,
        )

    def _event_rules(self, channel: str, can_swap: bool) -> list[FaultRule]:
        """What a fault that hits would cover is not asked, and waits for a later message."""
        dropped = self._hits(_DROP, channel, only_first=True)
        if dropped:
            return dropped
        doubled = self._hits(_DUPLICATE, channel, only_first=True)
        swapped = self._hits(_SWAP, channel, only_first=True) if can_swap else []
        return doubled + (swapped or self._hits(_LATE, channel))

    def sequence_gap(self, channel: str) -> int:
        """How many sequence numbers `channel` is to skip now."""
        if not self._plan:
            return 0
        rules = self._hits(frozenset({"sequence-gap"}), channel)
        for rule in rules:
            self._statistics.fault(rule.kind)
        return sum(rule.numbers for rule in rules)

    @property
    def has_partial(self) -> bool:
        """Whether `partial` is worth asking for an order that trades."""
        return any(armed.rule.kind == _PARTIAL for armed in self._plan)

    def partial(self, symbol: str) -> Decimal | None:
        """Which part of itself an order that would fill at once in `symbol` may fill; None: all of it.

        Each call counts: an order that is refused, or only rests, is not to be asked about.
        """
        if not self._plan:
            return None
        rules = self._hits(frozenset({_PARTIAL}), symbol)
        if not rules:
            return None
        self._statistics.fault(_PARTIAL)
        return min(rule.fraction for rule in rules)

    @property
    def pong_stalled(self) -> bool:
        """Whether pings stay unanswered now."""
        stalls = [armed for armed in self._plan if armed.rule.kind == "stall-pong"]
        return any(not armed.is_over(self._clock.now_ns()) for armed in stalls)

    def drop_connections(self, which: str) -> int:
        """Drop the WebSocket connections of a kind (`public`, `private`, `all`); returns how many."""
        dropped = sum(drop(which) for drop in self.on_drop_connections)
        for _ in range(dropped):
            self._statistics.fault("dropped-socket")
        return dropped

    def _hits(self, kinds: frozenset[str], subject: str, *, only_first: bool = False) -> list[FaultRule]:
        if not any(armed.rule.kind in kinds for armed in self._plan):
            return []
        now_ns = self._clock.now_ns()
        self._plan, hits = decide(self._plan, kinds, subject, now_ns, self._generator, only_first=only_first)
        return hits

    def _seconds(self, rule: FaultRule) -> float:
        return rule.seconds + (self._generator.uniform(0.0, rule.jitter) if rule.jitter else 0.0)
