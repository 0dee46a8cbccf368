"""Changes of the engine in an operator's own words: pauses, the autopilot's level, settings."""

from kraken_tui.agent.reading import Line, Unclear
from kraken_tui.agent.requests import ProposeAutopilot, ProposePause, ProposeResume, ProposeSetting, Proposing
from kraken_tui.config.moments import SOON, WEEKDAYS
from kraken_tui.config.settings import Settings
from kraken_tui.model.command import AUTOPILOT_LEVELS

DAYS = (*WEEKDAYS, *SOON)
UNITS = {
    "minute": "min", "minutes": "min", "min": "min", "mins": "min", "hour": "h", "hours": "h", "day": "d", "days": "d",
    "week": "w", "weeks": "w",
}  # fmt: skip
SETTINGS = frozenset(Settings.model_fields)


def setting_name(line: Line) -> str | None:
    """The setting that the next words name, such as `risk per trade`."""
    texts = line.texts()
    for length in range(min(4, len(texts)), 0, -1):
        name = "_".join(texts[:length]).upper()
        if name in SETTINGS:
            line.place += length
            return name
    return None


def read_setting(line: Line, name: str) -> Proposing:
    """What a setting is to be.

    Raises:
        Unclear: no value follows.
    """
    line.accept("to", "at", "=", "as")
    if not line.more:
        raise Unclear(f"What is {name} to be? Such as: set {name} VALUE")
    word = line.take()
    line.accept("%", "percent", "seconds", "scans", "$")
    return ProposeSetting(name=name, value=word.text if word.is_number else word.said)


def read_autopilot(line: Line) -> Proposing:
    """The autopilot's level.

    Raises:
        Unclear: none follows.
    """
    line.accept("to", "on to", "into", "mode")
    level = line.accept(*AUTOPILOT_LEVELS)
    if not level:
        raise Unclear(f"What may the autopilot do? autopilot {'|'.join(AUTOPILOT_LEVELS)}")
    line.accept("mode")
    return ProposeAutopilot(level=level)  # type: ignore[arg-type]


def read_pause(line: Line) -> Proposing:
    """What is to pause, and until when.

    Raises:
        Unclear: no time follows where one is begun.
    """
    line.accept("trading", "entries", "everything", "all trading", "the engine")
    line.accept("in", "of", "on", "the", "all", "only")
    only = _group_or_symbol(line)
    line.accept("only", "trading", "group")
    until = ""
    if line.accept("until", "till"):
        line.accept("next", "the")
        until = _moment(line)
    elif line.accept("for"):
        until = _duration(line)
    return ProposePause(only=only, until=until)


def read_resume(line: Line) -> Proposing:
    """Whose pause ends: of a part, or all."""
    line.accept("trading", "entries", "everything", "all trading")
    line.accept("in", "of", "on", "the", "all", "only")
    only = _group_or_symbol(line) if line.peek() not in ("", "again") else ""
    line.accept("trading", "entries", "group")
    line.accept("again")
    return ProposeResume(only=only)


def _group_or_symbol(line: Line) -> str:
    for group in line.groups:
        plain = group.lower()
        if line.accept(plain, f"{plain}s", plain.removesuffix("s")):
            return group
    return line.symbol()


def _moment(line: Line) -> str:
    word = line.take()
    if word.text in DAYS or _is_time(word.text):
        return word.text
    raise Unclear(f"Until when? {word.said} is no time that I know; such as: monday, tomorrow, 14:30 or 2026-11-23")


def _is_time(text: str) -> bool:
    parts = text.split(":") if ":" in text else text.split("-")
    return len(parts) in (2, 3) and all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts)


def _duration(line: Line) -> str:
    text = line.peek()
    if is_duration(text):
        line.take()
        return text
    line.accept("the next")
    number = line.number() or ("1" if line.accept("a", "an") else "")
    unit = UNITS.get(line.peek(), "")
    if not number or not unit or not number.isdigit() or len(number) > 3:
        raise Unclear("For how long? Such as: for 2 hours")
    line.take()
    return f"{number}{unit}"


def is_duration(text: str) -> bool:
    """Whether it is such as `2h`, `30min`, `3d`."""
    digits = text.rstrip("hdwmin")
    return text[len(digits) :] in ("h", "d", "w", "min") and digits.isascii() and digits.isdigit() and len(digits) <= 3
