"""The deterministic grammar of the chat pane: words or `/` commands in, typed requests out."""

import re
from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class Topic(StrEnum):
    """What can be asked or told without an argument."""

    STATUS = "status"
    POSITIONS = "positions"
    FLATTEN = "flatten"
    PAUSE = "pause"
    RESUME = "resume"
    HELP = "help"


class Simple(Struct, frozen=True):
    """A request that is one word."""

    topic: Topic
    confirmed: bool = False
    """Whether a flatten was spelled out as `flatten now`."""


class CloseRequest(Struct, frozen=True):
    """`close SYMBOL`."""

    symbol: str


class WhyRequest(Struct, frozen=True):
    """`why SYMBOL`."""

    symbol: str


class Unparsed(Struct, frozen=True):
    """Nothing that the grammar knows; `hint` says what would be."""

    hint: str


ChatRequest = Simple | CloseRequest | WhyRequest | Unparsed

_WORDS = {
    "status": Topic.STATUS, "stat": Topic.STATUS,
    "positions": Topic.POSITIONS, "position": Topic.POSITIONS, "pos": Topic.POSITIONS, "pnl": Topic.POSITIONS,
    "pause": Topic.PAUSE, "resume": Topic.RESUME, "help": Topic.HELP, "?": Topic.HELP,
}  # fmt: skip

HELP_LINES = (
    "status - mode, regime, heat, feed, equity",
    "positions - what is open, behind which stop",
    "why SYMBOL - where a ticker stands, and why",
    "close SYMBOL - close one position at market",
    "pause / resume - stop and allow entries; open positions stay managed",
    "flatten now - close everything and pause",
    "Every word also works with a slash: /status, /why BTC",
)

_KNOWN = "status, positions, why SYMBOL, close SYMBOL, pause, resume, flatten, help"


def parse(text: str, symbols: Iterable[str]) -> ChatRequest:
    """What a line asks for. A question, a negation or an unknown word is never read as an order.

    Args:
        text: as typed, upper or lower case, with or without a leading slash.
        symbols: the symbols that may be named, such as `BTC/USD`; `btc` and `btcusd` mean the same.
    """
    words = re.findall(r"[^\s,.!]+", text.strip().removeprefix("/").lower())
    if not words:
        return Unparsed(f"try {_KNOWN}")
    head, rest = words[0], words[1:]
    if not rest and head in _WORDS:
        return Simple(_WORDS[head])
    if head == "flatten" and rest in ([], ["now"], ["all"], ["all", "now"]):
        return Simple(Topic.FLATTEN, confirmed="now" in rest)
    if head in ("close", "why") and len(rest) == 1:
        symbol = find_symbol(rest[0].rstrip("?"), symbols)
        if symbol is None:
            return Unparsed(f"{rest[0]} is not among the tickers")
        return CloseRequest(symbol) if head == "close" else WhyRequest(symbol)
    if head in ("close", "why"):
        return Unparsed(f"{head} wants one symbol, such as: {head} BTC")
    return Unparsed(f"I did not understand that and did nothing. I know: {_KNOWN}")


def find_symbol(word: str, symbols: Iterable[str]) -> str | None:
    """The symbol that a word names, or None where there is none or more than one."""
    plain = re.sub(r"[^a-z0-9]", "", word.lower())
    plain = {"xbt": "btc", "xdg": "doge", "xbtusd": "btcusd", "xdgusd": "dogeusd"}.get(plain, plain)
    hits = [symbol for symbol in symbols if plain in (symbol.lower().replace("/", ""), symbol.lower().split("/")[0])]
    return hits[0] if len(hits) == 1 else None
