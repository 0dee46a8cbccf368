"""A sentence read as one that tells a worked-out figure: whether its words may stand in one, and what it names."""

from collections.abc import Mapping, Sequence

from kraken_tui.agent.truth.figure_words import (
    COUNTS,
    GENERAL,
    HEDGES,
    ONLY_AT_NUMBERS,
    RELATIONS,
    UNITS,
    VERBS,
    Operand,
    has_its_name,
    is_word_of,
    places,
)
from kraken_tui.agent.truth.numbers_read import Told, fits, is_continued, is_number_word
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import ASSET, NUMBER
from kraken_tui.model.fact import SAID, Fact

NOTHING = Token("", 0)
_THESE = ("the", "that", "this", "its", "your", "their", "those", "these")
"""Behind these, one is no example: `that one ETH is worth ...`."""


class Reading:
    """A sentence that may tell a figure with the number at a place.

    Args:
        kind: of the figure.
        operands: that it was worked out of, in their order.
        tokens: of the sentence.
        numbers: of the sentence, by their places.
        at: where the number is.
        begin: where it begins, as that of `two thirds`.
    """

    def __init__(
        self,
        kind: str,
        operands: Sequence[Operand],
        tokens: Sequence[Token],
        numbers: Mapping[int, Told],
        at: int,
        begin: int,
    ) -> None:
        self.words = [token.text for token in tokens]
        self.at = at
        self.operands = operands
        self._kind = kind
        self._tokens = tokens
        self._numbers = numbers
        units = [one.fact.unit for one in reversed(operands) if one.fact.unit]
        self._of_unit = next(iter(units), "")
        self._unit = "%" if kind in ("share", "growth") else self._of_unit
        self._begin = begin
        self.link = begin - 1
        """Where the word stands that leads to the number."""
        while self.link >= 0 and self.words[self.link] in HEDGES:
            self.link -= 1
        self.behind = at + 1
        """Where the first word stands behind the number and its unit."""
        while self.behind < len(tokens) and (self.words[self.behind] in UNITS or is_continued(tokens, self.behind)):
            self.behind += 1
        self.places = [self._where(one) for one in operands]
        """Where each operand is named."""

    def before(self, operand: int) -> list[int]:
        """Where an operand is named before the number."""
        return [at for at in self.places[operand] if at < self.at]

    def after(self, operand: int) -> list[int]:
        """Where it is named behind it."""
        return [at for at in self.places[operand] if at >= self.behind]

    @property
    def word_behind(self) -> str:
        """The first word behind the number and its unit; empty at the end."""
        return self.words[self.behind] if self.behind < len(self.words) else ""

    @property
    def is_counted(self) -> bool:
        """Whether the figure is so many of something, as `ten BTC`."""
        return self._kind == "product" and not self.operands[0].fact.unit

    def is_closed(self) -> bool:
        """Whether nothing else is said: each word may stand in such a sentence, it has one verb and names the coins."""
        return (
            all(self._may_stand(at) for at in range(len(self._tokens))) and self._has_one_verb() and self._names_coins()
        )

    def _where(self, one: Operand) -> list[int]:
        """Where an operand is named; a number, and a share that is in percent, also where its value stands."""
        others = [other for other in self.operands if other is not one]
        found = [] if one.fact.kind == SAID else places(one, others, self._tokens)
        if one.fact.kind == SAID or (self._kind == "product" and one.fact.unit == "%"):
            found += [at for at in range(len(self._tokens)) if self._is_number(at, one.fact)]
        return [at for at in found if at != self.at]

    def _is_number(self, at: int, fact: Fact) -> bool:
        word, number = self.words[at], self._numbers.get(at)
        if word in COUNTS and not is_continued(self._tokens, at):
            is_percent = "percent" in self.words[at + 1 : at + 3]
            return COUNTS[word] == fact.value and (fact.unit == "%" if is_percent else not fact.unit)
        if number is None or number.value != fact.value or number.sign:
            return False
        if self.is_counted:
            return number.unit in ("", "times", "x", *(one.code for one in self.operands))
        if "%" in (number.unit, fact.unit):
            return number.unit == fact.unit
        return number.unit in ("", fact.unit or self._of_unit)

    def _may_stand(self, at: int) -> bool:
        token, after = self._tokens[at], self._tokens[at + 1] if at + 1 < len(self._tokens) else NOTHING
        if token.text == "order":  # `the limit per order`, and no limit order
            return any(f"{self.words[at - 1]} order" in one.fact.name for one in self.operands)
        if self._begin <= at <= self.at or is_continued(self._tokens, at) or any(at in found for found in self.places):
            return True
        if token.kinds & ASSET:
            return any(token.text == one.code for one in self.operands)
        match token.text:
            case "your":
                return any(not one.code and is_word_of(after, [one]) for one in self.operands)
            case "that" | "this":
                return at == 0 or after.text == "of"
            case "it":
                return after.text == "is"
            case "which":
                return self._kind == "product" and after.text in VERBS
            case "one":
                is_one = self.words[at - 1] not in _THESE and self._may_be_one(after)
                return is_one and not self.is_counted
            case "you":
                is_cost = self.words[max(0, at - 2) : at] == ["would", "cost"]
                return self._kind == "product" and (after.text == "would" or is_cost)
            case "cost":
                return "would" in self.words[:at] or self._may_be_plural()
            case "make" | "makes":
                return not self._is_gain(after.text)
            case "pay":
                return self.words[max(0, at - 2) : at] == ["you", "would"]
            case "rise" | "climb" | "fall" | "drop":
                return self.words[at - 1] in ("would", "to")
            case "over":
                return any(map(self._is_span, range(at + 1, at + 4)))
            case "hours" | "hour":
                return self._is_span(at - 1)
            case "buying":
                return "would" in self.words
        if token.kinds & NUMBER or is_number_word(token) or token.text in COUNTS:
            return self._is_span(at) or self._is_value(at) or self._is_all(at)
        if token.text in UNITS:
            return self._is_unit(at)
        if token.text in GENERAL or token.text in RELATIONS[self._kind]:
            return True
        return has_its_name(self._tokens, at, self.operands)

    def _is_unit(self, at: int) -> bool:
        """Of the number before it, or of the figure: `in dollars`."""
        word, first = self.words[at], at - 1
        while first >= 0 and (is_continued(self._tokens, first) or (first > self.at and self.words[first] in UNITS)):
            first -= 1
        if first >= 0 and self._tokens[first].unit and word in ONLY_AT_NUMBERS:
            return False
        if first == self.at:
            return UNITS[word] == self._unit and (self._unit == "%" or self.words[at - 1] not in UNITS)
        if first in self._numbers:
            return UNITS[word] == self._numbers[first].unit
        if UNITS[word] == "%" and set(self.words[max(0, at - 2) : at]) & COUNTS.keys():  # `half a percent`
            return any(first in found for found in self.places for first in (at - 2, at - 1))
        return UNITS[word] == self._unit and word not in ONLY_AT_NUMBERS

    def _may_be_one(self, after: Token) -> bool:
        return bool(after.kinds & ASSET) or after.text in ("each", "full") or is_word_of(after, self.operands)

    def _may_be_plural(self) -> bool:
        """`ten BTC cost`, `one BTC and one ETH cost`: of one thing it would be what it has cost."""
        return self.is_counted or (self._kind == "total" and "one" in self.words)

    def _is_gain(self, after: str) -> bool:
        """Whether `make` beside these tells what somebody earns: `buying ten BTC would make ...`."""
        is_owned = after != "up" and any(one.fact.kind in ("equity", "balance", "profit") for one in self.operands)
        is_traded = any(one.code for one in self.operands) or not {"buying", "would"}.isdisjoint(self.words)
        return is_owned or is_traded

    def _is_span(self, at: int) -> bool:
        """`over 24 hours`, `24h`, where an operand is of that time."""
        if at >= len(self.words):
            return False
        count = self.words[at].removesuffix("h")
        is_said = count != self.words[at] or self.words[at + 1 : at + 2] in (["hours"], ["hour"])
        names = [one.fact.name.replace(" ", "") for one in self.operands]
        return is_said and any(f"over{count}h" in name for name in names)

    def _has_one_verb(self) -> bool:
        verbs = [at for at, word in enumerate(self.words) if word in VERBS and not self._is_owner(at)]
        return len(verbs) == 1 or (len(verbs) == 2 and self.words[verbs[1] - 1] == "which")

    def _is_value(self, at: int) -> bool:
        """`BTC at 64,010.5`, `142.37 dollars each`: what an operand is, right behind where it is named."""
        number = self._numbers.get(at)
        if number is None or number.sign:
            return False
        if self._kind == "product" and "each" in self.words[at + 1 : at + 3]:
            return _is_told(number, self.operands[-1].fact)
        named = [(place, one.fact) for one, found in zip(self.operands, self.places, strict=True) for place in found]
        place, fact = max((pair for pair in named if pair[0] < at), key=lambda pair: pair[0], default=(-1, None))
        is_beside = place >= at - 3 and bool({"at", "of", ","} & set(self.words[place + 1 : at]))
        if place > 1 and self.words[place - 1] == "of":  # `the ATR of BTC, 412.7 USD`: it is the ATR's
            fact = next((of for label, of in named if label == place - 2), fact)
        return fact is not None and is_beside and _is_told(number, fact)

    def _is_all(self, at: int) -> bool:
        """`the two fees`, of two."""
        number = self._numbers.get(at)
        is_definite = at > 0 and self.words[at - 1] == "the" and self._kind in ("total", "average")
        return is_definite and number is not None and not number.unit and number.value == len(self.operands)

    def _is_owner(self, at: int) -> bool:
        """`BTC's bid sits ...` was read as `BTC is bid sits ...`: another verb follows."""
        is_owned = at + 1 < len(self._tokens) and is_word_of(self._tokens[at + 1], self.operands)
        follows = any(word in VERBS for word in self.words[at + 2 :])
        return at > 0 and self.words[at] == "is" and bool(self._tokens[at - 1].kinds & ASSET) and is_owned and follows

    def _names_coins(self) -> bool:
        named = {token.text for token in self._tokens if token.kinds & ASSET}
        return all(not one.code or one.code in named for one in self.operands)


def _is_told(number: Told, fact: Fact) -> bool:
    return fits(number, fact.value) and number.unit.lower() in ("", fact.unit.lower())
