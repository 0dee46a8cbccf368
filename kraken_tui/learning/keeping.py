"""What is kept of learning: each event, the state after it, and what was adopted, as rows of one transaction."""

import msgspec

from kraken_tui.learning.adopted import Adopted
from kraken_tui.learning.events import Closed, Considered, Done, Enrol, Event
from kraken_tui.learning.learner import Learner, replayed
from kraken_tui.learning.operations import Mode
from kraken_tui.model.errors import GARBLED, SafetyRefusal
from kraken_tui.model.memory import EVENT, AdoptionRecord, BlockReturn, LearningState

STATE = "learner"
"""Name in the table `learning_state`; an event's begins with EVENT, and bears its number."""

_EVENT = msgspec.msgpack.Decoder(Enrol | Closed | Considered | Done)
_STATE = msgspec.msgpack.Decoder(Learner)


def packed(state: Learner) -> bytes:
    """The state as it is kept; equal states have equal bytes."""
    return msgspec.msgpack.encode(state)


def unpacked(kept: LearningState) -> Learner:
    """The state that was kept.

    Raises:
        SafetyRefusal: it is damaged, or of another version.
    """
    try:
        return _STATE.decode(kept.state)
    except GARBLED as error:
        raise SafetyRefusal(f"what was learned can't be read: {error}") from error


def records_of(
    before: Learner, after: Learner, event: Event, time_ns: int
) -> tuple[tuple[LearningState, ...], tuple[AdoptionRecord, ...]]:
    """The rows of an event: itself with the state after it, and adoptions that are new or have changed."""
    states = (
        LearningState(name=f"{EVENT}{after.events:08}", time_ns=time_ns, state=msgspec.msgpack.encode(event)),
        LearningState(name=STATE, time_ns=time_ns, state=packed(after)),
    )
    known, now = before.adoption.adopted, after.adoption.adopted
    changed = [number for number, row in enumerate(now) if number >= len(known) or known[number] != row]
    return states, tuple(_adoption(after, number) for number in changed)


def replayed_from(mode: Mode, states: list[LearningState], rows: list[BlockReturn]) -> Learner:
    """The state that the kept events and block returns lead to."""
    events = sorted((row.name, row.state) for row in states if row.name.startswith(EVENT))
    return replayed(mode, (_EVENT.decode(event) for _, event in events), rows)


def _adoption(state: Learner, number: int) -> AdoptionRecord:
    rows = state.adoption.adopted
    row = rows[number]
    return AdoptionRecord(
        id=_id(state, number), time_ns=row.began_ns, what=row.after.strategy, before=_text(row.before),
        after=_text(row.after), evidence=_evidence(row), previous=_id(state, number - 1) if number else "",
        reverted_ns=row.reverted_ns or None, reverted_for=row.why,
    )  # fmt: skip


def _id(state: Learner, number: int) -> str:
    row = state.adoption.adopted[number]
    return f"{state.mode} {number + 1} {row.after.id}"


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _evidence(row: Adopted) -> str:
    return _text({
        "campaign": row.campaign, "trial": row.trial, "evidence": row.evidence, "needed": row.needed,
        "complete_ns": row.complete_ns,
    })  # fmt: skip
