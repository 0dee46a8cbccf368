"""Numbers in prose: each must be a value that a tool returned, of the coin and of the kind that the sentence names."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from kraken_tui.agent.truth.free_numbers import NUMBER_WORDS, is_free
from kraken_tui.agent.truth.tokens import CURRENCIES, Names, Token
from kraken_tui.agent.truth.vocabulary import ASSET, NUMBER
from kraken_tui.agent.truth.wording import listed
from kraken_tui.clock import SECOND
from kraken_tui.model.fact import Fact

LIFETIME_S = {"price": 10, "bid": 10, "ask": 10, "spread": 10, "change": 60, "volume": 60, "indicator": 60}
"""How long a value may be told; others for five minutes."""
OTHERS_S = 300
COARSEST = Decimal("0.01")
"""A number's last digit may be worth so much of the value; twice that where the sentence says `about`."""

TENTH = Decimal("0.1")
"""A percentage may be told so coarsely."""

_PRICE = "price prices trades trading traded trade quoted costs cost worth priced quote"
_CHANGE = "less gain rose fell gained lost climbed dropped change changed higher lower declined advanced"
_INDICATORS = "rsi atr macd vwap adx velocity ema sma"
_KINDS = {
    **dict.fromkeys(listed(_PRICE), "price"),
    **dict.fromkeys(listed(_CHANGE), "change"),
    **dict.fromkeys(listed(_INDICATORS), "indicator"),
    "bid": "bid", "ask": "ask", "spread": "spread", "volume": "volume", "turnover": "volume", "fee": "fee",
    "fees": "fee", "limit": "limit", "most": "limit", "largest": "limit", "maximum": "limit", "allowed": "limit",
    "limited": "limit",
    "balance": "balance", "equity": "equity", "profit": "profit",
    "loss": "loss", "exposure": "exposure", "heat": "heat", "rate": "rate", "threshold": "threshold", "ratio": "ratio",
}  # fmt: skip
_WEAK_KINDS = {"at": "price", "around": "price", "near": "price", "up": "change", "down": "change"}
"""Tell a kind only where nothing better does."""
_TELLING = listed(f"taker maker daily order free win {_INDICATORS}")
"""Tell facts of one kind apart: the fact must bear in its name what the sentence says."""
_TOLD_APART = ("fee", "indicator", "limit", "rate", "balance")
_OF_ALL_COINS = ("fee", "limit")
_DIRECTIONS = {
    **dict.fromkeys(listed("down less fell lost dropped declined lower fall drop decline minus - below"), -1),
    **dict.fromkeys(listed("up rose gained climbed higher advanced rise gain plus + above"), 1),
}
_ABOUT = listed("about around roughly approximately nearly almost near some ~")
_CUTS = frozenset([",", ";", ":", "and", "while", "but", "whereas", "with", "(", ")"])
_SCALES = {"thousand": Decimal(1000), "million": Decimal(1_000_000), "billion": Decimal(10**9)}
_PLANNED = listed("can could would should might may will shall propose prepare suggest ?")

Reader = Callable[[Token], str]


class Grounds:
    """The facts of one answer.

    Args:
        names: how coins are called.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._facts: list[tuple[Fact, str, frozenset[str]]] = []

    def learn(self, facts: Iterable[Fact]) -> None:
        """Know more facts."""
        for fact in facts:
            words = frozenset(f"{fact.name} {fact.kind}".lower().replace("-", " ").split())
            self._facts.append((fact, self._names.code(fact.asset) if fact.asset else "", words))

    def hold(self, tokens: Sequence[Token], now_ns: int) -> bool | None:
        """Whether every number of a sentence is a fact's; None where it has none that would have to be."""
        counted = False
        for at, token in enumerate(tokens):
            if not (token.kinds & NUMBER or token.text in NUMBER_WORDS) or _scales(tokens, at) or is_free(tokens, at):
                continue
            if token.value is None or not (self._is_fact(tokens, at, now_ns) or self._is_planned(tokens, at)):
                return False
            counted = True
        return True if counted else None

    def _is_fact(self, tokens: Sequence[Token], at: int, now_ns: int) -> bool:
        begin, end = _segment(tokens, at)
        asset = _nearest(tokens, at, begin, end, lambda token: token.text if token.kinds & ASSET else "")
        kind = _kind(tokens, at, begin, end)
        telling = {token.text for token in tokens[begin:end]} & _TELLING if kind in _TOLD_APART else set()
        return any(
            fact.kind == kind
            and (asset == code or (not code and kind in _OF_ALL_COINS))
            and now_ns - fact.as_of_ns <= LIFETIME_S.get(kind, OTHERS_S) * SECOND
            and telling <= known
            and _unit_fits(tokens, at, fact.unit)
            and _is_shown(tokens, at, fact.value)
            and _points(tokens, at, begin, end, fact)
            for fact, code, known in self._facts
        )

    def _is_planned(self, tokens: Sequence[Token], at: int) -> bool:
        """An amount that the operator named, in a plan or a question."""
        if not any(token.text in _PLANNED for token in tokens):
            return False
        value = tokens[at].value
        return any(
            fact.kind == "amount" and fact.value == value and _unit_fits(tokens, at, fact.unit)
            for fact, _, _ in self._facts
        )


