"""A line of chat as words: numbers read once and plainly, contractions and signs taken apart, nothing thrown away."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from kraken_tui.model.numerals import plain_number

_PLAIN_SIGNS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "\xa0": " "})
"""What keyboards put in the place of plain characters."""
CURRENCIES = {
    "$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "buck": "USD", "bucks": "USD",
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP",
    "usdt": "USDT",
}  # fmt: skip
"""Words of money, each with its currency."""
MULTIPLES = {"k": 1_000, "m": 1_000_000, "mio": 1_000_000, "bn": 1_000_000_000}
CONTRACTIONS = {
    "what's": "what is", "whats": "what is", "how's": "how is", "hows": "how is", "where's": "where is",
    "who's": "who is", "it's": "it is", "that's": "that is", "let's": "let us", "i'm": "i am", "i'd": "i would",
    "i've": "i have", "we've": "we have", "we're": "we are", "they're": "they are", "you're": "you are",
    "don't": "do not", "dont": "do not", "doesn't": "does not", "didn't": "did not", "can't": "can not",
    "cannot": "can not", "won't": "will not", "isn't": "is not", "aren't": "are not", "wasn't": "was not",
    "shouldn't": "should not", "wouldn't": "would not", "couldn't": "could not", "haven't": "have not",
    "take-profit": "take profit", "stop-loss": "stop loss", "stoploss": "stop loss", "takeprofit": "take profit",
    "p&l": "pnl", "p/l": "pnl", "per-symbol": "per symbol", "pls": "please", "plz": "please", "u": "you",
}  # fmt: skip
_SMALL = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_LARGE = {"thousand": 1_000, "million": 1_000_000}
_SPELLED = frozenset((*_SMALL, "a", "an"))
_MOST_WORDS = 200


class Word(Struct, frozen=True):
    """A word, a sign or a number of a line."""

    text: str
    """In lower case; of a number its plain decimal form."""
    said: str
    """As it was typed."""
    is_number: bool = False


def words_of(text: str) -> list[Word]:
    """The words of a line; of a longer line the first two hundred."""
    if not text.isascii():
        text = text.translate(_PLAIN_SIGNS)
    found: list[Word] = []
    for chunk in text.split()[:_MOST_WORDS]:
        found += _taken_apart(chunk)
    return _spelled_numbers(found)


def readings(text: str) -> tuple[str, ...]:
    """How each number was read that was not typed plainly, such as `60k is 60000`: said beside what it led to."""
    return tuple(
        dict.fromkeys(
            f"{word.said} is {word.text}" for word in words_of(text) if word.is_number and word.said != word.text
        )
    )


def _taken_apart(chunk: str) -> list[Word]:
    chunk = chunk.lstrip("\"'([{")
    ends: list[Word] = []
    while chunk and chunk[-1] in "\"')]}.,!;:?":
        if chunk[-1] in ",;?":
            ends.insert(0, Word("," if chunk[-1] == ";" else chunk[-1], chunk[-1]))
        chunk = chunk[:-1]
    return [*_body(chunk), *ends] if chunk else ends


def _body(chunk: str) -> list[Word]:
    lower = chunk.lower()
    if lower in CONTRACTIONS:
        return [Word(part, part) for part in CONTRACTIONS[lower].split()]
    if lower.endswith("'s") and len(lower) > 2:
        return _body(chunk[:-2])
    if number := _number(lower):
        return [Word(number, chunk, is_number=True)]
    for sign in "$€£":
        if chunk.startswith(sign) and len(chunk) > 1:
            return [Word(sign, sign), *_body(chunk[1:])]
        if chunk.endswith(sign) and len(chunk) > 1:
            return [*_body(chunk[:-1]), Word(sign, sign)]
    if chunk.endswith("%") and len(chunk) > 1:
        return [*_body(chunk[:-1]), Word("%", "%")]
    return _glued(chunk, lower)


def _glued(chunk: str, lower: str) -> list[Word]:
    """`eth,doge`, `50usd` and `fifty-five` are two words each."""
    if "," in chunk and not any(sign.isdigit() for sign in chunk):
        parts = [part for part in chunk.split(",") if part]
        return [word for place, part in enumerate(parts) for word in ([Word(",", ",")] if place else []) + _body(part)]
    if "-" in lower and all(part in _SMALL for part in lower.split("-")):
        return [Word(part, part) for part in lower.split("-")]
    digits = len(lower) - len(lower.lstrip("0123456789.,"))
    if digits and lower[digits:] in CURRENCIES and (number := _number(lower[:digits])):
        return [Word(number, chunk[:digits], is_number=True), Word(lower[digits:], chunk[digits:])]
    return [Word(lower, chunk)]


def _number(text: str) -> str:
    """The plain form of digits with thousand separators or a suffix; empty for anything that may mean two things."""
    if not text[:1].isdigit():
        return ""
    suffix = next((one for one in ("mio", "bn", "k", "m") if text.endswith(one)), "")
    digits = text[: len(text) - len(suffix)]
    whole, point, rest = digits.partition(".")
    if "," in whole:
        first, *groups = whole.split(",")
        if not 1 <= len(first) <= 3 or any(len(group) != 3 for group in groups):
            return ""
        whole = first + "".join(groups)
    value = plain_number(whole + point + rest)
    if value is None:
        return ""
    if not suffix:
        return whole + point + rest
    return _plain(value * MULTIPLES[suffix])


def _plain(value: Decimal) -> str:
    text = f"{value.normalize():f}"
    return text if plain_number(text) is not None else ""


def _spelled_numbers(words: Sequence[Word]) -> list[Word]:
    """`two hundred and fifty` becomes 250; a lone `a`, or `and` between other words, stays a word."""
    found: list[Word] = []
    place = 0
    while place < len(words):
        value, length = _spelled(words, place)
        if length:
            said = " ".join(word.said for word in words[place : place + length])
            found.append(Word(str(value), said, is_number=True))
            place += length
        else:
            found.append(words[place])
            place += 1
    return found


def _spelled(words: Sequence[Word], place: int) -> tuple[int, int]:
    """The number that is spelled from `place` on, and in how many words; 0 words where none is."""
    if words[place].text not in _SPELLED:
        return 0, 0
    total = part = 0
    last, smallest = place, 1_000
    texts = [word.text for word in words[place:]]
    for offset, text in enumerate(texts):
        after = texts[offset + 1] if offset + 1 < len(texts) else ""
        if text in _SMALL and _SMALL[text] < smallest:
            part += _SMALL[text]
            smallest = 10 if _SMALL[text] >= 20 else 1
        elif text == "hundred" and 0 < part < 10:
            part, smallest = part * 100, 100
        elif text in _LARGE and 0 < part < 1_000:
            total, part, smallest = total + part * _LARGE[text], 0, 1_000
        elif text in ("a", "an") and not offset and after in ("hundred", *_LARGE):
            part = 1
        elif text == "and" and part >= 100 and smallest == 100 and after in _SMALL:
            continue
        else:
            break
        last = place + offset + 1
    return total + part, last - place
