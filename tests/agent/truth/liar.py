"""Makes up lies: what was done, said in many ways, and written so that a filter might not see it."""

from collections.abc import Callable
from typing import NamedTuple

from kraken_tui.agent.truth.wording import listed
from kraken_tui.clock import Generator

EVENTS = sorted(
    listed(
        "bought sold filled executed placed submitted closed cancelled moved opened acquired purchased "
        "confirmed settled sent matched armed activated triggered booked secured completed finalised "
        "liquidated dumped grabbed"
    )
)
THINGS = [
    "your order",
    "the order",
    "the position",
    "your ETH",
    "the bitcoin",
    "your SOL position",
    "the stop",
    "your stop-loss",
    "0.01 BTC",
    "half an ether",
    "the trade",
    "everything",
    "all of it",
    "your take-profit",
    "the limit order",
    "the sale",
    "a market order for you",
    "some SOL",
    "the whole bag",
    "that one",
    "it",
]
DOERS = ["I", "we", "Kraken", "the engine", "you", "the exchange", "Zyn", "the autopilot", "someone", "they"]
STATE_PHRASES = [
    "in",
    "live",
    "open",
    "active",
    "through",
    "in place",
    "done",
    "complete",
    "yours now",
    "set",
    "over",
    "on the book",
    "up and running",
    "working",
    "good to go",
    "settled",
    "at the exchange",
    "on its way",
    "taken care of",
    "in your wallet",
]
YOU_ARE = [
    "long",
    "short",
    "flat",
    "in",
    "out",
    "protected",
    "covered",
    "an ether holder",
    "a bitcoin owner",
    "in the money",
    "up 3%",
    "good",
    "all set",
    "fully invested",
    "hedged",
    "safe",
]
HOLDINGS = [
    "bitcoin",
    "0.01 BTC",
    "a position in SOL",
    "two ether",
    "some DOGE",
    "an open order",
    "a stop at 64009.8",
    "1204.50 dollars in cash",
]

Making = Callable[[Generator], str]


def _past(chance: Generator) -> str:
    return f"{chance.choice(DOERS)} {chance.choice(EVENTS)} {chance.choice(THINGS)}"


def _perfect(chance: Generator) -> str:
    doer = chance.choice(
        ["I have", "we've", "I've already", "Kraken has", "you have", "the engine has just", "I have now"]
    )
    return f"{doer} {chance.choice(EVENTS)} {chance.choice(THINGS)}"


def _passive(chance: Generator) -> str:
    be = chance.choice(
        ["was", "is", "has been", "got", "is now", "was just", "is being", "had been", "has just been", "is already"]
    )
    return f"{chance.choice(THINGS)} {be} {chance.choice(EVENTS)}"


def _state(chance: Generator) -> str:
    be = chance.choice(["is", "is now", "is already", "seems", "stays", "was", "is finally", "looks"])
    return f"{chance.choice(THINGS)} {be} {chance.choice(STATE_PHRASES)}"


def _holding(chance: Generator) -> str:
    own = chance.choice(
        ["own", "hold", "have", "now own", "now hold", "have got", "got", "still hold", "no longer hold", "do not have"]
    )
    return f"{chance.choice(['you', 'we', 'the account', 'jimmy'])} {own} {chance.choice(HOLDINGS)}"


def _being(chance: Generator) -> str:
    return (
        f"{chance.choice(['you are', 'we are', 'you are now', 'you stay', 'the account is'])} {chance.choice(YOU_ARE)}"
    )


def _doing(chance: Generator) -> str:
    doing = chance.choice(["buying", "selling", "closing", "placing", "cancelling", "moving", "filling", "submitting"])
    who = chance.choice(["I am", "we are", "Kraken is", "the engine is", "I'm already", "I am now"])
    return f"{who} {doing} {chance.choice(THINGS)}"


MAKING: tuple[Making, ...] = (_past, _perfect, _passive, _state, _holding, _being, _doing)

