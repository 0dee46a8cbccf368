"""Frames in the present tense: what is so in general, what a speaker thinks, instructions."""

from collections.abc import Sequence

from kraken_tui.agent.truth.clauses import Clause
from kraken_tui.agent.truth.lexemes import (
    AT_ONCE,
    DECIDING,
    DEIXIS,
    EARNERS,
    EARNING,
    I_MAY,
    IT_MAY,
    OWNING,
    PERCEIVING,
    REPORTING,
    REPORTING_HEADS,
    RESTING,
    YOU_MAY,
    is_event,
    is_state,
)
from kraken_tui.agent.truth.particulars import is_definite, is_owned, is_rule, rest_of
from kraken_tui.agent.truth.sentence import Sentence
from kraken_tui.agent.truth.subjects import POSSESSIVES, Subject, head_of, subject_of
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import (
    ACCOUNT,
    ADJECTIVE,
    ASSET,
    BASE,
    CLAIM,
    ING,
    MASS,
    NOUN,
    NUMBER,
    PARTICIPLE,
    PLURAL,
    STATE,
)
from kraken_tui.agent.truth.wording import listed

_RELATIVE = listed("rel that what which how where than who whether as")
_GIVEN = listed("while since because")
_OPEN_DETERMINERS = listed("a an any every each no all some such most many more less enough")


def present_refusal(sentence: Sentence, clause: Clause, kind: Subject) -> str:
    """Why a clause in the present tense may not be shown; empty where it may."""
    verb = clause.tokens[clause.verb]
    rest = rest_of(clause)
    intro = clause.intro.split()
    if clause.is_irrealis:
        return "owning" if verb.text in OWNING and {token.text for token in rest} & AT_ONCE else ""
    ordered = kind is Subject.NONE and verb.kinds & BASE and not verb.kinds & PARTICIPLE
    moments = {token.text for token in clause.tokens} & DEIXIS - ({"still"} if sentence.has_condition else set())
    if moments and not ordered and not (sentence.is_grounded and kind is not Subject.YOU):
        return "moment"
    match kind:
        case Subject.SPEAKER:
            may = verb.text in I_MAY or (intro[-1:] == ["what"] and not verb.kinds & CLAIM)
            return "" if may and not is_owned(rest) else "claim"
        case Subject.YOU:
            return _you_do(sentence, clause, rest)
        case Subject.WE:
            advised = (
                intro == ["that"] and not verb.kinds & CLAIM and {"suggest", "recommend", "propose"} & sentence.words
            )
            may = verb.text in ("need", "want", "know") and not is_owned(rest)
            return "" if may or (advised and not verb.kinds & CLAIM) else "claim"
        case Subject.PERSON:
            return "claim"
        case Subject.IT:
            good = verb.text in IT_MAY or sentence.has_support or intro[-1:] in (["how"], ["than"])
            return "" if good and not is_owned(rest) else "claim"
        case Subject.COIN:
            return "" if sentence.is_grounded or verb.text in ("tends", "tend") else "coin"
        case Subject.OWN:
            return "" if sentence.has_support and verb.text not in RESTING and not is_owned(rest) else "claim"
        case Subject.POSSESSED:
            return "" if verb.text in ("sounds", "seems", "looks", "makes") else "claim"
        case Subject.THE_ACCOUNT:
            ruled = verb.text in DECIDING or bool({"never", "only", "always"} & {token.text for token in clause.tokens})
            may = (ruled or sentence.has_support) and not is_owned(rest)
            return "" if may or intro[-1:] in (["what"], ["how"], ["where"]) else "claim"
        case Subject.SOME:
            return "" if verb.text not in RESTING and not is_owned(rest) else "claim"
        case Subject.NONE:
            return _bare_verb(sentence, clause)
        case Subject.UNREAD:
            return "unread"
    return _general(sentence, clause, kind)


def _you_do(sentence: Sentence, clause: Clause, rest: Sequence[Token]) -> str:
    """`you may`, `what you trade`: of what the operator does, nothing that the account would have to show."""
    verb, intro = clause.tokens[clause.verb], clause.intro.split()[-1:]
    if verb.text in OWNING:
        return "" if intro == ["what"] and subject_of(sentence.clauses[0].subject) is Subject.GENERIC else "owning"
    allowed = (
        verb.text in YOU_MAY
        or bool(_RELATIVE.intersection(intro))
        or (bool(_GIVEN.intersection(intro)) and not verb.kinds & CLAIM)
        or sentence.has_support
        or any(one.verb >= 0 for one in sentence.clauses[: sentence.clauses.index(clause)])
    )
    return "" if allowed and not is_owned(rest) and not any(token.kinds & ASSET for token in rest) else "owning"


