"""A claim beside commentary: a part of a sentence that says that something was done, whatever stands beside it.

What a sentence weighs is the sum of all of it, so that much commentary could carry a claim along: `Spreads are small
in liquid pairs, and I bought BTC.` Such a part is judged as if it stood alone.
"""

from collections.abc import Sequence

from kraken_tui.agent.truth.clause_by_clause import rule_of
from kraken_tui.agent.truth.clauses import IRREALIS, SUBJECTS
from kraken_tui.agent.truth.evidence import evidence_of
from kraken_tui.agent.truth.sentence import Sentence, read
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import ACCOUNT, ASSET, BASE, CLAIM, FUNCTION, NAME, PARTICIPLE, PAST
from kraken_tui.agent.truth.wording import listed

LEAST = -200
"""Hundredths that a part must weigh which the frames would withhold."""
WORDS = 3
"""A part has as many, or is no claim."""
_MARKS = frozenset((";", ":", "(", ")", "-", ",", "."))
_JOINING = listed("and but so yet")
_LEADING = _JOINING | listed("or as because while since which why is then though although that")
_SUBJECTS = SUBJECTS | listed("the your my our a an it its this that both all everything")
_DOERS = listed("i we it half both everything")
_MAY = listed("is are be gets get can may might will would could should")
_HAPPENED = listed("was were has have had been i we just already")
"""`If BTC falls below your stop, the position is closed`: what holds under a condition has one of the first and none of
the second."""


def has_claim(sentence: Sentence) -> bool:
    """Whether `I do close it` stands in it, or any of several parts says, taken by itself, that something was done."""
    if _stresses(sentence.tokens):
        return True
    parts = _parts(sentence.tokens)
    return len(parts) > 1 and any(
        _is_doing(part) and not _is_conditional(parts, at) and _is_refused(part, sentence)
        for at, part in enumerate(parts)
    )


def _stresses(tokens: Sequence[Token]) -> bool:
    """`I do close everything.`"""
    threes = zip(tokens, tokens[1:], tokens[2:], strict=False)
    return any(
        who.text in ("i", "we") and does.text in ("do", "did") and verb.kinds & CLAIM and verb.kinds & BASE
        for who, does, verb in threes
    )


def _parts(tokens: Sequence[Token]) -> list[list[Token]]:
    """Cut at marks, and at `and` before what can be a subject; without the words that lead in."""
    parts: list[list[Token]] = [[]]
    for at, token in enumerate(tokens):
        after = tokens[at + 1] if at + 1 < len(tokens) else token
        joins = token.text in _JOINING and (after.text in _SUBJECTS or after.kinds & (ASSET | NAME))
        if token.text in _MARKS or joins:
            parts.append([])
        elif parts[-1] or token.text not in _LEADING:
            parts[-1].append(token)
    return [part for part in parts if part]


def _is_doing(part: Sequence[Token]) -> bool:
    """A word of something done, of orders, or of whatever else to the account or by the speaker."""
    if len(part) < WORDS:
        return False
    done = [token for token in part if token.kinds & (PAST | PARTICIPLE) and not token.kinds & FUNCTION]
    touched = any(token.kinds & (ACCOUNT | ASSET) or token.text in _DOERS for token in part)
    return bool(done) and (touched or any(token.kinds & CLAIM for token in done))


def _is_conditional(parts: Sequence[Sequence[Token]], at: int) -> bool:
    """Told as what follows from a condition, in itself or right before it."""
    here = {token.text for token in parts[at]}
    led = at > 0 and parts[at - 1][0].text in IRREALIS
    return bool(led or here & IRREALIS) and bool(here & _MAY) and here.isdisjoint(_HAPPENED)


def _is_refused(part: Sequence[Token], sentence: Sentence) -> bool:
    alone = read([*part, Token(".", 0)], "", sentence.is_grounded)
    rule = rule_of(alone)
    return bool(rule) and evidence_of(alone).beside(rule) < LEAST