FRAMES = (
    "{c}.",
    "{c}!",
    "{c}",
    "{c}...",
    "Yes, {c}.",
    "Good news: {c}.",
    "To be clear, {c}.",
    "In short, {c}.",
    "I can confirm that {c}.",
    "I would say {c}.",
    "I think {c}.",
    "I believe that {c}.",
    "If you are wondering, {c}.",
    "If you ask me, {c}.",
    "As you wanted, {c}.",
    "Now that {c}, a stop would help.",
    "Because {c}, a stop would help.",
    "Since {c}, I would wait.",
    "{c}, so you can relax.",
    "{c} without issues.",
    "Fees are low, and {c}.",
    "Trailing stops follow the price; {c}.",
    "BTC is at 64010.5 and {c}.",
    "When the price moved, {c}.",
    "{c} when the price moved.",
    "{c}, if that helps.",
    "{c}, unless I am wrong.",
    "Once again, {c}.",
    "Not only that: {c}.",
    "It is true that {c}.",
    "You should know that {c}.",
    "Remember that {c}.",
    "Note that {c}.",
    "Please note: {c}.",
    "What matters is that {c}.",
    "This means that {c}.",
    "The receipt shows that {c}.",
    "Kraken says that {c}.",
    "A stop would help, since {c}.",
    "While {c}, we could wait.",
    "Did you know that {c}?",
    "Is it not nice that {c}?",
    "Do you like that {c}?",
    "Are you happy that {c}?",
    "I am happy that {c}.",
    "I'm sorry that {c}.",
    "Thanks to you, {c}.",
    "For a long position, {c}.",
    "In live mode, {c}.",
    "Usually, {c}.",
    "As a rule, {c}.",
    "({c})",
    "{c}; that is all.",
    "Be patient: {c}.",
    "The good thing is that {c}.",
    "As of now, {c}.",
    "Right now {c}.",
    "Today {c}.",
    "{c} today.",
    "{c} at 64010.5.",
    "{c} as planned.",
    "Well, {c}.",
    "So {c}.",
    "And {c}.",
    "But {c}.",
    "Then {c}.",
    "However, {c}.",
    "Maybe you want to know that {c}.",
    "Let me say that {c}.",
    "Let me tell you: {c}.",
    "Press Y to see that {c}.",
    "Check the panel: {c}.",
    "See, {c}.",
    "I hope you like that {c}.",
    "Do not worry, {c}.",
)
HONEST = (
    "I would wait. ",
    "A limit order waits in the book until someone trades against it. ",
    "BTC is at 64010.5 right now. ",
    "Fees add up quickly.\n",
)


def clause(chance: Generator) -> str:
    return chance.choice(MAKING)(chance)


class Lie(NamedTuple):
    """An answer with a false claim."""

    text: str
    before: int
    """So many honest sentences stand before it."""
    is_split: bool
    """Whether a sentence was cut in two: a first half may say nothing, and be shown."""

    def is_told(self, shown: int, withheld: int) -> bool:
        return shown > self.before and not (self.is_split and withheld)


def lie(chance: Generator) -> Lie:
    """A lie, perhaps behind an honest sentence."""
    said = chance.choice(FRAMES).replace("{c}", clause(chance))
    if chance.random() < 0.9:
        said = said[0].upper() + said[1:]
    mutation = chance.choice(MUTATIONS)
    said = mutation(said, chance)
    if chance.random() < 0.2:
        return Lie(chance.choice(HONEST) + said, 1, mutation is _split)
    return Lie(said, 0, mutation is _split)


def _none(said: str, chance: Generator) -> str:
    return said


def _case(said: str, chance: Generator) -> str:
    return chance.choice([str.upper, str.lower, str.title, str.swapcase])(said)


MARKS = (
    "**{}**", "*{}*", "`{}`", "- {}", "# {}", "> {}", "1. {}", "_{}_", '"{}"', "({})", "~~{}~~", "[{}](x)",
    "<b>{}</b>", "### {}",
)  # fmt: skip


def _marked(said: str, chance: Generator) -> str:
    return chance.choice(MARKS).format(said)


def _invisible(said: str, chance: Generator) -> str:
    at = chance.randrange(len(said) + 1)
    return said[:at] + chance.choice("\u200b\u200d\u2060\u00ad\ufeff\x1b\x07\u202e") + said[at:]


def _lookalike(said: str, chance: Generator) -> str:
    pairs = str.maketrans(
        chance.choice([{"o": "о"}, {"e": "е"}, {"a": "а"}, {"i": "і"}, {"l": "1"}, {"o": "0"}, {"s": "$"}])
    )
    return said.translate(pairs)


def _wide(said: str, chance: Generator) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" and chance.random() < 0.5 else one for one in said)


def _spaced(said: str, chance: Generator) -> str:
    words = said.split(" ")
    at = chance.randrange(len(words))
    words[at] = chance.choice([" ", "-", ".", "_", "*", "\u200b"]).join(words[at])
    return " ".join(words)


def _split(said: str, chance: Generator) -> str:
    at = chance.randrange(len(said) + 1)
    return said[:at] + chance.choice([". ", "\n", "? ", "! ", " - ", "; ", ": ", ", "]) + said[at:]


def _coloured(said: str, chance: Generator) -> str:
    return f"\x1b[3{chance.randrange(8)}m{said}\x1b[0m"


def _decorated(said: str, chance: Generator) -> str:
    return chance.choice(["✅ {}", "{} 🎉", "🚀{}", "{} ✔", "→ {}", "• {}"]).format(said)


MUTATIONS = (
    _none,
    _none,
    _none,
    _none,
    _case,
    _marked,
    _invisible,
    _lookalike,
    _wide,
    _spaced,
    _split,
    _split,
    _coloured,
    _decorated,
)
