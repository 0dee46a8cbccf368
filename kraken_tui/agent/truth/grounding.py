"""Numbers in prose: each must be a value that a tool returned, of the coin and of the kind that the sentence names."""

from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from itertools import pairwise

from msgspec import Struct

from kraken_tui.agent.freshness import is_fresh
from kraken_tui.agent.truth.figures import Figure, figure, is_told
from kraken_tui.agent.truth.free_numbers import is_free
from kraken_tui.agent.truth.general_numbers import is_general_number
from kraken_tui.agent.truth.kinds_told import (
    DEFAULTS,
    DIRECTIONS,
    TELLING,
    apart,
    kinds_told,
    part_of,
    scope_of,
    spans_told,
)
from kraken_tui.agent.truth.numbers_read import Told, currencies_told, fits, is_continued, is_number_word, told
from kraken_tui.agent.truth.readings import Value, compares_coins, is_reading
from kraken_tui.agent.truth.sentence import Sentence
from kraken_tui.agent.truth.tokens import CURRENCIES, Names, Token, tokens_of
from kraken_tui.agent.truth.vocabulary import ASSET, NUMBER
from kraken_tui.agent.truth.wording import listed
from kraken_tui.model.fact import Fact

_TOLD_APART = ("fee", "indicator", "limit", "rate", "balance")
_OF_THE_ACCOUNT = ("fee", "limit", "balance", "equity", "profit", "exposure", "heat", "count", "rate", "loss")
_CURRENCIES = frozenset(CURRENCIES.values())
_OF = listed("of the for price on")
_OVER_A_SPAN = ("change", "volume")
_PRICES = frozenset(("price", "bid", "ask"))
_BLOCKING = listed(
    "entry exit fill fills stop target position buy sell sale purchase basis execution my your our filled"
)
_OWNED = listed("fill fills sale purchase execution my your our filled")
"""Beside these a number is no price of the market; beside some of them a planned one is."""
_MARKET = (("last", "price"), ("price", "now"))
"""The names of the market's price."""
_MARKING = listed("entry exit target stop order limit trailing decision highest lowest close net result")
"""In the name of a price or a change: it is not the market's."""
_PLANNED = listed("can could would should might may will shall propose prepare suggest ?")


class _Known(Struct, frozen=True):
    """A fact as the gate compares it."""

    fact: Fact
    code: str
    """Of its coin; empty where it is the account's."""
    words: frozenset[str]
    """Of its name."""
    name: tuple[str, ...]
    """Its words in their order."""
    spans: frozenset[int]
    """That its name tells, in minutes."""


@lru_cache(1024)
def _read(name: str, names: Names) -> tuple[tuple[str, ...], frozenset[int]]:
    """Words and spans of a fact's name: every answer is grounded in facts of much the same names."""
    tokens = tokens_of(name, names)
    return tuple(token.text for token in tokens), frozenset(spans_told(tokens))


