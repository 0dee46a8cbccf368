"""The gate: sentence by sentence, what may be shown of a model's answer."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from kraken_tui.agent.truth.grounding import Grounds
from kraken_tui.agent.truth.ids import has_id
from kraken_tui.agent.truth.judging import rule_for
from kraken_tui.agent.truth.normalising import body, plain, straight, unmarked, unreadable
from kraken_tui.agent.truth.placeholders import filled_in, unknown
from kraken_tui.agent.truth.sentences import LONGEST, Sentences
from kraken_tui.agent.truth.tokens import Names, tokens_of
from kraken_tui.agent.truth.untrusted import Untrusted, revealed
from kraken_tui.model.fact import Fact

MOST_SENTENCES = 200
"""Of one answer; what comes after is withheld unread."""
AFTER = "after a withheld sentence"
CUT_OFF = "incomplete"


@lru_cache(4)
def _names(symbols: tuple[str, ...], people: tuple[str, str]) -> Names:
    return Names(symbols, people)


class Words(Struct, frozen=True):
    """Names that prose may use beside the vocabulary."""

    assistant: str
    operator: str


class Verdict(Struct, frozen=True):
    """What became of one sentence."""

    text: str
    """To be shown, with the line break or space before it; empty where it is withheld."""
    withheld: Untrusted | None
    """As the model wrote it; None where it is shown."""
    rule: str
    """Which rule withheld it; empty: it passed."""


class ProseGate:
    """Judges one answer. After the first sentence that is withheld, all that follows is withheld.

    Args:
        facts: what tools have returned in this turn.
        symbols: that may be named, such as `BTC/USD`.
        now_ns: engine time, by which facts are fresh.
        words: names of the assistant and the operator.
        rows: rendered rows that placeholders may name, by `R:id` and `F:id`.
    """

    def __init__(
        self,
        facts: Sequence[Fact],
        symbols: Sequence[str],
        now_ns: int,
        words: Words,
        rows: Mapping[str, str] | None = None,
    ) -> None:
        self._names = _names(tuple(symbols), (words.assistant, words.operator))
        self._grounds = Grounds(self._names)
        self._grounds.learn(facts)
        self._rows = dict(rows or {})
        self._now_ns = now_ns
        self._sentences = Sentences()
        self._is_tainted = False
        self._count = 0

    def learn(self, facts: Sequence[Fact], rows: Mapping[str, str] | None = None) -> None:
        """A tool returned more."""
        self._grounds.learn(facts)
        self._rows |= rows or {}

    def feed(self, text: Untrusted, now_ns: int | None = None) -> list[Verdict]:
        """Verdicts of the sentences that became whole.

        Args:
            text: the next chunk of the answer, cut anywhere.
            now_ns: the time by now; facts may have expired since the last chunk.
        """
        self._now_ns = max(self._now_ns, now_ns or 0)
        return [self._judged(sentence) for sentence in self._sentences.feed(revealed(text))]

    def end(self, *, complete: bool) -> list[Verdict]:
        """The verdict of what is left. Of an answer that was cut off, that is withheld."""
        rest = self._sentences.rest()
        if not rest:
            return []
        if not complete and not self._is_tainted:
            self._is_tainted = True
            return [Verdict("", Untrusted(rest), CUT_OFF)]
        return [self._judged(rest)]

    def _judged(self, sentence: str) -> Verdict:
        self._count += 1
        text, rule = self._released(sentence)
        if rule:
            self._is_tainted = True
            return Verdict("", Untrusted(sentence), rule)
        return Verdict(text, None, "")

    def _released(self, sentence: str) -> tuple[str, str]:
        """The text to show, and the rule that withholds it."""
        if self._is_tainted:
            return "", AFTER
        if self._count > MOST_SENTENCES or len(sentence) >= LONGEST:
            return "", "length"
        text = unmarked(plain(sentence))
        if unknown(text, self._rows):
            return "", "placeholder"
        lead = text[: len(text) - len(text.lstrip())]
        said = text.strip()
        rule = "" if self._tells_figure(said) else rule_for(said, self._names, self._grounds, self._now_ns)
        return (lead + filled_in(said, self._rows), "") if not rule else ("", rule)

    def _tells_figure(self, text: str) -> bool:
        """Whether a sentence tells what was worked out and nothing else: then there is no claim in it to be weighed."""
        if not self._grounds.has_figures:
            return False
        _, said = body(straight(text))
        if unreadable(said) or has_id(said):
            return False
        return self._grounds.tell(tokens_of(said, self._names), self._now_ns)
