"""Participles beside the verb: `the amount paid` is a description, `closed the position` a claim."""

from collections.abc import Sequence

from kraken_tui.agent.truth.clauses import BE, PREPOSITIONS, Clause, is_skipped
from kraken_tui.agent.truth.lexemes import is_event
from kraken_tui.agent.truth.sentence import Sentence
from kraken_tui.agent.truth.subjects import POSSESSIVES, Subject, subject_of
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import (
    ADJECTIVE,
    ASSET,
    BASE,
    NOUN,
    PARTICIPLE,
    PAST,
    PLAIN,
    PLURAL,
)

_GROUPING = BE | {"be", "been", "being", "get", "gets", "getting"}
_PARTICULAR = POSSESSIVES | {"the", "this", "that", "these", "those"}


def loose(sentence: Sentence, clause: Clause) -> bool:
    """Whether a clause has a participle that may tell an event."""
    return any(
        (token.kinds & (PARTICIPLE | PAST) or token.text in ("done", "gone"))
        and at != clause.verb
        and not token.kinds & (NOUN | PLURAL | BASE)
        and not _is_plain(sentence, clause, at)
        for at, token in enumerate(clause.tokens)
    )


def _is_plain(sentence: Sentence, clause: Clause, at: int) -> bool:
    tokens, token = clause.tokens, clause.tokens[at]
    before = _before(tokens, at)
    if _is_grouped(tokens, at):
        return True
    after = tokens[at + 1] if at + 1 < len(tokens) else Token("", 0)
    if after.text in ("everything", "nothing", "something", "anything"):
        return False
    if after.kinds & (NOUN | PLURAL | ADJECTIVE) and before.kinds & ~0 and before.text not in _PARTICULAR:
        return True
    if after.kinds & (NOUN | PLURAL) and not is_event(token):
        return before.text not in POSSESSIVES or not is_event(token)
    if before.text in ("has", "have") and clause.verb >= 0 and tokens[clause.verb] is before:
        return True  # the frame of have judges it
    if before.text == "have" and any(one.text in ("would", "could", "might") for one in tokens[:at]):
        return True
    if clause.intro.split()[-1:] in (["than"], ["as"]) and at == 0 and len(tokens) == 1:
        return True
    if token.text in ("done", "gone"):
        return False
    if not is_event(token):
        return bool(token.kinds & (PLAIN | ADJECTIVE)) or bool(before.kinds) or sentence.has_support
    if token.text == "closed" and after.text.startswith(("candle", "five-minute", "bar")):
        return True
    general = subject_of(clause.subject) is Subject.GENERIC and at < clause.verb
    wished = clause.is_irrealis and tokens[0].text == "you"
    habitual = (
        sentence.has_support and bool(before.kinds & (NOUN | PLURAL)) and not any(t.kinds & ASSET for t in tokens)
    )
    return general or wished or (habitual and not POSSESSIVES & {t.text for t in tokens})


def _before(tokens: Sequence[Token], at: int) -> Token:
    return next((token for token in reversed(tokens[:at]) if not is_skipped(token)), Token("", 0))


def _is_grouped(tokens: Sequence[Token], at: int) -> bool:
    """Whether a form of be or get stands before it: then the verb's frame judges it."""
    for token in reversed(tokens[:at]):
        if token.text in _GROUPING:
            return True
        if token.text in PREPOSITIONS or (
            token.kinds & (NOUN | PLURAL) and not token.kinds & (PARTICIPLE | PAST | ADJECTIVE)
        ):
            return any(one.text in BE for one in tokens[:1])  # a question: `is the order filled`
    return False
