"""Numbers of rules, definitions and hypotheses: `from 0 to 100`, `with 5x leverage`, `a 2% risk rule`.

A number is general where its sentence tells of no coin, of no moment, of nothing that happened, and of no value that a
tool would have to have returned: no `the price is`, no `your balance`.
"""

from collections.abc import Sequence

from kraken_tui.agent.truth.clauses import BE, MODALS, Clause
from kraken_tui.agent.truth.lexemes import DEIXIS
from kraken_tui.agent.truth.sentence import Sentence, is_past
from kraken_tui.agent.truth.subjects import Subject, subject_of
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import ACCOUNT, ASSET, BASE, CLAIM, CURRENCY, NUMBER, PARTICIPLE, PAST
from kraken_tui.agent.truth.wording import listed

_VALUES = listed(
    "price prices quote bid ask spread volume turnover fee rate rates limit cap balance equity profit loss exposure "
    "heat support resistance level average low high change gain drop close open market atr rsi macd drawdown ratio "
    "most maximum chance odds probability confidence index band vwap adx ema sma macd downside upside risk gap size "
    "cost basis liquidity return returns pnl target stop entry exit reading size uptime spreads fees total sum"
)
"""What, with `the`, has one value at a time."""
_SAYING = listed(
    "history backtest record records model signal kraken exchange engine system app bot data result results scanner "
    "strategy"
)
_DETERMINERS = listed("the this that these those")
_ANY = listed("a an any each every")
_POINTING = listed("the my your our these those remaining other last only")
_OF_THE_PAST = listed("been history backtest number earlier")
_IFS = listed("if say suppose imagine assume assuming unless whether like")
_STANDING = listed("is are stands sits reads lies comes trades closes hits reaches remains stays equals shows")
_PERFECT = listed("have has had been was were")
_OWNERS = listed("my your our yours mine ours")
_LASTING = listed("still yet anymore finally")
_HYPOTHETICAL = MODALS | listed("if say suppose imagine assume assuming unless whether were should")
_MEANT = listed("means mean meaning stands measures")


def is_general_number(sentence: Sentence, at: int) -> bool:
    """Whether the number at a place of a sentence is a rule's, a definition's or a hypothesis's."""
    tokens = sentence.tokens
    before = tokens[at - 1].text if at else ""
    if sentence.is_question or points_at_moment(tokens) or before in _POINTING or _is_time(tokens, at):
        return False
    if any(token.text in _OF_THE_PAST for token in tokens):
        return False
    found = _clause_at(sentence, at)
    told = _telling(sentence, found[1]) if found else None
    if found is None or told is None or any(is_past(one) and not one.is_irrealis for one in sentence.clauses[:1]):
        return False
    clause = found[0]
    words = {token.text for token in (*clause.tokens, *told.tokens)}
    is_if = clause.is_irrealis or bool(_IFS & words)
    supposed = is_if or told.is_irrealis or bool(_HYPOTHETICAL & words)
    if _is_owned(told.tokens) and not supposed:
        return False
    if _digits(tokens, at) > 2 and not is_if:
        return False
    if _is_sum(tokens, at) and not supposed:
        return False
    if any(token.kinds & ASSET for token in (*clause.tokens, *told.tokens)):
        amount = at + 1 < len(tokens) and tokens[at + 1].kinds & ASSET
        return (
            supposed
            and (is_if or not amount)
            and not any(token.text in _PERFECT or _is_done(token) for token in tokens)
        )
    return _is_open(told, supposed=supposed, counts=_counts(told.subject))


def _digits(tokens: Sequence[Token], at: int) -> int:
    """How many digits of a number tell something: of 60,000 one, of 59,200 three; of 0 to 100 none more than two."""
    value = tokens[at].value
    if value is None or value in (100, 200, 365):
        return 0
    return len(value.normalize().as_tuple().digits)


