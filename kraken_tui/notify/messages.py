"""The values of what is sent where and when: the operator's rules, messages on their way, and what is to be done."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from kraken_tui.clock import SECOND
from kraken_tui.notify.channel import Letter
from kraken_tui.notify.hours import Quiet

LOOKS_NS = (20 * SECOND, 120 * SECOND, 900 * SECOND)
"""When it is asked after what became of a message that was taken."""
URGENT = frozenset({"kill_switch", "engine_down", "unknown", "test"})
"""What goes first, is never merged, and may use the reserve of the hourly allowance."""

Place = tuple[str, str]
"""A channel and a target in it."""


class Rules(Struct, frozen=True, kw_only=True):
    """The operator's choices."""

    places: Mapping[str, tuple[Place, ...]]
    """By kind of event."""
    label: str
    quiet: Quiet | None = None
    breaks_quiet: frozenset[str] = frozenset()
    per_hour: int = 20


class Waiting(Struct, frozen=True, kw_only=True):
    """A message on its way to one place."""

    id: str
    place: Place
    kind: str
    text: str
    about: str
    """The symbol that it is about, or nothing."""
    net: Decimal | None
    time_ns: int
    """When it happened."""
    first_ns: int
    """When it could first be sent."""
    next_ns: int
    attempts: int = 0
    since_ns: int = 0
    """When an answer to it was first lost."""
    why: str = ""
    """What the last attempt failed of."""

    @property
    def is_urgent(self) -> bool:
        """Whether it goes first."""
        return self.kind in URGENT


class Asked(Struct, frozen=True, kw_only=True):
    """A message that was taken, and whose end is to be asked after."""

    id: str
    place: Place
    sid: str
    sent_ns: int
    looks: int = 0

    @property
    def next_ns(self) -> int:
        """When."""
        return self.sent_ns + LOOKS_NS[self.looks]


class Plan(Struct, frozen=True, kw_only=True):
    """Everything that is remembered."""

    waiting: tuple[Waiting, ...] = ()
    sending: tuple[Waiting, ...] = ()
    """At most one for each place."""
    asked: tuple[Asked, ...] = ()
    keys: Mapping[str, int] = {}
    """What was told, and when."""
    sent_ns: Mapping[Place, tuple[int, ...]] = {}
    """When something was sent to each place in the last hour."""
    rests: Mapping[Place, int] = {}
    """Until when a place that failed is left alone, but for what is urgent and new."""
    shut: Mapping[str, str] = {}
    """Channels that refuse everything, and why."""
    count: int = 0


class Note(Struct, frozen=True, kw_only=True):
    """To be written down: how a message stands."""

    id: str
    place: Place
    kind: str
    key: str = ""
    """Of a message that is new; empty for one that is known."""
    text: str = ""
    time_ns: int
    status: str
    attempts: int = 0
    sid: str = ""
    why: str = ""


class Send(Struct, frozen=True, kw_only=True):
    """To be sent now."""

    place: Place
    letter: Letter


class Look(Struct, frozen=True, kw_only=True):
    """To be asked after now."""

    asked: Asked


class Say(Struct, frozen=True, kw_only=True):
    """To be said to the operator at the screen."""

    text: str


Action = Note | Send | Look | Say
