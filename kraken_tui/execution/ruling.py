"""A ruling of the gate as values that can be written down and weighed again."""

import msgspec
from msgspec import Struct

from kraken_tui.config.settings import Settings
from kraken_tui.execution.gate import Circumstances, Standing, weigh
from kraken_tui.model.evaluation import Check
from kraken_tui.model.intent import Enter
from kraken_tui.model.outcome import Declined
from kraken_tui.model.trading import OrderRequest


class Question(Struct, frozen=True, kw_only=True):
    """Everything that an entry is weighed by, the settings apart."""

    intent: Enter
    standing: Standing
    around: Circumstances


class Answer(Struct, frozen=True, kw_only=True):
    """What the gate said."""

    order: OrderRequest | None
    """What may be sent; None where nothing may."""
    declined: Declined | None
    """Why not."""
    checks: tuple[Check, ...]


def answered(size: OrderRequest | Declined, checks: tuple[Check, ...]) -> Answer:
    """The answer in a form that can be packed."""
    if isinstance(size, Declined):
        return Answer(order=None, declined=size, checks=checks)
    return Answer(order=size, declined=None, checks=checks)


def answer(question: Question, settings: Settings) -> Answer:
    """Weigh it. Pure."""
    return answered(*weigh(question.intent, question.standing, question.around, settings))


pack = msgspec.msgpack.Encoder().encode
unpack_question = msgspec.msgpack.Decoder(Question).decode
unpack_answer = msgspec.msgpack.Decoder(Answer).decode