def _is_sum(tokens: Sequence[Token], at: int) -> bool:
    """An amount of money, a number with decimals, or one in the thousands."""
    value = tokens[at].value
    if tokens[at].unit in ("USD", "EUR", "GBP") or (value is not None and (value >= 1000 or value % 1)):
        return True
    return at + 1 < len(tokens) and bool(tokens[at + 1].kinds & CURRENCY)


def _is_time(tokens: Sequence[Token], at: int) -> bool:
    """`18:00`."""
    near = tokens[at - 1 : at] if at else ()
    return any(token.text == ":" and token is not tokens[-1] for token in (*near, *tokens[at + 1 : at + 2])) and any(
        token.kinds & NUMBER for token in (*tokens[max(0, at - 2) : max(0, at - 1)], *tokens[at + 2 : at + 3])
    )


def points_at_moment(tokens: Sequence[Token]) -> bool:
    """`now`, `already`, `today`; `still` and `yet` beside no modal; `just bought`."""
    for at, token in enumerate(tokens):
        if token.text in DEIXIS - _LASTING:
            return True
        if token.text in _LASTING and not any(one.text in MODALS for one in tokens):
            return True
        if token.text == "just" and at + 1 < len(tokens) and tokens[at + 1].kinds & (PAST | PARTICIPLE):
            return True
    return False


def _is_open(told: Clause, *, supposed: bool, counts: bool) -> bool:
    """Whether what the clause speaks of has no value of the moment."""
    kind, verb = subject_of(told.subject), told.tokens[told.verb]
    if is_past(told) and not told.is_irrealis:
        return False
    bare = not {token.text for token in told.subject[:1]} & _ANY
    if kind is Subject.GENERIC and bare and any(token.kinds & NUMBER for token in told.subject):
        return supposed
    if kind is Subject.GENERIC and verb.text in _STANDING and {token.text for token in told.subject[:1]} & _VALUES:
        return supposed
    if kind in (Subject.GENERIC, Subject.YOU):
        return not counts or supposed
    if kind is Subject.NONE:
        return bool(verb.kinds & BASE) or supposed
    if kind in (Subject.SPEAKER, Subject.WE):
        return verb.text in MODALS
    if kind is Subject.IT:
        return supposed or verb.text in _MEANT or verb.text not in BE
    if kind in (Subject.THE, Subject.SOME, Subject.POSSESSED):
        subject = {token.text for token in told.subject}
        bare = not subject & _DETERMINERS and verb.text in BE
        return supposed or not (bare or subject & (_VALUES | _SAYING))
    return supposed and kind is not Subject.COIN


def _is_done(token: Token) -> bool:
    """`bought`, `filled`."""
    return bool(token.kinds & CLAIM and token.kinds & (PAST | PARTICIPLE) and not token.kinds & BASE)


def _counts(subject: Sequence[Token]) -> bool:
    """`fifteen winners`: a number of things of the account as what is spoken of."""
    return any(token.kinds & NUMBER or token.text.isdigit() for token in subject) and any(
        token.kinds & ACCOUNT for token in subject
    )


def _is_owned(tokens: Sequence[Token]) -> bool:
    return any(
        token.text in _OWNERS and any(one.kinds & ACCOUNT or one.text in _VALUES for one in tokens[at + 1 : at + 4])
        for at, token in enumerate(tokens)
    )


def _clause_at(sentence: Sentence, at: int) -> tuple[Clause, int] | None:
    sought = sentence.tokens[at]
    for index, clause in enumerate(sentence.clauses):
        if any(token is sought for token in clause.tokens):
            return clause, index
    return None


def _telling(sentence: Sentence, index: int) -> Clause | None:
    """The clause whose verb a number stands with: its own, the one before, or the one behind."""
    clauses = sentence.clauses
    order = (*reversed(clauses[: index + 1]), *clauses[index + 1 :])
    return next((clause for clause in order if clause.verb >= 0), None)
