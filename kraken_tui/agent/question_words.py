"""Questions in the words of people: a line is one only where every word of it has its place."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from kraken_tui.agent import requests as ask
from kraken_tui.agent.glossary import find_term
from kraken_tui.agent.patterns import Pattern, compiled, firsts, match
from kraken_tui.agent.question_slots import slots_of
from kraken_tui.agent.question_table import MACROS, TABLE, Build
from kraken_tui.agent.reading import Line, by_first_word
from kraken_tui.agent.words import Word

BEFORE = (
    "please", "ok", "okay", "hey", "hi", "hello", "so", "well", "and", "now", "then", "just", "can you", "could you",
    "would you", "will you", "show", "list", "print", "display", "give", "tell", "get", "see", "let", "me", "us",
    "i want to see", "i want to know", "i would like to see", "i would like to know", "do you know", "check", "look at",
    "quickly", "a list of", "about", "i need",
)  # fmt: skip
AFTER = (
    "please", "now", "thanks", "thank you", "for me", "right now", "at the moment", "currently", "again", "to me",
    "at present", "then", "today please", "would you", "will you", "quickly",
)  # fmt: skip


def read_question(words: Sequence[Word], symbols: tuple[str, ...], names: tuple[str, ...] = ()) -> ask.Question | None:
    """The question that a line is; None where it is none that is known.

    Args:
        words: of the line.
        symbols: the symbols that may be named.
        names: of the assistant, which may be spoken to by it.

    Raises:
        Unclear: it is known but for its ticker, which may be several.
    """
    plain = [word for word in words if word.text not in ("?", ",")]
    if not plain:
        return ask.HelpQuestion() if any(word.text == "?" for word in words) else None
    if found := _definition(plain):
        return found
    slots = slots_of(symbols)
    for part in _without_courtesy(plain, names):
        for build, pattern in (*_by_first().get(part[0].text, ()), *_by_first().get("", ())):
            if (captured := match(pattern, part, slots)) is not None:
                question: ask.Question = build(captured)
                return question
    return None


def _definition(words: Sequence[Word]) -> ask.Question | None:
    """`what is slippage`; of `what is my risk` and `what is the spread of btc` the answer is no definition."""
    texts = [word.text for word in words]
    if texts[:2] not in (["what", "is"], ["what", "are"]) or len(texts) < 3:
        return None
    rest = texts[3:] if texts[2] in ("a", "an") else texts[2:]
    term = find_term(" ".join(rest))
    return ask.ExplainQuestion(term=term) if term and rest else None


def _without_courtesy(words: Sequence[Word], names: tuple[str, ...]) -> Iterator[Sequence[Word]]:
    """The line as it stands, then without the courtesy before it, then without that behind it."""
    yield words
    line = Line(words, ())
    while line.accept(*BEFORE, *names):
        pass
    words = words[line.place :]
    if line.place and words:
        yield words
    behind = by_first_word(tuple(" ".join(reversed(phrase.split())) for phrase in (*AFTER, *names)))
    while words and (length := _behind(words, behind)):
        words = words[:-length]
        if words:
            yield words


def _behind(words: Sequence[Word], phrases: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]) -> int:
    """How many words of courtesy stand at the end."""
    for _, parts in phrases.get(words[-1].text, ()):
        if tuple(word.text for word in reversed(words[-len(parts) :])) == parts:
            return len(parts)
    return 0


@lru_cache(maxsize=1)
def _by_first() -> Mapping[str, list[tuple[Build, Pattern]]]:
    """Every pattern under each word that it may begin with."""
    found: dict[str, list[tuple[Build, Pattern]]] = {}
    for build, texts in TABLE:
        for text in texts:
            pattern = compiled(text, MACROS)
            for word in firsts(pattern):
                found.setdefault(word, []).append((build, pattern))
    return found
