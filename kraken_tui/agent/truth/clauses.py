"""A sentence parted into clauses, and each clause into subject, verb and rest.

This is no grammar of English. It finds the finite verb, who or what it is said of, and what introduces the clause; what
it can't read has no licence to be shown (`licences.py`).
"""

from collections.abc import Sequence

from msgspec import Struct

from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import (
    ADJECTIVE,
    ADVERB,
    ASSET,
    BASE,
    CLAIM,
    CURRENCY,
    FUNCTION,
    ING,
    NAME,
    NOUN,
    NUMBER,
    PARTICIPLE,
    PAST,
    PLACE,
    PLURAL,
    PRESENT,
    STATE,
)
from kraken_tui.agent.truth.wording import listed

MODALS = listed("can could would should might may must will shall ought cannot")
BE = listed("is are am was were")
HAVE = listed("has have had")
DO = listed("do does did")
FINITE = MODALS | BE | HAVE | DO
SUBJECTS = listed("i you we he she they it someone nobody everyone")
IRREALIS = listed(
    "if unless until once when whenever before after whether wherever whatever whichever suppose imagine assume"
)
"""What follows one of these is not said to be so."""
MARKS = frozenset([",", ";", ":", "(", ")", '"', "-", ".", "!", "?"])
JOINTS = (
    listed(
        "and or but so because since while whereas although though as than that which who whom whose "
        "what how why where yet"
    )
    | IRREALIS
)
COPULAS = listed(
    "seems seem looks look stays stay remains remain appears appear feels feel sounds sound becomes become"
)
"""Say how something is, as `is` does."""
_SAYING = listed("say think believe guess assume bet swear suppose reckon feel hope know see note mean")
_CAUSING = listed(
    "let lets help helps make makes makes see give gives show shows tell tells cost costs protect "
    "protects keep keeps ask asks put puts"
)
_SKIPPED = listed(
    "not never also only just still always often usually then however therefore thus hence so "
    "too even now already perhaps maybe please first second third finally next again instead "
    "otherwise yes well last anymore"
)
_DETERMINERS = listed(
    "a an the this that these those each every any all some most many much few several no another "
    "both either neither such my your our his her its their of in on at to from by with for about "
    "into than as between under over below above without against per"
)
PREPOSITIONS = listed(
    "of in on at to from by with without within into onto out over under above below between among "
    "against about around through during for per up down off near behind across along toward "
    "towards upon beside besides despite except like unlike via inside outside"
)


class Clause(Struct):
    """A part of a sentence with at most one finite verb."""

    intro: str
    """The words that lead it in: `if`, `that`, `,`; empty at the beginning."""
    tokens: list[Token]
    verb: int = -1
    """Where the finite verb is; -1 where there is none."""
    subject: Sequence[Token] = ()
    """What stands before it, without adverbs."""
    is_irrealis: bool = False


def is_skipped(token: Token) -> bool:
    """Whether an adverb: it may stand between a subject and its verb."""
    if token.text == "enough":
        return False
    return token.text in _SKIPPED or bool(
        token.kinds & ADVERB and not token.kinds & (NOUN | BASE | PRESENT | ADJECTIVE)
    )


def clauses_of(tokens: Sequence[Token]) -> list[Clause]:
    """The clauses of a sentence, in their order."""
    parted = [part for clause in _parted(tokens) for part in _with_second_verb(clause)]
    previous = False
    for clause in parted:
        clause.verb = _verb(clause.tokens)
        clause.subject = [token for token in clause.tokens[: max(0, clause.verb)] if not is_skipped(token)]
        own = clause.intro.split()
        clause.is_irrealis = any(word in IRREALIS for word in own) or _is_inverted(clause)
        if (
            previous
            and own
            and own[-1] in ("and", "or", ",")
            and not any(word in JOINTS - {"and", "or"} for word in own)
        ):
            clause.is_irrealis = clause.is_irrealis or ("," not in own and clause.verb >= 0)
        previous = clause.is_irrealis
    return parted


