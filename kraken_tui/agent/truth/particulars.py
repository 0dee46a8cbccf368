"""What a clause says beside its verb: whose something is, whether it is definite, whether it is a rule."""

from collections.abc import Sequence

from kraken_tui.agent.truth.clauses import Clause, is_skipped
from kraken_tui.agent.truth.lexemes import (
    OFTEN,
)
from kraken_tui.agent.truth.sentence import Sentence
from kraken_tui.agent.truth.subjects import POSSESSIVES, Subject, subject_of
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import (
    ACCOUNT,
    ASSET,
    NOUN,
    PLURAL,
)

CLAIMING = POSSESSIVES - {"its", "their"}


def rest_of(clause: Clause) -> list[Token]:
    """What stands after the verb, from the first word that is no adverb."""
    tokens = clause.tokens[clause.verb + 1 :]
    while tokens and (is_skipped(tokens[0]) or tokens[0].text == "not"):
        tokens = tokens[1:]
    return tokens


def is_owned(tokens: Sequence[Token]) -> bool:
    """Whether something of the account is said to be somebody's."""
    return any(
        token.text in CLAIMING and any(one.kinds & (ACCOUNT | ASSET) for one in tokens[at + 1 : at + 5])
        for at, token in enumerate(tokens)
    )


def is_definite(tokens: Sequence[Token]) -> bool:
    """`the order`, `that fill`, a coin."""
    for at, token in enumerate(tokens):
        if token.kinds & ASSET:
            return True
        heads = token.kinds & ACCOUNT and not (at + 1 < len(tokens) and tokens[at + 1].kinds & (NOUN | PLURAL))
        before = {one.text for one in tokens[max(0, at - 3) : at]}
        if heads and before & (POSSESSIVES | {"the", "that", "this", "these", "those"}):
            return True
    return False


def is_rule(sentence: Sentence, clause: Clause) -> bool:
    """Whether a clause in general terms says when it holds, or of which kind it speaks."""
    relative = any(
        one is not clause
        and one.intro in ("that", "which", "who", "whose", "where")
        and (one.intro == "where" or subject_of(one.subject) in (Subject.NONE, Subject.YOU))
        for one in sentence.clauses
    )
    return sentence.has_habit or relative or bool({token.text for token in clause.tokens} & OFTEN)
