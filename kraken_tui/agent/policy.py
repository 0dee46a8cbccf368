"""The standing policy: what is done of a proposal without asking the operator again. Pure.

What makes the account safer is allowed more freely than what puts money at risk:

- Only the operator: resume, a higher autopilot level, approving the autopilot's entry, the kill switch, the end of the
  engine, and the assistant's own level. They can be proposed, and always ask, at every level and in every mode; and
  what is about proposals themselves can't be proposed.
- PAUSE (pause, a lower autopilot level, cancelling an entry that rests) and TIGHTEN (a stop nearer to the price): alone
  at `paper` in PAPER and at `auto`, whatever the limits, as they can lose nothing.
- REDUCE (close, sell of what is held, flatten): no limit on money, as the position is there already; but at `auto`
  the operator's own words must name what is sold, so that a text from elsewhere can't sell.
- ENTER, LOOSEN (a stop further away, by what it then risks) and AIM (a target): at `auto` within every one of the
  limits. A limit that is not set is not passed. In LIVE the operator's own words must name symbol, side and size of an
  entry besides.

`paper` does all but the operator's own in PAPER, and asks in every other mode. `confirm` asks. `read` proposes nothing.
Nothing here reads what a model or a page said: a level and its limits come from the operator alone.
"""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from kraken_tui.model.command import (
    Approve,
    Buy,
    CancelOrders,
    CancelTurn,
    Close,
    Command,
    Confirm,
    Flatten,
    Learn,
    Pause,
    Reject,
    ResetKillSwitch,
    Resume,
    Say,
    Sell,
    SetAssistant,
    SetAutopilot,
    SetSetting,
    SetStop,
    SetTarget,
    Stop,
)
from kraken_tui.model.numerals import plain_number

PAPER = "PAPER"
ZERO = Decimal(0)
BOUND_IN_LIVE = frozenset({"symbol", "side", "size"})
"""What of an entry the operator must have said himself before it may run alone with real money."""


class Effect(StrEnum):
    """What a command does to the account's risk."""

    ENTER = "enter"
    REDUCE = "reduce"
    TIGHTEN = "tighten"
    LOOSEN = "loosen"
    AIM = "aim"
    PAUSE = "pause"
    OPERATOR = "operator"
    """Only the operator decides it."""

    @property
    def lessens(self) -> bool:
        """Whether it can only lessen what is at risk."""
        return self in (Effect.REDUCE, Effect.TIGHTEN, Effect.PAUSE)


class Limits(Struct, frozen=True, kw_only=True):
    """ASSISTANT_LIMITS as values. What is None or empty is not allowed without asking."""

    order: Decimal | None = None
    """Most notional of one order, in the quote currency."""
    day: Decimal | None = None
    """Most notional of a UTC day."""
    risk: Decimal | None = None
    """Most that one order may lose at its stop, fees included."""
    symbols: frozenset[str] = frozenset()
    commands: frozenset[str] = frozenset()
    """Names as in `NAMES`."""


class Case(Struct, frozen=True, kw_only=True):
    """A proposal as the policy sees it."""

    command: Command
    effect: Effect
    mode: str
    """PAPER, LIVE or SANDBOX."""
    level: str
    """One of `ASSISTANT_LEVELS`."""
    notional: Decimal | None
    """At the worst price that the card names; None: nobody knows."""
    risk: Decimal | None
    unsaid: tuple[str, ...]
    spent: Decimal
    """Notional of today's entries that ran alone."""


class Ruling(Struct, frozen=True):
    """Whether it is done without asking, and why."""

    alone: bool
    why: str


NAMES: dict[type, str] = {
    Buy: "buy", Sell: "sell", Close: "close", CancelOrders: "cancel", SetStop: "stop", SetTarget: "target",
    Pause: "pause", Resume: "resume", SetAutopilot: "autopilot", Approve: "approve", Flatten: "flatten",
    ResetKillSwitch: "reset kill switch", Stop: "stop the engine", SetSetting: "set", Learn: "learning",
}  # fmt: skip
"""What can be proposed, by the words of the chat."""
ABOUT_PROPOSALS = (Say, Confirm, Reject, CancelTurn, SetAssistant)
AUTOPILOT_ORDER = ("off", "observe", "confirm", "auto")


