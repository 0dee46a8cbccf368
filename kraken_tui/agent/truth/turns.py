"""Which turns only ask: a message is informational where all of it is, positively. Any other is a turn that acts."""

from collections.abc import Sequence

from kraken_tui.agent.truth.normalising import plain, straight, unreadable
from kraken_tui.agent.truth.sentences import Sentences
from kraken_tui.agent.truth.tokens import Names, Token, tokens_of
from kraken_tui.agent.truth.vocabulary import ASSET, BASE, CLAIM, NOUN, NUMBER, PLURAL
from kraken_tui.agent.truth.wording import listed

LONGEST = 2_000
"""Characters; who asks more than that has pasted something."""
_WH = listed("what which who whose when where why how")
_ASKING = listed("is are was were am does do did has have had should would will may might shall")
_EXPLAINING = listed(
    "explain describe define compare summarise summarize analyse analyze discuss clarify teach review interpret"
)
_TELLING = listed("tell show give")
_ABOUT = listed("about why how what which when where whether the a my me us more")
_PLEAS = listed("please hello hi hey okay ok thanks so and well now also then zyn jimmy just")
_DOING = listed(
    "buy sell close open cancel place set move start stop pause resume flatten confirm approve "
    "reject enable disable activate arm execute submit send put make get grab take long short "
    "enter exit raise lower reduce increase change switch turn go withdraw deposit transfer "
    "convert swap dump load ape trade halt kill reset try do let use run add remove cut protect"
)
_SAFE_BEFORE = listed(
    "i you we one to the a an my your of or and if is are was were does do did should would could "
    "can it they people traders best good worst last next first limit market order bracket trailing "
    "kill each every this that these"
)
_ASKED_FOR = listed(
    "overview summary idea explanation definition price prices list status chance comparison "
    "example examples details opinion view outlook history difference reason reasons news "
    "rundown advice"
)


def is_information(text: str, symbols: Sequence[str]) -> bool:
    """Whether a message asks, and does nothing else.

    A question, `explain ...`, `compare ...`, `tell me about ...`: each of its sentences has to be one, in known words.
    A plea in the form of a question (`can you buy`, `would you close`) is none; nor is a question with an order behind
    it (`what is BTC at? buy some`, `... and sell it`).

    Args:
        text: as the operator typed it.
        symbols: that may be named.
    """
    if len(text) > LONGEST or unreadable(said := straight(plain(text))):
        return False
    names = Names(symbols, ("zyn", "jimmy"))
    sentences = Sentences()
    parts = [*sentences.feed(said), sentences.rest()]
    asked = [tokens_of(part, names) for part in parts if part.strip()]
    return bool(asked) and any(_asks(tokens) for tokens in asked) and all(_asks(one) or _is_plea(one) for one in asked)


def _is_plea(tokens: Sequence[Token]) -> bool:
    return all(token.text in _PLEAS or not token.text.isalpha() for token in tokens)


def _asks(tokens: Sequence[Token]) -> bool:
    words = [token for token in tokens if token.kinds]
    if any(not token.kinds and token.text.isalnum() for token in tokens):
        return False
    while words and words[0].text in _PLEAS:
        words = words[1:]
    if len(words) < 2:
        return len(words) == 1 and words[0].text == "why"
    first, second = words[0].text, words[1].text
    proposing = second == "about" and len(words) > 2 and words[2].text in ("you", "we", "i")
    if proposing or (
        first == "why" and "not" in [word.text for word in words[1:4]] and any(word.text in _DOING for word in words)
    ):
        return False
    if first in ("can", "could") or (first in ("would", "will") and second == "you"):
        return (second in ("i", "we", "it") and _is_harmless(tokens)) or (
            _is_plea_to_explain(words) and _is_harmless(tokens)
        )
    if first in _WH or first in _ASKING or (first in ("in", "at", "for", "on", "by") and second in _WH):
        return (
            first not in ("do", "have")
            or (second in ("you", "i", "we", "they", "stops", "fees", "orders") and _is_harmless(tokens))
            if (first in ("do", "have"))
            else _is_harmless(tokens)
        )
    if first in _EXPLAINING or _is_telling(words):
        return _is_harmless(tokens)
    return False


def _is_plea_to_explain(words: Sequence[Token]) -> bool:
    return (
        words[1].text == "you"
        and len(words) > 2
        and (
            words[2].text in _EXPLAINING
            or _is_telling(words[2:])
            or (
                words[2].text == "help"
                and words[3:4] != []
                and words[-1].kinds > 0
                and "understand" in [w.text for w in words]
            )
        )
    )


def _is_telling(words: Sequence[Token]) -> bool:
    if words[0].text not in _TELLING or len(words) < 3 or words[1].text not in ("me", "us"):
        return False
    rest = [word.text for word in words[2:]]
    if words[0].text == "give":
        return bool(_ASKED_FOR & set(rest[:4]))
    return rest[0] in _ABOUT


def _is_harmless(tokens: Sequence[Token]) -> bool:
    """Whether no part of a sentence reads as an order: `..., buy some`, `... and close it`, `then sell`."""
    begins = True
    for at, token in enumerate(tokens):
        if at and begins and token.text in _DOING and token.kinds & (BASE | CLAIM):
            after = tokens[at + 1] if at + 1 < len(tokens) else Token("", 0)
            if not (
                token.kinds & (NOUN | PLURAL)
                and not after.kinds & (ASSET | NUMBER)
                and after.text in ("or", "and", "orders", "order", "?", "")
            ):
                return False
        if token.kinds & NUMBER and at and tokens[at - 1].text in _DOING and not _is_supposed(tokens[:at]):
            return False
        begins = token.text in (
            ",",
            ";",
            ":",
            ".",
            "-",
            "and",
            "then",
            "please",
            "just",
            "also",
            "(",
            "!",
            "but",
            "so",
            "now",
        )
    return True


def _is_supposed(tokens: Sequence[Token]) -> bool:
    words = {token.text for token in tokens}
    return bool(words & {"if", "i", "we", "should", "to"})
