"""Frames that pass: plans, offers, questions, conditions, definitions, instructions, advice, grounded prices.

Every clause of a sentence must fit one. What fits none is withheld, whatever it says.
"""

from kraken_tui.agent.truth.clauses import BE, COPULAS, DO, HAVE, MODALS, Clause
from kraken_tui.agent.truth.frame_be import be_refusal
from kraken_tui.agent.truth.frame_past import past_refusal
from kraken_tui.agent.truth.frame_present import present_refusal
from kraken_tui.agent.truth.lexemes import (
    I_MAY_NOT,
    OWNING,
    PERCEIVING,
    REPORTING_HEADS,
    is_event,
    is_state,
)
from kraken_tui.agent.truth.particulars import is_definite, is_owned, rest_of
from kraken_tui.agent.truth.sentence import Sentence, is_past
from kraken_tui.agent.truth.subjects import POSSESSIVES, Subject, head_of, subject_of
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import (
    ACCOUNT,
    ADJECTIVE,
    ASSET,
    BASE,
    CLAIM,
    ING,
    NOUN,
    PARTICIPLE,
    PLURAL,
)


def refusal(sentence: Sentence, clause: Clause, kind: Subject) -> str:
    """Why a clause with a finite verb may not be shown; empty where it may."""
    verb = clause.tokens[clause.verb].text
    if verb in MODALS:
        return _modal(sentence, clause, kind)
    if is_past(clause):
        return past_refusal(sentence, clause, kind)
    about = [token.text for token in rest_of(clause)[:1]] in (["at"], ["for"], ["into"])
    if verb in BE or (verb in COPULAS and kind is not Subject.NONE and not (about and kind is Subject.WE)):
        return be_refusal(sentence, clause, kind)
    if verb in HAVE:
        return _have(sentence, clause, kind)
    if verb in DO:
        return _do(sentence, clause, kind)
    return present_refusal(sentence, clause, kind)


def _modal(sentence: Sentence, clause: Clause, kind: Subject) -> str:
    modal, rest = clause.tokens[clause.verb].text, rest_of(clause)
    negated = any(token.text in ("not", "never", "cannot", "only") for token in clause.tokens[: clause.verb + 3])
    if clause.is_irrealis:
        return ""
    main = rest[0] if rest else Token("", 0)
    if kind is Subject.SPEAKER and main.text in I_MAY_NOT and not negated:
        return "assurance"
    if (
        kind is Subject.SPEAKER
        and not negated
        and any(token.text in ("report", "announce", "confirm") for token in rest[1:4])
    ):
        return "assurance"
    if kind in (Subject.SPEAKER, Subject.WE) and modal == "could" and negated:
        return "claim"
    stands = [token.text for token in rest[1:2]]
    told = stands in (["long"], ["short"], ["flat"], ["in"], ["out"], ["protected"], ["covered"], ["safe"])
    if kind is Subject.YOU and main.text == "be" and told and not sentence.has_condition:
        return "claim"
    if main.text in ("have", "has") and any(token.kinds & PARTICIPLE for token in rest[1:3]):
        if clause.intro == "rel" and kind is Subject.IT and subject_of(sentence.clauses[0].subject) is Subject.GENERIC:
            return ""
        return (
            ""
            if any(one.is_irrealis for one in sentence.clauses) and modal in ("would", "might", "could")
            else "perfect"
        )
    if main.text in PERCEIVING and kind is not Subject.GENERIC and is_definite(rest) and not negated:
        return "presence"
    if (
        modal in ("must", "should", "shall", "will")
        and kind in (Subject.OWN, Subject.THE_ACCOUNT, Subject.IT, Subject.SOME)
        and main.text == "be"
    ):
        told = any(is_event(token) or is_state(token) for token in rest[1:4])
        if told and not sentence.has_condition and (modal != "should" or kind in (Subject.OWN, Subject.SOME)):
            return "claim"
    if (
        modal in ("will", "shall", "cannot", "can")
        and kind in (Subject.OWN, Subject.SOME)
        and negated
        and not sentence.has_condition
    ):
        return "claim"
    if (
        modal in ("will", "shall")
        and kind in (Subject.OWN, Subject.THE_ACCOUNT, Subject.SOME)
        and not sentence.has_condition
    ):
        return "claim"
    if (
        modal in ("will", "shall")
        and any(token.kinds & CLAIM for token in rest[:2])
        and kind is Subject.WE
        and not sentence.has_condition
    ):
        return "claim"
    if any(token.kinds & ING for token in rest[1:2]) and main.text == "be" and not sentence.has_condition:
        return "progress"
    return ""


