"""The words that prose may use, each with what it can be: noun, verb form, adjective, a word of orders and accounts.

What `words.txt` and `words_general.txt` list is bent by the rules of English: plurals, -s, -ed, -ing, -er, -est, -ly.
A word that isn't found there, in its other spelling or as a derivation, is unknown; a sentence with it is withheld.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from kraken_tui.agent.truth.wording import listed

NOUN, PLURAL, BASE, PRESENT, PAST, PARTICIPLE, ING, ADJECTIVE, ADVERB = (1 << bit for bit in range(9))
"""Singular noun; plural; a verb's base form, its -s form, its past, its past participle, its -ing form; ..."""
CLAIM, ACCOUNT, STATE, MASS, FUNCTION, PLAIN = (1 << bit for bit in range(9, 15))
"""A verb that orders are spoken of with; a noun of the account; what an order or engine can be; a noun without plural;
a word of grammar; a participle that tells no event."""
ASSET, NAME, NUMBER, PLACE, CURRENCY = (1 << bit for bit in range(15, 20))
"""What a sentence's tokens can be beside words."""

VERB = BASE | PRESENT | PAST | PARTICIPLE | ING
_VOWELS = "aeiou"
_NEVER_DOUBLED = ("w", "x", "y", "h")
_STRESSED_LAST = listed(
    "admit occur prefer refer transfer control commit permit omit regret submit incur recur defer upset rebut"
)


@cache
def vocabulary() -> dict[str, int]:
    """Every known word in lower case with its kinds; read once, some forty thousand forms."""
    known: dict[str, int] = {}

    def add(word: str, kinds: int) -> None:
        known[word] = known.get(word, 0) | kinds

    for section, entry in _entries():
        for word, kinds in _bent(section, entry):
            add(word, kinds)
    return known


_PREFIXES = (
    "non-",
    "anti-",
    "pre-",
    "post-",
    "un",
    "re",
    "over",
    "under",
    "mis",
    "out",
    "pre",
    "non",
    "anti",
    "semi",
    "micro",
    "multi",
)
_SUFFIXES = {
    "like": ADJECTIVE, "wise": ADVERB, "less": ADJECTIVE, "free": ADJECTIVE, "ness": NOUN | MASS, "ish": ADJECTIVE,
    "able": ADJECTIVE, "hood": NOUN | MASS, "proof": ADJECTIVE,
}  # fmt: skip
_SPELLINGS = (("is", "iz"), ("iz", "is"), ("our", "or"), ("or", "our"), ("ll", "l"), ("l", "ll"), ("yse", "yze"))


@cache
def kinds_of(word: str) -> int:
    """What a word in lower case can be: as it is listed, spelled the other way, or derived; 0: nobody knows."""
    known = vocabulary()
    if found := known.get(word, 0):
        return found
    for old, new in _SPELLINGS:
        at = word.rfind(old)
        if at > 1 and (found := known.get(word[:at] + new + word[at + len(old) :], 0)):
            return found
    for prefix in _PREFIXES:
        rest = word.removeprefix(prefix)
        if rest != word and len(rest) > 3 and (found := known.get(rest, 0)) and not found & FUNCTION:
            return found
    for suffix, kinds in _SUFFIXES.items():
        stem = word.removesuffix(suffix).removesuffix("-")
        if stem != word and len(stem) > 2 and known.get(stem, 0) & (NOUN | ADJECTIVE | BASE):
            return kinds
    return 0


def _entries() -> Iterator[tuple[str, str]]:
    section = ""
    for file in ("words.txt", "words_general.txt"):
        for line in Path(__file__).with_name(file).read_text("ascii").splitlines():
            if line.startswith("["):
                section = line.strip("[]")
            elif not line.startswith("#"):
                yield from ((section, entry) for entry in line.split())


def _bent(section: str, entry: str) -> list[tuple[str, int]]:
    match section:
        case "function":
            return [(entry, FUNCTION)]
        case "adverbs":
            return [(entry, ADVERB)]
        case "adjectives":
            return _adjective(entry)
        case "nouns":
            return [(entry, NOUN), (_plural(entry), PLURAL)]
        case "mass nouns":
            return [(entry, NOUN | MASS)]
        case "account nouns":
            return [(entry, NOUN | ACCOUNT), (_plural(entry), PLURAL | ACCOUNT)]
        case "account mass nouns":
            return [(entry, NOUN | MASS | ACCOUNT)]
        case "states":
            return [(entry, STATE)]
        case "verbs":
            return _verb(entry, 0)
        case "claim verbs":
            return _verb(entry, CLAIM)
        case "plain participles":
            return [(entry, PARTICIPLE | PLAIN)]
    raise ValueError(f"a list of words has a section {section!r}, which means nothing")


def _plural(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return word[:-1] + "ies"
    if word.endswith("man"):
        return word[:-3] + "men"
    return _UNEVEN.get(word, word + "s")


_UNEVEN = {
    "half": "halves", "leaf": "leaves", "knife": "knives", "life": "lives", "shelf": "shelves", "hero": "heroes",
    "loss": "losses", "index": "indices", "analysis": "analyses", "person": "people", "child": "children",
}  # fmt: skip


def _doubled(word: str) -> str:
    """The word with its last letter doubled where -ed and -ing want it."""
    ends = len(word) > 2 and word[-1] not in _VOWELS and word[-2] in _VOWELS and word[-3] not in _VOWELS
    if not ends or word.endswith(_NEVER_DOUBLED):
        return word
    short = sum(letter in _VOWELS for letter in word) == 1
    return word + word[-1] if short or word in _STRESSED_LAST else word


def _verb(entry: str, kind: int) -> list[tuple[str, int]]:
    base, *others = entry.split("/")
    stem = _doubled(base)
    if base.endswith("ie"):
        ing = base[:-2] + "ying"
    elif base.endswith("e") and not base.endswith(("ee", "ye", "oe")):
        ing = base[:-1] + "ing"
    else:
        ing = stem + "ing"
    present = base[:-1] + "ies" if base.endswith("y") and base[-2] not in _VOWELS else _plural_s(base)
    past, participle = others if len(others) == 2 else (_ed(base, stem),) * 2
    forms = [(base, BASE), (present, PRESENT), (ing, ING), (past, PAST), (participle, PARTICIPLE)]
    if base in ("cancel", "label", "model", "signal", "travel"):
        forms += [(base + "led", PAST | PARTICIPLE), (base + "ling", ING)]
    return [(word, form | kind) for word, form in forms]


def _plural_s(base: str) -> str:
    return base + "es" if base.endswith(("s", "x", "z", "ch", "sh", "o")) else base + "s"


def _ed(base: str, stem: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in _VOWELS:
        return base[:-1] + "ied"
    return stem + "ed"


def _adjective(word: str) -> list[tuple[str, int]]:
    forms = [word]
    if len(word) <= 6 and "-" not in word:
        stem = word[:-1] if word.endswith("e") else word[:-1] + "i" if word.endswith("y") else _doubled(word)
        forms += [stem + "er", stem + "est"]
    bent = [(form, ADJECTIVE) for form in forms]
    if word.endswith("ic"):
        return [*bent, (word + "ally", ADVERB)]
    if word.endswith("le") and word[-3:-2] not in _VOWELS:
        return [*bent, (word[:-1] + "y", ADVERB)]
    if word.endswith("y"):
        return [*bent, (word[:-1] + "ily", ADVERB)]
    return [*bent, (word + "ly", ADVERB)] if "-" not in word else bent
