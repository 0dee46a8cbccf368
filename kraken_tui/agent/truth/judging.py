"""A sentence to its verdict: the rule that withholds it, or none."""

import itertools
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from kraken_tui.agent.truth.clauses import (
    BE,
    DO,
    HAVE,
    IRREALIS,
    MARKS,
    MODALS,
    PREPOSITIONS,
    SUBJECTS,
    Clause,
    is_skipped,
)
from kraken_tui.agent.truth.frame_present import instruction
from kraken_tui.agent.truth.frames import refusal
from kraken_tui.agent.truth.grounding import Grounds
from kraken_tui.agent.truth.ids import has_id
from kraken_tui.agent.truth.lexemes import (
    AT_ONCE,
    DEIXIS,
    FRESH,
    NO_HEADLINE,
    OWNING,
    REPORTING_HEADS,
    is_event,
    is_state,
)
from kraken_tui.agent.truth.normalising import body, straight, unreadable
from kraken_tui.agent.truth.participles import loose
from kraken_tui.agent.truth.sentence import Sentence, read
from kraken_tui.agent.truth.subjects import POSSESSIVES, Subject, subject_of
from kraken_tui.agent.truth.tokens import Names, Token, tokens_of
from kraken_tui.agent.truth.vocabulary import (
    ACCOUNT,
    ADJECTIVE,
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
    PLACE,
    PLAIN,
    PLURAL,
    PRESENT,
)
from kraken_tui.agent.truth.wording import listed

_OPENING = listed("a an the my your our their of and or but if because to very can could will would let")
_WH = listed("what which who whose when where why how")
_INVERTING = MODALS | DO | HAVE | {"is", "are", "am"}
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
_FILLS = listed("fill fills purchase purchases sale sales execution")
_PLACE_LEADS = listed(
    "see here is are the record records receipt receipts fact facts details detail figures look "
    "at read in below for compare this"
)


def rule_for(text: str, names: Names, grounds: Grounds, now_ns: int) -> str:
    """Which rule withholds a normalised sentence without emphasis; empty where it passes.

    Args:
        text: one sentence, of `normalising.plain` and `normalising.unmarked`.
        names: coins and people that may be named.
        grounds: what tools returned.
        now_ns: the time by which facts are fresh.
    """
    mark, sentence = body(straight(text))
    if not sentence:
        return "" if not mark.strip() or mark.strip() in ("-", "*") else "fragment"
    masked = _masked(sentence)
    if rule := unreadable(masked):
        return rule
    if has_id(masked):
        return "id"
    tokens = tokens_of(sentence, names)
    if any(
        not token.kinds and token.text[0] not in ".,;:!?'\"()-" and not _at_number(tokens, at)
        for at, token in enumerate(tokens)
    ):
        return "unknown word"
    if not any(token.kinds for token in tokens):
        return "fragment"
    if any(token.kinds & PLACE for token in tokens):
        return _placed(tokens)
    if _phrase(tokens) in phrases():
        return ""
    grounded = grounds.hold(tokens, now_ns)
    if grounded is False:
        return "number"
    return _framed(read(tokens, mark, grounded))


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


def _framed(sentence: Sentence) -> str:
    if not sentence.clauses:
        return "fragment"
    if rule := _anywhere(sentence):
        return rule
    if sentence.is_question:
        return _question(sentence)
    if _comparing(sentence):
        return ""
    if _is_cut(sentence):
        return "fragment"
    licensed = sentence.clauses[0].intro in ("imagine", "suppose", "assume")
    previous = Subject.NONE
    for clause in sentence.clauses:
        if all(is_skipped(token) or token.text in ("theory", "oh") for token in clause.tokens):
            continue
        if loose(sentence, clause):
            return "participle"
        kind = subject_of(clause.subject)
        if clause.verb >= 0:
            if (
                kind is Subject.NONE
                and clause.intro.split()[-1:] in (["and"], ["or"], ["but"], [","])
                and previous is not Subject.NONE
            ):
                kind = previous
            if kind is Subject.NONE and clause.verb == 0 and (told := _told_before(sentence, clause)):
                kind = subject_of(told)
            if (
                {"what", "whether", "how", "where"} & set(clause.intro.split())
                and clause.subject
                and (
                    clause is sentence.clauses[0]
                    or (clause.tokens[clause.verb].text in BE and clause.subject[0].text in SUBJECTS)
                )
                and not _stands_alone(clause)
            ):
                kind = Subject.THE
            if rule := refusal(sentence, clause, kind):
                return rule
            licensed, previous = licensed or not _is_subordinate(clause), kind
        elif (
            clause.intro in ("and", "or")
            and "to" in {t.text for t in sentence.clauses[sentence.clauses.index(clause) - 1].tokens}
        ) or (clause.intro in ("and", "or") and licensed and _is_noun(clause)):
            continue
        elif _is_instruction(sentence, clause):
            if rule := instruction(sentence, _with_verb(clause)):
                return rule
            licensed = True
        elif rule := _verbless(sentence, clause):
            return rule
    return "" if licensed or _is_heading(sentence) else "fragment"


