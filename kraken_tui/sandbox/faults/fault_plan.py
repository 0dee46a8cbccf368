"""Which faults to make next: rules that are armed, and what they say about one request or event. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from kraken_tui.clock import SECOND, Generator

Kind = Literal[
    "latency", "lost", "reply-lost", "http", "error", "drop-event", "duplicate-event", "late-event", "swap-event",
    "sequence-gap", "partial-fill", "stall-pong",
]  # fmt: skip

MEANINGS: dict[Kind, str] = {
    "latency": "a request waits `seconds` (and up to `jitter` more) before it is looked at",
    "lost": "a request never arrives: nothing is done, the connection ends without an answer",
    "reply-lost": "a request is carried out, the connection ends without an answer",
    "http": "a request is answered with HTTP `status` and an HTML page; not carried out unless `done`",
    "error": "a request is answered with the string `error`; not carried out unless `done`",
    "drop-event": "a channel's message is not sent; sequence numbers go on",
    "duplicate-event": "a channel's message is sent twice",
    "late-event": "a channel's message is sent `seconds` (and up to `jitter`) later",
    "swap-event": "a channel's message is sent after the one that follows it",
    "sequence-gap": "a channel's sequence number jumps by `numbers` more",
    "partial-fill": "the next order in a pair that would fill at once fills at most `fraction` of itself then",
    "stall-pong": "pings are not answered for `for_s`",
}


class FaultRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One fault, and when to make it.

    Scripted: the `times` next that match, after `after` of them, only every `every`-th. Random: each that matches
    with `probability`. Either way for `for_s` seconds at most.
    """

    kind: Kind
    where: str = "*"
    """Pattern (`*` and `?`) of what it hits. Requests: `rest:AddOrder`, `rest:public/Time`, `ws:add_order`. Events
    and gaps: a channel. Partial fills: a pair. Stalled pongs: `ws:ping`. What can match nothing is refused by
    `Control.arm`."""
    times: Annotated[int, Meta(ge=1)] | None = None
    """How often. None: once; without end where `probability`, `every` or `for_s` is given."""
    after: Annotated[int, Meta(ge=0)] = 0
    every: Annotated[int, Meta(ge=1)] = 1
    probability: Annotated[float, Meta(ge=0, le=1)] = 1.0
    for_s: Annotated[float, Meta(ge=0)] | None = None
    """Seconds of the exchange's clock from when it was armed."""
    seconds: Annotated[float, Meta(ge=0, le=600)] = 0.0
    """Real seconds, however fast the exchange's clock runs."""
    jitter: Annotated[float, Meta(ge=0, le=600)] = 0.0
    status: Annotated[int, Meta(ge=400, le=599)] = 502
    error: str = ""
    """Of kind `error`: Kraken's string, such as `EService:Busy`."""
    done: bool = False
    """The request is carried out all the same, and then answered with the error."""
    numbers: Annotated[int, Meta(ge=1)] = 1
    fraction: Decimal = Decimal("0.5")

    def __post_init__(self) -> None:
        if (self.kind == "error") != bool(self.error):
            raise ValueError('kind "error" needs the string `error`, such as EService:Busy, and no other kind has it')
        if not (self.fraction.is_finite() and 0 <= self.fraction < 1):
            raise ValueError("fraction is a number from 0 to below 1")


def most_times(rule: FaultRule) -> int | None:
    """How often a rule may hit; None without end."""
    if rule.times is not None:
        return rule.times
    return 1 if rule.probability >= 1 and rule.every == 1 and rule.for_s is None else None


class Armed(Struct, frozen=True, kw_only=True):
    """A rule that waits for what it is to hit."""

    rule: FaultRule
    since_ns: int
    seen: int = 0
    """How many matched."""
    hits: int = 0

    def is_over(self, now_ns: int) -> bool:
        """Whether it can't hit any more."""
        most, for_s = most_times(self.rule), self.rule.for_s
        return (most is not None and self.hits >= most) or (
            for_s is not None and now_ns - self.since_ns >= for_s * SECOND
        )


def decide(
    plan: Sequence[Armed],
    kinds: frozenset[str],
    subject: str,
    now_ns: int,
    generator: Generator,
    *,
    only_first: bool = False,
) -> tuple[list[Armed], list[FaultRule]]:
    """What hits `subject`, and the plan afterwards; rules that are over leave it.

    Args:
        plan: what is armed, oldest first.
        kinds: which kinds can hit it.
        subject: what the rules' patterns look at.
        now_ns: the exchange's time.
        generator: of chance.
        only_first: after one hit the rest of the plan is not asked, and waits.
    """
    left, hits = list[Armed](), list[FaultRule]()
    for armed in plan:
        if armed.is_over(now_ns):
            continue
        is_asked = armed.rule.kind in kinds and not (only_first and hits)
        if is_asked and fnmatchcase(subject, armed.rule.where):
            is_hit = _is_due(armed, generator)
            armed = replace(armed, seen=armed.seen + 1, hits=armed.hits + is_hit)
            if is_hit:
                hits.append(armed.rule)
        if not armed.is_over(now_ns):
            left.append(armed)
    return left, hits


def _is_due(armed: Armed, generator: Generator) -> bool:
    rule, number = armed.rule, armed.seen - armed.rule.after
    if number < 0 or (number + 1) % rule.every != 0:
        return False
    return rule.probability >= 1 or generator.random() < rule.probability
