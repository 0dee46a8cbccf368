"""The switches for what the sources leave open: the matching core's, and the edges' own."""

import math
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo, fields

from kraken_tui.exchange.matching.rules import Policies
from kraken_tui.model.errors import UsageError

_LEAST = {"most_open_orders": 1}
"""Of numbers that may not be 0."""


class SandboxPolicies(Struct, frozen=True, kw_only=True):
    """What the sandbox does where Kraken's behaviour is open, each with a stated default."""

    core: Policies = Policies(trigger_by="signal", children_reduce_only=False, liquidates=True)
    """Of the matching core; triggers look at the order's own signal, and children may over-close, as on Kraken."""
    history_cost: Literal[2, 4] = 4
    """What Ledgers, TradesHistory and ClosedOrders add to the REST counter; the sources say both."""
    rate_limits: Literal["on", "off"] = "on"
    """Both rate counters; off for load tests of the client's own code."""
    public_rate_limit: bool = False
    """About one public request a second per address, as the real exchange asks; beyond `EGeneral:Too many requests`."""
    ws_message_rate: float = 0.0
    """Messages per second that a connection may send before `Exceeded msg rate`; 0 = any number."""
    ws_idle: float = 60.0
    """Seconds without a word after which a WebSocket is closed; 0 = never."""
    key_info: Literal["camel", "snake"] = "snake"
    """How GetApiKeyInfo spells its fields: `apiKeyName` as in the documentation, or `api_key_name` as was seen."""


def parse(words: Sequence[str], most_open_orders: int = 80) -> SandboxPolicies:
    """The policies that `NAME=VALUE` words ask for; what is not named keeps its default.

    Args:
        words: such as `hold_untriggered=full`; the core's and the sandbox's own names alike.
        most_open_orders: per pair, of the account's tier; a word may name another.

    Raises:
        UsageError: names the word, the nearest name or the values that are right.
    """
    known, core, own = _known(), {"most_open_orders": most_open_orders}, dict[str, Any]()
    defaults, named = SandboxPolicies(), set[str]()
    for word in words:
        name, equals, text = word.partition("=")
        name = name.strip().lower().replace("-", "_")
        if not equals:
            raise UsageError(f"--policy {word!r}: NAME=VALUE is right, such as hold_untriggered=full")
        if name not in known:
            raise UsageError(f"--policy {word!r}: no such policy{_near(name, known)}")
        if name in named:
            raise UsageError(f"--policy {word!r}: {name} was given before; once is right")
        named.add(name)
        owner, field = known[name]
        (core if owner is Policies else own)[name] = _value(word, text.strip(), field)
    return msgspec.structs.replace(defaults, core=msgspec.structs.replace(defaults.core, **core), **own)


def _known() -> dict[str, tuple[type[Struct], FieldInfo]]:
    found: dict[str, tuple[type[Struct], FieldInfo]] = {}
    for owner in (Policies, SandboxPolicies):
        found |= {field.name: (owner, field) for field in fields(owner) if field.name != "core"}
    return found


def _value(word: str, text: str, field: FieldInfo) -> Any:
    least = _LEAST.get(field.name, 0)
    try:
        value = msgspec.convert(int(text) if _is_whole(text, field) else text, field.type, strict=False)
        is_right = isinstance(value, bool | str) or (math.isfinite(value) and value >= least)
    except (msgspec.ValidationError, ValueError) as error:
        raise UsageError(f"--policy {word!r}: {text!r} is wrong; {_right(field)} is right") from error
    if not is_right:
        raise UsageError(f"--policy {word!r}: {text!r} is wrong; {_right(field)} from {least} up is right")
    return value


def _is_whole(text: str, field: FieldInfo) -> bool:
    """A choice between numbers must be told as a number."""
    return field.name == "history_cost" and text.isdecimal()


def _right(field: FieldInfo) -> str:
    choices = getattr(field.type, "__args__", None)
    if choices:
        return " or ".join(str(choice) for choice in choices)
    return "true or false" if field.type is bool else "a whole number" if field.type is int else "a number"


def _near(name: str, known: dict[str, Any]) -> str:
    near = get_close_matches(name, known, 1)
    return f" (did you mean {near[0]}?)" if near else f"; there are {', '.join(sorted(known))}"
