"""Figures that were worked out: a sentence may tell one where it is wholly of their closed language, and says of what.

Such a figure grounds nothing else: no price, no balance, no profit. Each word of the sentence has to be one of the
figure's kind, of its operands, or of no weight; every operand has to be named, the pair or coin of each too; and which
is the greater, the part or the first has to be as it is. Whatever is besides, as a verb that says that something was
done, makes it another sentence, which the gate judges as if nothing had been worked out.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from kraken_tui.agent.truth.figure_reading import Reading
from kraken_tui.agent.truth.figure_words import DOWN, RELATIONS, UNITS, UP, VERBS, Operand, operand
from kraken_tui.agent.truth.numbers_read import Told, fits, is_continued, is_number_word, told
from kraken_tui.agent.truth.tokens import Names, Token
from kraken_tui.agent.truth.vocabulary import NUMBER
from kraken_tui.agent.truth.wording import listed
from kraken_tui.model.fact import Fact

_STANDING = listed("is are be trades traded sits stands lies costs cost")
_LINKS = {
    "difference": _STANDING | {"of"},
    "growth": _STANDING,
    "total": listed("is are be cost costs to make makes"),
    "average": listed("is are be to"),
    "product": listed("is are be cost costs worth to make makes"),
    "share": listed("is are be cost costs worth up makes make"),
}
"""What leads to the figure."""
_TOTAL = RELATIONS["total"] - VERBS - {"up"} | {"add", "adds"}
_AVERAGE = RELATIONS["average"] - VERBS
_NOUNS = listed("difference gap distance")
_NEVER_BEFORE = listed("the your those these its their at")
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
    return any(
        (number := told(tokens, at)) is not None
        and _fits(number, figure.fact)
        and _has_unit(number, tokens, at, figure.fact)
        and _tells(Reading(figure.fact.kind, figure.operands, tokens, at), figure.fact)
        for at, token in enumerate(tokens)
        if (token.kinds & NUMBER or is_number_word(token)) and not is_continued(tokens, at)
    )


def _fits(number: Told, fact: Fact) -> bool:
    """Told within its rounding, to two digits at least; which way it goes is said in words."""
    size = abs(fact.value)
    if number.sign or (fact.value < 0 and fact.kind != "growth"):
        return False
    if number.beyond:
        return fits(number, size)
    is_near = abs(number.value - size) * 2 <= number.step
    small = number.unit == "%" and number.step <= Decimal("0.01")
    return is_near and (number.value == size or number.step * 10 <= size or small or fits(number, size))


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


def _goes(read: Reading, greater: int, less: int) -> bool:
    """`A is 1.4 above B`: whether the one is the greater of which it is said."""
    said = [one for one, other in ((greater, less), (less, greater)) if read.before(one) and read.after(other)]
    return len(said) == 1 and read.word_behind in (UP if said[0] == greater else DOWN)


def _is_difference(read: Reading, fact: Fact) -> bool:
    if not _is_linked(read, fact) or not all(read.places):
        return False
    if read.word_behind in ("apart", "away"):
        return read.word_behind == "apart" or "from" in read.words[read.behind :]
    return _is_noun_told(read) or _goes(read, 0, 1)


def _is_noun_told(read: Reading) -> bool:
    """`The gap between A and B is ...`, `it is a distance of ...`: no other verb between them."""
    nouns = [at for at, word in enumerate(read.words[: read.at]) if word in _NOUNS]
    return bool(nouns) and not VERBS & set(read.words[nouns[-1] + 1 : read.link]) and read.word_behind in ("", ".")


def _is_growth(read: Reading, fact: Fact) -> bool:
    """`B is 6 percent above A`: it is of A, and B is what is spoken of."""
    after, before = (0, 1) if fact.value >= 0 else (1, 0)
    is_said = bool(read.before(0) and read.after(1))
    return is_said and _is_linked(read, fact) and _goes(read, after, before)


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
    if at and read.words[at - 1] in _NEVER_BEFORE:
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
    return bool({"of", "on"} & set(near)) and "," not in near


def _is_multiple(read: Reading, fact: Fact) -> bool:
    first, second = read.before(0), read.before(1)
    if "ratio" not in read.words and first and read.after(1) and not second:
        return True
    covers = next((at for at, word in enumerate(read.words) if word in ("cover", "covers", "ratio")), -1)
    if covers < 0 or not first or not second or max(first) > min(second):
        return False
    return covers < first[0] if read.words[covers] == "ratio" else first[-1] < covers < second[0]


def _is_share(read: Reading, fact: Fact) -> bool:
    if read.word_behind != "of" or not read.after(1):
        return _is_share_told(read, fact)
    if read.link < 0:
        verb = next((at for at, word in enumerate(read.words) if word in VERBS), 0)
        return any(at > verb > max(read.after(1)) for at in read.after(0))
    is_pronoun = read.words[0] in ("that", "this") and read.words[1:2] in (["is"], ["would"])
    is_named = bool(read.before(0)) or (is_pronoun and not read.places[0])
    return _is_linked(read, fact) and is_named and not read.after(0)


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
