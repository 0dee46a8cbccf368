"""How a number in prose is meant: its value however it is spelled, its unit, its sign, and how roughly it is told."""

import re
from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from kraken_tui.agent.truth.tokens import CURRENCIES, Token
from kraken_tui.agent.truth.vocabulary import ASSET, NUMBER
from kraken_tui.agent.truth.wording import listed

_TO_TWENTY = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty"""
_TENS = """zero ten twenty thirty forty fifty sixty seventy eighty ninety"""
_UNITS = {word: Decimal(10 * value) for value, word in enumerate(re.findall("[a-z]+", _TENS))} | {
    word: Decimal(value) for value, word in enumerate(re.findall("[a-z]+", _TO_TWENTY))
}
_SCALES = {"hundred": Decimal(100), "thousand": Decimal(1000), "million": Decimal(10**6), "billion": Decimal(10**9)}
NUMBER_WORDS = (
    frozenset(_UNITS)
    | frozenset(_SCALES)
    | listed(
        "dozen dozens tens hundreds thousands millions quarter tenth hundredth thousandth fifth sixth seventh eighth "
        "ninth triple couple half"
    )
)
"""Words that count as numbers."""
_ABOUT = listed("about around roughly approximately nearly almost near close some ~")
_BEYOND = {"above": 1, "over": 1, "past": 1, "exceeding": 1, "below": -1, "under": -1, "beneath": -1, "shy": -1}


class Told(Struct, frozen=True):
    """A number as it is told."""

    value: Decimal
    step: Decimal
    """What its last digit is worth."""
    unit: str
    """%, a currency's or coin's code, `coins`, `bps`, `x`; empty where nothing stands at it."""
    sign: int
    """That is written at it; 0 where none is."""
    is_rough: bool
    """Whether it is told with `about`, `k`, `cents`."""
    beyond: int
    """1: `over`, -1: `under` it; 0: it itself."""


def is_number_word(token: Token) -> bool:
    """Whether a word counts: `five`, `twenty-four`."""
    if token.text in NUMBER_WORDS:
        return True
    return "-" in token.text and all(part in _UNITS for part in token.text.split("-"))


def is_continued(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word only goes on with the number before it: `five hundred`, `2 million`."""
    before = tokens[at - 1] if at else Token("", 0)
    return tokens[at].text in _SCALES and (bool(before.kinds & NUMBER) or is_number_word(before))


def told(tokens: Sequence[Token], at: int) -> Told | None:
    """The number at a place; None where it can't be read."""
    token, end = tokens[at], at + 1
    value, step = token.value, token.step
    if value is None:
        value = spelled(token.text)
        step = Decimal(1)
    if value is None or token.unit == "window":
        return None
    is_scaled = token.text[-1:].lower() in ("k", "m")
    while end < len(tokens) and tokens[end].text in _SCALES:
        value, step, end, is_scaled = value * _SCALES[tokens[end].text], step * _SCALES[tokens[end].text], end + 1, True
    money, first = _money_before(tokens, at)
    unit = token.unit or _unit(tokens, end)
    if money and unit not in ("", money):
        return None
    unit = unit or money
    if unit == "cents":
        value, step, unit = value / 100, step / 100, "USD"
        is_scaled = True
    before = [one.text for one in tokens[max(0, at - 4) : at]]
    sign = {"-": -1, "minus": -1, "+": 1, "plus": 1}.get(tokens[first - 1].text if first else "", 0)
    beyond = next(
        (_BEYOND[tokens[one].text] for one in range(at - 1, max(-1, at - 3), -1) if _is_beyond(tokens, one)), 0
    )
    rough = is_scaled or bool(_ABOUT & set(before[-3:]))
    return Told(value, step, unit, sign, rough, beyond)


def _money_before(tokens: Sequence[Token], at: int) -> tuple[str, int]:
    """The currency that stands right before a number and at none before it, and where the number begins by that."""
    money = CURRENCIES.get(tokens[at - 1].text, "") if at else ""
    is_others = at > 1 and (bool(tokens[at - 2].kinds & NUMBER) or is_number_word(tokens[at - 2]))
    return (money, at - 1) if money and not is_others else ("", at)


def _is_beyond(tokens: Sequence[Token], at: int) -> bool:
    """`over 1700`; in `over 24 h` it tells a span."""
    return tokens[at].text in _BEYOND and tokens[at + 1].unit != "window"


def spelled(word: str) -> Decimal | None:
    """The number that a word counts."""
    if word in _UNITS or word in _SCALES:
        return _UNITS.get(word, Decimal(1) if word in _SCALES else Decimal(0))
    parts = word.split("-")
    if len(parts) == 2 and all(part in _UNITS for part in parts):
        return _UNITS[parts[0]] + _UNITS[parts[1]]
    return None


def _unit(tokens: Sequence[Token], at: int) -> str:
    """What stands behind a number; percents and a currency behind a dash too."""
    if [token.text for token in tokens[at : at + 1]] == ["-"]:
        after = tokens[at + 1].text if at + 1 < len(tokens) else ""
        return "%" if after in ("percent", "%") else CURRENCIES.get(after, "")
    for token in tokens[at : at + 1]:
        if token.text in ("percent", "%"):
            return "%"
        if token.text in ("cent", "cents"):
            return "cents"
        if token.text in ("coins", "coin"):
            return "coins"
        if token.kinds & ASSET:
            return token.text
        if token.text in ("bps", "times"):
            return token.text
        return CURRENCIES.get(token.text, "")
    return ""


def fits(number: Told, value: Decimal) -> bool:
    """Whether a number is how `value` may be told: rounded at its last digit, and not too coarsely."""
    size = abs(value)
    if number.beyond:
        far = size - number.value if number.beyond > 0 else number.value - size
        return 0 < far <= max(size / 20, number.step if number.unit == "%" else Decimal(0))
    step = number.step
    if number.is_rough and step >= 1 and number.value:
        while number.value % (step * 10) == 0:
            step *= 10
    coarsest = size * (Decimal("0.02") if number.is_rough else Decimal("0.01"))
    near = abs(number.value - size) * 2 <= step
    if number.unit == "%" and number.is_rough and step == 1:
        return near
    tenth = number.unit == "%" and step <= Decimal("0.1")
    return near and (
        step <= coarsest
        or number.value == size
        or tenth
        or (number.unit == "%" and step == 1 and size >= 3)
        or (not number.unit and size >= 20 and step == 1)
    )


def currencies_told(tokens: Sequence[Token], at: int) -> set[str]:
    """The currencies of a sentence that stand at no number besides this one."""
    near = {
        one + side for one, token in enumerate(tokens) if token.kinds & NUMBER and one != at for side in (-1, 1)
    } - {at - 1, at + 1}
    return {CURRENCIES[token.text] for one, token in enumerate(tokens) if token.text in CURRENCIES and one not in near}
