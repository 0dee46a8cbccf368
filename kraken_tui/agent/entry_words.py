"""An entry in an operator's own words: what of it, how much, and where its limit, stop and target are to be.

Recursive descent over the words of a line. Whatever could mean two things raises `Unclear`; a word without a place
raises `Strange`, and then the line is no order.
"""

from collections.abc import Mapping

from kraken_tui.agent.reading import Line, Strange, Unclear
from kraken_tui.agent.rendering import render
from kraken_tui.agent.requests import ProposeBuy, ProposeSell
from kraken_tui.agent.words import CURRENCIES

LEAD = ("with", "the", "a", "an", "my", "our", "its", "and", "set", "have")
"""Words that may stand before a clause."""
CLAUSES = ("at", "limit", "market", "stop", "target", "tp", "take", "with", "tight", "wide", "loose", "for")
VAGUE_STOP = "vague stop"
VAGUE = ("tight", "wide", "loose", "close", "small", "big", "sensible", "normal")
END = ("please", "now", "thanks", "thank you", "for me", "right now", "immediately", "asap")
JOINS = ("and", ",", "then", "also", "plus")
MINE = ("my", "our", "the", "that", "this", "more")
BELOW = ("below", "under", "lower", "down", "away")
ABOVE = ("above", "over", "higher", "up", "away")


def read_entry(line: Line, side: str) -> ProposeBuy | ProposeSell:
    """What comes after `buy` or `sell`.

    Args:
        line: behind the verb.
        side: buy, sell or short; a short names its stop.

    Raises:
        Unclear: it has to be asked.
        Strange: it is no entry.
    """
    size, symbol = _size_and_symbol(line, side)
    clauses = _clauses(line, side, symbol)
    is_vague = clauses.pop(VAGUE_STOP, None) is not None
    request: ProposeBuy | ProposeSell
    if side == "buy":
        request = ProposeBuy(symbol=symbol, **size, **clauses)
    else:
        request = ProposeSell(symbol=symbol, **size, **clauses)
    if is_vague:
        raise Unclear(_how_tight(request))
    if side == "short" and request.stop is None:
        raise Unclear(f"A short names its stop, such as: {render(request)} stop 2%")
    return request


def _size_and_symbol(line: Line, side: str) -> tuple[dict[str, str], str]:
    if line.accept("some", "a bit of", "a little", "a few", "a couple of", "several"):
        raise Unclear(f"How much? Such as: {side} 0.01 BTC, or: {side} $50 of BTC")
    if side == "sell" and (found := _part_of_position(line)) is not None:
        return found
    if side == "buy" and (part := line.accept("half", "a half", "a quarter", "a third", "all")):
        raise Unclear(f"{part.capitalize()} of what? Such as: buy 0.5 BTC, or: buy 10% of equity in BTC")
    if found := _money_first(line):
        return found
    said = line.texts()[:1]
    if number := line.number():
        return _number_first(line, side, number)
    line.accept(*MINE)
    symbol = line.symbol()
    if not symbol and said and any(sign.isdigit() for sign in said[0]):
        raise Unclear(f"{said[0]} is no number that I can read safely; such as: 0.5, 1,000 or 50k")
    if not symbol:
        raise Strange(f"{said[0] if said else 'nothing'} names no ticker")
    line.accept("position")
    return _size_after(line, symbol), symbol


def _part_of_position(line: Line) -> tuple[dict[str, str], str] | None:
    """`half my eth`, `all of the eth position`."""
    word = line.accept("half", "all", "everything", "a quarter", "a third")
    if not word:
        return None
    if word == "a third":
        raise Unclear("How much is a third? Say it in coins, or as a percentage such as: sell 33% of ETH")
    line.accept("of")
    line.accept(*MINE)
    symbol = line.symbol()
    if not symbol or word == "everything":
        raise Unclear("What is to be sold? Such as: sell half of ETH. flatten closes everything, and pauses")
    line.accept("position")
    return ({} if word == "all" else {"share": "50" if word == "half" else "25"}), symbol


