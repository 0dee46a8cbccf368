"""The language of worked-out figures: which words a sentence that tells one may have, and what its operands are called.

It is closed: a word that is none of these makes the sentence another one, and the figure is no ground for it.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from kraken_tui.agent.truth.tokens import Names, Token
from kraken_tui.agent.truth.vocabulary import ASSET
from kraken_tui.agent.truth.wording import listed
from kraken_tui.model.fact import SAID, Fact

HEDGES = listed("about roughly around approximately nearly almost just only exactly some currently now still")
UNITS = {
    **dict.fromkeys(("dollars", "dollar", "usd", "cents", "cent"), "USD"),
    **dict.fromkeys(("euros", "euro", "eur"), "EUR"),
    **dict.fromkeys(("%", "percent", "percentage", "points", "point"), "%"),
}
"""Words for units, and which unit each is."""
ONLY_AT_NUMBERS = listed("cents cent percentage points point")
GENERAL = HEDGES | listed(
    "the a an of to in on at by for from with and both each one full that this it its their your so then which as than "
    "those these them is are be would 's right moment between , ."
)  # fmt: skip
"""Beside the words of a kind and of its operands."""
VERBS = listed(
    "is are be trades traded sits stands lies costs cost comes come makes make add adds cover covers rose gained fell "
    "lost moved exceeds amounts rise climb fall drop pay"
)
_STANDING = "trades traded sits stands lies costs cost"
_COMING = "comes come makes make amounts"
_WAY = "compared would have has needs need rise climb fall drop reach"
RELATIONS = {
    "difference": listed(f"above below apart higher lower more less away short cheaper dearer expensive difference gap "
                         f"distance exceeds {_STANDING} {_COMING} {_WAY}"),
    "growth": listed(f"above below higher lower more less cheaper dearer expensive exceeds {_STANDING} {_WAY}"),
    "total": listed(f"together total sum plus combined altogether add adds up cost costs {_COMING}"),
    "average": listed(f"average mean midpoint halfway middle {_COMING}"),
    "product": listed(f"times twice cost costs worth each buying pay {_COMING}"),
    "multiple": listed("times much more expensive large high cover covers ratio worth trades costs cost"),
    "share": listed("share fraction worth costs cost makes make up comes amounts"),
}  # fmt: skip
"""The words by which a figure of a kind is told."""
UP, DOWN = listed("above higher more dearer"), listed("below lower less cheaper short")
COUNTS = {
    "half": Decimal("0.5"), "quarter": Decimal("0.25"), "fifth": Decimal("0.2"), "tenth": Decimal("0.1"),
    "hundredth": Decimal("0.01"), "twice": Decimal(2), "hundred": Decimal(100), "thousand": Decimal(1000),
}  # fmt: skip
"""Words that a number of the operator's may be told by."""
_PRICE_NOW = ("last price", "price now")
_BESIDE = {
    "price": listed("current latest"),
    "ask": listed("best"),
    "bid": listed("best"),
}
PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
"""Words that a share may be told by: `a third of`, `two thirds of`."""
_OPTIONAL = listed("best price net over per daily now today h of in the a and these candles win our")
"""Of a name: it names its value also without them."""
_BETWEEN = listed("and the a one , per taker maker both")
"""Words that may part those of a name: `taker and maker fee`, `limit per order`."""
_NEAR = 4
"""Tokens between the words of one name."""


class Operand(Struct, frozen=True):
    """What a figure was worked out of, as a sentence may speak of it."""

    fact: Fact
    code: str
    """Of its coin; empty: it is the account's, or the operator's number."""
    calls: tuple[frozenset[str], ...]
    """Words that name it, each set by itself."""
    words: frozenset[str]
    """That a sentence about it may have."""

    @property
    def is_by_coin(self) -> bool:
        """Whether the coin alone stands for it: `BTC is 60,860.25 dollars above ETH`."""
        return self.fact.kind == "price" and self.fact.name in _PRICE_NOW