class Grounds:
    """The facts of one answer, and the figures that were worked out of them.

    Args:
        names: how coins are called.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._facts: list[_Known] = []
        self._figures: list[Figure] = []
        self._spans: set[int] = set()

    def learn(self, facts: Iterable[Fact]) -> None:
        """Know more facts; figures that were worked out are no ground for any number but their own."""
        for fact in facts:
            if fact.of:
                self._figures.append(figure(fact, self._names))
                continue
            words = frozenset(f"{fact.name} {fact.kind}".lower().replace("-", " ").split())
            code = self._names.code(fact.asset) if fact.asset else ""
            name, spans = _read(fact.name, self._names)
            self._spans |= spans
            self._facts.append(_Known(fact, "" if code == "usd" else code, words, name, spans))

    @property
    def has_figures(self) -> bool:
        """Whether anything was worked out."""
        return bool(self._figures)

    def tell(self, tokens: Sequence[Token], now_ns: int) -> bool:
        """Whether a sentence tells a figure that was worked out, and nothing besides."""
        return any(is_fresh(known.fact, now_ns) and is_told(known, tokens) for known in self._figures)

    def read_out(self, tokens: Sequence[Token], now_ns: int) -> bool:
        """Whether a sentence is nothing but values that tools returned, by their full names."""
        fresh = [known for known in self._facts if is_fresh(known.fact, now_ns)]
        named = [(known.name, known) for known in fresh] + [((), known) for known in fresh if known.name in _MARKET]
        values = [Value(name, known.code, known.fact.unit, partial(_is_told_by, known)) for name, known in named]
        return is_reading(tokens, values)

    def hold(self, sentence: Sentence, now_ns: int) -> bool | None:
        """Whether every number of a sentence is a fact's; None where it has none that would have to be."""
        counted, tokens = False, sentence.tokens
        for at, token in enumerate(tokens):
            if not (token.kinds & NUMBER or is_number_word(token)) or is_continued(tokens, at):
                continue
            number = told(tokens, at)
            if number is not None and (self._is_fact(tokens, at, number, now_ns) or self._is_planned(tokens, number)):
                counted = True
            elif not (is_free(tokens, at) or is_general_number(sentence, at)):
                return self.read_out(tokens, now_ns)
        return not compares_coins(tokens) if counted else None

    def _is_fact(self, tokens: Sequence[Token], at: int, number: Told, now_ns: int) -> bool:
        begin, end = part_of(tokens, at)
        assets = _assets(tokens, at, begin, end)
        if assets and _is_shared(tokens, at):
            return False
        of_asset = [
            known
            for known in self._facts
            if known.code in assets or not assets or (not known.code and known.fact.kind in _OF_THE_ACCOUNT)
        ]
        fitting = [known for known in of_asset if _unit_fits(number, known)]
        possible = {known.fact.kind for known in fitting}
        kinds = _kind(tokens, at, begin, end, number, possible)
        if not kinds:
            return False
        part = {token.text for token in tokens[begin:end]}
        first, last = scope_of(tokens, at, begin, end, possible) or (0, len(tokens))
        telling = {token.text for token in tokens[first:last]} & TELLING
        spans = spans_told(tokens[begin:end]) or spans_told(tokens)
        windows = spans_told([token for token in tokens[begin:end] if token.unit == "window"])
        money = currencies_told(tokens, at)
        return any(
            known.fact.kind in kinds
            and (known.fact.kind not in ("price", "change") or _MARKING & known.words <= part)
            and (known.fact.kind not in _TOLD_APART or telling & apart(known.fact.kind) <= known.words)
            and is_fresh(known.fact, now_ns)
            and (spans <= known.spans if known.fact.kind in _OVER_A_SPAN else windows <= self._spans)
            and (known.fact.unit not in _CURRENCIES or money <= {known.fact.unit})
            and fits(number, known.fact.value)
            and _points(tokens, at, begin, end, number, known.fact)
            for known in fitting
        )

    def _is_planned(self, tokens: Sequence[Token], number: Told) -> bool:
        """An amount that the operator named, in a plan or a question."""
        if not any(token.text in _PLANNED for token in tokens):
            return False
        return any(
            known.fact.kind == "amount" and known.fact.value == number.value and _unit_fits(number, known)
            for known in self._facts
        )


def _assets(tokens: Sequence[Token], at: int, begin: int, end: int) -> frozenset[str]:
    """The coins that a number can be of: the one in its part of the sentence, in its turn, or the nearest before."""
    near = [token.text for token in (*reversed(tokens[begin:at]), *tokens[at + 1 : end]) if token.kinds & ASSET]
    if near:
        return frozenset(near[:1])
    named = list(dict.fromkeys(token.text for token in tokens if token.kinds & ASSET))
    bare = [
        one
        for one, token in enumerate(tokens)
        if token.kinds & NUMBER and token.unit != "window" and not _has_asset(tokens, one)
    ]
    if len(named) > 1 and len(bare) == len(named) and at in bare:
        return frozenset((named[bare.index(at)],))
    before = [token.text for token in tokens[:begin] if token.kinds & ASSET]
    return frozenset(before[-1:] or named[:1])


