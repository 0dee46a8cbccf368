"""Frames with a form of be: descriptions, definitions, grounded values; no event and no state of the account."""

from collections.abc import Sequence

from kraken_tui.agent.truth.clauses import PREPOSITIONS, Clause
from kraken_tui.agent.truth.complement import complement, is_plain_phrase
from kraken_tui.agent.truth.lexemes import (
    AT_ONCE,
    CHOICES,
    GOOD_BEGINNINGS,
    PLAIN_AFTER_IT,
    SIGNALS,
    YOU_ARE,
    is_event,
    is_state,
)
from kraken_tui.agent.truth.particulars import is_definite, is_owned, is_rule, rest_of
from kraken_tui.agent.truth.sentence import Sentence
from kraken_tui.agent.truth.subjects import POSSESSIVES, Subject, head_of
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import (
    ACCOUNT,
    ADJECTIVE,
    ASSET,
    CLAIM,
    FUNCTION,
    ING,
    NAME,
    NOUN,
    NUMBER,
    PARTICIPLE,
    PLAIN,
    PLURAL,
    STATE,
)
from kraken_tui.agent.truth.wording import listed

_ARTICLES = listed("a an the one another what why how when where whether because for about like of up not also only")
ABSTRACT = listed(
    "mistake idea goal key trick problem error plan point art job danger alternative option rule step way"
)

_WITH_COMPLEMENT = (
    Subject.THE, Subject.OWN, Subject.THE_ACCOUNT, Subject.GENERIC, Subject.SOME, Subject.IT, Subject.COIN,
)  # fmt: skip
"""Of these a form of be says something only with what follows it."""
_OF_VALUES = (
    Subject.COIN, Subject.THE, Subject.GENERIC, Subject.NONE, Subject.THE_ACCOUNT, Subject.SOME, Subject.UNREAD,
)  # fmt: skip
"""What a value that a tool returned may be told of."""


def be_refusal(sentence: Sentence, clause: Clause, kind: Subject) -> str:
    """Why a clause with a form of be may not be shown; empty where it may."""
    rest = rest_of(clause)
    first = rest[0] if rest else Token("", 0)
    event, state, going = complement(sentence, clause)
    if not rest and kind in _WITH_COMPLEMENT and _is_cut(sentence, clause, kind):
        return "fragment"
    if clause.is_irrealis:
        return "moment" if {one.text for one in clause.tokens} & AT_ONCE and kind in (Subject.OWN, Subject.IT) else ""
    if kind in _OF_VALUES and not event and not going and _is_grounded(sentence, clause, kind):
        return ""
    if sentence.has_deixis and not sentence.is_question:
        return "moment"
    match kind:
        case Subject.SPEAKER:
            return "" if _may_speaker_be(rest) and not going and not event else "claim"
        case Subject.YOU:
            return "" if _may_you_be(sentence, rest) else "claim"
        case Subject.WE | Subject.PERSON | Subject.UNREAD | Subject.OWN:
            return "claim"
        case Subject.IT | Subject.NONE:
            return _it_is(sentence, clause, rest)
        case Subject.COIN:
            words = {token.text for token in rest}
            plain = bool(first.kinds & (ADJECTIVE | FUNCTION)) and first.text not in PREPOSITIONS
            return "" if plain and not (event or state or going or words & SIGNALS) else "coin"
        case Subject.THE_ACCOUNT | Subject.SOME:
            return _account_is(sentence, clause, kind, event=event, state=state, going=going)
        case _:
            return _thing_is(sentence, clause, kind, event=event, state=state, going=going)


def _is_cut(sentence: Sentence, clause: Clause, kind: Subject) -> bool:
    """Whether what has to follow a form of be stands behind a mark, or nowhere."""
    following = sentence.clauses[sentence.clauses.index(clause) + 1 :][:1]
    cut = (
        bool(following)
        and following[0].intro in (",", ";", "-", "(", ":")
        and bool(
            following[0].tokens[0].kinds & (ING | PARTICIPLE | STATE)
            or following[0].tokens[0].text in PREPOSITIONS | {"being", "been"}
        )
    )
    broken = cut or (not following and kind is not Subject.IT and clause.tokens[-1].text != "not")
    relative = {"what", "how", "where", "than", "as"} & set(clause.intro.split())
    return broken and not clause.is_irrealis and not relative