def operand(fact: Fact, names: Names) -> Operand:
    """A value as an operand."""
    code = names.code(fact.asset) if fact.asset else ""
    code = "" if code == "usd" else code
    if fact.kind == SAID:
        return Operand(fact, "", (), frozenset())
    words = frozenset(fact.name.lower().replace("_", " ").split()) - {code}
    calls = _calls(fact, words)
    return Operand(fact, code, calls, words.union(*calls) | _BESIDE.get(fact.kind, frozenset()))


def _calls(fact: Fact, words: frozenset[str]) -> tuple[frozenset[str], ...]:
    """What its name comes to without what may be left out, and what else people call such a value."""
    if fact.kind == "price" and fact.name in _PRICE_NOW:
        return tuple(map(listed, ("price", "traded", "trades", "last")))
    own = words - _OPTIONAL - {word for word in words if not word.isalpha()} or words
    if fact.kind == "change":
        ways = "rose gained" if fact.value > 0 else "fell lost"
        return tuple(frozenset((word,)) for word in ("change", "move", "moved", *ways.split()))
    if fact.kind == "limit" and "limit" not in words:
        return own, (own - {"most"}) | {"limit"}
    if fact.name == "free balance":
        return own, frozenset(("free",)), frozenset(("cash",))
    if fact.kind == "profit" and "result" in own and fact.value >= 0:
        return own, (own - {"result"}) | {"profit"}
    return (own,)


def singular(word: str) -> str:
    """`fees` as `fee`."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def is_word_of(token: Token, operands: Sequence[Operand]) -> bool:
    """Whether a word belongs to what an operand may be called."""
    return any(_form(token, one.words) for one in operands)


def has_its_name(tokens: Sequence[Token], at: int, operands: Sequence[Operand]) -> bool:
    """Whether a word belongs to an operand that is named there in full: `loss` to `loss limit`, and to nothing else."""
    return any(
        _form(tokens[at], one.words) and any(first - _NEAR <= at <= last + _NEAR for first, last in _spans(one, tokens))
        for one in operands
    )


def places(one: Operand, others: Sequence[Operand], tokens: Sequence[Token]) -> list[int]:
    """Where a sentence names a value that a tool returned: at its coin where coins tell the operands apart."""
    labels = _labels(one, others, tokens)
    coins = [at for at, token in enumerate(tokens) if token.kinds & ASSET and token.text == one.code]
    if one.code and any(other.code and other.code != one.code for other in others):
        if one.is_by_coin:
            return coins
        if labels and all(other.fact.name == one.fact.name for other in others if other.fact.kind != SAID):
            return coins
        return [at for at in coins if any(_nearest_coin(tokens, label) == at for label in labels)]
    return labels + (coins if one.is_by_coin else [])


def _labels(one: Operand, others: Sequence[Operand], tokens: Sequence[Token]) -> list[int]:
    """Where the words stand that tell it from the others, with all that name it beside them."""
    shared = {word for other in others for call in other.calls for word in call}
    own = {word for call in one.calls for word in (call - shared or call)}
    return sorted({
        at for first, last in _spans(one, tokens) for at in range(first, last + 1) if _form(tokens[at], own)
    })  # fmt: skip


def _spans(one: Operand, tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """The first and the last word of each place where it is named in full, with nothing else between but `and`."""
    found = []
    for call in one.calls:
        standing = [[at for at, token in enumerate(tokens) if _form(token, {word})] for word in call]
        for first in (at for places in standing for at in places):
            ats = [min(places, key=lambda at: abs(at - first), default=-_NEAR - 1) for places in standing]
            between = range(min(ats) + 1, max(ats))
            if max(ats) - min(ats) <= _NEAR and all(
                tokens[at].text in _BETWEEN or _form(tokens[at], one.words) for at in between
            ):
                found.append((min(ats), max(ats)))
    return found


def _form(token: Token, words: frozenset[str] | set[str]) -> bool:
    return token.text in words or singular(token.text) in words


def _nearest_coin(tokens: Sequence[Token], label: int) -> int:
    coins = [at for at, token in enumerate(tokens) if token.kinds & ASSET]
    return min(coins, key=lambda at: abs(at - label), default=-1)
