"""Completion in the chat: which words the engine understands, and what may follow each of them."""

from collections.abc import Iterable

from msgspec import Struct

FORMS = (
    "status - mode, regime, heat, feed, equity",
    "positions - what is open, behind which stop",
    "flatten - close everything and pause; asks for the word first",
    "orders - what rests at the exchange",
    "close SYMBOL - close one position at market",
    "why SYMBOL - where a ticker stands and why",
    "buy SYMBOL [AMOUNT] [at PRICE] [stop PRICE] [target PRICE] - open a long behind a stop",
    "sell SYMBOL [AMOUNT] - sell of a long; with stop PRICE: open a short behind it (margin)",
    "cancel SYMBOL - cancel an entry that rests; stops and targets stay",
    "stop SYMBOL PRICE - move the stop of a position",
    "target SYMBOL PRICE|off - move the take-profit of a position",
    "approve SYMBOL - let the autopilot make the entry that it asks about",
    "autopilot off|observe|confirm|auto - what it may do with its calls",
    "pause - no new entries; what is open stays managed",
    "resume - entries again",
    "help - everything that can be said",
)
"""What an engine understands that does not tell (`Roster.commands`)."""

SHOWN = 17
"""Completions shown at most: every word, and as many symbols."""


class Form(Struct, frozen=True):
    """One thing that can be said: `why SYMBOL`, and what it does."""

    words: tuple[str, ...]
    meaning: str

    @property
    def usage(self) -> str:
        """The form and its meaning on a line."""
        return f"{' '.join(self.words)} - {self.meaning}"


def forms(lines: Iterable[str]) -> tuple[Form, ...]:
    """The forms in lines such as `stop SYMBOL PRICE / target SYMBOL PRICE|off - move …`; other lines tell none."""
    found = []
    for line in lines:
        said, dash, meaning = line.partition(" - ")
        for one in said.split(" / ") if dash else ():
            words = tuple(one.split())
            if words and words[0].isalpha() and words[0].islower():
                found.append(Form(words, meaning.strip()))
    return tuple(found)


class Completions:
    """Known words, with or without `/`, and behind them symbols or the words that fit.

    Attributes:
        symbols: of the engine's tickers.
    """

    def __init__(self) -> None:
        self.symbols: tuple[str, ...] = ()
        self._forms = forms(FORMS)

    def learn(self, lines: tuple[str, ...]) -> None:
        """Take what the engine understands; without a word of it, the usual."""
        self._forms = forms(lines) or forms(FORMS)

    def matching(self, line: str) -> list[str]:
        """Every completion of `line`, as whole lines."""
        slash = "/" if line.startswith("/") else ""
        begun, last = line.removeprefix("/").rpartition(" ")[::2]
        words = begun.lower().split()
        if not words:
            known = dict.fromkeys(
                form.words[0] for form in self._forms if line and form.words[0].startswith(last.lower())
            )
            return [slash + word for word in known if word != last]
        wanted = {form.words[len(words)]: None for form in self._forms if _fits(form, words)}
        fitting = [one for word in wanted for one in self._values(word, last)]
        return [f"{slash}{begun} {one}" for one in dict.fromkeys(fitting)]

    def wants_more(self, line: str) -> bool:
        """Whether more may follow what `line` says so far."""
        words = line.removeprefix("/").lower().split()
        return any(_fits(form, words) for form in self._forms)

    def usage(self, line: str) -> str:
        """What the word that `line` begins with does; empty where it is not known."""
        word = line.removeprefix("/").lower().partition(" ")[0]
        return next((form.usage for form in self._forms if form.words[0] == word), "")

    def _values(self, word: str, begun: str) -> list[str]:
        """What may stand for a word of a form."""
        if word.strip("[]") == "SYMBOL":
            return [s for s in self.symbols if begun and s.startswith(begun.upper()) and s != begun.upper()]
        return [one for one in word.strip("[]").split("|") if one.islower() and one.startswith(begun) and one != begun]


def _fits(form: Form, words: list[str]) -> bool:
    """Whether `words` begin this form, and it goes on: a word in capitals stands for anything."""
    if len(form.words) <= len(words):
        return False
    pairs = zip(form.words, words, strict=False)
    return all(known.strip("[]").isupper() or word in known.strip("[]").split("|") for known, word in pairs)