def _is_grounded(sentence: Sentence, clause: Clause, kind: Subject) -> bool:
    """Whether it tells a value that a tool returned, and nothing of the account."""
    rest = rest_of(clause)
    first = rest[0] if rest else Token("", 0)
    is_value = first.kinds & NUMBER or first.text in ("at", "around", "about", "near", "up", "down", "trading")
    of_account = kind is Subject.THE_ACCOUNT and not is_value
    of_account = of_account or any(token.kinds & ACCOUNT and not token.kinds & ADJECTIVE for token in rest)
    numbers = any(token.kinds & NUMBER for token in clause.tokens)
    return bool(sentence.is_grounded) and not of_account and numbers and not is_owned(clause.tokens)


def _may_speaker_be(rest: Sequence[Token]) -> bool:
    """`I am Zyn`, `I am careful`: nothing that is held, and no state."""
    first = rest[0] if rest else Token("", 0)
    plain = bool(first.kinds & ADJECTIVE) and not is_state(first)
    return (first.text in GOOD_BEGINNINGS or bool(first.kinds & NAME) or plain) and not is_owned(rest)


def _may_you_be(sentence: Sentence, rest: Sequence[Token]) -> bool:
    """`you are right`, `are you watching`: nothing that was done."""
    first = rest[0] if rest else Token("", 0)
    asked = first.text in ("watching", "thinking", "planning", "trying", "asking", "waiting")
    looking = first.text == "looking" and not is_owned(rest)
    return first.text in YOU_ARE or (sentence.is_question and asked) or looking


def _thing_is(sentence: Sentence, clause: Clause, kind: Subject, *, event: bool, state: bool, going: bool) -> str:
    """`the idea is`, `a stop is`, `my order is`."""
    rest = rest_of(clause)
    first, head = rest[0] if rest else Token("", 0), head_of(clause.subject)
    if going and kind is Subject.THE and head.text in ABSTRACT:
        return "claim" if is_owned(rest) or is_definite(rest) else ""
    if first.text == "being" or (going and (not sentence.has_habit or first.kinds & CLAIM)):
        return "progress"
    if kind is Subject.POSSESSED and first.kinds & PARTICIPLE and not first.kinds & ADJECTIVE:
        return "claim"
    if first.text in ("yours", "mine", "ours"):
        return "" if head.text in CHOICES else "claim"
    singular = bool(head.kinds & ACCOUNT and not head.kinds & PLURAL)
    if singular and first.text in ("at", "in", "on", "through", "with", "under") and not is_rule(sentence, clause):
        return "resting"
    if not clause.tokens[clause.verb + 1 :] and first.kinds & CLAIM:
        return "claim"
    if {"for", "you"} <= {token.text for token in clause.subject}:
        return "claim"
    if any(token.text == "no" for token in clause.subject) and (event or state):
        return "denial"
    if (event or state) and not (sentence.has_support if kind is Subject.THE and state else is_rule(sentence, clause)):
        return "claim"
    return "claim" if is_owned(rest) and not sentence.has_habit else ""


