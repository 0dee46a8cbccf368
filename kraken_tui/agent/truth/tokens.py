"""A sentence as tokens: words with their kinds, coins, numbers, punctuation; contractions are spelled out."""

import re
from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from kraken_tui.agent.truth.vocabulary import (
    ADJECTIVE,
    ASSET,
    CURRENCY,
    FUNCTION,
    NAME,
    NOUN,
    NUMBER,
    PARTICIPLE,
    PLACE,
    PLURAL,
    STATE,
    kinds_of,
)
from kraken_tui.agent.truth.wording import listed

_PARTS = re.compile(
    r"\[\[[RF]:[\w.-]{1,40}\]\]"
    r"|[$€£]?\d+(?:,\d+)*(?:\.\d+)?%?[A-Za-z]*"
    r"|\.\d+"
    r"|[A-Za-z0-9]+/[A-Za-z]+"
    r"|[A-Za-z]+(?:['-][A-Za-z]+)*'?"
    r"|\S"
)
_NUMBER = re.compile(r"([$€£]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(%|[kKmMxX]?)")
_SPAN, _UNIT = "(?:1|2|3|4|5|7|12|15|24|30|60|90)", "(?:m|h|d|w)"
_WINDOW = re.compile(_SPAN + _UNIT)
_SPACED = re.compile(rf"\b({_SPAN}) ({_UNIT})\b")
_SHORT = {
    "'m": "am", "'re": "are", "'ll": "will", "'ve": "have", "'d": "would",
}  # fmt: skip
_MERGING = {
    "as long as": "if", "as soon as": "once", "in case": "if", "even if": "if", "such as": "like", "so that": "so",
    "provided that": "if", "rather than": "without", "even when": "when", "only if": "if", "just before": "before",
    "now and then": "sometimes", "that said": "however", "no one": "nobody", "no longer": "anymore",
    "a must": "a necessity", "difference between bid and ask": "spread",
    "difference between the bid and the ask": "spread",
    "gap between bid and ask": "spread", "gap between the bid and the ask": "spread",
    "between bid and ask": "", "between the bid and the ask": "", "have in mind": "mean",
    "at once": "immediately", "all at once": "immediately", "good to go": "live",
    "up and running": "running", "in the money": "live", "all set": "set", "in the green": "live",
}  # fmt: skip
"""Words that are one word to the grammar."""
_MERGED = re.compile(r"\b(?:" + "|".join(phrase.replace(" ", r"\s+") for phrase in _MERGING) + r")\b", re.IGNORECASE)
_NOT = {"can't": "can", "won't": "will", "shan't": "shall", "ain't": "am"}
_IS_AFTER = listed("i you we he she it that this there here what who where when how why which everything nothing")
COINS = {
    "btc": ("bitcoin", "bitcoins", "xbt"), "eth": ("ether", "ethereum"), "sol": ("solana",), "xrp": ("ripple",),
    "doge": ("dogecoin", "xdg"), "ada": ("cardano",), "ltc": ("litecoin",), "dot": ("polkadot",),
    "link": ("chainlink",), "avax": ("avalanche",), "xmr": ("monero",), "bch": (), "atom": ("cosmos",),
    "uni": ("uniswap",),
    "shib": (), "pepe": (), "trx": ("tron",), "xlm": ("stellar",), "etc": (), "xtz": ("tezos",), "usdt": ("tether",),
    "usdc": (), "dai": (), "bonk": (), "wif": (), "sui": (), "ton": (), "near": (), "arb": (), "ondo": (),
}  # fmt: skip
"""Coins by their code, in lower case, and what people call them."""
CURRENCIES = {
    "usd": "USD",
    "dollar": "USD",
    "dollars": "USD",
    "eur": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "gbp": "GBP",
}


MOST_READ = 5_000
"""Words that are kept read."""


class Token(Struct, frozen=True):
    """One word, number, coin or mark."""

    text: str
    """In lower case; a coin as its code; a placeholder as it is."""
    kinds: int
    """0: an unknown word, or a mark."""
    value: Decimal | None = None
    """Of a number."""
    step: Decimal = Decimal(1)
    """Of a number: what its last digit is worth."""
    unit: str = ""
    """Of a number: what stands at it, % or a currency."""


