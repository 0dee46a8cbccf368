"""Numbers that are no claims: `one way`, `over the last 24 hours`, `if it falls below 60000`, `risk two percent`."""

from collections.abc import Sequence
from decimal import Decimal

from kraken_tui.agent.truth.numbers_read import NUMBER_WORDS
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import ADJECTIVE, ASSET, CURRENCY, NUMBER
from kraken_tui.agent.truth.wording import listed

COUNTABLE = listed(
    "way ways reason reasons option options thing things idea ideas kind kinds type types sort "
    "sorts part parts point points question questions step steps side sides case cases "
    "difference differences approach approaches factor factors choice choices goal goals "
    "example examples rule rules mode modes regime regimes mistake mistakes direction "
    "directions outcome outcomes coins fees notes remark remarks concept concepts effect "
    "effects cost costs risks answers levels averages lines prices signals candles ideas "
    "indicators numbers words rounds assets"
)
"""What prose may count by itself: nothing of the account."""
SPANS = listed("hour hours minute minutes day days week weeks month months second seconds year years")
_SPAN_LEADS = listed("last past over within every after few next a in one under")
_LEVEL_VERBS = listed(
    "falls fell drops dropped drop fall rises rose rise closes closed close breaks broke break "
    "reaches reached reach trades traded trade goes went go moves moved move dips dipped climbs "
    "climbed holds hold touches touched touch stays stayed returns slips were"
)
_WISHES = listed("want buy sell risk spend put invest use have start")
_DATING = listed(
    "in since until around of january february march april may june july august september october november december"
)
_TELLING = listed("your my our rate profit return returns balance equity was were is are has earned made")
_MOVES = listed("loss drop gain fall move rise risk crash rally jump pullback correction drawdown")
_WOULD = listed("would could should might may can")
_IFS = listed("if suppose imagine unless whether should")
_RISK_WORDS = listed("risk risks risking risked")
_THE = listed("the these those both all between")


def is_free(tokens: Sequence[Token], at: int) -> bool:
    """Whether the number or number word at a place claims nothing that a tool would have to have said."""
    return (
        _is_percent(tokens, at)
        or _is_row(tokens, at)
        or _is_span(tokens, at)
        or _is_level(tokens, at)
        or _is_risk(tokens, at)
        or _is_word(tokens, at)
        or _is_year(tokens, at)
    )


def _is_year(tokens: Sequence[Token], at: int) -> bool:
    """`in 2018`, `March 2020`."""
    digits = tokens[at].text
    return len(digits) == 4 and digits.isdigit() and digits[:2] in ("19", "20") and _text(tokens, at - 1) in _DATING


def _text(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].text if 0 <= at < len(tokens) else ""


def _is_span(tokens: Sequence[Token], at: int) -> bool:
    if tokens[at].unit == "window":
        return _text(tokens, at - 1) != "at" and not (at + 1 < len(tokens) and tokens[at + 1].kinds & CURRENCY)
    after = at + 2 if _text(tokens, at + 1) == "-" else at + 1
    return _text(tokens, after) in SPANS and (_text(tokens, at - 1) in _SPAN_LEADS or after == at + 2)


def _is_level(tokens: Sequence[Token], at: int) -> bool:
    """A price in an if: nobody says that it was there. `type buy BTC 50` says nothing either."""
    begin = at
    while begin > 0 and tokens[begin - 1].text not in (",", ";", ":", "and", "but"):
        begin -= 1
    words = {token.text for token in tokens[begin:at]}
    wished = words & _IFS and words & _WISHES and words & {"you", "i", "we"}
    return bool((words & _IFS and words & _LEVEL_VERBS) or wished or (tokens[0].text == "type" and begin == 0))


def _is_risk(tokens: Sequence[Token], at: int) -> bool:
    """The size of a risk that is usual or advised, in small percents."""
    if not any(token.text in _RISK_WORDS for token in tokens[:at]) or any(token.kinds & ASSET for token in tokens):
        return False
    near = [token.text for token in tokens[at + 1 : at + 4]]
    value = tokens[at].value
    small = value <= Decimal(5) if value is not None else tokens[at].text in ("one", "two", "three", "half")
    return small and (tokens[at].unit == "%" or "percent" in near or "%" in near)


def _is_percent(tokens: Sequence[Token], at: int) -> bool:
    """`a loss of fifty percent`, `I would set it two percent below`: of no coin, and of nobody's account."""
    words = [token.text for token in tokens]
    follows = words[at + 1 : at + 3]
    if not (tokens[at].unit == "%" or "percent" in follows or "%" in follows) or _TELLING & set(words):
        return False
    if any(token.kinds & ASSET for token in tokens):
        return False
    begin = max(0, at - 5)
    general = (
        "of" in words[begin:at] and bool({"a", "an"} & set(words[begin:at])) and bool(_MOVES & set(words[begin:at]))
    )
    placed = bool({"below", "above", "under", "away", "of", "lower", "higher"} & set(words[at + 1 : at + 5])) and bool(
        _WOULD & set(words[:at])
    )
    return general or placed


def _is_row(tokens: Sequence[Token], at: int) -> bool:
    """`after three losses in a row`."""
    words = [token.text for token in tokens]
    begins = words[0] in ("a", "an", "any", "each", "every", "suppose", "imagine", "assume", "if", "when", "were")
    plain = not any(token.kinds & (ASSET | CURRENCY) for token in tokens) and not _TELLING - {"are", "is"} & set(
        words[1:]
    )
    if begins and plain and tokens[at].value is None:
        return True
    return words[at + 2 : at + 5] == ["in", "a", "row"] and bool({"after", "if", "when", "once"} & set(words[:at]))


def _is_word(tokens: Sequence[Token], at: int) -> bool:
    word, after = tokens[at].text, tokens[at + 1] if at + 1 < len(tokens) else Token("", 0)
    if word == "hundredth" or (word == "one" and after.text == "hundredth"):
        return [token.text for token in tokens[at + 1 : at + 5]][-3:] == ["of", "a", "percent"] or (
            [token.text for token in tokens[at + 1 : at + 4]] == ["of", "a", "percent"]
        )
    if word == "one" and after.kinds & ASSET and _text(tokens, at + 2) in ("costs", "is", "trades"):
        return True
    if word == "one":
        counts = (
            after.kinds & (ASSET | CURRENCY | NUMBER) or after.text in NUMBER_WORDS or after.text in ("percent", "of")
        )
        return not counts or (after.text == "of" and not any(token.kinds & ASSET for token in tokens))
    if word == "zero":
        return not any(token.kinds & ASSET for token in tokens)
    if word == "half":
        return not any(token.kinds & (ASSET | CURRENCY) for token in tokens[at + 1 : at + 4])
    if word not in NUMBER_WORDS:
        return False
    if _text(tokens, at - 1) in _THE or after.text in COUNTABLE:
        return True
    return bool(after.kinds & ADJECTIVE) and _text(tokens, at + 2) in COUNTABLE
