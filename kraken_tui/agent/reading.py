"""A place in a line that is being read, and the two ways in which reading can end without a request."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from kraken_tui.agent.symbols import named, no_symbol
from kraken_tui.agent.words import Word
from kraken_tui.model.errors import UsageError


class Unclear(UsageError):
    """Understood but for one thing, which is asked: it is never guessed."""


class Strange(UsageError):
    """A word has no place here: the line is something else than it began as."""


class Line:
    """Words, and how far they are read.

    Args:
        words: of the line.
        symbols: the symbols that may be named.
        groups: the groups that may be named.
    """

    def __init__(self, words: Sequence[Word], symbols: tuple[str, ...], groups: tuple[str, ...] = ()) -> None:
        self.words = words
        self._texts = tuple(word.text for word in words)
        self.symbols = symbols
        self.groups = groups
        self.place = 0

    @property
    def more(self) -> bool:
        """Whether words are left."""
        return self.place < len(self.words)

    def peek(self, ahead: int = 0) -> str:
        """The text of a word that is left; empty beyond the end."""
        place = self.place + ahead
        return self._texts[place] if place < len(self._texts) else ""

    def texts(self, ahead: int = 0) -> tuple[str, ...]:
        """What is left."""
        return self._texts[self.place + ahead :]

    def take(self) -> Word:
        """The next word.

        Raises:
            Strange: none is left.
        """
        if not self.more:
            raise Strange("something is missing at the end")
        self.place += 1
        return self.words[self.place - 1]

    def accept(self, *choices: str) -> str:
        """Read one of these, each of one word or more, the longest first; empty where none comes."""
        for choice, parts in by_first_word(choices).get(self.peek(), ()):
            if len(parts) == 1 or self._texts[self.place : self.place + len(parts)] == parts:
                self.place += len(parts)
                return choice
        return ""

    def number(self) -> str:
        """Read a number; empty where none comes."""
        if self.more and self.words[self.place].is_number:
            return self.take().text
        return ""

    def symbol(self, currency: str = "") -> str:
        """Read a ticker; empty where no word of one comes.

        Args:
            currency: that of the money which was named with it.

        Raises:
            Unclear: it may be several, or none in that currency.
        """
        hits, length = named(self.texts()[:2], self.symbols)
        if not hits:
            return ""
        said = " ".join(word.said for word in self.words[self.place : self.place + length])
        if currency:
            hits = tuple(hit for hit in hits if hit.endswith(f"/{currency}"))
            if not hits:
                raise Unclear(f"there is no pair of {said} with {currency} among the tickers")
        if len(hits) > 1:
            raise Unclear(no_symbol(said, hits))
        self.place += length
        return hits[0]

    def names_symbol(self, ahead: int = 0) -> bool:
        """Whether a ticker could be read there."""
        return bool(named(self.texts(ahead)[:2], self.symbols)[0])


@lru_cache(maxsize=512)
def by_first_word(choices: tuple[str, ...]) -> Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    """Phrases with their words, under the first of these; the longest first."""
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for choice in sorted(choices, key=lambda each: len(each.split()), reverse=True):
        parts = tuple(choice.split())
        found.setdefault(parts[0], []).append((choice, parts))
    return {word: tuple(phrases) for word, phrases in found.items()}
