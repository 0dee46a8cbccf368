"""Which kind of value a sentence speaks of near a number: a price, a change, a fee, a limit."""

from collections.abc import Sequence

from kraken_tui.agent.truth.numbers_read import spelled
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import NUMBER
from kraken_tui.agent.truth.wording import listed

_INDICATORS = "rsi atr macd vwap adx velocity ema sma"
_STRONG = {
    "cash": "balance",
    **dict.fromkeys(listed("price prices quoted quote costs worth priced"), "price"),
    **dict.fromkeys(
        listed("rose fell gained lost climbed dropped change changed declined advanced slipped slid "
            "fallen risen jumped surged soared rallied tumbled plunged slumped sunk dipped"), "change"
    ),
    **dict.fromkeys(listed(f"{_INDICATORS} momentum"), "indicator"),
    **dict.fromkeys(listed("volume turnover"), "volume"),
    **dict.fromkeys(listed("fee fees taker maker"), "fee"),
    **dict.fromkeys(listed("limit maximum allowed limited cap capped ceiling"), "limit"),
    "count": "count",
    "bid": "bid", "ask": "ask", "spread": "spread", "balance": "balance", "equity": "equity", "profit": "profit",
    "loss": "loss", "exposure": "exposure", "heat": "heat", "rate": "rate", "threshold": "threshold",
    "ratio": "ratio",
}  # fmt: skip
_WEAK = {
    **dict.fromkeys(listed("at around near hands trades trading traded trade last tick print for"), "price"),
    **dict.fromkeys(
        listed(
            "up down less gain gains higher lower rising falling rise fall leads leading lags lagging follows "
            "ahead off red green outpaced behind losing lost gaining climbing dropping slipping day"
        ),
        "change",
    ),
    **dict.fromkeys(listed("overbought oversold reading readings"), "indicator"),
    **dict.fromkeys(listed("free available spendable"), "balance"),
    **dict.fromkeys(listed("wide tight wider"), "spread"),
    **dict.fromkeys(listed("move moves mover"), "change"),
    **dict.fromkeys(listed("order most largest biggest"), "limit"),
}
"""Tell a kind only where nothing better does."""
_NEAR = listed("at around near for")
"""Tell it only right before the number."""
TELLING = listed(f"taker maker daily order free win loss {_INDICATORS}")
"""Tell facts of one kind apart: the fact must bear in its name what the sentence says."""
DIRECTIONS = {
    **dict.fromkeys(
        listed(
            "down less fell lost dropped declined lower fall drop decline below falling losing dropping "
            "slipping slipped slid off red lags lagging weaker shed sheds sliding "
            "fallen sunk sank tumbled plunged slumped dipped retreated lows lose loses drops falls slips slides"
        ),
        -1,
    ),
    **dict.fromkeys(
        listed(
            "up rose gained climbed higher advanced rise gain gains above rising gaining climbing leads "
            "leading green outpaced added ahead stronger risen jumped surged soared rallied climbs rises jumps adds"
        ),
        1,
    ),
}
_CUTS = frozenset(
    [",", ";", ":", "and", "while", "but", "whereas", "with", "(", ")", "plus", "versus", "against", "or", "than"]
)
_MINUTES = {"minute": 1, "hour": 60, "day": 1440, "week": 10_080, "month": 43_200, "year": 525_600}
_MINUTES_SHORT = {"m": 1, "h": 60, "d": 1440, "w": 10_080}
_DAY = listed("today daily")
_OTHER_SPANS = listed(
    "hourly weekly monthly quarterly yearly annual overnight night morning afternoon evening weekend fortnight decade "
    "century monday tuesday wednesday thursday friday saturday sunday january february april june july august "
    "september october november december"
)
DEFAULTS = {
    "%": frozenset(("change",)),
    "": frozenset(("price", "bid", "ask", "indicator")),
    "USD": frozenset(("price", "bid", "ask", "spread", "indicator")),
}
"""What a number with such a unit can be where no word says it."""


def kinds_told(tokens: Sequence[Token], at: int, begin: int, end: int) -> tuple[list[str], list[str]]:
    """The kinds that a part of a sentence names, strong and weak ones: the nearest before the number first."""
    order = (*reversed(tokens[begin:at]), *tokens[at + 1 : end])
    strong = [_STRONG[token.text] for token in order if token.text in _STRONG]
    near = {token.text for token in tokens[max(0, at - 3) : at]}
    weak = [
        _WEAK[token.text] for token in order if token.text in _WEAK and (token.text not in _NEAR or token.text in near)
    ]
    if "average" in (words := {token.text for token in order}) and "true" in words:
        strong.append("indicator")
    return strong, weak


def scope_of(tokens: Sequence[Token], at: int, begin: int, end: int, possible: set[str]) -> tuple[int, int] | None:
    """Where the kind of a number is named: in its part, or behind the number before it; None: anywhere, if at all."""
    strong, weak = kinds_told(tokens, at, begin, end)
    if possible & {*strong, *weak}:
        return begin, end
    numbers = (one for one in range(begin - 1, -1, -1) if tokens[one].kinds & NUMBER and tokens[one].unit != "window")
    first = next(numbers, -1) + 1
    return (first, end) if possible & set(kinds_told(tokens, at, first, end)[0]) else None


def spans_told(tokens: Sequence[Token]) -> set[int]:
    """The spans that words tell, in minutes: `24h`, `7 days`, `a day`, `today`; 0: one of no certain length."""
    found = {1440 if token.text in _DAY else 0 for token in tokens if token.text in _DAY | _OTHER_SPANS}
    for at, token in enumerate(tokens):
        if token.unit == "window":
            found.add(int(token.text[:-1]) * _MINUTES_SHORT[token.text[-1]])
        elif minutes := _MINUTES.get(token.text.removesuffix("s")):
            before = tokens[at - 2 if at > 1 and tokens[at - 1].text == "-" else at - 1] if at else Token("", 0)
            count = before.value if before.value is not None else spelled(before.text)
            found.add(int(count * minutes) if count is not None else 0 if token.text.endswith("s") else minutes)
    return found


def apart(kind: str) -> frozenset[str]:
    """The words that tell facts of one kind apart."""
    return {
        "fee": frozenset(("taker", "maker")),
        "limit": frozenset(("order", "daily", "loss")),
        "balance": frozenset(("free",)),
        "rate": frozenset(("win",)),
    }.get(kind, TELLING - {"order", "daily", "free", "win", "loss", "taker", "maker"})


def part_of(tokens: Sequence[Token], at: int) -> tuple[int, int]:
    """Where the part of a sentence begins and ends that a number stands in."""
    begin, end = at, at + 1
    while begin > 0 and tokens[begin - 1].text not in _CUTS:
        begin -= 1
    while end < len(tokens) and tokens[end].text not in _CUTS:
        end += 1
    return begin, end
