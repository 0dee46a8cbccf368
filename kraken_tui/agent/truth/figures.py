"""Figures that were worked out: a sentence may tell one where it is wholly of their closed language, and says of what.

Such a figure grounds nothing else: no price, no balance, no profit. Each word of the sentence has to be one of the
figure's kind, of its operands, or of no weight; every operand has to be named, the pair or coin of each too; and which
is the greater, the part or the first has to be as it is. Whatever is besides, as a verb that says that something was
done, makes it another sentence, which the gate judges as if nothing had been worked out.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from kraken_tui.agent.truth.figure_numbers import numbers_in, tellings
from kraken_tui.agent.truth.figure_reading import Reading
from kraken_tui.agent.truth.figure_words import DOWN, HEDGES, RELATIONS, UP, VERBS, Operand, operand
from kraken_tui.agent.truth.tokens import Names, Token
from kraken_tui.agent.truth.wording import listed
from kraken_tui.model.fact import SAID, Fact

_STANDING = listed("is are be trades traded sits stands lies costs cost")
_WAYS_TO = {"rise": 1, "climb": 1, "fall": -1, "drop": -1}
"""`would have to rise ... to reach`."""
_LINKS = {
    "difference": _STANDING | {*_WAYS_TO, "of", "by", "rose", "gained"},
    "growth": _STANDING | {*_WAYS_TO, "by"},
    "total": listed("is are be cost costs to make makes"),
    "average": listed("is are be to"),
    "product": listed("is are be cost costs worth to make makes you pay"),
    "share": listed("is are be cost costs worth up makes make to"),
}
"""What leads to the figure."""
_TOTAL = RELATIONS["total"] - VERBS - {"up"} | {"add", "adds"}
_AVERAGE = RELATIONS["average"] - VERBS
_NOUNS = listed("difference gap distance")
_WAYS_OFF = UP | DOWN | {"exceeds"}
"""One of them says which is the greater; none stands where it is only told how far they are apart."""
_NEVER_BEFORE = listed("the your those these its their at that this it is are be both with")
"""A number of the operator's: `two BTC`, and not `your two BTC`."""


class Figure(Struct, frozen=True):
    """A figure with its operands as sentences speak of them."""

    fact: Fact
    operands: tuple[Operand, ...]


def figure(fact: Fact, names: Names) -> Figure:
    """A fact that was worked out, as a figure."""
    return Figure(fact, tuple(operand(one, names) for one in fact.of))


def is_told(figure: Figure, tokens: Sequence[Token]) -> bool:
    """Whether a sentence tells a figure, and nothing besides."""
    fact, numbers = figure.fact, numbers_in(tuple(tokens))
    return numbers is not None and any(
        _tells(Reading(fact.kind, figure.operands, tokens, numbers, at, begin), fact)
        for begin, at in tellings(tokens, numbers, fact)
    )


def _tells(read: Reading, fact: Fact) -> bool:
    return read.is_closed() and _WAYS[fact.kind](read, fact)


def _is_linked(read: Reading, fact: Fact) -> bool:
    return read.link >= 0 and read.words[read.link] in _LINKS[fact.kind]


def _spoken_of(read: Reading, greater: int, less: int) -> int | None:
    """Which operand is said to be above or below the other; None where neither is, or it is the other way round."""
    lead, word = read.words[read.link], read.word_behind
    if sum(one in _WAYS_OFF for one in read.words) > 1:
        return None
    said = [one for one, other in ((greater, less), (less, greater)) if read.before(one) and read.after(other)]
    if lead == "by":
        is_right = _are_in_turn(read, greater, "exceeds", less) and word in ("", ".")
        return greater if is_right else None
    if lead in _WAYS_TO:
        is_way = read.words[read.link - 1] == "to" and read.words[read.behind : read.behind + 2] == ["to", "reach"]
        begins = less if _WAYS_TO[lead] > 0 else greater
        return begins if is_way and said == [begins] else None
    if lead in ("rose", "gained") and any(one.fact.value < 0 for one in read.operands):
        return None
    if read.words[0] == "compared" and not said:
        said = [one for one, other in ((greater, less), (less, greater)) if _are_in_turn(read, other, ",", one)]
    if len(said) != 1 or word not in (UP if said[0] == greater else DOWN):
        return None
    return said[0]


def _are_in_turn(read: Reading, first: int, word: str, second: int) -> bool:
    """Whether one is named, then a word stands, then the other is named, all before the figure."""
    if word not in read.words or not (read.before(first) and read.before(second)):
        return False
    return max(read.before(first)) < read.words.index(word) < min(read.before(second))


def _is_difference(read: Reading, fact: Fact) -> bool:
    if not _is_linked(read, fact) or not all(read.places):
        return False
    if read.word_behind in ("apart", "away"):
        return not _WAYS_OFF & set(read.words) and (read.word_behind == "apart" or "from" in read.words[read.behind :])
    return _is_noun_told(read) or _spoken_of(read, 0, 1) is not None


def _is_noun_told(read: Reading) -> bool:
    """`The gap between A and B is ...`, `it is a distance of ...`: no other verb between them."""
    nouns = [at for at, word in enumerate(read.words[: read.at]) if word in _NOUNS]
    if not nouns or _WAYS_OFF & set(read.words):
        return False
    return not VERBS & set(read.words[nouns[-1] + 1 : read.link]) and read.word_behind in ("", ".")


