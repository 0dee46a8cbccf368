"""Figures that were worked out: a sentence may tell one where it is wholly of their closed language, and says of what.

Such a figure grounds nothing else: no price, no balance, no profit. Each word of the sentence has to be one of the
figure's kind, of its operands, or of no weight; every operand has to be named, the pair or coin of each too; and which
is the greater, the part or the first has to be as it is. Whatever is besides, as a verb that says that something was
done, makes it another sentence, which the gate judges as if nothing had been worked out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from kraken_tui.agent.truth.figure_reading import Reading
from kraken_tui.agent.truth.figure_words import (
    DOWN,
    HEDGES,
    PARTS,
    RELATIONS,
    UNITS,
    UP,
    VERBS,
    Operand,
    operand,
    singular,
)
from kraken_tui.agent.truth.numbers_read import Told, fits, is_continued, is_number_word, told
from kraken_tui.agent.truth.tokens import Names, Token
from kraken_tui.agent.truth.vocabulary import NUMBER
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
_ROUGHLY, _LOOSE = Decimal("0.02"), Decimal("0.06")
"""How far from it a figure may be told with `about`; how wide the range is that `a third` tells."""
_TOTAL = RELATIONS["total"] - VERBS - {"up"} | {"add", "adds"}
_AVERAGE = RELATIONS["average"] - VERBS
_NOUNS = listed("difference gap distance")
_NEVER_BEFORE = listed("the your those these its their at that this it is are be")
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
    fact = figure.fact
    return any(
        _fits(number, fact)
        and _has_unit(number, tokens, at, fact)
        and _tells(Reading(fact.kind, figure.operands, tokens, at, begin), fact)
        for begin, at, number in _numbers(tokens, fact)
    )


def _numbers(tokens: Sequence[Token], fact: Fact) -> Iterator[tuple[int, int, Told]]:
    """Every number, with where it begins and ends; of a share also `a third`, `three quarters`."""
    for at, token in enumerate(tokens):
        if fact.kind == "share" and (part := PARTS.get(singular(token.text))) and at:
            count = Decimal(1) if tokens[at - 1].text in ("a", "one") else _count(tokens, at - 1)
            if count is not None:
                percent = 100 * count / part
                yield at - 1, at, Told(percent, percent * _LOOSE, "%", 0, False, 0)
            elif token.text == "half":
                yield at, at, Told(Decimal(50), 50 * _LOOSE, "%", 0, False, 0)
        elif token.kinds & NUMBER or is_number_word(token):
            number = None if is_continued(tokens, at) else told(tokens, at)
            if number is not None:
                yield at, at, number


def _count(tokens: Sequence[Token], at: int) -> Decimal | None:
    number = told(tokens, at) if is_number_word(tokens[at]) else None
    return None if number is None else number.value


def _fits(number: Told, fact: Fact) -> bool:
    """Told within its rounding, to two digits at least; which way it goes is said in words."""
    size = abs(fact.value)
    if number.sign or (fact.value < 0 and fact.kind != "growth"):
        return False
    if number.beyond:
        return fits(number, size)
    far = abs(number.value - size)
    small = number.unit == "%" and number.step <= Decimal("0.01")
    is_fine = number.value == size or number.step * 10 <= size or small or fits(number, size)
    return (far * 2 <= number.step and is_fine) or (number.is_rough and far <= size * _ROUGHLY)


def _has_unit(number: Told, tokens: Sequence[Token], at: int, fact: Fact) -> bool:
    words = [token.text for token in tokens[at + 1 : at + 4]]
    points = words[:2] in (["percentage", "points"], ["percentage", "point"])
    if fact.kind == "multiple":
        return number.unit in ("times", "x") or (not number.unit and any(one.text == "ratio" for one in tokens))
    if fact.unit == "%":
        return (number.unit == "%" and words[1:2] != ["points"]) or (points and fact.kind not in ("share", "growth"))
    if not number.unit:
        return not UNITS & set(words[:1])
    return number.unit.lower() == fact.unit.lower()


def _tells(read: Reading, fact: Fact) -> bool:
    return read.is_closed() and _WAYS[fact.kind](read, fact)


def _is_linked(read: Reading, fact: Fact) -> bool:
    return read.link >= 0 and read.words[read.link] in _LINKS[fact.kind]


def _spoken_of(read: Reading, greater: int, less: int) -> int | None:
    """Which operand is said to be above or below the other; None where neither is, or it is the other way round."""
    lead, word = read.words[read.link], read.word_behind
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
        return read.word_behind == "apart" or "from" in read.words[read.behind :]
    return _is_noun_told(read) or _spoken_of(read, 0, 1) is not None


def _is_noun_told(read: Reading) -> bool:
    """`The gap between A and B is ...`, `it is a distance of ...`: no other verb between them."""
    nouns = [at for at, word in enumerate(read.words[: read.at]) if word in _NOUNS]
    return bool(nouns) and not VERBS & set(read.words[nouns[-1] + 1 : read.link]) and read.word_behind in ("", ".")


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
        return True
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
        return True
    covers = next((at for at, word in enumerate(read.words) if word in ("cover", "covers", "ratio")), -1)
    if covers < 0 or not first or not second or max(first) > min(second):
        return False
    return covers < first[0] if read.words[covers] == "ratio" else first[-1] < covers < second[0]


def _is_share(read: Reading, fact: Fact) -> bool:
    if not _is_weighed(read):
        return False
    if read.word_behind != "of" or not read.after(1):
        return _is_share_told(read, fact)
    if read.link < 0:
        verb = next((at for at, word in enumerate(read.words) if word in VERBS), 0)
        return any(at > verb > max(read.after(1)) for at in read.after(0))
    is_pronoun = read.words[0] in ("that", "this") and read.words[1:2] in (["is"], ["would"])
    is_named = bool(read.before(0)) or (is_pronoun and not read.places[0])
    return _is_linked(read, fact) and is_named and not read.after(0)


def _is_weighed(read: Reading) -> bool:
    """Where what a coin costs is set against the account: no sentence that tells a holding."""
    coin = next((one for one in read.operands if one.code), None)
    if coin is None or all(one.code or one.fact.kind == SAID for one in read.operands):
        return True
    words = set(read.words)
    if read.link < 0 or "in" in words:
        return False
    is_priced = "price" in words or not coin.is_by_coin
    return is_priced or "costs" in words or ("one" in words and bool({"worth", "cost"} & words))


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
