"""What can be told to learning, whether an engine runs or not: a word becomes an event, and notes become lines."""

import os
import stat
from collections.abc import Collection, Sequence
from pathlib import Path

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.learning.consider import consider
from kraken_tui.learning.events import Considered, Done, Event
from kraken_tui.learning.learner import Learner, after
from kraken_tui.learning.operations import Accept, Cause, Freeze, GiveUp, Kind, Note, Pin, RollBack, Thaw, Unpin
from kraken_tui.learning.search_file import found_in
from kraken_tui.learning.views import spread_of
from kraken_tui.model.errors import UsageError
from kraken_tui.model.memory import TrialRecord

VERBS = ("status", "consider", "give-up", "adopt", "rollback", "pin", "unpin", "freeze", "thaw")
FROZEN = "Nothing is let in until it is thawed; going back stays possible."
PINNED = "Nothing is let in for it until it is unpinned; going back stays possible."
SAID = {
    "freeze": FROZEN, "thaw": "Thawed: what has won may be let in.", "pin": PINNED,
    "unpin": "Unpinned: what has won against it may be let in.",
}  # fmt: skip
MOST_BYTES = 1 << 24
"""Of a search's file: read in a tenth of a second. Of 5 splits with 100 trials each, a year's is 3 MB."""


def event_of(
    verb: str, argument: str, state: Learner, config: TradingConfig, now_ns: int
) -> tuple[Event, tuple[TrialRecord, ...]]:
    """What a word means, and the trials that come with it, none where it will be refused; blocks while a file is read.

    Raises:
        UsageError: it means nothing, or the file is no search's.
    """
    match verb:
        case "adopt":
            return Done(Accept(now_ns)), ()
        case "rollback":
            return Done(RollBack(argument or _only(state), now_ns)), ()
        case "give-up":
            return Done(GiveUp()), ()
        case "pin":
            return Done(Pin(_one_of(state.own, argument))), ()
        case "unpin":
            return Done(Unpin(_one_of(state.adoption.pinned, argument))), ()
        case "freeze":
            return Done(Freeze(Cause.OPERATOR)), ()
        case "thaw":
            return Done(Thaw(Cause.OPERATOR)), ()
        case "consider":
            return _considered(Path(argument), state, config, now_ns)
    raise UsageError(f"learning {verb[:40]}: {', '.join(VERBS)} are right")


def lines_of(verb: str, notes: Sequence[Note]) -> tuple[bool, tuple[str, ...]]:
    """Whether it was done, and what there is to say."""
    asked = (Kind.VOID,) if verb == "give-up" else ()
    refused = [row for row in notes if row.kind in (Kind.REFUSED, Kind.VOID, Kind.LOST) and row.kind not in asked]
    lines = [f"{row.kind.lower().replace('_', ' ')}: {row.candidate + ': ' if row.candidate else ''}{row.text}"
             for row in notes]  # fmt: skip
    return not refused, tuple(line[:1].upper() + line[1:] for line in lines) or (SAID.get(verb, "Done."),)


def _only(state: Learner) -> str:
    """The strategy for which something was let in, where it is only one."""
    names = sorted({row.after.strategy for row in state.adoption.adopted if not row.reverted_ns})
    if len(names) == 1:
        return names[0]
    told = ", ".join(names) or "nothing was let in"
    raise UsageError(f"rollback wants a strategy: {told}")


def _one_of(names: Collection[str], name: str) -> str:
    if name not in names:
        raise UsageError(f"{name[:40]!r} is no strategy for it: {', '.join(sorted(names)) or 'there is none'}")
    return name


def _content(path: Path) -> bytes:
    """Of a regular file: a device has no end, and a pipe would hold the engine up until somebody writes to it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UsageError(f"{path} is no file")
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UsageError(f"{path} is too large for a search's result")
    return data


def _considered(
    path: Path, state: Learner, config: TradingConfig, now_ns: int
) -> tuple[Considered, tuple[TrialRecord, ...]]:
    try:
        found = found_in(_content(path))
    except OSError as error:
        raise UsageError(f"{path}: can't be read: {error.strerror or error}") from error
    searched = found.about.strategies
    name = searched[0] if len(searched) == 1 else ""
    champion = state.adoption.champions.get(name)
    if champion is None or name not in state.own:
        known = ", ".join(sorted(state.own)) or "none yet: an engine has to run once"
        raise UsageError(f"{path}: a search of one strategy that runs in shadow is right: {known}")
    made = consider(found, champion, config, spread_of(state, name), state.adoption.campaigns + 1, now_ns)
    _, notes = after(state, made.event, {})
    return made.event, () if any(row.kind is Kind.REFUSED for row in notes) else made.records