def _told_before(sentence: Sentence, clause: Clause) -> list[Token]:
    """`The position - stays in`: a part without a verb is the subject of a verb that has none."""
    at = sentence.clauses.index(clause)
    before = sentence.clauses[at - 1] if at else clause
    named = (
        before is not clause
        and before.verb < 0
        and any(
            token.kinds & (ACCOUNT | ASSET) or token.text in ("everything", "nothing", "all") for token in before.tokens
        )
    )
    bare = not clause.tokens[0].kinds & BASE or clause.tokens[0].kinds & PARTICIPLE
    return before.tokens if named and bare and not before.is_irrealis and not _is_instruction(sentence, before) else []


def _stands_alone(clause: Clause) -> bool:
    """`how you are`: the verb is the subject's own, and none of a clause that is a subject."""
    return len(clause.subject) < 2


def _is_addressed(tokens: Sequence[Token], at: int) -> bool:
    """`Hello jimmy,` or `I am Zyn`: a name that isn't said to have done anything."""
    before = tokens[at - 1].text if at else ","
    after = tokens[at + 1].text if at + 1 < len(tokens) else "."
    return after in MARKS and (
        before in MARKS or before in ("hello", "hi", "hey", "am", "welcome", "you", "morning", "evening", "sorry")
    )


def _comparing(sentence: Sentence) -> bool:
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


def _is_noun(clause: Clause) -> bool:
    """`entry | and exit together`: the rest of a list."""
    plain = not any(token.kinds & ASSET or is_event(token) or token.text in POSSESSIVES for token in clause.tokens)
    return bool(clause.tokens[0].kinds & NOUN) and len(clause.tokens) <= 2 and plain


def _is_cut(sentence: Sentence) -> bool:
    """Whether a sentence stops in the middle: behind an article, a preposition, `that`."""
    words = [token.text for token in sentence.tokens if token.kinds]
    alone = any(len(clause.tokens) == 1 and clause.tokens[0].text in SUBJECTS for clause in sentence.clauses)
    return alone or words[-1] in _OPENING or (len(words) == 1 and not sentence.mark.strip().startswith("#"))


def _is_subordinate(clause: Clause) -> bool:
    return any(word in IRREALIS for word in clause.intro.split()) and not _is_wish(clause)


def _is_wish(clause: Clause) -> bool:
    """`Suppose you set a stop`, `Imagine ...`: sentences of their own."""
    return bool({"suppose", "imagine", "assume", "whether", "whatever"} & set(clause.intro.split()))


def _anywhere(sentence: Sentence) -> str:
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
    if word in _POINTING and after in _FILLS and not sentence.has_condition and not _comparing(sentence):
        return "presupposition"
    if after in AT_ONCE and not asked:
        told = word in _TELLERS or (word in MODALS and at and tokens[at - 1].text in ("you", "we", "i", "it"))
        return "moment" if told else ""
    return ""