def _money_first(line: Line) -> tuple[dict[str, str], str] | None:
    """`$50 of eth`, `50 dollars worth of ether`."""
    place = line.place
    currency = CURRENCIES.get(line.peek(), "")
    if currency and line.peek() in "$€£":
        line.take()
        number = line.number()
    else:
        number = line.number()
        currency = CURRENCIES.get(line.peek(), "") if number else ""
        if currency and not (currency == "USDT" and not _goes_on_with_coin(line)):
            line.take()
        else:
            currency = ""
    if not (number and currency):
        line.place = place
        return None
    line.accept("worth of", "worth", "of", "in", "into", "on")
    line.accept(*MINE)
    symbol = line.symbol(currency)
    if not symbol:
        raise Unclear(f"{number} {currency} of what? Such as: $50 of BTC")
    return {"quote": number}, symbol


def _goes_on_with_coin(line: Line) -> bool:
    """Whether `50 usdt` is money for another coin, and not itself what is wanted."""
    return line.peek(1) in ("worth", "of", "in", "into", "on") or line.names_symbol(1)


def _number_first(line: Line, side: str, number: str) -> tuple[dict[str, str], str]:
    if line.accept("%", "percent", "per cent"):
        return _percent_first(line, side, number)
    of = line.accept("of", "worth of")
    line.accept(*MINE)
    said = line.words[line.place].said if line.more else "what"
    symbol = line.symbol()
    if not symbol:
        raise Strange(f"{said} names no ticker")
    if of:
        base, _, quote = symbol.partition("/")
        raise Unclear(f"{number} of which: {number} {base}, or {number} {quote} of {base}? Say one of these")
    return {"amount": number}, symbol


def _percent_first(line: Line, side: str, number: str) -> tuple[dict[str, str], str]:
    line.accept("of")
    line.accept(*MINE)
    whole = line.accept("equity", "account", "capital", "portfolio", "money", "balance", "account equity")
    if whole and whole not in ("equity", "account equity"):
        raise Unclear(f"{number} % of the equity? Say: {side} {number}% of equity in BTC")
    if whole:
        line.accept("in", "into", "of", "on", "worth of", "as")
    line.accept(*MINE)
    symbol = line.symbol()
    if not symbol:
        raise Unclear(f"{number} % of equity in what? Such as: {side} {number}% of equity in BTC")
    if whole:
        return {"percent": number}, symbol
    if side != "sell":
        raise Unclear(f"{number} % of what? Of the equity it is: {side} {number}% of equity in {symbol}")
    line.accept("position")
    return {"share": number}, symbol


def _size_after(line: Line, symbol: str) -> dict[str, str]:
    """`eth 0.5`, `eth for $50`; a bare number after `for` may be a price or an amount."""
    word = line.accept("for", "worth") or ("with" if line.peek(1) in ("$", "€", "£") and line.accept("with") else "")
    currency = CURRENCIES.get(line.peek(), "") if line.peek() in ("$", "€", "£") else ""
    if currency:
        line.take()
    number = line.number()
    if not number:
        if word == "for" and line.accept("me"):
            return {}
        if word or currency:
            raise Strange(f"{word or currency} wants a number")
        return {}
    after = CURRENCIES.get(line.peek(), "")
    if after:
        line.take()
        currency = after
    if line.accept("%", "percent"):
        raise Unclear(f"{number} % of what? Of the equity it is: buy {number}% of equity in {symbol}")
    if not currency:
        if word:
            base, _, quote = symbol.partition("/")
            raise Unclear(
                f"{number} what: {number} {base}, {number} {quote} of {base}, or at {number}? Say one of these"
            )
        return {"amount": number}
    if not symbol.endswith(f"/{currency}"):
        raise Unclear(f"{symbol} is paid in {symbol.rpartition('/')[2]}, not in {currency}")
    return {"quote": number}


