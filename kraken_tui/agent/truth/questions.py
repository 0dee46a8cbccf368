"""A question asks; it must not presuppose that something happened."""

from kraken_tui.agent.truth.clauses import (
    BE,
    DO,
    HAVE,
    MODALS,
    SUBJECTS,
    Clause,
    is_skipped,
)
from kraken_tui.agent.truth.frames import refusal
from kraken_tui.agent.truth.lexemes import (
    OWNING,
    is_event,
    is_state,
)
from kraken_tui.agent.truth.participles import loose
from kraken_tui.agent.truth.sentence import Sentence
from kraken_tui.agent.truth.subjects import POSSESSIVES, Subject, subject_of
from kraken_tui.agent.truth.verbless import rule_without_verb
from kraken_tui.agent.truth.vocabulary import (
    ACCOUNT,
    ASSET,
    CLAIM,
    FUNCTION,
    ING,
    PARTICIPLE,
)
from kraken_tui.agent.truth.wording import listed

_WH = listed("what which who whose when where why how")
_INVERTING = MODALS | DO | HAVE | {"is", "are", "am"}
FILLS = listed("fill fills purchase purchases sale sales execution")


def rule_of_question(sentence: Sentence) -> str:
    """A question asks; it must not presuppose that something happened."""
    first = next((token for clause in sentence.clauses for token in clause.tokens if not is_skipped(token)), None)
    leads = {word for clause in sentence.clauses[:2] for word in clause.intro.split()}
    if first is None or not (first.text in _INVERTING or leads & _WH or first.text in _WH or _leads_in(sentence)):
        return "fragment"
    tokens = sentence.tokens
    for at, token in enumerate(tokens):
        if token.text in ("the", "that", "your", "this") and any(one.text in FILLS for one in tokens[at + 1 : at + 3]):
            return "presupposition"
    words = [token.text for token in tokens]
    if words[0] == "why" and words[1] in ("is", "are") and any(token.kinds & ACCOUNT for token in tokens[2:5]):
        return "presupposition"
    if "feel" in words and "own" in words:
        return "presupposition"
    if any(
        a in MODALS and b == "have" and c.kinds & PARTICIPLE
        for a, b, c in zip(words, words[1:], tokens[2:], strict=False)
    ):
        return "presupposition"
    for clause in sentence.clauses:
        if rule := _asked(sentence, clause):
            return rule
    return ""


def _leads_in(sentence: Sentence) -> bool:
    """`if so, would you wait?`"""
    return any(
        clause.tokens and next((t for t in clause.tokens if not is_skipped(t)), clause.tokens[0]).text in _INVERTING
        for clause in sentence.clauses[1:]
    )


def _asked(sentence: Sentence, clause: Clause) -> str:
    words = {token.text for token in clause.tokens}
    own = bool(words & POSSESSIVES) and any(token.kinds & (ACCOUNT | ASSET) for token in clause.tokens)
    if own and any(
        is_state(token) and not token.kinds & FUNCTION for token in clause.tokens if token.kinds & FUNCTION == 0
    ):
        return "presupposition"
    if clause.verb < 0:
        return (
            "presupposition"
            if loose(sentence, clause) and not words & {"did", "have"}
            else rule_without_verb(sentence, clause)
        )
    verb = clause.tokens[clause.verb]
    kind = subject_of(clause.subject)
    follows = clause.tokens[clause.verb + 1].text if clause.verb + 1 < len(clause.tokens) else ""
    intro = clause.intro.split()[-1:]
    asking = verb.text in _INVERTING and (
        clause.verb == 0 or follows in SUBJECTS or (clause.verb == 1 and intro and intro[0] in _WH)
    )
    asking = asking and intro not in (["that"], ["because"], ["since"], ["rel"], ["as"], ["while"])
    if not clause.is_irrealis and loose(sentence, clause) and verb.text not in ("have", "did"):
        return "presupposition"
    inverted = clause.verb + 1 < len(clause.tokens) and clause.tokens[clause.verb + 1].text in SUBJECTS
    if verb.text in ("did", "had", "was", "were") or (verb.text in ("have", "has") and (inverted or clause.verb == 0)):
        events = any(is_event(token) for token in clause.tokens)
        return (
            ""
            if verb.text in ("did", "have") and not events and "you" in words and clause.verb <= 2
            else "presupposition"
        )
    if asking:
        events = any(is_event(token) for token in clause.tokens) and verb.text in ("is", "are")
        glad = (
            verb.text in ("do", "are", "is") and own and words & {"like", "happy", "enjoy", "feel", "glad", "pleased"}
        )
        negated = clause.tokens[clause.verb + 1 : clause.verb + 2] and clause.tokens[clause.verb + 1].text == "not"
        headless = (
            clause.verb == 0 and clause.tokens[1:2] and clause.tokens[1].kinds & ING and clause.tokens[1].kinds & CLAIM
        )
        return "presupposition" if events or glad or negated or headless else ""
    if clause.is_irrealis:
        return ""
    if (
        clause.intro.split()[-1:] in (["how"], ["why"], ["whether"], ["what"])
        and verb.text in BE
        and not any(is_event(token) or is_state(token) for token in clause.tokens[clause.verb :])
    ):
        return ""
    if kind in (Subject.YOU, Subject.WE, Subject.SPEAKER) and (
        verb.text in OWNING or (verb.kinds & CLAIM and "rel" in clause.intro)
    ):
        return "presupposition"
    if kind is Subject.NONE and not verb.kinds & CLAIM and not any(t.kinds & (ACCOUNT | ASSET) for t in clause.tokens):
        return ""
    return refusal(sentence, clause, kind)