def _question(sentence: Sentence) -> str:
    """A question asks; it must not presuppose that something happened."""
    first = next((token for clause in sentence.clauses for token in clause.tokens if not is_skipped(token)), None)
    leads = {word for clause in sentence.clauses[:2] for word in clause.intro.split()}
    if first is None or not (first.text in _INVERTING or leads & _WH or first.text in _WH or _leads_in(sentence)):
        return "fragment"
    tokens = sentence.tokens
    for at, token in enumerate(tokens):
        if token.text in ("the", "that", "your", "this") and any(one.text in _FILLS for one in tokens[at + 1 : at + 3]):
            return "presupposition"
    words = [token.text for token in tokens]
    if words[0] == "why" and words[1] in ("is", "are") and any(token.kinds & ACCOUNT for token in tokens[2:5]):
        return "presupposition"
    if "feel" in words and "own" in words:
        return "presupposition"
    if any(
        a in MODALS and b == "have" and c.kinds & PARTICIPLE
        for a, b, c in zip(words, words[1:], tokens[2:], strict=False)
    ):
        return "presupposition"
    for clause in sentence.clauses:
        if rule := _asked(sentence, clause):
            return rule
    return ""


def _leads_in(sentence: Sentence) -> bool:
    """`if so, would you wait?`"""
    return any(
        clause.tokens and next((t for t in clause.tokens if not is_skipped(t)), clause.tokens[0]).text in _INVERTING
        for clause in sentence.clauses[1:]
    )


def _asked(sentence: Sentence, clause: Clause) -> str:
    words = {token.text for token in clause.tokens}
    own = bool(words & POSSESSIVES) and any(token.kinds & (ACCOUNT | ASSET) for token in clause.tokens)
    if own and any(
        is_state(token) and not token.kinds & FUNCTION for token in clause.tokens if token.kinds & FUNCTION == 0
    ):
        return "presupposition"
    if clause.verb < 0:
        return (
            "presupposition" if loose(sentence, clause) and not words & {"did", "have"} else _verbless(sentence, clause)
        )
    verb = clause.tokens[clause.verb]
    kind = subject_of(clause.subject)
    follows = clause.tokens[clause.verb + 1].text if clause.verb + 1 < len(clause.tokens) else ""
    intro = clause.intro.split()[-1:]
    asking = verb.text in _INVERTING and (
        clause.verb == 0 or follows in SUBJECTS or (clause.verb == 1 and intro and intro[0] in _WH)
    )
    asking = asking and intro not in (["that"], ["because"], ["since"], ["rel"], ["as"], ["while"])
    if not clause.is_irrealis and loose(sentence, clause) and verb.text not in ("have", "did"):
        return "presupposition"
    inverted = clause.verb + 1 < len(clause.tokens) and clause.tokens[clause.verb + 1].text in SUBJECTS
    if verb.text in ("did", "had", "was", "were") or (verb.text in ("have", "has") and (inverted or clause.verb == 0)):
        events = any(is_event(token) for token in clause.tokens)
        return (
            ""
            if verb.text in ("did", "have") and not events and "you" in words and clause.verb <= 2
            else "presupposition"
        )
    if asking:
        events = any(is_event(token) for token in clause.tokens) and verb.text in ("is", "are")
        glad = (
            verb.text in ("do", "are", "is") and own and words & {"like", "happy", "enjoy", "feel", "glad", "pleased"}
        )
        negated = clause.tokens[clause.verb + 1 : clause.verb + 2] and clause.tokens[clause.verb + 1].text == "not"
        headless = (
            clause.verb == 0 and clause.tokens[1:2] and clause.tokens[1].kinds & ING and clause.tokens[1].kinds & CLAIM
        )
        return "presupposition" if events or glad or negated or headless else ""
    if clause.is_irrealis:
        return ""
    if (
        clause.intro.split()[-1:] in (["how"], ["why"], ["whether"], ["what"])
        and verb.text in BE
        and not any(is_event(token) or is_state(token) for token in clause.tokens[clause.verb :])
    ):
        return ""
    if kind in (Subject.YOU, Subject.WE, Subject.SPEAKER) and (
        verb.text in OWNING or (verb.kinds & CLAIM and "rel" in clause.intro)
    ):
        return "presupposition"
    if kind is Subject.NONE and not verb.kinds & CLAIM and not any(t.kinds & (ACCOUNT | ASSET) for t in clause.tokens):
        return ""
    return refusal(sentence, clause, kind)


