"""Which parts of a proposal the user's own words contain: whatever they do not was put there by somebody else."""

from collections.abc import Mapping
from decimal import Decimal

from kraken_tui.agent.symbols import named
from kraken_tui.agent.words import words_of

SIDES = {
    "buy": {"buy", "long", "purchase", "get", "bid", "into"},
    "sell": {"sell", "short", "out", "exit", "reduce", "trim", "half"},
    "close": {"close", "exit", "out", "sell", "flatten", "flat", "everything"},
    "cancel": {"cancel"},
    "pause": {"pause", "stop", "halt"},
    "resume": {"resume", "continue", "unpause", "start"},
    "stop": {"stop", "stops", "sl"},
    "target": {"target", "tp", "profit", "targets"},
    "autopilot": {"autopilot", "pilot"},
    "setting": {"set", "change", "setting", "raise", "lower", "to"},
}  # fmt: skip
"""Words that say what is to be done."""


def unsaid(
    said: str, what: str, symbol: str, values: Mapping[str, str | None], symbols: tuple[str, ...]
) -> tuple[str, ...]:
    """The fields that the user's own words do not contain.

    Args:
        said: the user's words of this turn.
        what: a key of `SIDES`.
        symbol: of the proposal; empty where it has none.
        values: its numbers and words by field; None is not set.
        symbols: the symbols that may be named.
    """
    words = words_of(said)
    texts = [word.text for word in words]
    numbers = {Decimal(word.text) for word in words if word.is_number}
    missing = [] if SIDES[what] & set(texts) else ["what is done"]
    if symbol and not any(symbol in named(texts[place : place + 2], symbols)[0] for place in range(len(texts))):
        missing.append("symbol")
    for name, value in values.items():
        if value is not None and not _is_said(value, texts, numbers):
            missing.append(name)
    return tuple(missing)


def _is_said(value: str, texts: list[str], numbers: set[Decimal]) -> bool:
    number = value.removesuffix("%")
    if number.replace(".", "", 1).isdigit():
        return (
            Decimal(number) in numbers
            or (number == "50" and "half" in texts)
            or (number == "25" and "quarter" in texts)
        )
    return value.lower() in texts or all(part in texts for part in value.lower().replace("_", " ").split())
