"""The gate's rulings of an input log, made again: each holds all that it needs."""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from kraken_tui.config.settings import Settings
from kraken_tui.execution.ruling import Answer, Question, answer, unpack_answer, unpack_question
from kraken_tui.learning.sleeve import Leave, cut
from kraken_tui.model.errors import GARBLED, UsageError
from kraken_tui.replay.walk.difference import Difference
from kraken_tui.store.inputs import Ruled, Tightened


def rule_again(record: Ruled, settings: Settings, tightened: Tightened | None = None) -> Difference | None:
    """Weigh an entry again: the size, and every check; where learning cut it, the cut too.

    Raises:
        UsageError: it was written by a version whose rulings are others.
    """
    try:
        question, told = unpack_question(record.given), unpack_answer(record.made)
    except GARBLED as error:
        raise UsageError(f"the ruling {record.id} is another version's: {error}") from error
    if tightened is not None and (found := _cut_again(record, question, settings, tightened)):
        return found
    made = answer(question, settings)
    if made == told:
        return None
    what, recorded, replayed = _first(told, made)
    return Difference(
        what=what, time_ns=record.time_ns, symbol=record.symbol, recorded=recorded, replayed=replayed
    )  # fmt: skip


def _cut_again(record: Ruled, question: Question, settings: Settings, by: Tightened) -> Difference | None:
    """What learning left of it, from what it was before."""
    whole = replace(question.intent, amount=None if by.asked is None else Decimal(by.asked))
    before = answer(replace(question, intent=whole), settings).order
    leave = Leave(factor=Decimal(by.factor), room=None if by.room is None else Decimal(by.room))
    instrument = question.around.instrument
    left = None if before is None else cut(before.amount, whole, leave, Decimal(by.fee), instrument)
    if left == question.intent.amount:
        return None
    return Difference(
        what="what learning left", time_ns=record.time_ns, symbol=record.symbol, recorded=str(question.intent.amount),
        replayed=str(left),
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