def _is_instruction(sentence: Sentence, clause: Clause) -> bool:
    first = _first(clause)
    if first.text == "be":
        return True
    return bool(first.kinds & BASE) and not (
        first.kinds & PARTICIPLE
        and first.text not in ("put", "set", "cut", "let", "read", "bet", "split", "spread", "run", "come")
    )


def _first(clause: Clause) -> Token:
    return next(
        (t for t in clause.tokens if not is_skipped(t) and t.text not in ("please", "not", "do")), clause.tokens[0]
    )


def _with_verb(clause: Clause) -> Clause:
    clause.verb = clause.tokens.index(_first(clause))
    return clause


def _verbless(sentence: Sentence, clause: Clause) -> str:
    """A part without a verb may stand beside a clause that has one, unless it reads as a headline."""
    first = clause.tokens[0]
    if first.text in NO_HEADLINE or is_event(first):
        return "headline"
    of_account = any(token.kinds & ACCOUNT for token in clause.tokens)
    told = first.text in REPORTING_HEADS or of_account or any(token.kinds & (ASSET | NAME) for token in clause.tokens)
    words = {token.text for token in clause.tokens}
    acts = any(
        token.kinds & CLAIM
        and not token.kinds & (NOUN | PLURAL | ADJECTIVE)
        and not (at and clause.tokens[at - 1].text in ("to", "of", "for", "by", "without"))
        and not (token.kinds & ING and clause.intro.split()[-1:] in (["as"], ["than"]))
        for at, token in enumerate(clause.tokens)
    )
    if told and (words & DEIXIS or acts):
        return "headline"
    particular = bool(words & (POSSESSIVES | {"the", "that", "this"}))
    if (
        first.text in ("with", "given")
        and of_account
        and particular
        and any(is_state(token) for token in clause.tokens[1:])
    ):
        return "headline"
    if clause.tokens[-1].text in SUBJECTS and not any(
        token.kinds & BASE or token.text in PREPOSITIONS for token in clause.tokens[-2:-1]
    ):
        return "fragment"
    begun = any(one.verb >= 0 for one in sentence.clauses[: sentence.clauses.index(clause)])
    if first.text in ("my", "your", "our") and not begun:
        return "headline"
    leads = clause.intro.split()[-1:]
    if (
        leads in (["that"], ["because"], ["since"], ["although"])
        and first.text != "of"
        and not first.kinds & (PRESENT | ADJECTIVE)
    ):
        if sentence.is_grounded and leads == ["since"] and first.text in ("yesterday", "monday"):
            return ""
        return "fragment"
    ends = sentence.tokens.index(clause.tokens[-1]) + 1
    before_colon = ends < len(sentence.tokens) and sentence.tokens[ends].text == ":"
    if first.kinds & ACCOUNT and first.kinds & NOUN and clause is sentence.clauses[0]:
        return "headline"
    if of_account and any(is_state(token) for token in clause.tokens[1:]) and clause.tokens[0].kinds & (NOUN | PLURAL):
        return "headline"
    if before_colon and of_account and not sentence.mark:
        return "headline"
    return ""


def _is_heading(sentence: Sentence) -> bool:
    """A heading, `A few points:`, or `BTC/USD: 64010.5 USD` with its fact."""
    tokens = [token for token in sentence.tokens if token.text not in MARKS]
    if sentence.is_grounded:
        priced = (ASSET, NUMBER, CURRENCY)
        return all(
            any(t.kinds & one for one in priced)
            or t.text in ("price", "last", "bid", "ask", "spread", "volume", "%", "rsi", "atr")
            for t in tokens
        )
    told = any(
        t.kinds & (ASSET | NUMBER) or (t.kinds & PARTICIPLE and not t.kinds & PLAIN) or is_event(t) for t in tokens
    )
    if told or any(t.text in POSSESSIVES | NO_HEADLINE or (is_state(t) and not t.kinds & FUNCTION) for t in tokens):
        return False
    if sentence.tokens[-1].text == ":" or sentence.mark.strip().startswith("#"):
        return (
            not tokens[-1].kinds & ACCOUNT
            or bool(tokens[-1].kinds & PLURAL)
            or (len(tokens) == 1 and bool(tokens[0].kinds & PLURAL))
        )
    return False
