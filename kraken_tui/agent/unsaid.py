"""Which fields of a command the operator's own words do not contain: these were put there by somebody else.

Pure. In doubt a field counts as unsaid: that costs a glance at the card, the other mistake costs money. Words that deny
or ask (`don't sell`, `should I buy?`) say nothing.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal

from kraken_tui.agent.spoken_numbers import Spoken, spoken_numbers, tokens
from kraken_tui.config.moments import SOON, WEEKDAYS
from kraken_tui.model.command import (
    Approve,
    Buy,
    CancelOrders,
    Close,
    Command,
    Flatten,
    Pause,
    ResetKillSwitch,
    Resume,
    Sell,
    SetAutopilot,
    SetSetting,
    SetStop,
    SetTarget,
    Stop,
)

NEAR = Decimal("0.01")
"""A size in money or percent is that of the command where they differ by at most so much of it: lots are cut."""

COINS: dict[str, str] = {
    "bitcoin": "BTC", "xbt": "BTC", "ether": "ETH", "ethereum": "ETH", "solana": "SOL", "ripple": "XRP",
    "cardano": "ADA", "litecoin": "LTC", "chainlink": "LINK", "avalanche": "AVAX", "polkadot": "DOT",
    "dogecoin": "DOGE", "xdg": "DOGE", "shiba": "SHIB", "stellar": "XLM", "tron": "TRX", "cosmos": "ATOM",
    "uniswap": "UNI", "monero": "XMR", "zcash": "ZEC",
}  # fmt: skip
"""Names that are not the ticker itself."""

DENIALS = frozenset(
    [
        "don't",
        "dont",
        "not",
        "never",
        "no",
        "without",
        "nothing",
        "stop'",
        "wouldn't",
        "shouldn't",
        "won't",
        "can't",
        "cannot",
        "isn't",
    ]
)
UNTIL = frozenset(["until", "till", "for"])
DAYS = frozenset([*WEEKDAYS, *SOON])
VERBS: dict[type, frozenset[str]] = {
    Buy: frozenset(["buy", "buying", "long", "purchase", "get", "grab", "invest"]),
    Sell: frozenset(["sell", "selling", "short", "dump", "reduce", "reducing", "trim", "trimming"]),
    Close: frozenset(["close", "closing", "exit", "sell", "selling", "dump", "flatten"]),
    CancelOrders: frozenset(["cancel", "withdraw"]),
    SetStop: frozenset(["stop", "stops", "stoploss"]),
    SetTarget: frozenset(["target", "targets", "tp", "profit"]),
    Pause: frozenset(["pause", "stop", "halt", "hold"]),
    Resume: frozenset(["resume", "continue", "unpause"]),
    SetAutopilot: frozenset(["autopilot"]),
    SetSetting: frozenset(["set", "change", "setting"]),
    Approve: frozenset(["approve", "approved", "accept"]),
    Flatten: frozenset(["flatten", "everything", "all"]),
    ResetKillSwitch: frozenset(["reset"]),
    Stop: frozenset(["stop", "end", "shutdown", "quit"]),
}


def unsaid(
    command: Command,
    said: str,
    price: Decimal | None = None,
    *,
    held: Decimal | None = None,
    equity: Decimal | None = None,
) -> tuple[str, ...]:
    """Fields of `command` that `said` does not contain, in the order of a card.

    Args:
        command: what is proposed.
        said: the operator's own words of this turn; empty where somebody else spoke.
        price: of the symbol now; with it sizes in money, and stops in percent, are found too.
        held: coins of the position, of which a sale may name a part.
        equity: of which an entry may name a part; quote units.

    Returns:
        Of symbol, side, action, size, price, stop, target and level those that are not there.
    """
    words = tokens(said)
    if "?" in said or DENIALS & set(words):
        words, numbers = [], []
    else:
        numbers = spoken_numbers(said)
    absent = [] if _names(getattr(command, "symbol", ""), words) else ["symbol"]
    if not VERBS.get(type(command), frozenset()) & set(words):
        absent.append("side" if isinstance(command, Buy | Sell) else "action")
    match command:
        case Buy() | Sell():
            level = price if command.limit is None else _decimal(command.limit)
            whole = held if isinstance(command, Sell) else None
            if whole is None and equity is not None and level and "equity" in words:
                whole = equity / level
            absent += _missing("size", command.amount, lambda size: _is_size(size, numbers, level, whole))
            absent += _missing("price", command.limit, lambda value: _is_level(value, numbers, price))
            absent += _missing("stop", command.stop, lambda value: _is_level(value, numbers, level))
            absent += _missing("target", command.target, lambda value: _is_level(value, numbers, level))
        case SetStop(price=wanted):
            absent += _missing("stop", wanted, lambda value: _is_level(value, numbers, price))
        case SetTarget(price=wanted):
            absent += _missing("target", wanted, lambda value: _is_level(value, numbers, price))
        case Pause() | Resume():
            absent += [] if _names(command.only, words) or _is_group(command.only, words) else ["part"]
            ends = isinstance(command, Pause) and command.until_ns > 0
            absent += ["until"] if ends and not (UNTIL & set(words) and (numbers or DAYS & set(words))) else []
        case SetAutopilot(level=name):
            absent += [] if name in words else ["level"]
        case SetSetting(name=name, value=value):
            absent += [] if name.lower().replace("_", " ") in " ".join(words).replace("_", " ") else ["setting"]
            known = _decimal(value)
            is_said = value.lower() in words or any(known is not None and each.value == known for each in numbers)
            absent += [] if is_said else ["value"]
        case _:
            pass
    return tuple(absent)


def _names(symbol: str, words: Iterable[str]) -> bool:
    """Whether one of `words` is the pair, its coin, or the coin's name; true where there is no symbol."""
    base, _, quote = symbol.partition("/")
    wanted = {base.lower(), f"{base}{quote}".lower(), symbol.lower()}
    return not symbol or any(word in wanted or COINS.get(word) == base for word in words)


def _is_group(name: str, words: Iterable[str]) -> bool:
    plain = name.lower()
    return any(word in (plain, f"{plain}s", plain.removesuffix("s")) for word in words)


def _missing(name: str, text: str | None, is_said: Callable[[Decimal], bool]) -> list[str]:
    if text is None:
        return []
    value = _decimal(text)
    return [] if value is not None and is_said(value) else [name]


def _is_size(size: Decimal, numbers: Iterable[Spoken], price: Decimal | None, whole: Decimal | None) -> bool:
    for number in numbers:
        share = number.value / 100 if number.is_percent else number.value
        if number.is_share and whole is not None and _near(size, whole * share):
            return True
        if number.is_money:
            if price is not None and _near(size * price, number.value):
                return True
        elif not number.is_percent and number.value == size:
            return True
    return False


def _is_level(level: Decimal, numbers: Iterable[Spoken], price: Decimal | None) -> bool:
    for number in numbers:
        if not number.is_percent:
            if number.value == level:
                return True
        elif price is not None and any(_near(level, price * (1 + sign * number.value / 100)) for sign in (1, -1)):
            return True
    return False


def _near(value: Decimal, said: Decimal) -> bool:
    return abs(value - said) <= NEAR * abs(said)


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text.replace(".", "", 1).isdigit() else None
