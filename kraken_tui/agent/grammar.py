"""The deterministic grammar of the chat: words or `/` commands in, typed requests out. Total: every line is something.

A line that is exactly a command is one, and is done. A line in other words is a question, which is answered, or a
proposal, which waits for a confirm. Negations, questions and conditions are never orders; what may mean two things is
asked. `rendering.render` is its inverse.
"""

from collections.abc import Iterable, Sequence

from kraken_tui.agent.exact_words import exact_command
from kraken_tui.agent.question_words import read_question
from kraken_tui.agent.reading import Line, Strange, Unclear
from kraken_tui.agent.requests import ChatRequest, Proposing, Question, Several, Unparsed
from kraken_tui.agent.wish_words import BARS, VERBS, read_wish
from kraken_tui.agent.words import Word, words_of
from kraken_tui.agent.working_words import read_working

LONGEST = 2_000
"""Characters of a line that are read; a longer one is none of this grammar."""
MOST_QUESTIONS = 4
ANSWERS = ("yes", "y", "yep", "yes do it", "do it", "go ahead", "confirm it", "ok do it", "no", "nope", "reject it")
"""What could be meant for a proposal, and names none."""

KNOWN = (
    "status, balances, positions, orders, brackets, trades, performance, price SYMBOL, candles SYMBOL, book SYMBOL, "
    "movers, regime, why SYMBOL, decisions, insights, learning, risk, limits, alerts, report, backtest, explain TERM, "
    "buy SYMBOL, sell SYMBOL, close SYMBOL, cancel SYMBOL, stop SYMBOL PRICE, target SYMBOL PRICE, approve SYMBOL, "
    "autopilot LEVEL, assistant LEVEL, set SETTING VALUE, pause, resume, flatten, confirm P-17, reject P-17, help"
)


def parse(
    text: str,
    symbols: Iterable[str],
    groups: Iterable[str] = ("Majors", "Memes", "Alts"),
    names: Iterable[str] = ("zyn",),
) -> ChatRequest:
    """What a line asks for.

    Args:
        text: as typed, upper or lower case, with or without a leading slash.
        symbols: the symbols that may be named, such as `BTC/USD`; `btc`, `btcusd` and `bitcoin` mean the same.
        groups: the groups that may be named.
        names: of the assistant, in lower case; a line may begin or end with one.
    """
    known = tuple(symbols)
    if not text.strip():
        return Unparsed(f"try {KNOWN}")
    if len(text) > LONGEST:
        return Unparsed(f"That is longer than {LONGEST} characters: nothing was done")
    if (working := read_working(text)) is not None:
        return working
    exact = exact_command(text, known)
    if exact is not None and not isinstance(exact, Unparsed):
        return exact
    spoken = tuple(name.lower() for name in names)
    words = words_of(text.strip().removeprefix("/"))
    try:
        request = _read(_named_off(words, spoken), known, tuple(groups), spoken)
    except Unclear as error:
        return Unparsed(str(error), asks=True)
    except Strange as error:
        return exact or Unparsed(f"{error}; nothing was done")
    return request or exact or _not_understood(words)


def _read(
    words: Sequence[Word], symbols: tuple[str, ...], groups: tuple[str, ...], names: tuple[str, ...]
) -> Question | Proposing | Several | None:
    try:
        wanted = _wanted(words, symbols, groups, names)
    except Strange:
        if (question := read_question(words, symbols, names)) is not None:
            return question
        raise
    return wanted or read_question(words, symbols, names) or _questions(words, symbols, names)


def _wanted(
    words: Sequence[Word], symbols: tuple[str, ...], groups: tuple[str, ...], names: tuple[str, ...]
) -> Proposing | Several | None:
    """The proposals of a line, and what follows on them."""
    line = Line(words, symbols, groups)
    wishes, goes_on = read_wish(line)
    if not wishes:
        return None
    found: list[Question | Proposing] = list(wishes)
    if goes_on:
        rest = _read(words[line.place :], symbols, groups, names)
        if rest is None:
            raise Strange(f"{' '.join(word.said for word in words[line.place :])} has no place here")
        found += rest.requests if isinstance(rest, Several) else [rest]
    return wishes[0] if len(found) == 1 else Several(tuple(found))


def _questions(words: Sequence[Word], symbols: tuple[str, ...], names: tuple[str, ...]) -> Several | None:
    """Two questions or more with an `and` between them."""
    for place, word in enumerate(words):
        if word.text != "and" or not place:
            continue
        first = read_question(words[:place], symbols, names)
        if first is None:
            continue
        rest = read_question(words[place + 1 :], symbols, names) or _questions(words[place + 1 :], symbols, names)
        if rest is not None:
            more = rest.requests if isinstance(rest, Several) else (rest,)
            return Several((first, *more)) if len(more) < MOST_QUESTIONS else None
    return None


def _not_understood(words: Sequence[Word]) -> Unparsed:
    if " ".join(word.text for word in words if word.text not in (",", "please")) in ANSWERS:
        return Unparsed("Which proposal? confirm P-17 does it, reject P-17 lets it lapse", asks=True)
    texts = {word.text for word in words}
    if texts & BARS and texts & VERBS.keys():
        return Unparsed("A question, a negation or a condition is never an order: nothing was done")
    return Unparsed(f"I did not understand that and did nothing. I know: {KNOWN}")


def _named_off(words: Sequence[Word], names: tuple[str, ...]) -> Sequence[Word]:
    """The line without the assistant's name at its beginning or end."""
    while words and words[0].text in (*names, ","):
        words = words[1:]
    while words and words[-1].text in (*names, ","):
        words = words[:-1]
    return words
