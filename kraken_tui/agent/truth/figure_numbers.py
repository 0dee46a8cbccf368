"""The numbers of a sentence that may tell a figure: where each begins and ends, what it says, and whether it fits."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from msgspec.structs import replace

from kraken_tui.agent.truth.figure_words import PARTS, UNITS, singular
from kraken_tui.agent.truth.numbers_read import Told, fits, is_continued, is_number_word, told
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import NUMBER
from kraken_tui.agent.truth.wording import listed
from kraken_tui.model.fact import Fact

MOST = 12
"""Numbers of a sentence that tells a figure."""
_ROUGHLY, _LOOSE = Decimal("0.02"), Decimal("0.06")
"""How far from it a figure may be told with `about`; how wide the range is that `a third` tells."""
_ABOUT = listed("about roughly around approximately nearly almost some")


@lru_cache(maxsize=1)
def numbers_in(tokens: tuple[Token, ...]) -> Mapping[int, Told] | None:
    """Each number by its place, read once for all figures; None where there are too many to be about one.

    How rough it is, only `about` says; `above` and `below` say on which side of another value it is told.
    """
    places = [at for at, token in enumerate(tokens) if token.kinds & NUMBER or is_number_word(token)]
    if len(places) > MOST:
        return None
    read = [(at, told(tokens, at)) for at in places if not is_continued(tokens, at)]
    return {
        at: replace(number, beyond=0, is_rough=any(one.text in _ABOUT for one in tokens[max(0, at - 3) : at]))
        for at, number in read
        if number is not None
    }


def tellings(tokens: Sequence[Token], numbers: Mapping[int, Told], fact: Fact) -> Iterator[tuple[int, int]]:
    """Where a number begins and ends that tells a figure; of a share it may be `a third`, `three quarters`."""
    for at, token in enumerate(tokens):
        begin, number = at, numbers.get(at)
        if fact.kind == "share" and at and (part := PARTS.get(singular(token.text))):
            begin, number = _part(tokens, numbers, at, part)
        if number is not None and _fits(number, fact) and _has_unit(number, tokens, at, fact):
            yield begin, at


def _part(tokens: Sequence[Token], numbers: Mapping[int, Told], at: int, part: int) -> tuple[int, Told | None]:
    before = tokens[at - 1]
    one = numbers.get(at - 1) if is_number_word(before) else None
    count = Decimal(1) if before.text in ("a", "one") else one.value if one else None
    if count is not None:
        percent = 100 * count / part
        return at - 1, Told(percent, percent * _LOOSE, "%", 0, False, 0)
    return at, Told(Decimal(50), 50 * _LOOSE, "%", 0, False, 0) if tokens[at].text == "half" else None


def _fits(number: Told, fact: Fact) -> bool:
    """Told within its rounding, to two digits at least; which way it goes is said in words."""
    size = abs(fact.value)
    if number.sign or (fact.value < 0 and fact.kind != "growth"):
        return False
    far = abs(number.value - size)
    small = number.unit == "%" and number.step <= Decimal("0.01")
    is_fine = number.value == size or number.step * 10 <= size or small or fits(number, size)
    return (far * 2 <= number.step and is_fine) or (number.is_rough and far <= min(size * _ROUGHLY, _width(number) / 2))


def _width(number: Told) -> Decimal:
    """What the last digit is worth that is no 0: `about 4,000` is told to the thousand."""
    width = number.step
    while number.value and number.value % (width * 10) == 0:
        width *= 10
    return width


def _has_unit(number: Told, tokens: Sequence[Token], at: int, fact: Fact) -> bool:
    words = [token.text for token in tokens[at + 1 : at + 4]]
    points = words[:2] in (["percentage", "points"], ["percentage", "point"])
    if fact.kind == "multiple":
        return number.unit in ("times", "x") or (not number.unit and any(one.text == "ratio" for one in tokens))
    if fact.unit == "%":
        return (number.unit == "%" and words[1:2] != ["points"]) or (points and fact.kind not in ("share", "growth"))
    if not number.unit:
        return not UNITS.keys() & set(words[:1])
    return number.unit.lower() == fact.unit.lower()
