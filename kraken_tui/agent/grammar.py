"""The deterministic grammar of the chat pane: words or `/` commands in, typed requests out."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct

from kraken_tui.agent.order_words import FORMS, ChatOrder, Unparsed, parse_order
from kraken_tui.agent.symbols import find_symbol, no_symbol
from kraken_tui.model.command import ResetKillSwitch, SetAutopilot


class Topic(StrEnum):
    """What can be asked or told without an argument."""

    STATUS = "status"
    POSITIONS = "positions"
    ORDERS = "orders"
    FLATTEN = "flatten"
    PAUSE = "pause"
    RESUME = "resume"
    HELP = "help"


class Simple(Struct, frozen=True):
    """A request that is one word."""

    topic: Topic
    confirmed: bool = False
    """Whether a flatten was spelled out as `flatten now`."""


class WhyRequest(Struct, frozen=True):
    """`why SYMBOL`."""

    symbol: str


ChatRequest = Simple | WhyRequest | ChatOrder | SetAutopilot | ResetKillSwitch | Unparsed

_WORDS = {
    "status": Topic.STATUS, "stat": Topic.STATUS,
    "positions": Topic.POSITIONS, "position": Topic.POSITIONS, "pos": Topic.POSITIONS, "pnl": Topic.POSITIONS,
    "orders": Topic.ORDERS,
    "pause": Topic.PAUSE, "resume": Topic.RESUME, "help": Topic.HELP, "?": Topic.HELP,
}  # fmt: skip

HELP_LINES = (
    "status - mode, regime, heat, feed, equity",
    "positions - what is open, behind which stop",
    "orders - what rests at the exchange: ours, and foreign orders, which are never touched",
    "why SYMBOL - where a ticker stands and why, and the last decision on it with every check",
    "buy SYMBOL [AMOUNT] [at PRICE] [stop PRICE] [target PRICE] - open a long behind a stop",
    "sell SYMBOL [AMOUNT] - sell of a long at market; with stop PRICE: open a short behind it (margin)",
    "close SYMBOL - close one position at market",
    "cancel SYMBOL - cancel an entry that rests; stops and targets stay",
    "stop SYMBOL PRICE / target SYMBOL PRICE|off - move the stop or the target of a position",
    "approve SYMBOL - let the autopilot make the entry that it asks about",
    "autopilot off|observe|confirm|auto - what it may do with its calls: nothing, say them, ask you, trade them",
    "RESET KILL SWITCH - arm the daily-loss kill switch again, typed exactly so",
    "pause / resume - stop and allow entries; open positions stay managed",
    "flatten now - close everything and pause",
    "Without AMOUNT as much as risk allows, without stop where the ATR puts it. Numbers are plain: 60000, 0.5",
    "Every word also works with a slash: /status, /why BTC",
)

_KNOWN = (
    "status, positions, orders, why SYMBOL, buy SYMBOL, sell SYMBOL, close SYMBOL, cancel SYMBOL, stop SYMBOL PRICE, "
    "target SYMBOL PRICE, approve SYMBOL, autopilot LEVEL, pause, resume, flatten, help"
)


def parse(text: str, symbols: Iterable[str]) -> ChatRequest:
    """What a line asks for. A question, a negation, an unknown or a left-over word is never read as an order.

    Args:
        text: as typed, upper or lower case, with or without a leading slash. Commas, points and exclamation marks
            may end a word.
        symbols: the symbols that may be named, such as `BTC/USD`; `btc` and `btcusd` mean the same.
    """
    if not text.isascii():
        return _not_understood()
    words = [word.rstrip(",.!") for word in text.strip().removeprefix("/").lower().split()]
    if not words:
        return Unparsed(f"try {_KNOWN}")
    head, rest = words[0], words[1:]
    if not rest and head in _WORDS:
        return Simple(_WORDS[head])
    if head == "flatten" and rest in ([], ["now"], ["all"], ["all", "now"]):
        return Simple(Topic.FLATTEN, confirmed="now" in rest)
    if head == "autopilot":
        return SetAutopilot(rest[0]) if len(rest) == 1 else Unparsed("autopilot wants off, observe, confirm or auto")
    if head == "reset":
        return ResetKillSwitch(" ".join(text.split()))
    if head == "why":
        return _why(rest, tuple(symbols))
    if head in FORMS:
        return parse_order(head, rest, tuple(symbols))
    return _not_understood()


def _why(rest: Sequence[str], symbols: Sequence[str]) -> WhyRequest | Unparsed:
    if len(rest) != 1:
        return Unparsed("why wants one symbol, such as: why BTC")
    word = rest[0].rstrip("?")
    symbol = find_symbol(word, symbols)
    return Unparsed(no_symbol(word, symbols)) if symbol is None else WhyRequest(symbol)


def _not_understood() -> Unparsed:
    return Unparsed(f"I did not understand that and did nothing. I know: {_KNOWN}")