def _with_second_verb(clause: Clause) -> list[Clause]:
    """`I would say | your order is in`: a second finite verb has a clause of its own."""
    first = _verb(clause.tokens)
    if first < 0:
        return [clause]
    tokens = clause.tokens
    begin = first + 1
    if tokens[first].text in MODALS | DO:
        while begin < len(tokens) and (is_skipped(tokens[begin]) or tokens[begin].text == "not"):
            begin += 1
        begin += 1
    while (
        begin < len(tokens)
        and (is_skipped(tokens[begin]) or tokens[begin].kinds & PARTICIPLE)
        and tokens[first].text in BE
    ):
        begin += 1
    inverted = begin < len(tokens) and tokens[first].text in DO | MODALS and tokens[first + 1].text in SUBJECTS
    for at in range(begin, len(tokens)):
        word, kinds = tokens[at].text, tokens[at].kinds
        told = word in BE | HAVE | MODALS | DO and tokens[at - 1].text not in MODALS | BE | {"to", "not"}
        told = told and not (inverted and word in ("have", "do"))
        told = told or (word in COPULAS and at > begin and tokens[at - 1].text not in MODALS | {"to", "not"})
        told = told or bool(kinds & PAST and not kinds & (PARTICIPLE | BASE | NOUN | ADJECTIVE | FUNCTION))
        if tokens[begin - 1].text in _SAYING:
            told = told or bool(kinds & (PAST | PRESENT) and not kinds & (BASE | NOUN | PLURAL | FUNCTION))
            told = told or bool(
                kinds & CLAIM and not kinds & (NOUN | PLURAL | ADJECTIVE | ING) and tokens[at - 1].text != "to"
            )
        if not told:
            continue
        attached = tokens[first].text in BE | DO | MODALS or clause.intro in ("that", "rel")
        if at == begin and attached and tokens[begin - 1].text not in _SAYING:
            return [Clause(clause.intro, tokens[:begin]), Clause("that", tokens[begin:])]
        if not all(is_skipped(token) for token in tokens[begin:at]):
            return [Clause(clause.intro, tokens[:begin]), Clause("that", tokens[begin:])]
    return [clause]


def _parted(tokens: Sequence[Token]) -> list[Clause]:
    parted, intro, current = [], "", list[Token]()
    for at, token in enumerate(tokens):
        is_joint = token.text in MARKS or (
            token.text in JOINTS and not _is_determiner(tokens, at) and not _pairs(tokens, at)
        )
        if is_joint:
            if current:
                parted.append(Clause(intro, current))
                intro, current = "", []
            intro = f"{intro} {token.text}".strip()
        else:
            if current and _is_new_subject(tokens, at, current):
                parted.append(Clause(intro, current))
                intro, current = "rel", []
            current.append(token)
    if current:
        parted.append(Clause(intro, current))
    return parted


def _pairs(tokens: Sequence[Token], at: int) -> bool:
    """`bought or sold` is one verb."""
    if tokens[at].text not in ("and", "or") or not 0 < at < len(tokens) - 1:
        return False
    return bool(
        tokens[at - 1].kinds & PARTICIPLE and tokens[at + 1].kinds & PARTICIPLE and not tokens[at + 1].kinds & BASE
    )


def _is_determiner(tokens: Sequence[Token], at: int) -> bool:
    """`that` and `what` before a noun, at the beginning or after a preposition; `so` and `as` before an adjective."""
    word = tokens[at].text
    after = tokens[at + 1] if at + 1 < len(tokens) else Token("", 0)
    if word == "that":
        leads = after.text in SUBJECTS or after.text in ("the", "a", "an", "my", "your", "our")
        first = at == 0 or (tokens[at - 1].text in PREPOSITIONS | MARKS | {"and", "but"} and not leads)
        ends = after.text in MARKS | PREPOSITIONS | {""} or (
            tokens[at - 1].text in ("call", "called") and after.text in ("a", "an")
        )
        noun = after.kinds & (NOUN | PLURAL | ASSET) and (at + 2 >= len(tokens) or tokens[at + 2].text in MARKS)
        ends = ends and (not leads or tokens[at - 1].text in ("call", "called"))
        return first or ends or bool(noun and not after.kinds & PRESENT) or tokens[at - 1].text == "do"
    if word in ("suppose", "imagine", "assume"):
        return at > 0 and tokens[at - 1].text not in MARKS
    if word in ("how", "what", "which", "why", "where", "who", "whose", "when") and at == 0:
        return False
    if word == "so":
        return bool(after.kinds & (ADJECTIVE | ADVERB)) and after.text not in ("far",)
    return False


def _is_new_subject(tokens: Sequence[Token], at: int, current: Sequence[Token]) -> bool:
    """`the price | you pay`: a relative clause without its pronoun, or a clause after `I think`."""
    word, before = tokens[at].text, current[-1]
    if word not in SUBJECTS or (at + 1 < len(tokens) and tokens[at + 1].text in MARKS):
        return False
    if before.text in MODALS | BE | DO | HAVE or before.text in _CAUSING or before.text in PREPOSITIONS:
        return False
    if all(is_skipped(token) for token in current):
        return False
    if word in ("you", "it") and before.kinds & (BASE | PRESENT):
        follows = next((token for token in tokens[at + 1 :] if not is_skipped(token)), None)
        return follows is not None and (follows.text in FINITE or bool(follows.kinds & (PAST | PRESENT | BASE)))
    return True


