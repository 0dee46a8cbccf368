"""The gate's rulings of an input log, made again: each holds all that it needs."""

import msgspec

from kraken_tui.config.settings import Settings
from kraken_tui.execution.ruling import Answer, answer, unpack_answer, unpack_question
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.walk.difference import Difference
from kraken_tui.store.inputs import Ruled


def rule_again(record: Ruled, settings: Settings) -> Difference | None:
    """Weigh an entry again: the size, and every check.

    Raises:
        UsageError: it was written by a version whose rulings are others.
    """
    try:
        question, told = unpack_question(record.given), unpack_answer(record.made)
    except msgspec.MsgspecError as error:
        raise UsageError(f"the ruling {record.id} is another version's: {error}") from error
    made = answer(question, settings)
    if made == told:
        return None
    what, recorded, replayed = _first(told, made)
    return Difference(
        what=what, time_ns=record.time_ns, symbol=record.symbol, recorded=recorded, replayed=replayed
    )  # fmt: skip


def _first(told: Answer, made: Answer) -> tuple[str, str, str]:
    for one, other in zip(told.checks, made.checks, strict=False):
        if one != other:
            return f"check {one.name}", _verdict(one.ok, one.text), _verdict(other.ok, other.text)
    if len(told.checks) != len(made.checks):
        return "checks", str(len(told.checks)), str(len(made.checks))
    return "size", _size(told), _size(made)


def _verdict(ok: bool, text: str) -> str:
    return f"{'pass' if ok else 'BLOCK'} ({text})"


def _size(said: Answer) -> str:
    if said.declined is not None:
        return f"none ({said.declined.reason})"
    return msgspec.json.encode(said.order).decode()
