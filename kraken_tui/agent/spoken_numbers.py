"""Numbers as people say them: `fifty`, `one hundredth`, `a half`, `1/2`, `60k`, `1,200.50`, `2 %`."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation

from msgspec import Struct

UNITS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
TENS = {
    word: 10 * number
    for number, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "grand": 1_000}
PARTS = {
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5, "fifths": 5, "tenth": 10,
    "tenths": 10, "hundredth": 100, "hundredths": 100, "thousandth": 1_000, "thousandths": 1_000,
}  # fmt: skip
SUFFIXES = {"k": Decimal(1_000), "m": Decimal(1_000_000), "": Decimal(1)}
EUROS = {"€", "eur", "euro", "euros"}
MONEY = {"$", "usd", "usdt", "dollar", "dollars", "buck", "bucks"} | EUROS
WHOSE = {"of", "my", "our", "the", "that", "this"}
PERCENT = {"%", "percent", "pct", "per cent"}

_WHOLE = r"(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)"
_TOKEN = re.compile(
    rf"[a-z0-9.]+/usdt?\b|[$€]|%|{_WHOLE}(?:\.\d+)?(?:/\d+)?[km]?(?![\w.,/]*\d)|\.\d+(?!\S*\d)|[a-z]+(?:'[a-z]+)?|\d\S*"
)
_DIGITS = re.compile(rf"(?P<whole>{_WHOLE})?(?P<rest>\.\d+)?(?:/(?P<under>\d+))?(?P<suffix>[km]?)")


class Spoken(Struct, frozen=True):
    """A number in somebody's words."""

    value: Decimal
    is_money: bool
    """Dollars, or another currency, stood beside it."""
    is_percent: bool
    is_share: bool = False
    """It may be meant of what is held: `half my eth`, `25% of it`, `by half`; not `half an eth`."""
    currency: str = ""
    """Of money: USD or EUR."""


def tokens(text: str) -> list[str]:
    """Words, pairs, numbers and signs of `text`, in lower case; `1,5` and `1.2.3` stay whole: they are no numbers."""
    return _TOKEN.findall(text.lower().replace("-", " "))


def spoken_numbers(text: str) -> list[Spoken]:
    """Every number in `text`, however it is spelled, as far as that is certain."""
    words = tokens(text)
    found = []
    for start, end, value in _runs(words):
        beside = {words[start - 1] if start else "", words[end] if end < len(words) else ""}
        is_percent = bool(beside & PERCENT)
        share = value / 100 if is_percent else value
        is_share = (words[end - 1] in PARTS or is_percent) and share <= 1 and _is_of_something(words, start, end)
        currency = "EUR" if beside & EUROS else "USD" if beside & MONEY else ""
        found.append(Spoken(value, bool(currency), is_percent, is_share, currency))
    return found


def _is_of_something(words: Sequence[str], start: int, end: int) -> bool:
    """Whether a part is one of a thing that is named: `by` stands before it, or `of`, or whose it is, behind it."""
    behind = [word for word in words[end : end + 3] if word not in PERCENT]
    return (start > 0 and words[start - 1] == "by") or bool(behind and behind[0] in WHOSE)


def _runs(words: Sequence[str]) -> Iterator[tuple[int, int, Decimal]]:
    place = 0
    while place < len(words):
        end, value = _digits(words, place) or _said(words, place) or (place + 1, None)
        if value is not None:
            yield place, end, value
        place = end


def _digits(words: Sequence[str], place: int) -> tuple[int, Decimal] | None:
    match = _DIGITS.fullmatch(words[place])
    if match is None or not (match["whole"] or match["rest"]):
        return None
    try:
        value = Decimal((match["whole"] or "").replace(",", "") + (match["rest"] or ""))
        value = value * SUFFIXES[match["suffix"]] / Decimal(match["under"] or 1)
    except (InvalidOperation, ZeroDivisionError):
        return None
    scale = SCALES.get(words[place + 1]) if place + 1 < len(words) else None
    return (place + 2, value * scale) if scale else (place + 1, value)


def _said(words: Sequence[str], place: int) -> tuple[int, Decimal] | None:
    """A number in words; `a half` and `one hundredth` are parts, `a` alone is no number."""
    total = run = 0
    end, known = place, False
    while end < len(words):
        word = words[end]
        if word in UNITS or word in TENS:
            run += UNITS.get(word, 0) or TENS.get(word, 0)
            known = True
        elif word in SCALES and (known or (end > place and words[end - 1] in ("a", "an"))):
            run, known = max(run, 1) * SCALES[word], True
            if SCALES[word] > 100:
                total, run = total + run, 0
        elif word in PARTS and (known or end == place or words[end - 1] in ("a", "an")):
            return end + 1, Decimal(total + run or 1) / PARTS[word]
        elif not (word in ("a", "an") and end == place) and not (word == "and" and known and _goes_on(words, end + 1)):
            break
        end += 1
    return (end, Decimal(total + run)) if known else None


def _goes_on(words: Sequence[str], place: int) -> bool:
    return place < len(words) and (words[place] in UNITS or words[place] in TENS)
