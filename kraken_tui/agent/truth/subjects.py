"""What a clause speaks of: something particular, which must not be claimed, or something in general."""

from collections.abc import Sequence
from enum import Enum, auto

from kraken_tui.agent.truth.clauses import PREPOSITIONS
from kraken_tui.agent.truth.lexemes import PEOPLE
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import (
    ACCOUNT,
    ADJECTIVE,
    ASSET,
    ING,
    MASS,
    NAME,
    NOUN,
    NUMBER,
    PLACE,
    PLURAL,
    VERB,
)
from kraken_tui.agent.truth.wording import listed


class Subject(Enum):
    """Kinds of what a clause speaks of."""

    NONE = auto()
    SPEAKER = auto()
    """I."""
    YOU = auto()
    WE = auto()
    IT = auto()
    """A pronoun that points at something: it, this, they, there, here."""
    COIN = auto()
    """A coin by its name."""
    PERSON = auto()
    OWN = auto()
    """Something of the account, with your, our, my: `your stop`."""
    POSSESSED = auto()
    """Something else with your, our, my: `your plan`."""
    THE_ACCOUNT = auto()
    """Something particular of the account: `the order`."""
    THE = auto()
    """Something definite that is not of the account: `the spread`, `the engine`."""
    SOME = auto()
    """A number of things of the account: `some orders`, `all positions`, `one stop`."""
    GENERIC = auto()
    """Any of a kind: `a stop`, `stops`, `volatility`, `selling in panic`."""
    UNREAD = auto()


POSSESSIVES = listed("my your our his her its their")
_POINTING = listed("it this that these those they he she here there them")
_DEFINITE = listed("the this that these those")
_ANY = listed("a an any each every most many few several no another either neither such much more fewer")
_COUNTED = listed("some all both one two three none half")


def head_of(subject: Sequence[Token]) -> Token:
    """The noun that a subject is about: the last one before a preposition."""
    head = Token("", 0)
    for token in subject:
        if head.kinds and token.text in PREPOSITIONS:
            break
        if token.kinds & (NOUN | PLURAL | ASSET | NAME | ING) or not head.kinds:
            head = token
    return head


def subject_of(tokens: Sequence[Token]) -> Subject:
    """The kind of a subject."""
    while len(tokens) > 2 and tokens[0].text in PREPOSITIONS | {"rather", "even", "like"}:
        later = [
            at
            for at, token in enumerate(tokens)
            if at > 1 and token.text in _ANY | _DEFINITE | _POINTING | {"nothing", "you", "i"}
        ]
        if not later:
            return Subject.UNREAD
        tokens = tokens[later[-1] :]
    if len(tokens) > 1 and tokens[0].text in ("long", "much", "many", "often", "far", "well"):
        tokens = tokens[1:]
    if not tokens:
        return Subject.NONE
    first = tokens[0].text
    fixed = {"i": Subject.SPEAKER, "you": Subject.YOU, "we": Subject.WE}.get(first)
    if fixed:
        return fixed if len(tokens) == 1 else Subject.UNREAD
    if first in _POINTING and not any(token.kinds & (NOUN | PLURAL) for token in tokens[1:]):
        return Subject.IT
    return _of_noun(tokens, first)


def _of_noun(tokens: Sequence[Token], first: str) -> Subject:
    head = head_of(tokens)
    of_account = bool(head.kinds & ACCOUNT or head.kinds & ASSET)
    if any(token.text in POSSESSIVES for token in tokens):
        owned = any(token.kinds & (ACCOUNT | ASSET) for token in tokens)
        return Subject.OWN if owned else Subject.POSSESSED
    plural = bool(head.kinds & PLURAL)
    if (
        first in _DEFINITE
        and plural
        and len(tokens) > 2
        and (tokens[1].text in ("best", "worst") or tokens[1].text.endswith("est"))
    ):
        return Subject.GENERIC
    if first in _DEFINITE and head.text in PEOPLE:
        return Subject.GENERIC
    if first in _DEFINITE:
        return Subject.THE_ACCOUNT if of_account else Subject.THE
    if first in _COUNTED or (
        first in ("most", "many", "few", "several", "none") and len(tokens) > 1 and tokens[1].text == "of"
    ):
        return (
            Subject.SOME
            if any(token.kinds & (ACCOUNT | ASSET) or token.text in ("it", "them") for token in tokens)
            or len(tokens) == 1
            else Subject.GENERIC
        )
    if first in _ANY or first in (
        "nobody",
        "everyone",
        "someone",
        "anyone",
        "nothing",
        "everything",
        "neither",
        "either",
    ):
        return Subject.SOME if first in ("nothing", "everything") else Subject.GENERIC
    if any(token.kinds & NAME for token in tokens):
        return Subject.PERSON
    if any(token.kinds & ASSET for token in tokens) and head.kinds & ASSET:
        return Subject.COIN
    return _bare(tokens, head)


def _bare(tokens: Sequence[Token], head: Token) -> Subject:
    """Without a determiner: plurals, mass nouns and gerunds are general; a single noun is a headline's."""
    if any(token.kinds & (NUMBER | PLACE) for token in tokens):
        return Subject.THE
    if len(tokens) == 1 and head.kinds & ING:
        return Subject.GENERIC
    if head.kinds & PLURAL or (tokens[0].kinds & ING and not tokens[0].kinds & ADJECTIVE):
        return Subject.GENERIC
    if head.kinds & MASS or head.text in ("people", "kraken"):
        return Subject.GENERIC if head.text != "kraken" else Subject.THE
    if head.kinds & ACCOUNT:
        return Subject.THE_ACCOUNT
    if head.kinds & NOUN:
        return Subject.THE
    if head.kinds & ADJECTIVE and not head.kinds & VERB:
        return Subject.GENERIC
    return Subject.UNREAD