def _is_growth(read: Reading, fact: Fact) -> bool:
    """`B is 6 percent above A`, `A has to rise 6 percent to reach B`: it is always of A."""
    if not _is_linked(read, fact) or not all(read.places):
        return False
    greater, less = (0, 1) if fact.value >= 0 else (1, 0)
    return _spoken_of(read, greater, less) == (1 if read.words[read.link] in _WAYS_TO else 0)


def _are_all_before(read: Reading, fact: Fact) -> bool:
    return all(map(read.before, range(len(read.operands)))) and _is_linked(read, fact)


def _is_total(read: Reading, fact: Fact) -> bool:
    return _are_all_before(read, fact) and bool(_TOTAL & set(read.words))


def _is_average(read: Reading, fact: Fact) -> bool:
    return _are_all_before(read, fact) and bool(_AVERAGE & set(read.words[: read.link]))


def _is_product(read: Reading, fact: Fact) -> bool:
    if not (_is_linked(read, fact) and read.before(0) and read.places[1]):
        return False
    return any(_is_many(read, at) for at in read.before(0)) if read.is_counted else _is_part(read)


def _is_many(read: Reading, at: int) -> bool:
    """`ten BTC`, `two times the ATR`, `ten of those ... of BTC`: a number with what it is a number of."""
    lead = at - 1
    while lead > 0 and read.words[lead] in HEDGES | {"full"}:
        lead -= 1
    if at and read.words[lead] in _NEVER_BEFORE:
        return False
    if read.words[at + 1 : at + 2] == ["of"] and read.words[at + 2 : at + 3] in (["those"], ["these"], ["them"]):
        return "would" in read.words and read.words[at + 3 : at + 4] != [read.operands[1].code]
    code = read.operands[1].code
    near = range(at + 1, min(at + 6, len(read.words)))
    values = [one for one in near if one in read.places[1] or (code and read.words[one] == code)]
    return any(not (VERBS | {","}) & set(read.words[at:one]) for one in values)


def _is_part(read: Reading) -> bool:
    """`2% of your equity`, `the taker fee on one BTC`: what it is a part of is no subject by itself."""
    value = read.operands[1]
    if value.is_by_coin and not {"price", "one"} & set(read.words):
        return False
    values = read.before(1)
    if not values or max(values) < max(read.before(0)):
        return True
    near = read.words[max(0, max(values) - 5) : max(values)]
    return bool({"of", "on", "for"} & set(near)) and "," not in near


def _is_multiple(read: Reading, fact: Fact) -> bool:
    first, second = read.before(0), read.before(1)
    if "ratio" not in read.words and first and read.after(1) and not second:
        between = set(read.words[first[-1] : read.at])
        return bool(VERBS & between) and "it" not in between and "than" not in between and _is_weighed(read)
    covers = next((at for at, word in enumerate(read.words) if word in ("cover", "covers", "ratio")), -1)
    if covers < 0 or not first or not second or max(first) > min(second):
        return False
    return covers < first[0] if read.words[covers] == "ratio" else first[-1] < covers < second[0]


def _is_share(read: Reading, fact: Fact) -> bool:
    if _is_holding(read) or not _is_weighed(read):
        return False
    if read.word_behind != "of" or not read.after(1):
        return _is_share_told(read, fact)
    if read.link < 0:
        verb = next((at for at, word in enumerate(read.words) if word in VERBS), 0)
        return any(at > verb > max(read.after(1)) for at in read.after(0))
    is_pronoun = read.words[0] in ("that", "this") and read.words[1:2] in (["is"], ["would"])
    is_named = bool(read.before(0)) or (is_pronoun and not read.places[0])
    return _is_linked(read, fact) and is_named and not read.after(0)


def _is_of_both(read: Reading) -> bool:
    """Whether what a coin is worth is set against the account."""
    return any(one.code for one in read.operands) and any(
        not one.code and one.fact.kind != SAID for one in read.operands
    )


def _is_weighed(read: Reading) -> bool:
    """Then it is told of one coin, or as its price."""
    if not (_is_of_both(read) and any(one.is_by_coin for one in read.operands)):
        return True
    is_price = any(pair == ("price", "of") for pair in pairwise(read.words))
    return is_price or "costs" in read.words or "one" in read.words


def _is_holding(read: Reading) -> bool:
    """`A third of your equity is ETH`, `one ETH is a third of your equity`, `... is in ETH`."""
    if not _is_of_both(read):
        return False
    is_worth = bool({"worth", "cost", "costs", "price"} & set(read.words))
    return read.link < 0 or "in" in read.words or (any(one.is_by_coin for one in read.operands) and not is_worth)


def _is_share_told(read: Reading, fact: Fact) -> bool:
    """`As a share of B, A is ...`."""
    shares = [at for at, word in enumerate(read.words[: read.at]) if word in ("share", "fraction")]
    if not shares or not read.before(0) or not read.before(1) or not _is_linked(read, fact):
        return False
    first = shares[0]
    return first < min(read.before(1)) < min(read.before(0)) and "of" in read.words[first : first + 2]


_WAYS: Mapping[str, Callable[[Reading, Fact], bool]] = {
    "difference": _is_difference, "growth": _is_growth, "total": _is_total, "average": _is_average,
    "product": _is_product, "multiple": _is_multiple, "share": _is_share,
}  # fmt: skip