def _account_is(sentence: Sentence, clause: Clause, kind: Subject, *, event: bool, state: bool, going: bool) -> str:
    rest = rest_of(clause)
    words = {token.text for token in rest}
    first = rest[0] if rest else Token("", 0)
    if going or is_owned(rest) or words & {"yours", "mine", "ours", "there", "here", "being"}:
        return "claim"
    if first.text in ("in", "through", "up", "on", "out", "done", "gone", "away", "off", "back"):
        return "claim"
    if sentence.has_support or (
        sentence.has_habit and first.text in ("below", "above", "under", "smaller", "larger", "wider")
    ):
        return ""
    plural = bool(head_of(clause.subject).kinds & PLURAL) and clause.subject[0].text == "some"
    if (
        kind is Subject.THE_ACCOUNT
        and head_of(clause.subject).text in ("coin", "coins")
        and first.kinds & ADJECTIVE
        and not event
        and not state
    ):
        return ""
    if (
        kind is Subject.SOME
        and (len(clause.subject) == 1 or plural)
        and first.kinds & ADJECTIVE
        and not event
        and not state
    ):
        return ""
    if kind is Subject.THE_ACCOUNT and not event and {"never", "always"} & {token.text for token in clause.tokens}:
        return ""
    defined = first.text in ("the", "a", "an", "what", "where") and not words & {"success", "winner"}
    named = bool(first.text in ("what", "where")) or any(
        one.intro.split()[-1:] in (["where"], ["at"], ["which"], ["that"], ["rel"])
        for one in sentence.clauses[sentence.clauses.index(clause) + 1 :]
    )
    if defined and named and not any(token.kinds & ACCOUNT and not token.kinds & PLURAL for token in rest[:3]):
        return ""
    return "claim"


def _it_is(sentence: Sentence, clause: Clause, rest: Sequence[Token]) -> str:
    """`it is a measure of risk`, `that depends`, `there are risks`, `which is lower`."""
    first = rest[0] if rest else Token("", 0)
    pointing = clause.subject[0].text if clause.subject else ""
    relative = not clause.subject and clause.intro.split()[-1:] in (
        ["that"],
        ["which"],
        ["who"],
        ["what"],
        ["and"],
        ["or"],
        ["but"],
    )
    event = any(is_event(token) for token in rest[:3])
    if first.text in ("being", "been"):
        return "progress"
    if relative:
        return "claim" if is_owned(rest) else ""
    if not clause.subject and sentence.is_question:
        return ""
    if first.text == "like" and any(token.kinds & ACCOUNT for token in rest[1:4]):
        return "claim"
    if (
        pointing == "there"
        and len(rest) > 1
        and first.text == "no"
        and rest[1].text in ("reason", "need", "point", "way", "doubt", "hurry", "rush", "rule")
    ):
        return ""
    if pointing == "there":
        kinds = [token.text for token in rest[:3]]
        if {"another", "next"} & set(kinds) and "always" in sentence.words:
            return ""
        if {"kinds", "kind", "types", "type", "ways", "sorts", "risks"} & set(kinds):
            return ""
        return "presence" if any(token.kinds & (ACCOUNT | ASSET) for token in rest) else ""
    if pointing == "here":
        told = any(
            (token.kinds & (ACCOUNT | ASSET) and not token.kinds & ADJECTIVE) or token.text in POSSESSIVES
            for token in rest
        )
        told = told or (
            first.text == "the"
            and bool({"confirmation", "receipt", "result", "results", "proof", "record", "outcome"} & sentence.words)
        )
        return "presence" if told else ""
    if event or is_owned(rest) or first.kinds & (ASSET | NAME | NUMBER):
        return "" if sentence.has_support and not is_owned(rest) and event and first.text not in ("done",) else "claim"
    if (
        first.kinds & PARTICIPLE
        and not first.kinds & ADJECTIVE
        and first.text not in PLAIN_AFTER_IT
        and not first.kinds & PLAIN
    ):
        return "" if sentence.has_support else "claim"
    if first.kinds & ING and not first.kinds & ADJECTIVE:
        return "progress"
    if first.text in ("a", "an", "the", "one", "my", "your", "our"):
        account = any(token.kinds & (ACCOUNT | STATE) and not token.kinds & FUNCTION for token in rest[:4])
        return "" if not account or (len(sentence.clauses) > 1 and is_rule(sentence, clause)) else "claim"
    if is_state(first):
        return "" if is_plain_phrase(rest) and first.text == "up" else "claim"
    if first.text in PREPOSITIONS - {"about", "for", "like", "up", "of", "outside", "beyond", "above", "below"}:
        return "claim"
    if not rest:
        return "" if clause is not sentence.clauses[0] or not clause.intro else "claim"
    return "" if first.kinds & (ADJECTIVE | FUNCTION | PLAIN | NOUN | PLURAL) or first.text in _ARTICLES else "claim"
