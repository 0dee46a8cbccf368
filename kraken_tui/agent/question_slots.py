"""What a question may hold beside its own words: a ticker, a count, a time, what trades are counted under."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from kraken_tui.agent.glossary import find_term
from kraken_tui.agent.patterns import Slot
from kraken_tui.agent.symbols import named
from kraken_tui.agent.words import Word

SPANS = {
    "today": "today", "this day": "today", "the day": "today", "yesterday": "yesterday", "this week": "week",
    "the week": "week",
    "week": "week", "weekly": "week", "last week": "last week", "this month": "month", "the month": "month",
    "month": "month", "monthly": "month", "last month": "last month", "this year": "year", "year": "year",
    "all": "all", "all time": "all", "ever": "all", "so far": "all", "overall": "all", "in total": "all",
    "daily": "today", "past week": "7d", "past month": "30d", "past day": "24h", "past hour": "1h", "last hour": "1h",
}  # fmt: skip
KEYS = {
    **{key: key for key in (
        "strategy", "symbol", "group", "regime", "hour", "weekday", "session", "holding", "exit", "side", "day", "month"
    )},
    "strategies": "strategy", "symbols": "symbol", "coin": "symbol", "coins": "symbol", "pair": "symbol",
    "pairs": "symbol", "ticker": "symbol", "tickers": "symbol", "groups": "group", "hours": "hour",
    "hour of day": "hour", "hour of the day": "hour", "day of week": "weekday", "day of the week": "weekday",
    "weekdays": "weekday", "sessions": "session", "holding time": "holding", "exits": "exit", "exit kind": "exit",
    "reason": "exit", "sides": "side", "days": "day", "months": "month", "regimes": "regime",
}  # fmt: skip
STRATEGIES = ("scanner", "trend_following", "mean_reversion", "breakout")
"""Those that need no `with` before them."""
_FILLERS = (
    "did do does we you i they not no are is am in was were have has had be been buy sell bought sold close "
    "closed enter entered entering exit exited trade traded trading a an the position it there blocked waiting "
    "hold holding held stopped stop out short long go went of on for any entry with into so get got still now "
    "yet my our this that"
)
FILLERS = frozenset(_FILLERS.split())
"""What may stand round the ticker in a question why."""


@lru_cache(maxsize=8)
def slots_of(symbols: tuple[str, ...]) -> Mapping[str, Slot]:
    """How each slot is read."""

    def symbol(words: Sequence[Word], place: int) -> Iterator[tuple[object, int]]:
        hits, length = named([word.text for word in words[place : place + 2]], symbols)
        if hits:
            yield (" ".join(word.said for word in words[place : place + length]), hits), place + length

    def backtest(words: Sequence[Word], place: int) -> Iterator[tuple[object, int]]:
        if (told := _backtest(words[place:], symbols)) is not None:
            yield told, len(words)

    return {
        "symbol": symbol, "backtest": backtest, "n": _count, "span": _span, "mover_span": _mover_span, "by": _by,
        "key": _key, "rest": _rest, "term": _term, "filler": _filler,
    }  # fmt: skip


def _count(words: Sequence[Word], place: int) -> Iterator[tuple[object, int]]:
    if place < len(words) and words[place].is_number and words[place].text.isdigit() and int(words[place].text) <= 100:
        yield int(words[place].text), place + 1


def _span(words: Sequence[Word], place: int) -> Iterator[tuple[object, int]]:
    texts = [word.text for word in words[place : place + 3]]
    for length in (3, 2, 1):
        phrase = " ".join(texts[:length])
        if len(texts) >= length and phrase in SPANS:
            yield SPANS[phrase], place + length
    skip = next(
        (len(lead) for lead in (["the", "last"], ["the", "past"], ["last"], ["past"]) if texts[: len(lead)] == lead), 0
    )
    if (found := _duration(words[place + skip : place + skip + 2])) is not None:
        yield found[0], place + skip + found[1]


def _duration(words: Sequence[Word]) -> tuple[str, int] | None:
    """`24h`, `7 days`, and how many words that is."""
    if not words:
        return None
    text = words[0].text
    if text[-1] in "hd" and text[:-1].isascii() and text[:-1].isdigit() and len(text) <= 4 and text[0] != "0":
        return text, 1
    if len(words) < 2 or not words[0].is_number or not text.isdigit() or len(text) > 3:
        return None
    factors = {"hour": (1, "h"), "day": (1, "d"), "week": (7, "d"), "month": (30, "d")}
    unit = factors.get(words[1].text.removesuffix("s"))
    if unit is None or int(text) * unit[0] > 9_999:
        return None
    return f"{int(text) * unit[0]}{unit[1]}", 2


def _mover_span(words: Sequence[Word], place: int) -> Iterator[tuple[object, int]]:
    told = {"now": "now", "1h": "1h", "hour": "1h", "last hour": "1h", "24h": "24h", "day": "24h", "today": "24h",
            "last day": "24h", "last 24h": "24h", "this hour": "1h", "right now": "now"}  # fmt: skip
    for length in (2, 1):
        phrase = " ".join(word.text for word in words[place : place + length])
        if phrase in told and place + length <= len(words):
            yield told[phrase], place + length


def _by(words: Sequence[Word], place: int) -> Iterator[tuple[object, int]]:
    """`by strategy and hour of day`."""
    if place >= len(words) or words[place].text not in ("by", "per"):
        return
    found: list[object] = []
    end = place + 1
    while len(found) < 3:
        key = next(_key(words, end), None)
        if key is None:
            break
        found.append(key[0])
        end = key[1]
        joined = end < len(words) and words[end].text == "and"
        if next(_key(words, end + joined), None) is None:
            break
        end += joined
    if found and len(set(found)) == len(found):
        yield tuple(found), end


def _key(words: Sequence[Word], place: int) -> Iterator[tuple[object, int]]:
    for length in (4, 3, 2, 1):
        phrase = " ".join(word.text for word in words[place : place + length])
        if phrase in KEYS and place + length <= len(words):
            yield KEYS[phrase], place + length
            return


def _rest(words: Sequence[Word], place: int) -> Iterator[tuple[object, int]]:
    said = " ".join(word.said for word in words[place:]).lower()
    if said:
        yield said[:60].strip(), len(words)


def _term(words: Sequence[Word], place: int) -> Iterator[tuple[object, int]]:
    """A term that the glossary has: of anything else it is not known that a definition is wanted."""
    for end in range(len(words), place, -1):
        if term := find_term(" ".join(word.text for word in words[place:end])):
            yield term, end


def _filler(words: Sequence[Word], place: int) -> Iterator[tuple[object, int]]:
    for end in range(place + 1, len(words) + 1):
        if words[end - 1].text not in FILLERS:
            return
        yield "", end


def _backtest(words: Sequence[Word], symbols: tuple[str, ...]) -> dict[str, tuple[str, ...] | str] | None:
    """Tickers, `over 7d`, `with breakout` in any order; None where a word is none of these."""
    found: list[str] = []
    strategies: list[str] = []
    span, place = "24h", 0
    while place < len(words):
        hits, length = named([word.text for word in words[place : place + 2]], symbols)
        told = next((each for each in _span(words, place) if str(each[0])[0].isdigit() or each[0] == "all"), None)
        if told is not None:
            span, place = str(told[0]), told[1]
        elif words[place].text in STRATEGIES:
            strategies.append(words[place].text)
            place += 1
        elif words[place].text in ("with", "using", "strategy"):
            names = _names(words[place + 1 :])
            if not names:
                return None
            strategies += names
            place += 1 + len(names)
        elif len(hits) == 1:
            found.append(hits[0])
            place += length
        elif words[place].text in ("on", "of", "for", "over", "in", "and", "the", "last", "it"):
            place += 1
        else:
            return None
    return {"symbols": tuple(dict.fromkeys(found)), "span": span, "strategies": tuple(dict.fromkeys(strategies))}


def _names(words: Sequence[Word]) -> list[str]:
    """Names of strategies, up to the next word of the sentence."""
    found: list[str] = []
    for word in words:
        if (
            word.text in ("on", "of", "for", "over", "in", "and", "the", "using", "with")
            or not word.text.isidentifier()
        ):
            break
        found.append(word.text)
    return found