def proposable(command: Command, level: str) -> str:
    """Why a command can't even be proposed; empty where it can."""
    if isinstance(command, ABOUT_PROPOSALS):
        return f"{type(command).__name__} can't be proposed: it is the operator's own"
    return "the assistant is on read: it proposes nothing" if level == "read" else ""


def effect_of(command: Command, *, held: int, stop: Decimal | None, autopilot: str) -> Effect:
    """What a command would do.

    Args:
        command: what is proposed.
        held: of its symbol: +1 a long, -1 a short, 0 nothing.
        stop: where the position's stop is; None: nowhere, or nothing is held.
        autopilot: its level now.
    """
    match command:
        case Pause() | CancelOrders():
            return Effect.PAUSE
        case Close() | Flatten():
            return Effect.REDUCE
        case Sell():
            return Effect.REDUCE if held > 0 else Effect.ENTER
        case Buy():
            return Effect.ENTER
        case SetTarget():
            return Effect.AIM
        case SetStop(price=price):
            wanted = plain_number(price)
            nearer = wanted is not None and (stop is None or (wanted - stop) * held >= ZERO)
            return Effect.TIGHTEN if held and nearer else Effect.LOOSEN
        case SetAutopilot(level):
            known = level in AUTOPILOT_ORDER and autopilot in AUTOPILOT_ORDER
            lower = known and AUTOPILOT_ORDER.index(level) <= AUTOPILOT_ORDER.index(autopilot)
            return Effect.PAUSE if lower else Effect.OPERATOR
        case _:
            return Effect.OPERATOR


def ruling(case: Case, limits: Limits) -> Ruling:
    """Whether a proposal is done without asking."""
    if case.effect is Effect.OPERATOR or isinstance(case.command, ABOUT_PROPOSALS):
        return Ruling(False, "only the operator decides this")
    match case.level:
        case "paper" if case.mode == PAPER:
            return Ruling(True, "the assistant is on paper, and no real money moves")
        case "auto":
            why = _beyond(case, limits)
            return Ruling(not why, why or "within ASSISTANT_LIMITS")
        case _:
            return Ruling(False, f"the assistant is on {case.level}")


def _beyond(case: Case, limits: Limits) -> str:
    """Why a case is not within the limits; empty where it is."""
    match case.effect:
        case Effect.PAUSE | Effect.TIGHTEN:
            return ""
        case Effect.REDUCE:
            return f"your words do not name: {', '.join(case.unsaid)}" if case.unsaid else ""
        case Effect.AIM:
            return _not_listed(case, limits)
        case Effect.LOOSEN:
            return _not_listed(case, limits) or _too_risky(case, limits)
        case Effect.ENTER:
            return _not_listed(case, limits) or _too_much(case, limits) or _too_risky(case, limits) or _not_bound(case)
        case _:
            return "only the operator decides this"


def _not_listed(case: Case, limits: Limits) -> str:
    name, symbol = NAMES.get(type(case.command), ""), getattr(case.command, "symbol", "")
    if name not in limits.commands:
        return f"{name or type(case.command).__name__} is not among the commands of ASSISTANT_LIMITS"
    return "" if symbol in limits.symbols else f"{symbol} is not among the symbols of ASSISTANT_LIMITS"


def _too_much(case: Case, limits: Limits) -> str:
    if limits.order is None or limits.day is None:
        return "ASSISTANT_LIMITS names no order or no day"
    if case.notional is None or not case.notional.is_finite():
        return "what it costs is not known"
    if not ZERO < case.notional <= limits.order:
        return f"{case.notional:.2f} is above the {limits.order:f} of one order in ASSISTANT_LIMITS"
    if case.spent + case.notional > limits.day:
        return f"{case.notional:.2f} after {case.spent:.2f} today is above the {limits.day:f} of ASSISTANT_LIMITS"
    return ""


def _too_risky(case: Case, limits: Limits) -> str:
    if limits.risk is None:
        return "ASSISTANT_LIMITS names no risk"
    if case.risk is None or not case.risk.is_finite():
        return "what it risks is not known"
    if not ZERO <= case.risk <= limits.risk:
        return f"a risk of {case.risk:.2f} is above the {limits.risk:f} of ASSISTANT_LIMITS"
    return ""


def _not_bound(case: Case) -> str:
    missing = [name for name in case.unsaid if name in BOUND_IN_LIVE]
    return f"your words do not name: {', '.join(missing)}" if case.mode != PAPER and missing else ""
