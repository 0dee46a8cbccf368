"""Frames that pass: plans, offers, questions, conditions, definitions, instructions, advice, grounded prices.

Every clause of a sentence must fit one. What fits none is withheld, whatever it says.
"""

from collections.abc import Callable, Sequence

from kraken_tui.agent.truth.clauses import BE, COPULAS, DO, HAVE, MODALS, PREPOSITIONS, Clause, is_skipped
from kraken_tui.agent.truth.lexemes import (
    AT_ONCE,
    CHOICES,
    DECIDING,
    DEIXIS,
    EARNERS,
    EARNING,
    GOOD_BEGINNINGS,
    I_MAY,
    I_MAY_NOT,
    IT_MAY,
    OFTEN,
    OWNING,
    PERCEIVING,
    PLAIN_AFTER_IT,
    REPORTING,
    REPORTING_HEADS,
    RESTING,
    SIGNALS,
    YOU_ARE,
    YOU_MAY,
    is_event,
    is_state,
)
from kraken_tui.agent.truth.sentence import Sentence, is_past
from kraken_tui.agent.truth.subjects import POSSESSIVES, Subject, head_of, subject_of
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import (
    ACCOUNT,
    ADJECTIVE,
    ASSET,
    BASE,
    CLAIM,
    FUNCTION,
    ING,
    MASS,
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

Frame = Callable[[Sentence, Clause, Subject], str]
_ARTICLES = listed("a an the one another what why how when where whether because for about like of up not also only")
_OPEN_DETERMINERS = listed("a an any every each no all some such most many more less enough")
ABSTRACT = listed(
    "mistake idea goal key trick problem error plan point art job danger alternative option rule step way"
)
CLAIMING = POSSESSIVES - {"its", "their"}


def refusal(sentence: Sentence, clause: Clause, kind: Subject) -> str:
    """Why a clause with a finite verb may not be shown; empty where it may."""
    verb = clause.tokens[clause.verb].text
    if verb in MODALS:
        return _modal(sentence, clause, kind)
    if is_past(clause):
        return _past(sentence, clause, kind)
    about = [token.text for token in rest_of(clause)[:1]] in (["at"], ["for"], ["into"])
    if verb in BE or (verb in COPULAS and kind is not Subject.NONE and not (about and kind is Subject.WE)):
        return _be(sentence, clause, kind)
    if verb in HAVE:
        return _have(sentence, clause, kind)
    if verb in DO:
        return _do(sentence, clause, kind)
    return _present(sentence, clause, kind)


def rest_of(clause: Clause) -> list[Token]:
    """What stands after the verb, from the first word that is no adverb."""
    tokens = clause.tokens[clause.verb + 1 :]
    while tokens and (is_skipped(tokens[0]) or tokens[0].text == "not"):
        tokens = tokens[1:]
    return tokens


def _own(tokens: Sequence[Token]) -> bool:
    """Whether something of the account is said to be somebody's."""
    return any(
        token.text in CLAIMING and any(one.kinds & (ACCOUNT | ASSET) for one in tokens[at + 1 : at + 5])
        for at, token in enumerate(tokens)
    )


def _definite_account(tokens: Sequence[Token]) -> bool:
    """`the order`, `that fill`, a coin."""
    for at, token in enumerate(tokens):
        if token.kinds & ASSET:
            return True
        heads = token.kinds & ACCOUNT and not (at + 1 < len(tokens) and tokens[at + 1].kinds & (NOUN | PLURAL))
        before = {one.text for one in tokens[max(0, at - 3) : at]}
        if heads and before & (POSSESSIVES | {"the", "that", "this", "these", "those"}):
            return True
    return False


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
    if main.text in PERCEIVING and kind is not Subject.GENERIC and _definite_account(rest) and not negated:
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


def _past(sentence: Sentence, clause: Clause, kind: Subject) -> str:
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
    general = kind in (Subject.THE, Subject.GENERIC) and not sentence.has_deixis and not _own(clause.tokens)
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


def _be(sentence: Sentence, clause: Clause, kind: Subject) -> str:
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
        if numbers and not _own(clause.tokens):
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
                and not _own(rest)
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
                or (first.text == "looking" and not _own(rest))
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
        return "claim" if _own(rest) or _definite_account(rest) else ""
    if first.text == "being" or (going and (not sentence.has_habit or first.kinds & CLAIM)):
        return "progress"
    if kind is Subject.POSSESSED and first.kinds & PARTICIPLE and not first.kinds & ADJECTIVE:
        return "claim"
    if first.text in ("yours", "mine", "ours"):
        return "" if head_of(clause.subject).text in CHOICES else "claim"
    singular = bool(head_of(clause.subject).kinds & ACCOUNT and not head_of(clause.subject).kinds & PLURAL)
    if singular and first.text in ("at", "in", "on", "through", "with", "under") and not _is_rule(sentence, clause):
        return "resting"
    if not clause.tokens[clause.verb + 1 :] and first.kinds & CLAIM:
        return "claim"
    if {"for", "you"} <= {token.text for token in clause.subject}:
        return "claim"
    if any(token.text == "no" for token in clause.subject) and (event or state):
        return "denial"
    if (event or state) and not _is_rule(sentence, clause):
        return "claim"
    return "claim" if _own(rest) and not sentence.has_habit else ""


def _is_rule(sentence: Sentence, clause: Clause) -> bool:
    """Whether a clause in general terms says when it holds, or of which kind it speaks."""
    relative = any(
        one is not clause
        and one.intro in ("that", "which", "who", "whose", "where")
        and (one.intro == "where" or subject_of(one.subject) in (Subject.NONE, Subject.YOU))
        for one in sentence.clauses
    )
    return sentence.has_habit or relative or bool({token.text for token in clause.tokens} & OFTEN)


def _account_is(sentence: Sentence, clause: Clause, kind: Subject, *, event: bool, state: bool, going: bool) -> str:
    rest = rest_of(clause)
    words = {token.text for token in rest}
    first = rest[0] if rest else Token("", 0)
    if going or _own(rest) or words & {"yours", "mine", "ours", "there", "here", "being"}:
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
        return "claim" if _own(rest) else ""
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
    if event or _own(rest) or first.kinds & (ASSET | NAME | NUMBER):
        return "" if sentence.has_support and not _own(rest) and event and first.text not in ("done",) else "claim"
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
        return "" if not account or (len(sentence.clauses) > 1 and _is_rule(sentence, clause)) else "claim"
    if is_state(first):
        return "" if _is_plain_phrase(rest) and first.text == "up" else "claim"
    if first.text in PREPOSITIONS - {"about", "for", "like", "up", "of", "outside", "beyond", "above", "below"}:
        return "claim"
    if not rest:
        return "" if clause is not sentence.clauses[0] or not clause.intro else "claim"
    return "" if first.kinds & (ADJECTIVE | FUNCTION | PLAIN | NOUN | PLURAL) or first.text in _ARTICLES else "claim"


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
    if sentence.is_grounded and kind in (Subject.COIN, Subject.THE) and not _own(rest):
        return ""
    if kind is Subject.YOU and sentence.has_condition and not any(token.kinds & (ACCOUNT | ASSET) for token in rest):
        return ""
    heads = head_of(clause.subject).text in REPORTING_HEADS
    if heads and ({"problem", "issue", "error", "trouble", "outage"} | POSSESSIVES) & {token.text for token in rest}:
        return "report"
    match kind:
        case Subject.SPEAKER:
            account = any(token.kinds & (ACCOUNT | ASSET) for token in (rest[:3] if rest[0].text == "no" else rest))
            return "claim" if account or _own(rest) else ""
        case Subject.GENERIC | Subject.NONE | Subject.THE:
            return "claim" if _own(rest) or any(token.kinds & ASSET for token in rest) else ""
        case Subject.IT | Subject.SOME:
            return "" if not any(token.kinds & (ACCOUNT | ASSET) for token in rest) else "claim"
    return "claim"


def _do(sentence: Sentence, clause: Clause, kind: Subject) -> str:
    rest = rest_of(clause)
    main = rest[0] if rest else Token("", 0)
    if clause.is_irrealis or (clause.verb == 0 and not clause.intro):
        return "" if not _own(rest) or main.kinds & BASE else "claim"
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
    return "denial" if _own(rest) and kind is not Subject.GENERIC else ""


def _present(sentence: Sentence, clause: Clause, kind: Subject) -> str:
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
            return "" if may and not _own(rest) else "claim"
        case Subject.YOU:
            defined = intro[-1:] == ["what"] and subject_of(sentence.clauses[0].subject) is Subject.GENERIC
            if verb.text in OWNING:
                return "" if defined else "owning"
            relative = intro[-1:] in (
                ["rel"],
                ["that"],
                ["what"],
                ["which"],
                ["how"],
                ["where"],
                ["than"],
                ["who"],
                ["whether"],
                ["as"],
            )
            while_ = intro[-1:] in (["while"], ["since"], ["because"]) and not verb.kinds & CLAIM
            allowed = (
                verb.text in YOU_MAY
                or relative
                or while_
                or sentence.has_support
                or any(one.verb >= 0 for one in sentence.clauses[: sentence.clauses.index(clause)])
            )
            return "" if allowed and not _own(rest) and not any(t.kinds & ASSET for t in rest) else "owning"
        case Subject.WE | Subject.PERSON:
            if (
                kind is Subject.WE
                and intro == ["that"]
                and not verb.kinds & CLAIM
                and {"suggest", "recommend", "propose"} & sentence.words
            ):
                return ""
            return "" if kind is Subject.WE and verb.text in ("need", "want", "know") and not _own(rest) else "claim"
        case Subject.IT:
            good = verb.text in IT_MAY or sentence.has_support or intro[-1:] in (["how"], ["than"])
            return "" if good and not _own(rest) else "claim"
        case Subject.COIN:
            return "" if sentence.is_grounded or verb.text in ("tends", "tend") else "coin"
        case Subject.OWN:
            return "" if sentence.has_support and verb.text not in RESTING and not _own(rest) else "claim"
        case Subject.POSSESSED:
            return "" if verb.text in ("sounds", "seems", "looks", "makes") else "claim"
        case Subject.THE_ACCOUNT:
            ruled = verb.text in DECIDING or bool({"never", "only", "always"} & {token.text for token in clause.tokens})
            return (
                ""
                if (ruled and not _own(rest))
                or (sentence.has_support and not _own(rest))
                or intro[-1:] in (["what"], ["how"], ["where"])
                else "claim"
            )
        case Subject.SOME:
            return "" if verb.text not in RESTING and not _own(rest) else "claim"
        case Subject.NONE:
            return _bare_verb(sentence, clause)
        case Subject.UNREAD:
            return "unread"
    return _general(sentence, clause, kind)


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
        and not _own(rest)
    ):
        return ""
    if (verb.kinds & BASE and not verb.kinds & PARTICIPLE) or verb.text in ("let", "put", "cut"):
        return instruction(sentence, clause)
    if before and not _own(rest):
        return ""
    return instruction(sentence, clause) if verb.kinds & BASE else "fragment"


def _general(sentence: Sentence, clause: Clause, kind: Subject) -> str:
    verb, rest = clause.tokens[clause.verb], rest_of(clause)
    head = head_of(clause.subject)
    singular = bool(head.kinds & ACCOUNT and not head.kinds & PLURAL)
    waits = verb.text in ("waits", "wait") and rest and rest[0].text == "for" and not sentence.has_deixis
    if verb.text in RESTING and singular and not waits and not _is_rule(sentence, clause):
        return "resting"
    several = all(t.kinds & PLURAL for t in rest if t.kinds & ACCOUNT and not t.kinds & ADJECTIVE) and not any(
        t.kinds & ASSET for t in rest
    )
    if _own(rest) and not sentence.has_support and not (several and not verb.kinds & CLAIM):
        return "claim"
    if (
        not rest
        and verb.kinds & CLAIM
        and not sentence.has_habit
        and (kind is Subject.THE or clause.subject[0].kinds & ING)
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
    if sentence.has_habit and first.text not in ("it", "them") and not _definite_account(rest):
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
    if _own(rest) and (verb.text in PERCEIVING or any(token.kinds & ASSET for token in rest)):
        return "presence"
    return ""
