"""How much a sentence looks like commentary, and how much like a claim: by what its traits weigh.

The frames' verdict is one of the traits. What each weighs was fitted by `python -m benchmarks.gate_training` to the
corpora in `tests/agent/truth/corpus`, and stands in `weights.txt`, as whole numbers: the same sentence has the same sum
on every machine. A long sentence has more traits than a short one, so that the sum is divided by the root of their
number.
"""

from functools import cache
from math import isqrt
from pathlib import Path

from msgspec import Struct

from kraken_tui.agent.truth.sentence import Sentence
from kraken_tui.agent.truth.traits import stems, traits

SCALE = 8
"""What the sum is multiplied by, before it is divided by that root."""
OF_STEMS = 2
"""How much words count, beside other traits."""
_STEMS = ("s", "b", "t")


class Evidence(Struct, frozen=True):
    """The traits of a sentence, the frames' verdict left out."""

    total: int
    """What they weigh together, hundredths."""
    size: int
    """The sum of the squares of how much each counts."""

    def beside(self, rule: str) -> int:
        """What a sentence comes to, in hundredths, if the frames withhold it by a rule (empty: they let it pass).

        The higher, the more it looks like commentary.
        """
        return self._with(weights().get(trait_of_rule(rule), 0))

    @property
    def least(self) -> int:
        """What it comes to whatever the frames say."""
        return self._with(_least_of_rules())

    def _with(self, more: int) -> int:
        return weights()[""] + scaled(self.total + more, self.size + 1)


def evidence_of(sentence: Sentence) -> Evidence:
    """The traits of a sentence with its numbers judged, and not yet looked at by the frames, weighed."""
    known, others, words = weights(), set(traits(sentence)), set(stems(sentence))
    total = sum([known.get(trait, 0) for trait in others]) + sum([known.get(stem, 0) for stem in words])
    return Evidence(total, len(others) + OF_STEMS**2 * len(words))


def scaled(total: int, size: int) -> int:
    """A sum of weights over the root of their number, rounded down."""
    return 100 * SCALE * total // isqrt(10_000 * size)


def value_of(trait: str) -> int:
    """How much a trait counts."""
    return OF_STEMS if trait[0] in _STEMS and trait[1] == " " else 1


def trait_of_rule(rule: str) -> str:
    """The frames' verdict as a trait."""
    return f"rule {rule}"


@cache
def _least_of_rules() -> int:
    return min([0, *(weight for trait, weight in weights().items() if trait.startswith(trait_of_rule("")))])


@cache
def weights() -> dict[str, int]:
    """What traits weigh, in hundredths, times how much they count; the empty one is counted for every sentence."""
    lines = Path(__file__).with_name("weights.txt").read_text("ascii").splitlines()
    pairs = (line.split(" ", 1) for line in lines if not line.startswith("#"))
    return {trait: int(weight) for weight, trait in pairs}
