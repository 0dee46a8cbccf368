"""The part of the grammar that moves money at once: a line is an order only if every word of it has its place.

- `buy SYMBOL [AMOUNT] [at PRICE] [stop PRICE] [target PRICE]`, and `sell` the same; the clauses in any order
- `close SYMBOL`, `cancel SYMBOL`, `approve SYMBOL`
- `stop SYMBOL PRICE`, `target SYMBOL PRICE|off`
"""

from collections.abc import Sequence

from kraken_tui.agent.requests import Unparsed
from kraken_tui.agent.symbols import find_symbol, no_symbol
from kraken_tui.model.command import Approve, Buy, CancelOrders, Close, Sell, SetStop, SetTarget
from kraken_tui.model.numerals import PLAIN_NUMBER, plain_number

ChatOrder = Buy | Sell | Close | CancelOrders | SetStop | SetTarget | Approve

CLAUSES = ("at", "stop", "target")
"""Words that a price follows."""

FORMS = {
    "buy": "buy BTC, or: buy BTC 0.01 at 60000 stop 58000 target 66000",
    "sell": "sell BTC 0.01 (of a long), or: sell BTC 0.01 at 60000 stop 62000 target 54000 (a short)",
    "close": "close BTC",
    "cancel": "cancel BTC",
    "stop": "stop BTC 58000 (pause stops entries, flatten now closes everything)",
    "target": "target BTC 66000, or: target BTC off",
    "approve": "approve BTC",
}
"""Every order word, with a line that would be right."""


def parse_order(head: str, rest: Sequence[str], symbols: Sequence[str]) -> ChatOrder | Unparsed:
    """The order that a line is, or why it is none.

    Args:
        head: one of `FORMS`.
        rest: the words after it, in lower case.
        symbols: the symbols that may be named.
    """
    if not rest or rest[0] in CLAUSES:
        return Unparsed(f"{head} wants a symbol, such as: {FORMS[head]}")
    symbol = find_symbol(rest[0], symbols)
    if symbol is None and plain_number(rest[0]) is not None:
        return Unparsed(f"the symbol comes first; nothing was done. It would be: {FORMS[head]}")
    if symbol is None:
        return Unparsed(f"{no_symbol(rest[0], symbols)}; nothing was done")
    words = rest[1:]
    match head:
        case "buy" | "sell":
            return _entry(Buy if head == "buy" else Sell, head, symbol, words)
        case "stop" if len(words) == 1:
            return _unless_number(words[0]) or SetStop(symbol=symbol, price=words[0])
        case "target" if list(words) == ["off"]:
            return SetTarget(symbol=symbol)
        case "target" if len(words) == 1:
            return _unless_number(words[0]) or SetTarget(symbol=symbol, price=words[0])
        case "close" if not words:
            return Close(symbol)
        case "approve" if not words:
            return Approve(symbol)
        case "cancel" if not words:
            return CancelOrders(symbol=symbol)
        case _:
            return _stray(head)


def _entry(kind: type[Buy] | type[Sell], head: str, symbol: str, words: Sequence[str]) -> Buy | Sell | Unparsed:
    amount = words[0] if words and words[0] not in CLAUSES else None
    clauses = words[1:] if amount is not None else words
    names, prices = clauses[::2], clauses[1::2]
    if len(names) != len(prices) or len(set(names)) != len(names) or not set(names) <= set(CLAUSES):
        return _stray(head)
    for number in (*([] if amount is None else [amount]), *prices):
        if wrong := _unless_number(number):
            return wrong
    given = dict(zip(names, prices, strict=True))
    return kind(symbol=symbol, amount=amount, limit=given.get("at"), stop=given.get("stop"), target=given.get("target"))


def _unless_number(word: str) -> Unparsed | None:
    if plain_number(word) is not None:
        return None
    return Unparsed(f"{word} is not {PLAIN_NUMBER}; nothing was done")


def _stray(head: str) -> Unparsed:
    return Unparsed(f"I did not understand all of that and did nothing. It would be: {FORMS[head]}")
