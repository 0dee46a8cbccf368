"""A sentence that is nothing but values by their full names: `The last price of BTC/USD is 64010.5 USD.`

It says what a tool returned, and has no room for a claim.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from kraken_tui.agent.truth.numbers_read import Told, is_number_word, told
from kraken_tui.agent.truth.tokens import Token
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


class Value(Struct, frozen=True):
    """A fact as a sentence may read it out."""

    name: tuple[str, ...]
    """Its words, as they must stand; none for a price that the coin alone names."""
    code: str
    """Of its coin; empty where it is the account's."""
    is_fit: Callable[[Told], bool]
    """Whether a number is how it may be told."""


def is_reading(tokens: Sequence[Token], values: Iterable[Value]) -> bool:
    """Whether every number is a value that the sentence calls by its full name and coin, and no other word stands."""
    known, words = list(values), [token.text for token in tokens]
    coins = {token.text for token in tokens if token.kinds & ASSET}
    numbers = [at for at, token in enumerate(tokens) if _is_number(token)]
    is_pricing = _is_all(tokens, _PRICING)
    named: set[int] = set()
    for at in numbers:
        number = told(tokens, at)
        if number is None:
            return False
        fitting = [one for one in known if (one.code in coins if one.code else not coins) and one.is_fit(number)]
        places = [place for one in fitting for place in _places(words, one.name)]
        if not places and not (is_pricing and any(not one.name for one in fitting)):
            return False
        named.update(places)
    rest = [token for at, token in enumerate(tokens) if at not in named]
    return bool(numbers) and (is_pricing or _is_all(rest, _BETWEEN))


def _is_all(tokens: Iterable[Token], words: frozenset[str]) -> bool:
    return all(token.kinds & (NUMBER | ASSET | CURRENCY) or token.text in words for token in tokens)


def _is_number(token: Token) -> bool:
    return bool(token.kinds & NUMBER and token.unit != "window") or is_number_word(token)


def _places(words: Sequence[str], name: Sequence[str]) -> list[int]:
    """Where the words of a name stand in a row."""
    size = len(name)
    begins = [at for at in range(len(words) - size + 1) if tuple(words[at : at + size]) == tuple(name)]
    return [at + more for at in begins for more in range(size)]
