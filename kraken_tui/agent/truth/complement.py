"""What follows a form of be: an event, a state, something going on, or none of these."""

from collections.abc import Sequence

from kraken_tui.agent.truth.clauses import PREPOSITIONS, Clause
from kraken_tui.agent.truth.lexemes import (
    is_event,
    is_state,
)
from kraken_tui.agent.truth.particulars import rest_of
from kraken_tui.agent.truth.sentence import Sentence
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import (
    ACCOUNT,
    ADJECTIVE,
    ASSET,
    CLAIM,
    FUNCTION,
    ING,
    NOUN,
    PARTICIPLE,
    PLURAL,
    PRESENT,
    STATE,
)


def complement(sentence: Sentence, clause: Clause) -> tuple[bool, bool, bool]:
    """Of what follows a form of be: whether it tells an event, a state, something going on."""
    rest = rest_of(clause)
    event = state = going = False
    for at, token in enumerate(rest[:4]):
        if token.text in PREPOSITIONS and at:
            break
        after = rest[at + 1] if at + 1 < len(rest) else Token("", 0)
        if token.kinds & NOUN and not token.kinds & (STATE | PARTICIPLE | ING):
            break
        if at and token.kinds & PRESENT and not token.kinds & (NOUN | PLURAL):
            break
        if after.kinds & (NOUN | PLURAL) and not after.kinds & FUNCTION and token.kinds & ADJECTIVE:
            continue
        if token.text == "ready" and after.text == "to":
            break
        event = event or is_event(token)
        state = state or (
            is_state(token)
            and not (
                token.text in ("up", "down", "out", "over", "in", "on")
                and at + 1 < len(rest)
                and token.kinds & FUNCTION
                and is_plain_phrase(rest[at:])
            )
        )
        going = going or bool(
            token.kinds & ING
            and (token.kinds & CLAIM or not token.kinds & (ADJECTIVE | NOUN))
            and at == 0
            and not (token.text == "trading" and sentence.is_grounded)
        )
    return event, state, going


def is_plain_phrase(rest: Sequence[Token]) -> bool:
    """`up to you`, `over time`, `in the middle of a range`: a preposition with something that isn't the account's."""
    words = [token.text for token in rest[:4]]
    if words[:2] == ["up", "to"]:
        return True
    if words[0] in ("in", "on", "over", "out", "up", "down"):
        follows = rest[1:]
        nouns = [token for token in follows if token.kinds & (NOUN | PLURAL)]
        return (
            bool(nouns)
            and not any(token.kinds & (ACCOUNT | ASSET) for token in nouns)
            and words[1] not in ("place", "order", "force", "effect")
        )
    return False
