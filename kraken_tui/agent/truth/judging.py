"""A sentence to its verdict: the rule that withholds it, or none."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from kraken_tui.agent.truth.clause_by_clause import rule_of
from kraken_tui.agent.truth.evidence import evidence_of
from kraken_tui.agent.truth.grounding import Grounds
from kraken_tui.agent.truth.ids import has_id
from kraken_tui.agent.truth.normalising import body, straight, unreadable
from kraken_tui.agent.truth.parts import has_claim
from kraken_tui.agent.truth.sentence import Sentence, read
from kraken_tui.agent.truth.tokens import Names, Token, tokens_of
from kraken_tui.agent.truth.vocabulary import (
    NAME,
    NUMBER,
    PLACE,
)
from kraken_tui.agent.truth.wording import listed

_PLACE_LEADS = listed(
    "see here is are the record records receipt receipts fact facts details detail figures look "
    "at read in below for compare this"
)


_MARKS = frozenset(".,;:!?'\"()-")
PASSING, PASSING_ALONE = 140, 190
"""A sentence passes whose traits weigh more, in hundredths: where the frames let it pass, and where they don't."""


def rule_for(text: str, names: Names, grounds: Grounds, now_ns: int) -> str:
    """Which rule withholds a normalised sentence without emphasis; empty where it passes.

    Args:
        text: one sentence, of `normalising.plain` and `normalising.unmarked`.
        names: coins and people that may be named.
        grounds: what tools returned.
        now_ns: the time by which facts are fresh.
    """
    sentence = sentence_of(text, names, grounds, now_ns)
    if isinstance(sentence, str):
        return sentence
    evidence, rule = evidence_of(sentence), ""
    if evidence.least <= PASSING_ALONE:
        rule = rule_of(sentence)
        if evidence.beside(rule) <= (PASSING_ALONE if rule else PASSING):
            return rule or "evidence"
    return "claim" if has_claim(sentence) else ""


def sentence_of(text: str, names: Names, grounds: Grounds, now_ns: int) -> Sentence | str:
    """A sentence to be judged, or the verdict where its words, its numbers or its form alone decide it."""
    mark, said = body(straight(text))
    if not said:
        return "" if not mark.strip() or mark.strip() in ("-", "*") else "fragment"
    masked = _masked(said)
    if rule := unreadable(masked):
        return rule
    if has_id(masked):
        return "id"
    tokens = tokens_of(said, names)
    marks = [at for at, token in enumerate(tokens) if not token.kinds]
    if any(tokens[at].text[0] not in _MARKS and not _at_number(tokens, at) for at in marks):
        return "unknown word"
    if len(marks) == len(tokens):
        return "fragment"
    if "[[" in said:
        return _placed(tokens)
    if _phrase(tokens) in phrases():
        return ""
    sentence = read(tokens, mark, None)
    sentence.is_grounded = grounds.hold(sentence, now_ns)
    if sentence.is_grounded and grounds.read_out(tokens, now_ns):
        return ""
    return "number" if sentence.is_grounded is False else sentence


def _at_number(tokens: Sequence[Token], at: int) -> bool:
    """A sign before a number, or % behind it."""
    token = tokens[at]
    if token.text == "%":
        return at > 0 and bool(tokens[at - 1].kinds & NUMBER)
    return token.text in "+~" and at + 1 < len(tokens) and bool(tokens[at + 1].kinds & NUMBER)


def _masked(sentence: str) -> str:
    """Without placeholders: their brackets and ids are the app's."""
    if "[[" not in sentence:
        return sentence
    from kraken_tui.agent.truth.placeholders import PLACEHOLDER

    return PLACEHOLDER.sub("", sentence)


@cache
def phrases() -> frozenset[str]:
    """Greetings and other fixed sentences."""
    lines = Path(__file__).with_name("phrases.txt").read_text("ascii").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _phrase(tokens: Sequence[Token]) -> str:
    return " ".join(token.text for token in tokens if token.kinds and not token.kinds & NAME)


def _placed(tokens: Sequence[Token]) -> str:
    """A placeholder stands alone or behind `see`, `the record is in`: the app's words need none beside them."""
    words = [token.text for token in tokens if token.kinds and not token.kinds & PLACE]
    return "" if all(word in _PLACE_LEADS for word in words) else "placeholder"
