"""Frames in the past tense that pass: a price that moved by a fact's number, `the price you expected`, few others."""

from kraken_tui.agent.truth.clauses import MODALS, Clause
from kraken_tui.agent.truth.lexemes import (
    is_event,
)
from kraken_tui.agent.truth.particulars import is_owned, rest_of
from kraken_tui.agent.truth.sentence import Sentence
from kraken_tui.agent.truth.subjects import POSSESSIVES, Subject, head_of, subject_of
from kraken_tui.agent.truth.vocabulary import (
    ACCOUNT,
    ADJECTIVE,
    CLAIM,
    NOUN,
    NUMBER,
    PLAIN,
    PLURAL,
)


def past_refusal(sentence: Sentence, clause: Clause, kind: Subject) -> str:
    """Why a clause in the past tense may not be shown; empty where it may."""
    intro = clause.intro.split()
    verb = clause.tokens[clause.verb]
    earlier = sentence.clauses[sentence.clauses.index(clause) - 1].tokens
    several = earlier[-1].kinds & PLURAL and not (
        len(earlier) > 1 and earlier[-2].text in POSSESSIVES | {"the", "these", "those"}
    )
    if (
        clause.intro == "that"
        and kind is Subject.NONE
        and verb.text in ("was", "were")
        and (several or earlier[-1].text in ("anything", "something"))
    ):
        return ""
    if (
        kind is Subject.SPEAKER
        and verb.text == "did"
        and [token.text for token in rest_of(clause)[:1]] in (["understand"], ["mean"], ["catch"], ["follow"])
    ):
        return ""
    if verb.kinds & PLAIN and intro == [","] and clause is not sentence.clauses[0] and not is_event(verb):
        return ""
    if clause.is_irrealis and not {"when", "once", "after", "before", "whenever"} & set(intro):
        return ""
    measured = kind in (Subject.THE, Subject.GENERIC) and sentence.is_grounded and {"last", "over"} & sentence.words
    if measured and verb.text == "was" and not any(t.kinds & ACCOUNT or is_event(t) for t in clause.tokens):
        return ""
    moved = kind in (Subject.COIN, Subject.THE, Subject.NONE, Subject.IT) and sentence.is_grounded
    if moved and clause.tokens[clause.verb].text in (
        "rose", "fell", "gained", "lost", "climbed", "dropped", "traded", "declined", "advanced", "moved",
    ) and any(token.kinds & NUMBER for token in clause.tokens):  # fmt: skip
        return ""
    first = sentence.clauses[0]
    of_definition = first.verb >= 0 and subject_of(first.subject) is Subject.GENERIC and not sentence.has_deixis
    chosen = (
        first.verb >= 0 and first.tokens[first.verb].text in MODALS and not clause.tokens[clause.verb].kinds & CLAIM
    )
    if (
        intro[-1:] in (["rel"], ["than"])
        and kind is Subject.YOU
        and earlier[-1].kinds & (NOUN | PLURAL | ADJECTIVE)
        and (of_definition or chosen)
    ):
        return ""
    if intro[-1:] == ["than"] and kind is Subject.YOU and first.verb < 0 and not verb.kinds & CLAIM:
        return ""
    if (
        intro[-1:] == ["that"]
        and of_definition
        and first.tokens[first.verb].text in ("means", "mean")
        and kind is not Subject.OWN
    ):
        return ""
    general = kind in (Subject.THE, Subject.GENERIC) and not sentence.has_deixis and not is_owned(clause.tokens)
    moved = head_of(clause.subject).text in ("price", "market", "trend") and "know" in sentence.words
    if intro[-1:] == ["why"] and general and moved:
        return ""
    if intro[-1:] == ["what"] and kind is Subject.YOU and sentence.has_support and not verb.kinds & CLAIM:
        return ""
    asked = sentence.tokens[0].text == "to" or {"see", "know", "understand"} & sentence.words
    if intro[-1:] in (["how"], ["why"]) and general and not verb.kinds & CLAIM and (chosen or asked):
        return ""
    if intro[-1:] == ["what"] and kind in (Subject.THE, Subject.GENERIC) and of_definition:
        return ""
    return "past"
