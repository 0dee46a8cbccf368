"""A sentence that is nothing but values by their full names: `The last price of BTC/USD is 64010.5 USD.`

It says what a tool returned, and has no room for a claim.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from kraken_tui.agent.truth.numbers_read import Told, is_number_word, told
from kraken_tui.agent.truth.tokens import CURRENCIES, Token
from kraken_tui.agent.truth.vocabulary import ASSET, CURRENCY, NUMBER
from kraken_tui.agent.truth.wording import listed

_BETWEEN = listed(
    "the its your of for in on at is are with and while but a has shows stands current currently now pair figure value "
    "count number percent % . , - :"
)
_PRICING = listed(
    "is are at trades stands the price of and above over below under about around right now currently . ,"
)
"""With no word besides, a number behind a coin is its price."""
_THAN = listed("above over below under")
_ROUGHLY = listed("about around")
_PERCENT = ("%", "percent")


class Value(Struct, frozen=True):
    """A fact as a sentence may read it out."""

    name: tuple[str, ...]
    """Its words, as they must stand; none for a price that the coin alone names."""
    code: str
    """Of its coin; empty where it is the account's."""
    unit: str
    """A currency's code, %, a coin's; empty where it has none."""
    is_fit: Callable[[Told], bool]
    """Whether a number is how it may be told."""


class _Mark(Struct, frozen=True):
    """Where a number stands, or what says of which value a number is."""

    at: int
    says: tuple[str, ...] | None
    """None: a number stands there."""


def is_reading(tokens: Sequence[Token], values: Iterable[Value]) -> bool:
    """Whether every number is a value that the sentence calls by its full name and coin, and no other word stands."""
    known = list(values)
    named = _named(tokens, {one.name for one in known if one.name})
    if named and _reads(tokens, known, named, _BETWEEN):
        return True
    return _reads(tokens, known, [], _PRICING)


def compares_coins(tokens: Sequence[Token]) -> bool:
    """Whether a coin is said to be above or below another: `ETH is over BTC`; one may be favoured over another."""
    return any(
        other.kinds & ASSET and than.text in _THAN and not (than.text == "over" and one.kinds & ASSET)
        for one, than, other in zip(tokens, tokens[1:], tokens[2:], strict=False)
    )


def _reads(tokens: Sequence[Token], known: Sequence[Value], named: Sequence[_Mark], words: frozenset[str]) -> bool:
    taken = {mark.at + more for mark in named for more in range(len(mark.says or ()))}
    rest = [at for at in range(len(tokens)) if at not in taken]
    if not all(_may_stand(tokens, at, words) for at in rest):
        return False
    places = [at for at in rest if _is_number(tokens[at])]
    coins = [_Mark(at, (tokens[at].text,)) for at in rest if tokens[at].kinds & ASSET and not _is_unit(tokens, at)]
    names, codes = _owners(places, named), _owners(places, coins)
    if not places or names is None or codes is None:
        return False
    assets, units = {token.text for token in tokens if token.kinds & ASSET}, set[str]()
    for at, name, code in zip(places, names, codes, strict=True):
        number = told(tokens, at)
        if number is None:
            return False
        coin = code[0] if code else number.unit if number.unit in assets else ""
        fitting = [one for one in known if one.name == name and one.code == coin and one.is_fit(number)]
        if not fitting:
            return False
        units.update(one.unit for one in fitting)
    return {CURRENCIES[token.text] for token in tokens if token.text in CURRENCIES} <= units


def _owners(places: Sequence[int], marks: Sequence[_Mark]) -> list[tuple[str, ...]] | None:
    """What each number is of: the one mark before all of a row of them, or as many marks in their order.

    Where the first stands behind a number, all of them do. None where it can't be told.
    """
    if not marks:
        return [()] * len(places)
    row = sorted([*marks, *(_Mark(at, None) for at in places)], key=lambda mark: mark.at)
    if row[0].says is None:
        found = _owners_behind(row[::-1])
        return found[::-1] if found is not None else None
    return _owners_behind(row)


def _owners_behind(row: Sequence[_Mark]) -> list[tuple[str, ...]] | None:
    found: list[tuple[str, ...]] = []
    at = 0
    while at < len(row):
        says: list[tuple[str, ...]] = []
        while at < len(row) and (said := row[at].says) is not None:
            says, at = says if says[-1:] == [said] else [*says, said], at + 1
        begin = at
        while at < len(row) and row[at].says is None:
            at += 1
        count = at - begin
        if not says or not count or len(says) not in (1, count):
            return None
        found += says if len(says) == count else says * count
    return found


def _may_stand(tokens: Sequence[Token], at: int, words: frozenset[str]) -> bool:
    """Whether what stands at a place claims nothing: a comparison is with a number, and percents are a number's."""
    token = tokens[at]
    if token.text in _THAN:
        at += 1
        while at < len(tokens) and (tokens[at].text in _ROUGHLY or tokens[at].text in CURRENCIES):
            at += 1
        return token.text in words and at < len(tokens) and _is_number(tokens[at])
    if token.text in _PERCENT:
        return at > 0 and _is_number(tokens[at - 1])
    if token.kinds & NUMBER:
        return _is_number(token)
    return bool(token.kinds & (ASSET | CURRENCY)) or token.text in words or is_number_word(token)


def _is_number(token: Token) -> bool:
    return bool(token.kinds & NUMBER and token.unit != "window") or is_number_word(token)


def _is_unit(tokens: Sequence[Token], at: int) -> bool:
    """Whether a coin only says what the number before it counts."""
    return at > 0 and _is_number(tokens[at - 1])


def _named(tokens: Sequence[Token], names: Iterable[tuple[str, ...]]) -> list[_Mark]:
    """Where names stand, the longest that begins at a place."""
    words, longest, found, at = [token.text for token in tokens], sorted(names, key=len, reverse=True), list[_Mark](), 0
    while at < len(words):
        name = next((one for one in longest if tuple(words[at : at + len(one)]) == one), None)
        if name:
            found.append(_Mark(at, name))
        at += len(name or " ")
    return found
