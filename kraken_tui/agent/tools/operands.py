"""What a figure may be worked out of: values that tools returned in the turn, and numbers of the operator's message."""

from collections.abc import Sequence

from kraken_tui.agent.freshness import is_fresh
from kraken_tui.agent.spoken_numbers import Spoken, spoken_numbers
from kraken_tui.agent.turns import TurnContext, own_words
from kraken_tui.clock import SECOND
from kraken_tui.model.errors import UsageError
from kraken_tui.model.fact import SAID, Fact

MOST_NEAR = 3
"""Values that an error names."""


class NotKnown(UsageError):
    """A value is not known.

    Args:
        text: which.
        known: what is.
    """

    def __init__(self, text: str, known: tuple[str, ...]) -> None:
        super().__init__(text)
        self.known = known


def operands_of(names: Sequence[str], turn: TurnContext, now_ns: int) -> list[Fact]:
    """The values that are named, in their order.

    Raises:
        UsageError: one is not known, or is not certain; says which, and what is known.
    """
    said = [_as_fact(number, now_ns) for number in spoken_numbers(own_words(turn))]
    found = [_value(name, turn.facts) or _number(name, said) or _unknown(name, turn.facts, said) for name in names]
    for fact in found:
        if not is_fresh(fact, now_ns):
            raise UsageError(f"{fact.handle} is {(now_ns - fact.as_of_ns) // SECOND} s old: too old to be told")
    return found


def _value(name: str, facts: Sequence[Fact]) -> Fact | None:
    """The newest value of that name; by its kind where none has the name.

    Raises:
        UsageError: several values of one moment are called so.
    """
    sought = _plain(name)
    for whole in (True, False):
        found = [fact for fact in facts if sought in _called(fact, fact.name if whole else fact.kind)]
        newest = max((fact.as_of_ns for fact in found), default=0)
        last = list(dict.fromkeys(fact for fact in found if fact.as_of_ns == newest))
        if len({(fact.value, fact.unit, fact.asset) for fact in last}) > 1:
            told = "; ".join(f"{fact.handle} {fact.value:f} {fact.unit}".strip() for fact in last[:MOST_NEAR])
            raise UsageError(f"{name[:80]!r} may be several: {told}; use one whose name is its own")
        if last:
            return last[0]
    return None


def _called(fact: Fact, word: str) -> set[str]:
    """What a value may be called: with its pair or its coin, before or behind."""
    owners = {fact.asset, fact.asset.partition("/")[0]}
    return {_plain(f"{one} {two}") for owner in owners for one, two in ((word, owner), (owner, word))}


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _as_fact(number: Spoken, now_ns: int) -> Fact:
    unit = "%" if number.is_percent else number.currency
    name = f"{number.value:f}{unit}" if unit == "%" else f"{number.value:f} {unit}".strip()
    return Fact(kind=SAID, name=name, asset="", unit=unit, value=number.value, as_of_ns=now_ns)


def _number(name: str, said: Sequence[Fact]) -> Fact | None:
    """A number of the operator's message, as it stands there: his percents stay percents."""
    named = spoken_numbers(name)
    if len(named) != 1:
        return None
    (number,) = named
    found = [fact for fact in said if fact.value == number.value and _may_be(number, fact)]
    return found[0] if found else None


def _may_be(number: Spoken, fact: Fact) -> bool:
    unit = "%" if number.is_percent else number.currency
    return unit in ("", fact.unit)


def _unknown(name: str, facts: Sequence[Fact], said: Sequence[Fact]) -> Fact:
    values = list(dict.fromkeys(fact.handle for fact in facts))
    words = set(_plain(name).split())
    near = sorted(values, key=lambda handle: -len(words & set(_plain(handle).split())))[:MOST_NEAR]
    why = f"; near it: {', '.join(near)}" if near else ": no tool has returned a value in it yet"
    raise NotKnown(f"{name[:60]!r} is not known in this turn{why}", (*values, *(fact.name for fact in said)))
