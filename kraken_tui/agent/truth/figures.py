"""Figures that were worked out: a sentence may tell one where it is wholly of their closed language, and says of what.

Such a figure grounds nothing else: no price, no balance, no profit. Each word of the sentence has to be one of the
figure's kind, of its operands, or of no weight; every operand has to be named, the pair or coin of each too; and which
is the greater, the part or the first has to be as it is. Whatever is besides, as a verb that says that something was
done, makes it another sentence, which the gate judges as if nothing had been worked out.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from kraken_tui.agent.truth.figure_words import (
    COUNTS,
    DOWN,
    GENERAL,
    HEDGES,
    RELATIONS,
    UNITS,
    UP,
    VERBS,
    Operand,
    is_word_of,
    operand,
    places,
)
from kraken_tui.agent.truth.numbers_read import Told, fits, is_continued, is_number_word, told
from kraken_tui.agent.truth.tokens import Names, Token
from kraken_tui.agent.truth.vocabulary import ASSET, NUMBER
from kraken_tui.agent.truth.wording import listed
from kraken_tui.model.fact import SAID, Fact

_LINKS = {
    "difference": listed("is are be of trades traded sits stands lies costs cost"),
    "growth": listed("is are be trades traded sits stands lies costs cost"),
    "total": listed("is are be cost costs to make makes"),
    "average": listed("is are be to"),
    "product": listed("is are be cost costs worth to make makes"),
    "share": listed("is are be cost costs worth up makes make"),
}
"""What stands before the figure."""
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
        and _Read(figure, tokens, at, number).is_told()
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
    said = number.unit.lower()
    return not points and (said == fact.unit.lower() or (not said and fact.unit != "%"))


class _Read:
    """A sentence read as one that tells a figure with the number at a place."""

    def __init__(self, figure: Figure, tokens: Sequence[Token], at: int, number: Told) -> None:
        self._kind = figure.fact.kind
        self._fact = figure.fact
        self._operands = figure.operands
        self._tokens = tokens
        self._words = [token.text for token in tokens]
        self._at = at
        self._number = number
        self._link = at - 1
        while self._link >= 0 and self._words[self._link] in HEDGES:
            self._link -= 1
        self._behind = at + 1
        while self._behind < len(tokens) and (self._words[self._behind] in UNITS or is_continued(tokens, self._behind)):
            self._behind += 1
        self._places = [self._where(one) for one in figure.operands]

    def is_told(self) -> bool:
        ways: Mapping[str, Callable[[], bool]] = {
            "difference": self._is_difference, "growth": self._is_growth, "total": self._is_total,
            "average": self._is_average, "product": self._is_product, "multiple": self._is_multiple,
            "share": self._is_share,
        }  # fmt: skip
        return self._is_closed() and self._names_coins() and ways[self._kind]()

    def _where(self, one: Operand) -> list[int]:
        """Where an operand is named; a number, and a share that is in percent, also where its value stands."""
        others = [other for other in self._operands if other is not one]
        found = [] if one.fact.kind == SAID else places(one, others, self._tokens)
        if one.fact.kind == SAID or (self._kind == "product" and one.fact.unit == "%"):
            found += [at for at in range(len(self._tokens)) if at != self._at and self._is_number(at, one.fact)]
        return [at for at in found if at != self._at]

    def _is_number(self, at: int, fact: Fact) -> bool:
        word = self._words[at]
        if word in COUNTS and not is_continued(self._tokens, at):
            return COUNTS[word] == fact.value and fact.unit == ""
        if not (self._tokens[at].kinds & NUMBER or is_number_word(self._tokens[at])):
            return False
        number = told(self._tokens, at)
        if number is None or number.value != fact.value or number.sign:
            return False
        if "%" in (number.unit, fact.unit):
            return number.unit == fact.unit
        return number.unit == fact.unit or not (number.unit and fact.unit)

    # What a sentence may have at all.

    def _is_closed(self) -> bool:
        return all(self._may_stand(at) for at in range(len(self._tokens))) and self._has_one_verb()

    def _may_stand(self, at: int) -> bool:
        token, after = self._tokens[at], self._words[at + 1] if at + 1 < len(self._tokens) else ""
        if at == self._at or is_continued(self._tokens, at):
            return True
        if token.kinds & ASSET:
            return any(token.text == one.code for one in self._operands)
        match token.text:
            case "your":
                return any(not one.code and is_word_of(self._tokens[at + 1], [one]) for one in self._operands)
            case "that" | "this":
                return at == 0 or after == "of"
            case "it":
                return after == "is"
            case "which":
                return self._kind == "product" and after in VERBS
            case "one":
                return at in self._numbers() or (not self._is_counted() and self._may_be_one(at))
        if token.kinds & NUMBER or is_number_word(token) or token.text in COUNTS:
            return at in self._numbers() or self._is_span(at)
        return token.text in GENERAL or token.text in RELATIONS[self._kind] or is_word_of(token, self._operands)

    def _numbers(self) -> set[int]:
        return {at for found in self._places for at in found}

    def _is_counted(self) -> bool:
        """Whether the figure is so many of something, as `ten BTC`."""
        return self._kind == "product" and not self._operands[0].fact.unit

    def _may_be_one(self, at: int) -> bool:
        after = self._tokens[at + 1] if at + 1 < len(self._tokens) else Token("", 0)
        return bool(after.kinds & ASSET) or after.text in ("each", "full") or is_word_of(after, self._operands)

    def _is_span(self, at: int) -> bool:
        """`over 24 hours`, `24h`, where an operand is of that time."""
        count = self._words[at].removesuffix("h")
        is_said = count != self._words[at] or self._words[at + 1 : at + 2] in (["hours"], ["hour"])
        names = [one.fact.name.replace(" ", "") for one in self._operands]
        return is_said and any(f"over{count}h" in name for name in names)

    def _has_one_verb(self) -> bool:
        verbs = [at for at, word in enumerate(self._words) if word in VERBS and not self._is_owner(at)]
        return len(verbs) == 1 or (len(verbs) == 2 and self._words[verbs[1] - 1] == "which")

    def _is_owner(self, at: int) -> bool:
        """`BTC's bid sits ...` was read as `BTC is bid sits ...`."""
        owned = self._tokens[at + 1 : at + 3]
        is_owned = len(owned) == 2 and is_word_of(owned[0], self._operands) and owned[1].text in VERBS | {"and"}
        return at > 0 and self._words[at] == "is" and bool(self._tokens[at - 1].kinds & ASSET) and is_owned

    def _names_coins(self) -> bool:
        named = {token.text for token in self._tokens if token.kinds & ASSET}
        return all(not one.code or one.code in named for one in self._operands)

    # What each kind wants.

    def _before(self, operand: int) -> list[int]:
        return [at for at in self._places[operand] if at < self._at]

    def _after(self, operand: int) -> list[int]:
        return [at for at in self._places[operand] if at >= self._behind]

    def _is_linked(self) -> bool:
        return self._link >= 0 and self._words[self._link] in _LINKS[self._kind]

    def _word_behind(self) -> str:
        return self._words[self._behind] if self._behind < len(self._words) else ""

    def _goes(self, greater: int, less: int) -> bool:
        """`A is 1.4 above B`: whether the one is the greater of which it is said."""
        word = self._word_behind()
        said = [(one, other) for one, other in ((greater, less), (less, greater))
                if self._before(one) and self._after(other)]  # fmt: skip
        return len(said) == 1 and word in (UP if said[0][0] == greater else DOWN)

    def _is_difference(self) -> bool:
        if not self._is_linked() or not all(self._places):
            return False
        if self._word_behind() in ("apart", "away"):
            return self._word_behind() == "apart" or "from" in self._words[self._behind :]
        return self._is_noun_told() or self._goes(0, 1)

    def _is_noun_told(self) -> bool:
        """`The gap between A and B is ...`, `it is a distance of ...`: no other verb between them."""
        nouns = [at for at, word in enumerate(self._words[: self._at]) if word in _NOUNS]
        between = self._words[nouns[-1] + 1 : self._link] if nouns else []
        return bool(nouns) and not VERBS & set(between) and self._behind >= len(self._words) - 1

    def _is_growth(self) -> bool:
        if not self._is_linked() or not all(self._places):
            return False
        after, before = (0, 1) if self._fact.value >= 0 else (1, 0)
        return bool(self._before(0) and self._after(1)) and self._goes(after, before)

    def _is_total(self) -> bool:
        named = all(self._before(one) for one in range(len(self._operands)))
        return named and self._is_linked() and bool(_TOTAL & set(self._words))

    def _is_average(self) -> bool:
        named = all(self._before(one) for one in range(len(self._operands)))
        return named and self._is_linked() and bool(_AVERAGE & set(self._words[: self._link]))

    def _is_product(self) -> bool:
        if not (self._is_linked() and self._before(0) and self._places[1]):
            return False
        return any(self._is_many(at) for at in self._before(0)) if self._is_counted() else self._is_part()

    def _is_many(self, at: int) -> bool:
        """`ten BTC`, `two times the ATR`, `ten of those ... of BTC`: a number with what it is a number of."""
        if at and self._words[at - 1] in _NEVER_BEFORE:
            return False
        behind = self._words[at + 1 : at + 3]
        if len(behind) == 2 and behind[0] == "of" and behind[1] in ("those", "these", "them"):
            return True
        code = self._operands[1].code
        values = [one for one in range(at + 1, min(at + 6, len(self._words)))
                  if one in self._places[1] or (code and self._words[one] == code)]  # fmt: skip
        return any(not (VERBS | {","}) & set(self._words[at:one]) for one in values)

    def _is_part(self) -> bool:
        """`2% of your equity`, `the taker fee on one BTC`: what it is a part of is no subject by itself."""
        values = self._before(1)
        if not values or max(values) < max(self._before(0)):
            return True
        near = self._words[max(0, max(values) - 5) : max(values)]
        return bool({"of", "on"} & set(near)) and "," not in near

    def _is_multiple(self) -> bool:
        if self._before(0) and self._after(1) and not self._before(1) and self._number.unit:
            return True
        covers = [at for at, word in enumerate(self._words) if word in ("cover", "covers", "ratio")]
        if not (covers and self._before(0) and self._before(1)) or max(self._before(0)) > min(self._before(1)):
            return False
        is_ratio = self._words[covers[0]] == "ratio"
        return covers[0] < self._before(0)[0] if is_ratio else self._before(0)[-1] < covers[0] < self._before(1)[0]

    def _is_share(self) -> bool:
        if self._word_behind() != "of" or not self._after(1):
            return self._is_share_told()
        if self._link < 0:
            verb = next((at for at, word in enumerate(self._words) if word in VERBS), 0)
            return any(at > verb > max(self._after(1)) for at in self._after(0))
        is_pronoun = self._words[0] in ("that", "this") and self._words[1:2] in (["is"], ["would"])
        named = self._before(0) or (is_pronoun and not self._places[0])
        return self._is_linked() and bool(named) and not self._after(0)

    def _is_share_told(self) -> bool:
        """`As a share of B, A is ...`."""
        shares = [at for at, word in enumerate(self._words[: self._at]) if word in ("share", "fraction")]
        if not shares or not self._before(0) or not self._before(1) or not self._is_linked():
            return False
        return (
            shares[0] < min(self._before(1)) < min(self._before(0)) and "of" in self._words[shares[0] : shares[0] + 2]
        )