def _bare_verb(sentence: Sentence, clause: Clause) -> str:
    """A verb whose subject stands in the clause before, or an imperative."""
    before = sentence.clauses.index(clause)
    rest = rest_of(clause)
    verb = clause.tokens[clause.verb]
    if (
        before
        and clause.intro in ("and", "or")
        and verb.kinds & BASE
        and not verb.kinds & PARTICIPLE
        and not is_owned(rest)
    ):
        return ""
    if (verb.kinds & BASE and not verb.kinds & PARTICIPLE) or verb.text in ("let", "put", "cut"):
        return instruction(sentence, clause)
    if before and not is_owned(rest):
        return ""
    return instruction(sentence, clause) if verb.kinds & BASE else "fragment"


def _general(sentence: Sentence, clause: Clause, kind: Subject) -> str:
    verb, rest = clause.tokens[clause.verb], rest_of(clause)
    head = head_of(clause.subject)
    singular = bool(head.kinds & ACCOUNT and not head.kinds & PLURAL)
    waits = verb.text in ("waits", "wait") and rest and rest[0].text == "for" and not sentence.has_deixis
    if verb.text in RESTING and singular and not waits and not is_rule(sentence, clause):
        return "resting"
    several = all(t.kinds & PLURAL for t in rest if t.kinds & ACCOUNT and not t.kinds & ADJECTIVE) and not any(
        t.kinds & ASSET for t in rest
    )
    if is_owned(rest) and not sentence.has_support and not (several and not verb.kinds & CLAIM):
        return "claim"
    if (
        not rest
        and verb.kinds & CLAIM
        and not sentence.has_habit
        and (kind is Subject.THE or any(token.kinds & ING for token in clause.subject[:1]))
    ):
        return "claim"
    if verb.text in EARNING and kind is Subject.THE and head.text in EARNERS:
        return "claim"
    if kind is Subject.THE:
        if head.text in REPORTING_HEADS and verb.text in REPORTING:
            return "report"
        shields = verb.text in ("protect", "protects") and rest and rest[0].text in ("you", "the")
        one = rest and rest[0].text == "one" and ({"per"} & sentence.words or {"at", "time"} <= sentence.words)
        if shields or one:
            return ""
        if head.text in EARNERS and verb.text in RESTING and not rest:
            return "resting"
        if verb.kinds & CLAIM and clause.intro.split()[-1:] == ["what"] and sentence.clauses[0].verb != clause.verb:
            return ""
        if verb.kinds & CLAIM and not _has_open_object(sentence, rest):
            return "claim"
    if (
        any(token.text in ("no", "nothing") for token in clause.subject)
        and verb.kinds & CLAIM
        and not sentence.has_habit
    ):
        return "denial"
    if verb.kinds & CLAIM and any(token.kinds & ASSET for token in rest):
        return "claim"
    return ""


def _has_open_object(sentence: Sentence, rest: Sequence[Token]) -> bool:
    """Whether an engine's or exchange's act is told as a habit: of any order, or under a condition."""
    if sentence.has_support:
        return True
    first = rest[0] if rest else Token("", 0)
    if first.text in _OPEN_DETERMINERS or {"never", "always", "only"} & sentence.words:
        return True
    if sentence.has_habit and first.text not in ("it", "them") and not is_definite(rest):
        return True
    noun = next((token for token in rest if token.kinds & (NOUN | PLURAL)), None)
    return (
        noun is not None and bool(noun.kinds & PLURAL) and first.text not in POSSESSIVES | {"the", "these", "those"}
    ) or (len(sentence.clauses) > 1 and not {"it", "them"} & {t.text for t in rest[:1]})


def instruction(sentence: Sentence, clause: Clause) -> str:
    """`press Y to confirm`, `avoid market orders`: nothing is said to have happened."""
    rest = rest_of(clause)
    verb = clause.tokens[clause.verb]
    words = {token.text for token in rest}
    if verb.text in OWNING and verb.text != "keep":
        return "owning"
    if verb.kinds & CLAIM:
        if rest and rest[0].kinds & (ASSET | NUMBER):
            return "headline"
        if ({"for"} & words and {"you", "us"} & words) or sentence.is_grounded:
            return "headline"
        refused = {"never", "not"} & {token.text for token in clause.tokens}
        chosen = [one.intro for one in sentence.clauses[1:2]] == ["or"]
        if len(rest) == 0 and not (sentence.has_condition or refused or chosen):
            return "headline"
    if verb.kinds & (ACCOUNT | STATE) and verb.kinds & NOUN and rest:
        object_ = rest[0]
        opened = object_.text in _OPEN_DETERMINERS | {"the", "with", "less", "more"} or object_.kinds & (
            PLURAL | ADJECTIVE | MASS
        )
        if not opened or is_state(object_) or is_event(object_):
            return "headline"
    if verb.text == "say" and rest and rest[0].text == "no":
        return "headline"
    if verb.text == "be" and rest and (is_state(rest[0]) or is_event(rest[0])):
        return "claim"
    if is_owned(rest) and (verb.text in PERCEIVING or any(token.kinds & ASSET for token in rest)):
        return "presence"
    return ""