def _have(sentence: Sentence, clause: Clause, kind: Subject) -> str:
    rest = rest_of(clause)
    if not rest:
        return "claim"
    defined = (
        clause.intro == "what" and subject_of(sentence.clauses[0].subject) is Subject.GENERIC and kind is Subject.YOU
    )
    if defined and not sentence.has_deixis:
        return ""
    if rest[0].kinds & CLAIM and not rest[0].kinds & (NOUN | PLURAL | ADJECTIVE) and not clause.is_irrealis:
        return "perfect"
    if rest[0].text == "been" or (
        rest[0].kinds & PARTICIPLE and (is_event(rest[0]) or not rest[0].kinds & (BASE | NOUN | ADJECTIVE))
    ):
        return "" if clause.is_irrealis else "perfect"
    if clause.is_irrealis:
        return ""
    if sentence.has_deixis:
        return "moment"
    if rest[0].text == "to" and kind not in (Subject.OWN, Subject.COIN):
        return ""
    if sentence.is_grounded and kind in (Subject.COIN, Subject.THE) and not is_owned(rest):
        return ""
    if kind is Subject.YOU and sentence.has_condition and not any(token.kinds & (ACCOUNT | ASSET) for token in rest):
        return ""
    heads = head_of(clause.subject).text in REPORTING_HEADS
    if heads and ({"problem", "issue", "error", "trouble", "outage"} | POSSESSIVES) & {token.text for token in rest}:
        return "report"
    match kind:
        case Subject.SPEAKER:
            account = any(token.kinds & (ACCOUNT | ASSET) for token in (rest[:3] if rest[0].text == "no" else rest))
            return "claim" if account or is_owned(rest) else ""
        case Subject.GENERIC | Subject.NONE | Subject.THE:
            return "claim" if is_owned(rest) or any(token.kinds & ASSET for token in rest) else ""
        case Subject.IT | Subject.SOME:
            return "" if not any(token.kinds & (ACCOUNT | ASSET) for token in rest) else "claim"
    return "claim"


def _do(sentence: Sentence, clause: Clause, kind: Subject) -> str:
    rest = rest_of(clause)
    main = rest[0] if rest else Token("", 0)
    if clause.is_irrealis or (clause.verb == 0 and not clause.intro):
        return "" if not is_owned(rest) or main.kinds & BASE else "claim"
    if kind in (Subject.OWN, Subject.THE_ACCOUNT, Subject.SOME, Subject.COIN, Subject.WE, Subject.PERSON):
        return "" if sentence.has_support and kind is Subject.THE_ACCOUNT else "denial"
    if kind is Subject.YOU and main.text in OWNING and rest[1:2] and rest[1].text != "to":
        return "denial"
    if (
        kind is Subject.SPEAKER
        and (main.text in PERCEIVING or main.text in OWNING)
        and any(t.kinds & (ACCOUNT | ASSET) for t in rest)
    ):
        return "denial"
    if kind is Subject.IT and main.kinds & CLAIM and not sentence.has_support and not clause.intro.startswith("until"):
        return "denial"
    return "denial" if is_owned(rest) and kind is not Subject.GENERIC else ""