def _is_shared(tokens: Sequence[Token], at: int) -> bool:
    """Whether more coins are told in a row at a number than there are numbers: `ETH and BTC are at 64010.5`."""
    coins = [one for one, token in enumerate(tokens) if token.kinds & ASSET]
    before = [one for one in coins if one < at and not tokens[one - 1].kinds & NUMBER]
    row = before[::-1] or coins
    told = {tokens[one].text for one in row[:1]}
    for one, other in pairwise(row):
        between = [token.text for token in tokens[min(one, other) + 1 : max(one, other)] if token.text not in _OF]
        if not between or not set(between) <= {"and", ","} or (len(told) == 1 and "and" not in between):
            break
        told.add(tokens[other].text)
    return len(told) > max(1, sum(bool(token.kinds & NUMBER) and token.unit != "window" for token in tokens))


def _has_asset(tokens: Sequence[Token], at: int) -> bool:
    begin, end = part_of(tokens, at)
    return any(token.kinds & ASSET for token in tokens[begin:end])


def _kind(tokens: Sequence[Token], at: int, begin: int, end: int, number: Told, possible: set[str]) -> frozenset[str]:
    """What a number can be a value of: the nearest kind that is named and can have such a value."""
    if number.unit == "coins":
        return frozenset(("volume",)) & possible
    if number.unit and number.unit not in ("%", "USD", "EUR", "GBP", "x", "bps", "times"):
        return frozenset(("volume",)) & possible
    strong, weak = kinds_told(tokens, at, begin, end)
    weak = [kind for kind in weak if kind in possible]
    is_change = number.sign or ("change" in weak and not {"fee", "rate", "limit"} & set(strong))
    if number.unit == "%" and "change" in possible and is_change:
        return frozenset(("change",))
    words = {token.text for token in tokens}
    blocked = bool((_BLOCKING if _PLANNED.isdisjoint(words) else _OWNED) & words)
    for kind in strong:
        if kind in possible and not (blocked and kind == "price"):
            is_any_price = kind == "price" and "last" not in {token.text for token in tokens[begin:end]}
            return _PRICES if is_any_price else frozenset((kind,))
    if strong:
        return frozenset()
    scope = None if weak else scope_of(tokens, at, begin, end, possible)
    first, last = scope or (0, len(tokens))
    nearest = [kind for kind in kinds_told(tokens, at, first, last)[0] if kind in possible]
    if not weak and not scope and len(set(nearest)) > 1:
        return frozenset()
    named = frozenset(nearest if weak or not scope else nearest[:1])
    if blocked:
        return named - _PRICES
    guessed = frozenset(weak[:1]) or (frozenset() if named else DEFAULTS.get(number.unit, DEFAULTS[""]))
    return (named | (_PRICES if "price" in guessed else guessed)) & possible


def _is_told_by(known: _Known, number: Told) -> bool:
    signs = (known.fact.value < 0) == (number.sign < 0)
    return signs and _unit_fits(number, known) and fits(number, known.fact.value)


def _unit_fits(number: Told, known: _Known) -> bool:
    said, unit = number.unit.lower(), known.fact.unit.lower()
    if said == "coins":
        return bool(known.code) and unit == known.code
    if said == unit:
        return True
    return not said and unit != "%" and not (unit and unit == known.code)


def _points(tokens: Sequence[Token], at: int, begin: int, end: int, number: Told, fact: Fact) -> bool:
    """Whether a change goes the way that the sentence says; nothing else may bear a minus."""
    if fact.kind != "change":
        return (fact.value < 0) == (number.sign < 0)
    if number.sign:
        return (fact.value < 0) == (number.sign < 0)
    order = (*reversed(tokens[begin:at]), *tokens[at + 1 : end], *reversed(tokens[:begin]), *tokens[end:])
    way = next((DIRECTIONS[token.text] for token in order if token.text in DIRECTIONS), 0)
    return way == -1 if fact.value < 0 else way != -1