def _scales(tokens: Sequence[Token], at: int) -> bool:
    """`million` after a number in digits belongs to it."""
    return tokens[at].text in _SCALES and at > 0 and tokens[at - 1].value is not None


def _segment(tokens: Sequence[Token], at: int) -> tuple[int, int]:
    begin, end = at, at + 1
    while begin > 0 and tokens[begin - 1].text not in _CUTS:
        begin -= 1
    while end < len(tokens) and tokens[end].text not in _CUTS:
        end += 1
    return begin, end


def _nearest(tokens: Sequence[Token], at: int, begin: int, end: int, read: Reader) -> str:
    """What is read nearest: before the number in its part of the sentence, after it, in parts before, behind."""
    for token in (*reversed(tokens[begin:at]), *tokens[at + 1 : end], *reversed(tokens[:begin]), *tokens[end:]):
        if found := read(token):
            return found
    return ""


def _kind(tokens: Sequence[Token], at: int, begin: int, end: int) -> str:
    near = [token.text for token in tokens[begin:end]]
    if _unit(tokens, at) == "%" and any((_KINDS | _WEAK_KINDS).get(word) == "change" for word in near):
        return "change"
    if _unit(tokens, at) == "%" and {"taker", "maker"} & set(near):
        return "fee"
    strong = _nearest(tokens[begin:end], at - begin, 0, end - begin, lambda token: _KINDS.get(token.text, ""))
    weak = next((_WEAK_KINDS[word] for word in reversed(near) if word in _WEAK_KINDS), "")
    before = next((_KINDS[token.text] for token in reversed(tokens[:begin]) if token.text in _KINDS), "")
    return strong or weak or before or "price"


def _unit(tokens: Sequence[Token], at: int) -> str:
    """What stands at a number: %, a currency, a coin's code; empty where nothing does."""
    if tokens[at].unit:
        return tokens[at].unit
    after = at + 2 if at + 1 < len(tokens) and tokens[at + 1].text in _SCALES else at + 1
    if after >= len(tokens):
        return ""
    follows = tokens[after]
    if follows.text in ("percent", "%"):
        return "%"
    return (
        follows.text if follows.kinds & ASSET else CURRENCIES.get(follows.text, "bps" if follows.text == "bps" else "")
    )


def _unit_fits(tokens: Sequence[Token], at: int, unit: str) -> bool:
    said = _unit(tokens, at)
    return said.lower() == unit.lower() or (not said and unit != "%")


def _is_shown(tokens: Sequence[Token], at: int, value: Decimal) -> bool:
    """Whether a number is how `value` is shown: rounded at its last digit, and not too coarsely."""
    number = tokens[at]
    assert number.value is not None
    scale = _SCALES.get(tokens[at + 1].text, Decimal(1)) if at + 1 < len(tokens) else Decimal(1)
    about = any(token.text in _ABOUT for token in tokens[max(0, at - 2) : at])
    step, told = number.step * scale, number.value * scale
    if about and number.step == 1 and number.value:
        while told % (step * 10) == 0:
            step *= 10
    coarsest = abs(value) * COARSEST * (2 if about or scale != 1 else 1)
    return abs(told - abs(value)) * 2 <= step and (
        step <= coarsest or told == abs(value) or (_unit(tokens, at) == "%" and step <= TENTH)
    )


def _points(tokens: Sequence[Token], at: int, begin: int, end: int, fact: Fact) -> bool:
    """Whether a change goes the way that the sentence says; nothing else may bear a minus."""
    if fact.kind != "change":
        return (fact.value < 0) == (at > 0 and tokens[at - 1].text == "-")
    way = _nearest(tokens, at, begin, end, lambda token: str(_DIRECTIONS.get(token.text, "")))
    return way == "-1" if fact.value < 0 else way != "-1"
