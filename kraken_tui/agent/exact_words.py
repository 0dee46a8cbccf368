"""Lines that are exactly a command, and are done at once: typed as the help has them, word for word."""

from kraken_tui.agent.order_words import FORMS, parse_order
from kraken_tui.agent.requests import Unparsed
from kraken_tui.model.command import (
    ASSISTANT_LEVELS,
    AUTOPILOT_LEVELS,
    Command,
    Confirm,
    Flatten,
    Pause,
    Reject,
    ResetKillSwitch,
    Resume,
    SetAssistant,
    SetAutopilot,
    SetSetting,
)

_WORDS: dict[tuple[str, ...], Command] = {
    ("pause",): Pause(), ("resume",): Resume(), ("flatten", "now"): Flatten(), ("flatten", "all", "now"): Flatten(),
}  # fmt: skip


def exact_command(text: str, symbols: tuple[str, ...]) -> Command | Unparsed | None:
    """The command that a line is; why it is none where it nearly is one; None where it is something else.

    Args:
        text: as typed, with or without a leading slash. Commas, points and exclamation marks may end a word.
        symbols: the symbols that may be named.
    """
    if not text.isascii():
        return None
    said = [word.rstrip(",.!") for word in text.strip().removeprefix("/").split()]
    words = [word.lower() for word in said]
    if not words:
        return None
    head, rest = words[0], words[1:]
    if tuple(words) in _WORDS:
        return _WORDS[tuple(words)]
    if head == "autopilot":
        return _level(SetAutopilot, rest, "autopilot", AUTOPILOT_LEVELS)
    if head == "assistant":
        return _level(SetAssistant, rest, "assistant", ASSISTANT_LEVELS)
    if head in ("confirm", "reject"):
        return _proposal(Confirm if head == "confirm" else Reject, rest, head)
    if head == "reset":
        return ResetKillSwitch(" ".join(text.split()))
    if head == "set" and len(said) == 3 and said[1].isupper():
        return SetSetting(name=said[1], value=said[2])
    return parse_order(head, rest, symbols) if head in FORMS else None


def _level(
    kind: type[SetAutopilot] | type[SetAssistant], rest: list[str], name: str, levels: dict[str, str]
) -> Command | Unparsed:
    if len(rest) == 1 and rest[0] in levels:
        return kind(rest[0])
    *most, last = levels
    return Unparsed(f"{name} wants {', '.join(most)} or {last}")


def _proposal(kind: type[Confirm] | type[Reject], rest: list[str], head: str) -> Command | Unparsed:
    wrong = Unparsed(f"{head} wants the id of a proposal, such as: {head} P-17")
    if len(rest) != 1:
        return wrong
    number = rest[0].removeprefix("p-")
    return kind(f"P-{number}") if rest[0] != number and number.isdigit() and len(number) <= 12 else wrong
