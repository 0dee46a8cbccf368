"""The traits of a sentence: its words by how they begin, kinds of words in a row, how its clauses are built."""

from collections.abc import Sequence
from functools import lru_cache

from kraken_tui.agent.truth.clauses import BE, HAVE, MODALS, Clause
from kraken_tui.agent.truth.sentence import Sentence, is_past
from kraken_tui.agent.truth.subjects import subject_of
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import (
    ACCOUNT,
    ADJECTIVE,
    ADVERB,
    ASSET,
    BASE,
    CLAIM,
    FUNCTION,
    ING,
    NAME,
    NOUN,
    NUMBER,
    PARTICIPLE,
    PAST,
    PLAIN,
    PLURAL,
    PRESENT,
    STATE,
)

_ONE = ((CLAIM, "C"), (ACCOUNT, "A"), (STATE, "S"), (NOUN, "n"), (PLURAL, "p"), (BASE, "b"), (PRESENT, "z"),
        (PAST, "d"), (PARTICIPLE, "e"), (ING, "g"), (ADJECTIVE, "j"), (ADVERB, "r"))  # fmt: skip
_UNNAMED = FUNCTION | ASSET | NAME | NUMBER
"""What no word of its own weighs."""
_HOT = ACCOUNT | ASSET | STATE | CLAIM
STEM = 5
"""Letters."""


def traits(sentence: Sentence) -> list[str]:
    """The traits of a sentence, some of them more than once."""
    tokens = sentence.tokens
    seen = [_seen(token.text, token.kinds, token.unit == "%") for token in tokens]
    found = ["1 " + fine for fine, _ in seen]
    found += ["w " + token.text for token in tokens if token.kinds and not token.kinds & _UNNAMED]
    found += _in_a_row(["^", *[coarse for _, coarse in seen], "$"])
    count = len([None for token in tokens if token.kinds])
    found += [f"length {size}" for size in range(1, min(7, count // 3 + 1))]
    found += [
        f"first {tokens[0].text}",
        f"numbers {sentence.is_grounded}",
        f"supposed {sentence.has_condition} {sentence.has_support}",
        f"clauses {min(5, len(sentence.clauses))}",
    ]
    for clause in sentence.clauses[:4]:
        found += _of_clause(clause)
    return found


def _in_a_row(row: Sequence[str]) -> list[str]:
    """Two and three kinds of words in a row, and two with one between."""
    found = []
    for one, two, three in zip(row, row[1:], row[2:], strict=False):
        found += [f"2 {one} {two}", f"3 {one} {two} {three}", f"g {one} {three}"]
    return [*found, f"2 {row[-2]} {row[-1]}"]


def stems(sentence: Sentence) -> list[str]:
    """One, two and three words in a row, by how they begin; some of them more than once."""
    row = ["^", *[_stem(token) for token in sentence.tokens], "$"]
    found = [f"s {one}" for one in row]
    for one, two, three in zip(row, row[1:], row[2:], strict=False):
        found += [f"b {one} {two}", f"t {one} {two} {three}"]
    return [*found, f"b {row[-2]} {row[-1]}"]


def _stem(token: Token) -> str:
    """Its first letters, so that `confirm` and `confirmed` count as one; coins, people and numbers by their kind."""
    if token.kinds & (ASSET | NAME | NUMBER):
        return _coarse(token.text, token.kinds)
    return token.text[:STEM]


def _of_clause(clause: Clause) -> list[str]:
    """Of whom or what a clause speaks, in which tense, and what of the account it names."""
    kind, tense = subject_of(clause.subject).name, _tense(clause)
    behind = clause.tokens[clause.verb + 1 : clause.verb + 6]
    hot = sorted(
        {_seen(one.text, one.kinds, False)[1] for one in behind if one.kinds & _HOT and not one.kinds & FUNCTION}
    )
    found = [
        f"clause {kind} {tense}",
        f"clause {kind} {tense} {clause.is_irrealis}",
        f"intro {clause.intro.split()[-1:]} {kind} {tense}",
        f"about {kind} {tense} {'+'.join(hot)}",
    ]
    if clause.verb >= 0:
        verb = clause.tokens[clause.verb]
        found += [f"verb {kind} {verb.text}", f"act {kind} {tense} {_seen(verb.text, verb.kinds, False)[1]}"]
    return found


def _tense(clause: Clause) -> str:
    if clause.verb < 0:
        return "none"
    if is_past(clause):
        return "past"
    text = clause.tokens[clause.verb].text
    return "modal" if text in MODALS else "be" if text in BE else "have" if text in HAVE else "present"


@lru_cache(5_000)
def _seen(text: str, kinds: int, is_percent: bool) -> tuple[str, str]:
    """What a word is in the traits: with all that it can be, and roughly."""
    if not kinds or kinds & FUNCTION:
        return text, text
    if kinds & (ASSET | NAME | NUMBER):
        coarse = _coarse(text, kinds)
        return coarse + "%" * is_percent, coarse
    return "<" + "".join(letter for bit, letter in _ONE if kinds & bit) + ">", _coarse(text, kinds)


def _coarse(text: str, kinds: int) -> str:
    """The one kind that matters most."""
    if not kinds or kinds & FUNCTION:
        return text
    if kinds & CLAIM and kinds & (PAST | PARTICIPLE) and not kinds & BASE:
        return "Cd"
    if kinds & (PAST | PARTICIPLE) and not kinds & (_HOT | ADJECTIVE | BASE | NOUN | PLAIN):
        return "Vd"
    if kinds & CLAIM and not kinds & (ACCOUNT | STATE):
        return "Cg" if kinds & ING else "C"
    if kinds & ACCOUNT:
        return "Ap" if kinds & PLURAL else "A"
    if kinds & ING and not kinds & (NOUN | STATE):
        return "Vg"
    ranked = ((ASSET, "<ASSET>"), (NAME, "<NAME>"), (NUMBER, "<NUM>"), (STATE, "S"), (PLURAL, "Np"), (NOUN, "N"),
              (ADJECTIVE, "J"), (ADVERB, "R"))  # fmt: skip
    return next((name for bit, name in ranked if kinds & bit), "V")
