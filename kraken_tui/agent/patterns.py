"""A small language for the ways in which a question is put: a pattern is matched by all of a line's words, or not.

A pattern is elements between spaces. `a|b` is one of these words, `_` joins words that stand together, `[a|b]` may be
left out, `<slot>` is read by a function of that name. So no word of a question is ever passed over.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from kraken_tui.agent.words import Word

Captured = Mapping[str, object]
Slot = Callable[[Sequence[Word], int], Iterator[tuple[object, int]]]
"""Every way to read a slot from a place on: the value, and the place behind it."""


class Element(Struct, frozen=True):
    """One element of a pattern."""

    choices: Mapping[str, tuple[tuple[str, ...], ...]]
    """Under the first word of each."""
    slot: str
    is_optional: bool


Pattern = tuple[Element, ...]


def compiled(text: str, macros: Mapping[str, str]) -> Pattern:
    """A pattern from its text; `{name}` stands for a macro."""
    for name, stands_for in macros.items():
        text = text.replace(f"{{{name}}}", stands_for)
    return tuple(_element(part) for part in text.split())


def _element(part: str) -> Element:
    is_optional = part.startswith("[")
    part = part.strip("[]")
    if part.startswith("<"):
        return Element({}, part.strip("<>"), is_optional)
    choices: dict[str, tuple[tuple[str, ...], ...]] = {}
    for choice in part.split("|"):
        words = tuple(choice.split("_"))
        choices[words[0]] = (*choices.get(words[0], ()), words)
    return Element(choices, "", is_optional)


def firsts(pattern: Pattern) -> set[str]:
    """The words that it may begin with; an empty word where a slot may stand first."""
    found: set[str] = set()
    for element in pattern:
        found |= {""} if element.slot else set(element.choices)
        if not element.is_optional:
            break
    return found


def match(pattern: Pattern, words: Sequence[Word], slots: Mapping[str, Slot]) -> Captured | None:
    """What the slots hold where the pattern takes all words; None where it does not."""
    texts = tuple(word.text for word in words)
    return next(_Match(words, texts, slots).ways(pattern, 0, {}), None)


class _Match(Struct, frozen=True):
    words: Sequence[Word]
    texts: tuple[str, ...]
    slots: Mapping[str, Slot]

    def ways(self, pattern: Pattern, place: int, found: Captured) -> Iterator[Captured]:
        """Every way in which the pattern takes all words from a place on."""
        if not pattern:
            if place == len(self.texts):
                yield found
            return
        element, rest = pattern[0], pattern[1:]
        if element.slot:
            for value, end in self.slots[element.slot](self.words, place):
                yield from self.ways(rest, end, {**found, element.slot: value})
        elif place < len(self.texts):
            for choice in element.choices.get(self.texts[place], ()):
                end = place + len(choice)
                if self.texts[place:end] == choice:
                    yield from self.ways(rest, end, found)
        if element.is_optional:
            yield from self.ways(rest, place, found)
