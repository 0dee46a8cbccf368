"""Orders and changes in an operator's own words: each becomes a proposal, and what is unclear is asked."""

from kraken_tui.agent.change_words import read_autopilot, read_pause, read_resume, read_setting, setting_name
from kraken_tui.agent.entry_words import END, JOINS, MINE, read_entry, shape
from kraken_tui.agent.reading import Line, Strange, Unclear
from kraken_tui.agent.requests import (
    ProposeAutopilot,
    ProposeBuy,
    ProposeCancel,
    ProposeClose,
    ProposeFlatten,
    ProposeSell,
    ProposeStop,
    ProposeTarget,
    Proposing,
)
from kraken_tui.agent.words import CURRENCIES
from kraken_tui.model.command import ASSISTANT_LEVELS

MOST = 3
"""Wishes in a line: no more proposals are made in a turn."""
PREFIXES = (
    "please", "ok", "okay", "hey", "hi", "hello", "so", "well", "now", "just", "then", "alright", ",", "i want to",
    "i want you to", "i would like to", "i would like you to", "let us", "go ahead and", "we want to", "quickly",
)  # fmt: skip
VERBS = {
    "buy": "buy", "long": "buy", "purchase": "buy", "go long": "buy", "sell": "sell", "short": "short",
    "go short": "short", "close": "close", "exit": "close", "get out of": "close", "get me out of": "close",
    "cancel": "cancel", "stop": "stop", "target": "target", "move": "move", "raise": "move", "lower": "move",
    "put": "move", "change": "move", "set": "move", "turn": "move", "switch": "move", "remove": "remove",
    "drop": "remove", "take": "remove", "autopilot": "autopilot", "assistant": "assistant", "flatten": "flatten",
    "go flat": "flatten", "pause": "pause", "halt": "pause", "resume": "resume",
    "unpause": "resume", "continue trading": "resume", "start trading": "resume", "approve": "approve",
    "invest": "buy", "grab": "buy", "dump": "close", "reduce": "reduce", "trim": "reduce",
    "hold off trading": "pause", "enable": "move", "disable": "move", "confirm": "exact",
    "reject": "exact", "reset": "exact",
}  # fmt: skip
_BARS = (
    "? not never no without if unless when whenever once after before while should would could might may maybe perhaps "
    "or instead why how what which whether think thinks nothing none suppose except but almost wish hope wonder did "
    "does was were had has"
)
BARS = frozenset(_BARS.split())
"""A question, a negation or a condition: a line with one of these is no order, whatever else it holds."""
SIZE_WORDS = frozenset((*CURRENCIES, *MINE, "%", "percent", "of", "in", "worth", "half", "all", "equity")) - {"usdt"}
"""What may stand between a conjunction and the ticker that it adds."""


def read_wish(line: Line) -> tuple[list[Proposing], bool]:
    """The proposals that a line begins with, and whether something else follows behind an `and`.

    Returns:
        None of them where the line begins with no verb of an order.

    Raises:
        Unclear: it has to be asked.
        Strange: it began as an order, and is none.
    """
    while line.accept(*PREFIXES):
        pass
    verb = line.accept(*VERBS)
    if not verb:
        return [], False
    if bar := next((word.said for word in line.words[line.place :] if word.text in BARS), ""):
        raise Strange(f"{bar!r} makes it a question, a negation or a condition, and those are never orders")
    found = [_act(line, VERBS[verb])]
    while line.more and len(found) < MOST:
        while line.accept(*END):
            pass
        if not line.peek():
            return found, False
        if not line.accept(*JOINS):
            raise Strange(f"{line.words[line.place].said} has no place here")
        while line.accept(*JOINS, *PREFIXES):
            pass
        again = line.accept(*VERBS)
        if not again and verb not in ("buy", "sell", "close", "cancel"):
            return found, True
        if not again and not _names_something(line):
            return found, True
        verb = again or verb
        found.append(_act(line, VERBS[verb]))
        if not again:
            _same_shape(found)
    return found, line.more


def _names_something(line: Line) -> bool:
    """Whether a ticker follows, with nothing before it but a size."""
    ahead = 0
    while line.peek(ahead) in SIZE_WORDS or _is_number(line, ahead):
        ahead += 1
    return line.names_symbol(ahead)


def _is_number(line: Line, ahead: int) -> bool:
    place = line.place + ahead
    return place < len(line.words) and line.words[place].is_number and not line.names_symbol(ahead)


def _same_shape(found: list[Proposing]) -> None:
    """`buy $50 of btc and eth`: whose are the fifty dollars?"""
    first, second = found[-2:]
    if not isinstance(first, ProposeBuy | ProposeSell) or not isinstance(second, ProposeBuy | ProposeSell):
        return
    if shape(first) != shape(second):
        raise Unclear("What of that is meant for both? Say each by itself, with its own size and stop")


def _act(line: Line, what: str) -> Proposing:
    match what:
        case "buy" | "sell" | "short":
            return read_entry(line, what)
        case "close":
            return _close(line)
        case "cancel":
            return _cancel(line)
        case "stop":
            return _stop(line)
        case "target":
            return _target(line)
        case "move":
            return _move(line)
        case "remove":
            return _remove(line)
        case "autopilot":
            return read_autopilot(line)
        case "pause":
            return read_pause(line)
        case "resume":
            return read_resume(line)
        case "flatten":
            line.accept("everything", "all", "it all", "all positions")
            return ProposeFlatten()
        case "reduce":
            return _reduce(line)
        case "approve":
            raise Unclear("An entry that the autopilot asks about is approved exactly so: approve BTC")
        case "assistant":
            raise Unclear(f"What I may do by myself is set exactly so: assistant {'|'.join(ASSISTANT_LEVELS)}")
    raise Unclear("That is typed exactly: confirm P-17, reject P-17, or RESET KILL SWITCH")


