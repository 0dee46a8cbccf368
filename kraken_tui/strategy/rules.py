"""Votes declared as values: which measure, and the numbers from which it speaks for a long or for a short.

What is declared can be asked in more than one way: of the rows of a close or of a history (`ballots_of`), and of bit
maps of a whole history, where a search asks the same of other numbers a thousand times over.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import force_setattr

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.strategy.compiling import Signs
from kraken_tui.strategy.indicators import Floats, Measures
from kraken_tui.strategy.signal_engine import Ballot, Sides
from kraken_tui.strategy.voting import keep, split

TINY = 1e-9
"""The least that a measure can differ from 0 by: they are rounded to nine decimals."""


class Bound(Struct, frozen=True):
    """A side of a number, which belongs to it. NaN is on neither side of any."""

    number: float
    at_least: bool

    def __post_init__(self) -> None:
        # An operator may write 75 or a Decimal, of which compiled loops know nothing, or would be compiled anew.
        force_setattr(self, "number", float(self.number))


NOWHERE = Bound(math.inf, True)
"""A side that no measure reaches."""


class BadRule(Exception):
    """Rules say what no vote can be."""


class Rule(Struct, frozen=True, kw_only=True):
    """One vote on whatever row."""

    name: str
    measure: str
    """A column of `Measures`."""
    long: Bound
    """Where it is for a long; on both sides at once it is for neither."""
    short: Bound
    words: str
    """A template over `value` and `threshold`."""
    like: "Rule | None" = None
    """Without a rule of its own direction: where that one is for a long, `long` decides whether this one is too."""


Rules = Callable[[TradingConfig], Sequence[Rule]]

MEASURES = (*Measures.__struct_fields__, "beyond")
"""What a rule may look at."""


def either_side(name: str, measure: str, *, long_from: float, short_from: float, words: str) -> Rule:
    """As `signal_engine.two_sided`."""
    high = long_from >= short_from
    long, short = Bound(long_from, high), Bound(short_from, not high)
    return Rule(name=name, measure=measure, long=long, short=short, words=words)


def on_its_side(name: str, measure: str, like: Rule, *, long_from: float, short_to: float, words: str) -> Rule:
    """A filter: it votes as `like` where a long finds at least, a short at most its own number, else for neither."""
    long, short = Bound(long_from, True), Bound(short_to, False)
    return Rule(name=name, measure=measure, long=long, short=short, words=words, like=like)


def at_least(name: str, measure: str, threshold: float, like: Rule, words: str) -> Rule:
    """As `signal_engine.at_least`."""
    bound = Bound(threshold, True)
    return Rule(name=name, measure=measure, long=bound, short=bound, words=words, like=like)


def at_most(name: str, measure: str, threshold: float, like: Rule, words: str) -> Rule:
    """As `signal_engine.at_most`."""
    bound = Bound(threshold, False)
    return Rule(name=name, measure=measure, long=bound, short=bound, words=words, like=like)


def ballots_by(rules: Rules) -> Callable[[Measures, TradingConfig], Sequence[Ballot]]:
    """The `ballots` of a strategy that declares its votes."""
    return lambda measures, config: ballots_of(checked(rules(config)), measures)


def checked(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The same rules, which can be asked.

    Raises:
        BadRule: there is none, or one is no `Rule`, has no such measure or number, or stands before the one that it is
            like.
    """
    known: list[Rule] = []
    for rule in rules:
        if not isinstance(rule, Rule):
            raise BadRule(f"{rule!r} is no Rule")
        if rule.measure not in MEASURES:
            raise BadRule(f"rule {rule.name}: {rule.measure!r} is none of the measures {', '.join(MEASURES)}")
        if math.isnan(rule.long.number) or math.isnan(rule.short.number):
            raise BadRule(f"rule {rule.name}: a bound is not a number")
        if rule.like is not None and not any(rule.like is other for other in known):
            raise BadRule(f"rule {rule.name}: {rule.like.name}, which it is like, must stand before it")
        known.append(rule)
    if not known:
        raise BadRule("rules() must return one Rule or more")
    return tuple(known)


def ballots_of(rules: Sequence[Rule], measures: Measures) -> tuple[Ballot, ...]:
    """What each rule says of every row."""
    signs: dict[int, Signs] = {}
    ballots = []
    for rule in rules:
        direction = None if rule.like is None else signs[id(rule.like)]
        signs[id(rule)] = sign = _sign(rule, measures, direction)
        value, threshold = getattr(measures, rule.measure), _threshold(rule, direction)
        ballots.append(Ballot(name=rule.name, value=value, threshold=threshold, sign=sign, words=rule.words))
    return tuple(ballots)


def _threshold(rule: Rule, direction: Signs | None) -> Floats | Sides:
    """What is told to be wanted: of a filter with two numbers the one that decided, not the nearest to the value."""
    long, short = rule.long.number, rule.short.number
    return Sides(long, short) if direction is None or long == short else np.where(direction < 0, short, long)


def _sign(rule: Rule, measures: Measures, direction: Signs | None) -> Signs:
    sign, value = np.empty(measures.rows, np.int8), np.ascontiguousarray(getattr(measures, rule.measure))
    numbers, ways = (rule.long.number, rule.short.number), (_way(rule.long), _way(rule.short))
    if direction is None:
        split(value, numbers, ways, sign)
    else:
        keep(value, numbers, ways, direction, sign)
    return sign


def _way(bound: Bound) -> float:
    return 1.0 if bound.at_least else -1.0