def _clauses(line: Line, side: str, symbol: str) -> dict[str, str]:
    """Limit, stop and target in any order, each once."""
    found: dict[str, str] = {}
    while line.more:
        if _ends_here(line):
            break
        line.accept(",")
        while line.peek() in LEAD and line.more:
            line.take()
        name, value = _clause(line, side, symbol)
        if name in found:
            raise Strange(f"{name} is named twice")
        if name:
            found[name] = value
    return found


def _ends_here(line: Line) -> bool:
    """Whether another request begins, or only courtesy is left."""
    while line.accept(*END):
        pass
    if not line.more:
        return True
    if line.peek() not in JOINS:
        return False
    ahead = 1
    while line.peek(ahead) in JOINS or line.peek(ahead) in LEAD:
        ahead += 1
    if line.peek(ahead) == "stop" and line.names_symbol(ahead + 1):
        return True
    return line.peek(ahead) not in CLAUSES


def _clause(line: Line, side: str, symbol: str) -> tuple[str, str]:
    if line.accept("at market", "at the market", "at market price", "at the market price", "market", "at the ask"):
        return "", ""
    if line.accept(
        "limit at", "limit price", "limit of", "at limit", "at a limit of", "limit", "at the price of", "at"
    ):
        return "limit", _price(line, symbol)
    if line.accept("stop loss", "stop", "sl"):
        line.accept("at", "of", "price", "to", "is", "around")
        if line.accept(*VAGUE):
            return VAGUE_STOP, ""
        return "stop", _level(line, symbol, BELOW if side == "buy" else ABOVE, "stop")
    if line.accept("take profit", "target", "tp", "profit target"):
        line.accept("at", "of", "price", "to", "is", "around")
        return "target", _level(line, symbol, ABOVE if side == "buy" else BELOW, "target")
    if line.accept(*(f"{word} {stop}" for word in VAGUE for stop in ("stop loss", "stop"))):
        return VAGUE_STOP, ""
    number = line.number()
    if number and line.accept("%", "percent"):
        name = line.accept("stop loss", "stop", "target", "take profit")
        if name:
            return ("stop" if name.startswith("stop") else "target"), f"{number}%"
    raise Strange(f"{number or (line.words[line.place].said if line.more else 'the end')} has no place here")


def _how_tight(request: ProposeBuy | ProposeSell) -> str:
    return (
        f"How far away is the stop? It is a price or a distance, such as: {render(request)} stop 1%. "
        "Without one it goes where the ATR puts it"
    )


def _price(line: Line, symbol: str) -> str:
    quote = symbol.rpartition("/")[2]
    currency = CURRENCIES.get(line.peek(), "")
    if currency:
        line.take()
    said = line.words[line.place].said if line.more else "nothing"
    number = line.number()
    if not number:
        raise Unclear(f"{said} is no price that I can read safely; such as: 60000, 60,000 or 0.5")
    currency = CURRENCIES.get(line.peek(), currency)
    if line.peek() in CURRENCIES:
        line.take()
    if currency not in ("", quote):
        raise Unclear(f"{symbol} is priced in {quote}, not in {currency}")
    return number


def _level(line: Line, symbol: str, sides: tuple[str, ...], name: str) -> str:
    """A price, or a distance; a distance to the other side is a mistake."""
    price = _price(line, symbol)
    if not line.accept("%", "percent"):
        return price
    way = line.accept(*BELOW, *ABOVE)
    line.accept("from entry", "the entry", "entry", "from the entry", "it", "the price", "from here")
    if way and way not in sides:
        raise Unclear(f"A {name} here is {sides[0]} the entry, not {way} it: which is meant?")
    return f"{price}%"


def shape(request: ProposeBuy | ProposeSell) -> Mapping[str, bool]:
    """Which of its fields are named: requests in one sentence that differ in it are asked about."""
    fields = ("amount", "quote", "percent", "share", "limit", "stop", "target")
    return {name: getattr(request, name, None) is not None for name in fields}