def _close(line: Line) -> Proposing:
    if line.accept("everything", "all positions", "all my positions", "all of it", "all open positions", "all"):
        if line.more and line.peek() not in (*JOINS, *END, "positions"):
            raise Strange("close names one ticker, or everything")
        line.accept("positions")
        return ProposeFlatten()
    line.accept(*MINE)
    symbol = _symbol(line, "close BTC")
    line.accept("position", "trade", "long", "short")
    line.accept("at market", "at the market")
    return ProposeClose(symbol=symbol)


def _reduce(line: Line) -> Proposing:
    """`reduce eth by half`, `trim sol by 25%`."""
    line.accept(*MINE)
    symbol = _symbol(line, "reduce BTC by 25%")
    line.accept("position")
    line.accept("by")
    if line.accept("half", "a half"):
        return ProposeSell(symbol=symbol, share="50")
    number = line.number()
    if not number:
        raise Unclear(f"By how much? Such as: reduce {symbol} by 25%")
    is_share = bool(line.accept("%", "percent"))
    return ProposeSell(symbol=symbol, share=number) if is_share else ProposeSell(symbol=symbol, amount=number)


def _cancel(line: Line) -> Proposing:
    if line.accept("everything", "all", "all orders", "all of them"):
        raise Unclear("Entries of which ticker? Such as: cancel BTC. flatten cancels all orders and closes everything")
    line.accept(*MINE)
    if line.accept("order", "orders", "entry", "entries", "all orders", "the order for"):
        line.accept("in", "on", "for", "of")
    symbol = _symbol(line, "cancel BTC")
    line.accept("order", "orders", "entry", "entries")
    return ProposeCancel(symbol=symbol)


def _stop(line: Line) -> Proposing:
    if line.accept("trading", "entering", "opening positions", "entries", "new entries"):
        return read_pause(line)
    if not line.more or line.accept("everything", "all", "it", "now"):
        raise Unclear("pause stops entries, flatten closes everything and pauses, stop BTC 58000 moves a stop: which?")
    line.accept("loss")
    line.accept("of", "on", "for", "my", "the")
    symbol = _symbol(line, "stop BTC 58000")
    return ProposeStop(symbol=symbol, price=_where(line, f"stop {symbol} PRICE"))


def _target(line: Line) -> Proposing:
    line.accept("of", "on", "for", "my", "the")
    symbol = _symbol(line, "target BTC 66000")
    if line.accept("off"):
        return ProposeTarget(symbol=symbol)
    return ProposeTarget(symbol=symbol, price=_where(line, f"target {symbol} PRICE"))


def _move(line: Line) -> Proposing:
    """`set`, `move` and the like: a stop, a target, the autopilot, or a setting."""
    verb = line.words[line.place - 1].text
    if verb == "put" and (line.peek() in CURRENCIES or (line.more and line.words[line.place].is_number)):
        return _put(line)
    is_off = line.accept("on", "off") == "off" or verb == "disable"
    line.accept("the", "my", "our", "a", "an")
    if line.accept("autopilot"):
        if is_off and not line.more:
            return ProposeAutopilot(level="off")
        return read_autopilot(line)
    if verb in ("enable", "disable", "turn", "switch"):
        raise Strange("only the autopilot is switched on and off")
    if line.accept("assistant"):
        return _act(line, "assistant")
    if (name := setting_name(line)) is not None:
        return read_setting(line, name)
    what = line.accept("stop loss", "stop", "target", "take profit")
    line.accept("of", "on", "for")
    line.accept("my", "the", "our")
    symbol = _symbol(line, "move the stop of BTC to 58000")
    what = what or line.accept("stop loss", "stop", "target", "take profit")
    if not what:
        raise Strange("what of it is to be moved?")
    kind = ProposeStop if what.startswith("stop") else ProposeTarget
    return kind(symbol=symbol, price=_where(line, f"{what} {symbol} PRICE"))


def _put(line: Line) -> Proposing:
    """`put $50 into eth`: money, and nothing else."""
    request = read_entry(line, "buy")
    if not isinstance(request, ProposeBuy) or request.quote is None:
        raise Strange("money is put into a ticker, such as: put $50 into BTC")
    return request


def _remove(line: Line) -> Proposing:
    if line.accept("profit", "profits"):
        line.accept("of", "on", "for", "in")
        symbol = _symbol(line, "take profit on BTC at 66000")
        return ProposeTarget(symbol=symbol, price=_where(line, f"target {symbol} PRICE"))
    line.accept("the", "my", "off the")
    if not line.accept("target", "take profit"):
        raise Strange("only a target can be taken away")
    line.accept("of", "on", "for", "from", "off")
    line.accept("my", "the", "our")
    return ProposeTarget(symbol=_symbol(line, "target BTC off"))


def _symbol(line: Line, example: str) -> str:
    said = line.words[line.place].said if line.more else "nothing"
    symbol = line.symbol()
    if not symbol:
        raise Strange(f"{said} names no ticker; such as: {example}")
    return symbol


def _where(line: Line, example: str) -> str:
    line.accept("up", "down")
    line.accept("to", "at")
    line.accept("$", "€", "£")
    price = line.number()
    if not price:
        raise Unclear(f"Where to? It is a price: {example}")
    return price
