"""What the frames of a sentence's clauses make of it, one after the other."""

from kraken_tui.agent.truth.anywhere import comparing, rule_anywhere
from kraken_tui.agent.truth.clauses import (
    BE,
    IRREALIS,
    SUBJECTS,
    Clause,
    is_skipped,
)
from kraken_tui.agent.truth.frame_present import instruction
from kraken_tui.agent.truth.frames import refusal
from kraken_tui.agent.truth.participles import loose
from kraken_tui.agent.truth.questions import rule_of_question
from kraken_tui.agent.truth.sentence import Sentence
from kraken_tui.agent.truth.subjects import Subject, subject_of
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.verbless import is_heading, is_noun, rule_without_verb
from kraken_tui.agent.truth.vocabulary import (
    ACCOUNT,
    ASSET,
    BASE,
    PARTICIPLE,
)
from kraken_tui.agent.truth.wording import listed

_OPENING = listed("a an the my your our their of and or but if because to very can could will would let")


def rule_of(sentence: Sentence) -> str:
    """Which rule withholds a sentence whose words and numbers are known; empty where it passes."""
    if not sentence.clauses:
        return "fragment"
    if rule := rule_anywhere(sentence):
        return rule
    if sentence.is_question:
        return rule_of_question(sentence)
    if comparing(sentence):
        return ""
    if _is_cut(sentence):
        return "fragment"
    licensed = sentence.clauses[0].intro in ("imagine", "suppose", "assume")
    previous = Subject.NONE
    for clause in sentence.clauses:
        if all(is_skipped(token) or token.text in ("theory", "oh") for token in clause.tokens):
            continue
        kind = subject_of(clause.subject)
        if loose(sentence, clause):
            return "participle"
        if clause.verb >= 0:
            if (
                kind is Subject.NONE
                and clause.intro.split()[-1:] in (["and"], ["or"], ["but"], [","])
                and previous is not Subject.NONE
            ):
                kind = previous
            if kind is Subject.NONE and clause.verb == 0 and (told := _told_before(sentence, clause)):
                kind = subject_of(told)
            if (
                {"what", "whether", "how", "where"} & set(clause.intro.split())
                and clause.subject
                and (
                    clause is sentence.clauses[0]
                    or (clause.tokens[clause.verb].text in BE and clause.subject[0].text in SUBJECTS)
                )
                and not _stands_alone(clause)
            ):
                kind = Subject.THE
            if rule := refusal(sentence, clause, kind):
                return rule
            licensed, previous = licensed or not _is_subordinate(clause), kind
        elif (
            clause.intro in ("and", "or")
            and "to" in {t.text for t in sentence.clauses[sentence.clauses.index(clause) - 1].tokens}
        ) or (clause.intro in ("and", "or") and licensed and is_noun(clause)):
            continue
        elif _is_instruction(sentence, clause):
            if rule := instruction(sentence, _with_verb(clause)):
                return rule
            licensed = True
        elif rule := rule_without_verb(sentence, clause):
            return rule
    return "" if licensed or is_heading(sentence) else "fragment"


def _told_before(sentence: Sentence, clause: Clause) -> list[Token]:
    """`The position - stays in`: a part without a verb is the subject of a verb that has none."""
    at = sentence.clauses.index(clause)
    before = sentence.clauses[at - 1] if at else clause
    named = (
        before is not clause
        and before.verb < 0
        and any(
            token.kinds & (ACCOUNT | ASSET) or token.text in ("everything", "nothing", "all") for token in before.tokens
        )
    )
    bare = not clause.tokens[0].kinds & BASE or clause.tokens[0].kinds & PARTICIPLE
    return before.tokens if named and bare and not before.is_irrealis and not _is_instruction(sentence, before) else []


def _stands_alone(clause: Clause) -> bool:
    """`how you are`: the verb is the subject's own, and none of a clause that is a subject."""
    return len(clause.subject) < 2


def _is_cut(sentence: Sentence) -> bool:
    """Whether a sentence stops in the middle: behind an article, a preposition, `that`."""
    words = [token.text for token in sentence.tokens if token.kinds]
    alone = any(len(clause.tokens) == 1 and clause.tokens[0].text in SUBJECTS for clause in sentence.clauses)
    return alone or words[-1] in _OPENING or (len(words) == 1 and not sentence.mark.strip().startswith("#"))


def _is_subordinate(clause: Clause) -> bool:
    return any(word in IRREALIS for word in clause.intro.split()) and not _is_wish(clause)


def _is_wish(clause: Clause) -> bool:
    """`Suppose you set a stop`, `Imagine ...`: sentences of their own."""
    return bool({"suppose", "imagine", "assume", "whether", "whatever"} & set(clause.intro.split()))


def _is_instruction(sentence: Sentence, clause: Clause) -> bool:
    first = _first(clause)
    if first.text == "be":
        return True
    return bool(first.kinds & BASE) and not (
        first.kinds & PARTICIPLE
        and first.text not in ("put", "set", "cut", "let", "read", "bet", "split", "spread", "run", "come")
    )


def _first(clause: Clause) -> Token:
    return next(
        (t for t in clause.tokens if not is_skipped(t) and t.text not in ("please", "not", "do")), clause.tokens[0]
    )


def _with_verb(clause: Clause) -> Clause:
    clause.verb = clause.tokens.index(_first(clause))
    return clause
