"""Parts of a sentence without a verb: headlines, headings, the rest of a list."""

from kraken_tui.agent.truth.clauses import (
    MARKS,
    PREPOSITIONS,
    SUBJECTS,
    Clause,
)
from kraken_tui.agent.truth.lexemes import (
    DEIXIS,
    NO_HEADLINE,
    REPORTING_HEADS,
    is_event,
    is_state,
)
from kraken_tui.agent.truth.sentence import Sentence
from kraken_tui.agent.truth.subjects import POSSESSIVES
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
    PLAIN,
    PLURAL,
    PRESENT,
)


def rule_without_verb(sentence: Sentence, clause: Clause) -> str:
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


def is_heading(sentence: Sentence) -> bool:
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


def is_noun(clause: Clause) -> bool:
    """`entry | and exit together`: the rest of a list."""
    plain = not any(token.kinds & ASSET or is_event(token) or token.text in POSSESSIVES for token in clause.tokens)
    return bool(clause.tokens[0].kinds & NOUN) and len(clause.tokens) <= 2 and plain
