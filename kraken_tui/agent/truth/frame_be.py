"""Frames with a form of be: descriptions, definitions, grounded values; no event and no state of the account."""

from collections.abc import Sequence

from kraken_tui.agent.truth.clauses import PREPOSITIONS, Clause
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
    PRESENT,
    STATE,
)
from kraken_tui.agent.truth.wording import listed

_ARTICLES = listed("a an the one another what why how when where whether because for about like of up not also only")
ABSTRACT = listed(
    "mistake idea goal key trick problem error plan point art job danger alternative option rule step way"
)


def _complement(sentence: Sentence, clause: Clause) -> tuple[bool, bool, bool]:
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
                and _is_plain_phrase(rest[at:])
            )
        )
        going = going or bool(
            token.kinds & ING
            and (token.kinds & CLAIM or not token.kinds & (ADJECTIVE | NOUN))
            and at == 0
            and not (token.text == "trading" and sentence.is_grounded)
        )
    return event, state, going


def _is_plain_phrase(rest: Sequence[Token]) -> bool:
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


def be_refusal(sentence: Sentence, clause: Clause, kind: Subject) -> str:
    """Why a clause with a form of be may not be shown; empty where it may."""
    rest = rest_of(clause)
    first = rest[0] if rest else Token("", 0)
    event, state, going = _complement(sentence, clause)
    if not rest and kind in (
        Subject.THE,
        Subject.OWN,
        Subject.THE_ACCOUNT,
        Subject.GENERIC,
        Subject.SOME,
        Subject.IT,
        Subject.COIN,
    ):
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
        if broken and not clause.is_irrealis and not {"what", "how", "where", "than", "as"} & set(clause.intro.split()):
            return "fragment"
    if clause.is_irrealis:
        return "moment" if {one.text for one in clause.tokens} & AT_ONCE and kind in (Subject.OWN, Subject.IT) else ""
    if kind is Subject.THE_ACCOUNT and not (
        first.kinds & NUMBER or first.text in ("at", "around", "about", "near", "up", "down", "trading")
    ):
        rest_account = True
    else:
        rest_account = any(token.kinds & ACCOUNT and not token.kinds & ADJECTIVE for token in rest)
    if (
        sentence.is_grounded
        and not rest_account
        and kind
        in (Subject.COIN, Subject.THE, Subject.GENERIC, Subject.NONE, Subject.THE_ACCOUNT, Subject.SOME, Subject.UNREAD)
        and not event
        and not going
    ):
        numbers = any(token.kinds & NUMBER for token in clause.tokens)
        if numbers and not is_owned(clause.tokens):
            return ""
    if sentence.has_deixis and not sentence.is_question:
        return "moment"
    match kind:
        case Subject.SPEAKER:
            return (
                ""
                if (
                    first.text in GOOD_BEGINNINGS
                    or first.kinds & NAME
                    or (first.kinds & ADJECTIVE and not is_state(first))
                )
                and not is_owned(rest)
                and not going
                and not event
                else "claim"
            )
        case Subject.YOU:
            return (
                ""
                if first.text in YOU_ARE
                or (
                    sentence.is_question
                    and first.text in ("watching", "thinking", "planning", "trying", "asking", "waiting")
                )
                or (first.text == "looking" and not is_owned(rest))
                else "claim"
            )
        case Subject.WE | Subject.PERSON | Subject.UNREAD:
            return "claim"
        case Subject.IT | Subject.NONE:
            return _it_is(sentence, clause, rest)
        case Subject.COIN:
            words = {token.text for token in rest}
            plain = bool(first.kinds & (ADJECTIVE | FUNCTION)) and first.text not in PREPOSITIONS
            return "" if plain and not (event or state or going or words & SIGNALS) else "coin"
        case Subject.OWN:
            return "claim"
        case Subject.THE_ACCOUNT | Subject.SOME:
            return _account_is(sentence, clause, kind, event=event, state=state, going=going)
    if going and kind is Subject.THE and head_of(clause.subject).text in ABSTRACT:
        return "claim" if is_owned(rest) or is_definite(rest) else ""
    if first.text == "being" or (going and (not sentence.has_habit or first.kinds & CLAIM)):
        return "progress"
    if kind is Subject.POSSESSED and first.kinds & PARTICIPLE and not first.kinds & ADJECTIVE:
        return "claim"
    if first.text in ("yours", "mine", "ours"):
        return "" if head_of(clause.subject).text in CHOICES else "claim"
    singular = bool(head_of(clause.subject).kinds & ACCOUNT and not head_of(clause.subject).kinds & PLURAL)
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
        return "" if _is_plain_phrase(rest) and first.text == "up" else "claim"
    if first.text in PREPOSITIONS - {"about", "for", "like", "up", "of", "outside", "beyond", "above", "below"}:
        return "claim"
    if not rest:
        return "" if clause is not sentence.clauses[0] or not clause.intro else "claim"
    return "" if first.kinds & (ADJECTIVE | FUNCTION | PLAIN | NOUN | PLURAL) or first.text in _ARTICLES else "claim"
