"""What a fault's `where` can hit; one that can hit nothing is refused, as a typo would wait in silence for ever."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from kraken_tui.model.errors import UsageError
from kraken_tui.model.excerpt import excerpt
from kraken_tui.sandbox.faults.fault_plan import FaultRule, Kind
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.rest.answering import UNKNOWN
from kraken_tui.sandbox.rest.server import all_endpoints
from kraken_tui.sandbox.ws.account.balances import Balances
from kraken_tui.sandbox.ws.account.executions import Executions
from kraken_tui.sandbox.ws.orders.methods import METHODS
from kraken_tui.sandbox.ws.requests import OWN, UNKNOWN_METHOD
from kraken_tui.sandbox.ws.server import PUBLIC_CHANNELS

_REQUESTS: tuple[Kind, ...] = ("latency", "lost", "reply-lost", "http", "error")
_EVENTS: tuple[Kind, ...] = ("drop-event", "duplicate-event", "late-event", "swap-event")
_SEQUENCED = (Executions.name, Balances.name)
MOST_PAIRS = 12
"""That a refusal lists."""


def places_of(parts: Parts) -> Mapping[Kind, Sequence[str]]:
    """All that each kind of fault can hit at this exchange, named as `where` names it."""
    answering = all_endpoints(parts)
    rest = [*(answering.where(path) for path in answering.paths), UNKNOWN]
    requests = [*rest, *(f"ws:{name}" for name in sorted(OWN | set(METHODS))), UNKNOWN_METHOD]
    channels = [*PUBLIC_CHANNELS, *_SEQUENCED]
    return {
        **dict.fromkeys(_REQUESTS, requests),
        **dict.fromkeys(_EVENTS, channels),
        "sequence-gap": _SEQUENCED,
        "partial-fill": [row.symbol for row in parts.pairs.instruments],
        "stall-pong": ["ws:ping"],
    }


def check_where(rule: FaultRule, places: Mapping[Kind, Sequence[str]]) -> None:
    """Refuse a rule that can never hit.

    Raises:
        UsageError: names `where`, what is near it and what would be right.
    """
    known = places[rule.kind]
    if any(fnmatchcase(place, rule.where) for place in known):
        return
    near = get_close_matches(rule.where, known, 1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    listed = ", ".join(known)
    if rule.kind == "partial-fill" and len(known) > MOST_PAIRS:
        listed = f"{', '.join(known[:MOST_PAIRS])} and {len(known) - MOST_PAIRS} other pairs"
    raise UsageError(
        f"where is {excerpt(repr(rule.where))}: nothing that {rule.kind} hits is called so{hint}; {listed} are right, "
        "and patterns of them with * and ?"
    )