def _is_inverted(clause: Clause) -> bool:
    """`should it fall`, `were you to sell`."""
    return len(clause.tokens) > 2 and clause.tokens[0].text in ("should", "were", "had") and clause.verb == 0


def _verb(tokens: Sequence[Token]) -> int:
    """Where the finite verb is: the first form that can be nothing else, or a word that follows its subject."""
    if tokens[0].text == "let":
        return 0
    for at, token in enumerate(tokens):
        if token.text in FINITE and not (
            token.text in ("have", "do") and at and tokens[at - 1].text in MODALS | {"to"}
        ):
            return at
        if at and tokens[at - 1].text in ("to", *MODALS, *DO, "not"):
            continue
        kinds = token.kinds
        if at and token.text in COPULAS and _is_copula(tokens, at):
            return at
        if (
            kinds & (PRESENT | BASE)
            and not kinds & (NOUN | PLURAL | ADJECTIVE | ADVERB | FUNCTION)
            and _may_follow(tokens, at)
        ):
            return at
        if kinds & PAST and not kinds & (BASE | NOUN) and _is_past(tokens, at):
            named = at and (tokens[at - 1].kinds & ASSET or tokens[at - 1].text in SUBJECTS)
            described = at and tokens[at - 1].kinds & PRESENT and at + 1 < len(tokens) and tokens[at + 1].kinds & PLURAL
            if (not kinds & ADJECTIVE or named) and not described:
                return at
    return _doubtful(tokens)


def _is_copula(tokens: Sequence[Token], at: int) -> bool:
    """`looks` before what something looks like, and behind what looks so."""
    before = next((token for token in reversed(tokens[:at]) if not is_skipped(token)), tokens[at])
    if _agree(before, tokens[at]):
        return True
    after = tokens[at + 1] if at + 1 < len(tokens) else Token("", 0)
    bound = before.text in _DETERMINERS | MODALS | DO | {"to", "not", "us", "me", "them"} or before.kinds & (
        ADJECTIVE | BASE
    )
    return not bound and bool(after.kinds & (ADJECTIVE | STATE | PARTICIPLE) or after.text in PREPOSITIONS)


def _may_follow(tokens: Sequence[Token], at: int) -> bool:
    """A base form at the beginning is an imperative; it counts as the verb as well."""
    return at == 0 or tokens[at - 1].text not in _DETERMINERS


def _is_past(tokens: Sequence[Token], at: int) -> bool:
    """Whether a past form is the clause's verb and no participle at a noun."""
    if not tokens[at].kinds & PARTICIPLE:
        return True
    before = [token for token in tokens[:at] if not is_skipped(token)]
    if not before or before[-1].text in ("be", "been", "being", "get", "gets", "getting"):
        return False
    later = any(
        token.text in FINITE or (token.kinds & PRESENT and not token.kinds & (NOUN | PLURAL))
        for token in tokens[at + 1 :]
    )
    return not later and (
        before[-1].text in SUBJECTS or bool(before[-1].kinds & (NOUN | PLURAL | ASSET | NAME | CURRENCY))
    )


def _doubtful(tokens: Sequence[Token]) -> int:
    """A word that may be noun or verb is the verb where it agrees with a noun or pronoun right before it."""
    found = -1
    last: Token | None = None
    first = next((at for at, token in enumerate(tokens) if not is_skipped(token)), 0)
    commands = bool(tokens[first].kinds & BASE) and not tokens[first].kinds & PLURAL
    for at, token in enumerate(tokens):
        if is_skipped(token):
            continue
        if at <= 2 and tokens[0].text in PREPOSITIONS:
            last = token
            continue
        if last is not None and _agree(last, token) and token.text in COPULAS:
            return at
        if last is not None and _agree(last, token) and (found < 0 or found == at - 1):
            if commands and at == first + 2 and token.kinds & PLURAL and at == len(tokens) - 1:
                return -1
            if not (at > 1 and tokens[at - 1].text in ("to",)):
                found = at
        elif found >= 0:
            break
        last = token
    return found


def _agree(noun: Token, verb: Token) -> bool:
    if not verb.kinds & (BASE | PRESENT | PAST):
        return False
    if noun.text in ("i", "you", "we", "they"):
        return bool(verb.kinds & (BASE | PAST))
    if noun.text in (
        "it",
        "he",
        "she",
        "everything",
        "nothing",
        "someone",
        "nobody",
        "everyone",
        "this",
        "that",
        "one",
        "each",
    ):
        return bool(verb.kinds & (PRESENT | PAST))
    if noun.kinds & PLURAL:
        return bool(verb.kinds & BASE)
    return bool(noun.kinds & (NOUN | ASSET | NAME | ING) and verb.kinds & PRESENT)


def is_number(token: Token) -> bool:
    """Whether digits."""
    return bool(token.kinds & (NUMBER | PLACE))
