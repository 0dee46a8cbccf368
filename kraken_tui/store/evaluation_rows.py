"""Rows of the evaluation log as values, and values as rows.

The checks and votes of a decision are one compressed MessagePack blob: with their sentences they are nine tenths of a
row, and shrink to a third. All else is plain columns.
"""

import zlib
from collections.abc import Callable

import msgspec
from msgspec import Struct

from kraken_tui.model.evaluation import Check, Evaluation, Executed, VerdictRow
from kraken_tui.model.vote import Vote
from kraken_tui.store.batch_writer import Gap
from kraken_tui.store.database import Row
from kraken_tui.store.journal_rows import storable

Details = tuple[list[tuple[str, bool, str]], list[tuple[str, float, float, int, str]]]

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Details)
FASTEST = 1
TURN = "turn-"
"""A verdict's turn stands where decisions have their id."""

EVALUATION = "id, evaluation_id, time_ns, symbol, owner, action, strategy, verdict, reason, price, details"
VERDICT = "evaluation_id, time_ns, owner, verdict, reason, text"
EXECUTED = "evaluation_id, time_ns, outcome, client_id, order_id, text"


class Damage(Struct, frozen=True):
    """What the writer found to be wrong with the log that it was to go on with."""

    time_ns: int
    text: str


Entry = Evaluation | Executed | VerdictRow | Gap | Damage


class Recorded(Struct, frozen=True):
    """A decision as it was written down, and what came of it."""

    row: int
    """Its place in the log; 0 while it waits to be written."""
    evaluation: Evaluation
    executed: tuple[Executed, ...]


def values_of(entry: Entry) -> Row:
    """Every column between `id` and `mode`. An entry that can't be written becomes a gap, and says why."""
    try:
        try:
            return _values(entry)
        except UnicodeEncodeError:  # an exchange's JSON may spell half a surrogate pair
            return _values(msgspec.convert(storable(msgspec.to_builtins(entry)), type(entry)))
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        return _values(Gap(1, 0, f"{type(entry).__name__} can't be written: {error!r}"))


def _values(entry: Entry) -> Row:
    match entry:
        case Evaluation():
            return (
                "evaluation", _text(entry.id), _whole(entry.time_ns), _text(entry.symbol), _text(entry.owner),
                _text(entry.action), _text(entry.strategy), _text(entry.verdict), _text(entry.reason),
                _text(entry.price), _packed(entry), None, None, None, None,
            )  # fmt: skip
        case Executed():
            return (
                "executed", _text(entry.evaluation_id), _whole(entry.time_ns), *[None] * 8, _text(entry.outcome),
                _text(entry.client_id), _text(entry.order_id), _text(entry.text),
            )  # fmt: skip
        case VerdictRow():
            verdict = "withheld" if entry.rule else "shown"
            return (
                "verdict", f"{TURN}{_whole(entry.turn)}", _whole(entry.time_ns), None, _text(entry.author), "say", None,
                verdict, _text(entry.rule), *[None] * 5, _text(entry.text),
            )  # fmt: skip
        case Gap():
            text = f"{entry.count} rows are missing here: {entry.text}"
            return ("gap", None, _whole(entry.time_ns), *[None] * 11, _text(text))
        case Damage():
            return ("damage", None, _whole(entry.time_ns), *[None] * 11, _text(entry.text))


def _packed(evaluation: Evaluation) -> bytes:
    """The numbers may come from numpy's arrays, which MessagePack does not know."""
    checks = [(check.name, bool(check.ok), check.text) for check in evaluation.checks]
    votes = [(vote.name, float(vote.value), float(vote.threshold), int(vote.sign), vote.text)
             for vote in evaluation.votes]  # fmt: skip
    return zlib.compress(_ENCODER.encode((checks, votes)), FASTEST)


def _text(text: str) -> str:
    text.encode()
    return text


def _whole(number: int) -> int:
    if not -(1 << 63) <= (whole := int(number)) < 1 << 63:
        raise OverflowError(f"{number} has more than 64 bits")
    return whole


def recorded_of(row: Row, executed: Callable[[str], tuple[Executed, ...]]) -> Recorded:
    """The decision of a row with the columns of EVALUATION.

    Raises:
        ValueError, TypeError, zlib.error, msgspec.MsgspecError: somebody changed the row.
    """
    checks, votes = _DECODER.decode(zlib.decompress(row[10]))
    evaluation = Evaluation(
        id=row[1], time_ns=row[2], symbol=row[3], owner=row[4], action=row[5], strategy=row[6], verdict=row[7],
        reason=row[8], price=row[9], checks=tuple(Check(*one) for one in checks),
        votes=tuple(Vote(*one) for one in votes),
    )  # fmt: skip
    return Recorded(row[0], evaluation, executed(evaluation.id))


def executed_of(row: Row) -> Executed:
    """The result of a row with the columns of EXECUTED."""
    return Executed(
        evaluation_id=row[0], time_ns=row[1], outcome=row[2], client_id=row[3], order_id=row[4], text=row[5]
    )


def verdict_of(row: Row) -> VerdictRow:
    """The verdict of a row with the columns of VERDICT.

    Raises:
        ValueError: somebody changed the row.
    """
    turn, time_ns, author, _, rule, text = row
    return VerdictRow(turn=int(turn.removeprefix(TURN)), time_ns=time_ns, author=author, rule=rule, text=text)