class Names:
    """What may be named beside plain words: coins, and the two who speak.

    Args:
        symbols: such as `BTC/USD`.
        people: names of the assistant and the operator.
    """

    def __init__(self, symbols: Sequence[str], people: Sequence[str]) -> None:
        self._coins: dict[str, str] = {}
        for code, spellings in COINS.items():
            self._coins |= dict.fromkeys((code, *spellings), code)
        for symbol in symbols:
            base = symbol.split("/")[0].lower()
            self._coins.setdefault(base, base)
            self._coins[symbol.lower()] = self._coins[base]
            self._coins[symbol.replace("/", "").lower()] = self._coins[base]
        self._read: dict[str, Token] = {}
        self._people = frozenset(word for name in people for word in name.lower().split())

    def code(self, name: str) -> str:
        """The coin that a word, a code or a symbol names, or the word itself."""
        low = name.lower()
        return self._coins.get(low) or self._coins.get(low.split("/")[0], low)

    def word(self, text: str) -> Token:
        """A word as a token; the kinds of an unknown one are 0."""
        found = self._read.get(text)
        if found is None:
            found = self._word(text)
            if len(self._read) < MOST_READ:
                self._read[text] = found
        return found

    def _word(self, text: str) -> Token:
        low = text.lower()
        kinds = kinds_of(low)
        coin = self._coins.get(low)
        if coin and (not kinds or text.isupper()):
            return Token(coin, ASSET)
        if low in self._people:
            return Token(low, NAME)
        if low in CURRENCIES:
            return Token(low, CURRENCY | NOUN)
        if not kinds and "-" in low:
            kinds = self._hyphened(low)
        return Token(low, kinds)

    def _hyphened(self, low: str) -> int:
        """The kinds of its last part where all parts are known, and longer than a letter."""
        parts = [(part, kinds_of(part)) for part in low.split("-")]
        if any(not kinds or (len(part) < 2 and part != "a") for part, kinds in parts):
            return 0
        return parts[-1][1] | ADJECTIVE if parts[-1][1] != FUNCTION else ADJECTIVE | NOUN


def tokens_of(text: str, names: Names) -> list[Token]:
    """The tokens of a sentence in plain letters."""
    found: list[Token] = []
    text = _SPACED.sub(r"\1\2", text)
    text = _MERGED.sub(lambda one: _MERGING[" ".join(one[0].lower().split())], text)
    for part in _PARTS.findall(text):
        first = part[0]
        if first.isalpha():
            _add_word(part, names, found)
        elif part.startswith("[["):
            found.append(Token(part, PLACE))
        elif first.isdigit() or (first in "$€£." and len(part) > 1):
            found.append(_number(part, names))
        else:
            found.append(Token(part, 0))
    return [_is_or_own(found, at, names) for at in range(len(found))]


def _is_or_own(tokens: Sequence[Token], at: int, names: Names) -> Token:
    """`order's in` is `order is in`; `man's switch` is a possessive."""
    if tokens[at].text != "'s":
        return tokens[at]
    after = tokens[at + 1] if at + 1 < len(tokens) else Token("", 0)
    owns = after.kinds & (NOUN | PLURAL | ADJECTIVE) and not after.kinds & (STATE | PARTICIPLE)
    return tokens[at] if owns else names.word("is")


def _add_word(part: str, names: Names, found: list[Token]) -> None:
    low = part.lower()
    if "/" in low:
        whole = names.word(part)
        if whole.kinds:
            found.append(whole)
        else:
            found.extend(names.word(one) for one in part.split("/"))
        return
    head, mark, tail = low.rpartition("'")
    if not mark:
        found.append(names.word(part))
    elif low.endswith("n't"):
        verb = _NOT.get(low, low[:-3])
        found += [*([names.word(verb)] if verb else []), names.word("not")]
    elif mark + tail in _SHORT:
        found += [names.word(head), names.word(_SHORT[mark + tail])]
    elif tail == "s" and head == "let":
        found += [names.word("let"), names.word("us")]
    elif tail == "s" and head in _IS_AFTER:
        found += [names.word(head), names.word("is")]
    elif tail in ("s", ""):
        found += [names.word(part[: len(head)]), Token("'s", FUNCTION)]
    else:
        found.append(Token(low, 0))


def _number(part: str, names: Names) -> Token:
    if _WINDOW.fullmatch(part):
        return Token(part, NUMBER, Decimal(-1), unit="window")
    spelled = _NUMBER.fullmatch(part)
    if not spelled:
        return Token(part, 0)
    money, whole, decimals, mark = spelled.groups()
    scale = {"k": Decimal(1000), "m": Decimal(1_000_000)}.get(mark.lower(), Decimal(1))
    value = Decimal(whole.replace(",", "") + (decimals or "")) * scale
    step = (Decimal(1).scaleb(1 - len(decimals)) if decimals else Decimal(1)) * scale
    unit = {"%": "%", "x": "x"}.get(mark.lower()) or {"$": "USD", "€": "EUR", "£": "GBP"}.get(money, "")
    return Token(part, NUMBER, value, step, unit)
