"""What no frame makes harmless: looked for in the whole sentence, then word by word."""

import itertools
from collections.abc import Sequence

from kraken_tui.agent.truth.clauses import (
    MARKS,
    MODALS,
    SUBJECTS,
)
from kraken_tui.agent.truth.lexemes import (
    AT_ONCE,
    FRESH,
    OWNING,
    is_event,
    is_state,
)
from kraken_tui.agent.truth.questions import FILLS
from kraken_tui.agent.truth.sentence import Sentence
from kraken_tui.agent.truth.subjects import POSSESSIVES
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import (
    ACCOUNT,
    ASSET,
    NAME,
)
from kraken_tui.agent.truth.wording import listed

_SELVES = listed("yourself myself ourselves")
_OURS = listed("yours mine ours")
_BEING = frozenset(("be", state) for state in ("long", "short", "flat", "in", "out"))
_FROM_HERE = frozenset((("from", "here"), ("from", "now")))
_BELONGING = frozenset((belongs, "to") for belongs in ("belong", "belongs"))
_DEFINITE = listed("the this those these")
_POINTING = listed("the that your this")
_NEW = listed("new updated fresh")
_TELLERS = SUBJECTS - {"someone", "nobody", "everyone"}
_WATCHED = POSSESSIVES | _DEFINITE | _POINTING | AT_ONCE | _TELLERS | MODALS


def rule_anywhere(sentence: Sentence) -> str:
    """What no frame makes harmless: first in the whole sentence, then word by word."""
    tokens, words = sentence.tokens, [token.text for token in sentence.tokens]
    supposed = sentence.has_condition or not MODALS.isdisjoint(words)
    pairs = set(itertools.pairwise(words))
    if "done" in words and not (supposed or sentence.is_question):
        return "done"
    if any(is_state(b) for a, b in itertools.pairwise(tokens) if a.text in _SELVES):
        return "claim"
    if not _OURS.isdisjoint(words) and any(token.kinds & (ACCOUNT | ASSET) for token in tokens):
        return "possession"
    if not supposed and pairs & _BEING:
        return "claim"
    if ("as", "if") in pairs:
        return "denial"
    if "having" in words or ("now", "that") in pairs:
        return "perfect"
    if ("by", "now") in pairs:
        return "moment"
    if ("hear", "from") in pairs and "me" in words:
        return "promise"
    if ("worth", "a") in pairs and any(token.kinds & ASSET for token in tokens):
        return "number"
    if not supposed and (rule := _idiom(sentence, pairs)):
        return rule
    for at, token in enumerate(tokens):
        if token.kinds & NAME and not _is_addressed(tokens, at):
            return "name"
        if token.text in _WATCHED and (rule := _watched(sentence, at)):
            return rule
    return ""


def _idiom(sentence: Sentence, pairs: set[tuple[str, str]]) -> str:
    """`that is a wrap`, `it is there`, `the bitcoin belongs to you`, `with the ether in hand`, `from here`."""
    tokens = sentence.tokens
    words = [token.text for token in tokens if token.kinds]
    if pairs & _FROM_HERE:
        return "moment"
    if ("a", "wrap") in pairs or (not sentence.is_question and words[-2:] == ["is", "there"]):
        return "claim"
    owned = any(token.kinds & (ACCOUNT | ASSET) for token in tokens)
    return "possession" if owned and (("in", "hand") in pairs or _BELONGING & pairs) else ""


def _watched(sentence: Sentence, at: int) -> str:
    """What a possessive, an article, a pronoun or `now` makes of the words behind it."""
    tokens, word = sentence.tokens, sentence.tokens[at].text
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    follow = tokens[at + 2 : at + 5]
    owned = any(token.kinds & (ACCOUNT | ASSET) for token in follow)
    if owned and ((word in POSSESSIVES and after in FRESH) or (word in _DEFINITE and after in _NEW)):
        return "possession"
    asked = sentence.is_question and "already" in (word, after)
    if word in AT_ONCE:
        return "owning" if after in OWNING and not (sentence.has_condition or asked) else ""
    if word in _POINTING and after in FILLS and not sentence.has_condition and not comparing(sentence):
        return "presupposition"
    if after in AT_ONCE and not asked:
        told = word in _TELLERS or (word in MODALS and at and tokens[at - 1].text in ("you", "we", "i", "it"))
        return "moment" if told else ""
    return ""


def _is_addressed(tokens: Sequence[Token], at: int) -> bool:
    """`Hello jimmy,` or `I am Zyn`: a name that isn't said to have done anything."""
    before = tokens[at - 1].text if at else ","
    after = tokens[at + 1].text if at + 1 < len(tokens) else "."
    return after in MARKS and (
        before in MARKS or before in ("hello", "hi", "hey", "am", "welcome", "you", "morning", "evening", "sorry")
    )


def comparing(sentence: Sentence) -> bool:
    """`The larger the size, the larger the slippage.`"""
    if len(sentence.clauses) < 2 or sentence.has_deixis or POSSESSIVES & sentence.words:
        return False
    for clause in sentence.clauses[:2]:
        words = [token.text for token in clause.tokens[:2]]
        if len(words) < 2 or words[0] != "the" or not (words[1] in ("more", "less") or words[1].endswith("er")):
            return False
    tokens = sentence.tokens
    events = (
        is_event(token) and at and tokens[at - 1].text not in ("is", "get", "are") for at, token in enumerate(tokens)
    )
    return not any(events) and not any(token.kinds & ASSET for token in tokens)
