"""What the traits of a sentence weigh in the gate of free text: fitted to the corpora, written to `weights.txt`.

`python -m benchmarks.gate_training` fits to all files that are not held out, and writes. With `check`, each corpus is
judged by weights that were fitted to all others, and nothing is written: what a set would have seen that is new.

The fit is logistic regression by stochastic gradients, in an order drawn from a seed.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

import kraken_tui.agent.truth
from kraken_tui import clock
from kraken_tui.agent.truth.clause_by_clause import rule_of
from kraken_tui.agent.truth.evidence import SCALE, scaled, trait_of_rule, value_of
from kraken_tui.agent.truth.grounding import Grounds
from kraken_tui.agent.truth.judging import PASSING, PASSING_ALONE, sentence_of
from kraken_tui.agent.truth.normalising import plain, unmarked
from kraken_tui.agent.truth.sentence import Sentence
from kraken_tui.agent.truth.sentences import Sentences
from kraken_tui.agent.truth.tokens import Names
from kraken_tui.agent.truth.traits import stems, traits
from tests.agent.truth.corpora import FOLDER, NOW_NS, SYMBOLS, answers, facts
from tests.agent.truth.liar import lie

WEIGHTS = Path(kraken_tui.agent.truth.__file__).with_name("weights.txt")
MADE_UP_FILE = "made-up lies"
MADE_UP, SEED = 12_000, 77
PASSES, RATE, SHRINKING = 15, 0.3, 0.012
LIE_WEIGHS, MADE_UP_WEIGHS = 1.5, 0.5
"""A lie that is shown is worse than an honest sentence withheld; made-up ones are much alike."""
IN_STYLE_WEIGHS, OUT_OF_STYLE_WEIGHS = 3.0, 0.15
"""An honest answer is to pass as far as it keeps to the style that the model is told to keep to; what strangers wrote
who had not been told (`honest_dev_9.txt` and on) counts little."""
FIRST_OF_STRANGERS = 9
FOLDS = 6
LEAST = 10
"""Hundredths; what weighs less is left out."""

Floats = NDArray[np.float64]


class Sample(Struct, frozen=True):
    """One sentence with its traits."""

    text: str
    file: str
    is_honest: bool
    traits: tuple[str, ...]


def samples() -> list[Sample]:
    """The sentences of all files that aren't held out, and made-up lies, as far as their form alone doesn't decide."""
    found: list[Sample] = []
    for file in sorted([*FOLDER.glob("*_dev*.txt"), *FOLDER.glob("*_style_[0-9]*.txt")]):
        found += _samples(answers(file.name), file.name)
    chance = clock.generator(SEED)
    made = (lie(chance) for _ in range(MADE_UP))
    return found + list(_samples([one.text for one in made if not one.before], MADE_UP_FILE))


def _samples(said: Iterable[str], file: str) -> Iterable[Sample]:
    names = Names(SYMBOLS, ("Zyn", "jimmy"))
    grounds = Grounds(names)
    grounds.learn(facts())
    for answer in said:
        parts = Sentences()
        sentences = [one.strip() for one in (*parts.feed(answer), parts.rest()) if one.strip()]
        if "lies" in file and len(sentences) > 1:  # one of them may be no lie
            continue
        for text in sentences:
            sentence = sentence_of(unmarked(plain(text)), names, grounds, NOW_NS)
            if not isinstance(sentence, str):
                yield Sample(text, file, "lies" not in file, _traits(sentence))


def _traits(sentence: Sentence) -> tuple[str, ...]:
    found = {*traits(sentence), *stems(sentence)}
    return tuple(sorted(found | {trait_of_rule(rule_of(sentence))}))


def _pull(sample: Sample) -> float:
    if sample.is_honest:
        if "style" in sample.file:
            return IN_STYLE_WEIGHS
        return OUT_OF_STYLE_WEIGHS if _number(sample.file) >= FIRST_OF_STRANGERS else 1.0
    return MADE_UP_WEIGHS if sample.file == MADE_UP_FILE else LIE_WEIGHS


def _number(file: str) -> int:
    """`honest_dev_9.txt` is the ninth of its kind."""
    last = file.removesuffix(".txt").rpartition("_")[2]
    return int(last) if last.isdigit() else 1


class Fit:
    """Weights of traits.

    Args:
        seen: what they are fitted to.
    """

    def __init__(self, seen: Sequence[Sample]) -> None:
        counted = Counter(trait for sample in seen for trait in sample.traits)
        self._at = {trait: at for at, trait in enumerate(sorted(one for one, times in counted.items() if times > 1))}
        self.weights: Floats = np.zeros(len(self._at))
        self.bias = 0.0
        rows = [self._row(sample) for sample in seen]
        pull = np.array([_pull(sample) for sample in seen])
        self._descend(rows, np.array([sample.is_honest for sample in seen], dtype=np.float64), pull)

    def _row(self, sample: Sample) -> tuple[NDArray[np.int64], Floats]:
        """The places of its traits, and how much each counts there."""
        known = [trait for trait in sample.traits if trait in self._at]
        values = np.array([value_of(trait) for trait in known], dtype=np.float64)
        return np.array([self._at[trait] for trait in known], dtype=np.int64), values * (SCALE / _root(sample))

    def _descend(self, rows: Sequence[tuple[NDArray[np.int64], Floats]], wanted: Floats, pull: Floats) -> None:
        """AdaGrad over the rows, in another order each time."""
        chance, steps = clock.generator(SEED), np.ones(len(self._at))
        order = list(range(len(rows)))
        for _ in range(PASSES):
            chance.shuffle(order)
            for one in order:
                row, values = rows[one]
                told = 1 / (1 + np.exp(-(self.weights[row] @ values + self.bias)))
                slope = (told - wanted[one]) * pull[one]
                slopes = slope * values + SHRINKING * self.weights[row]
                steps[row] += slopes * slopes
                self.weights[row] -= RATE * slopes / np.sqrt(steps[row])
                self.bias -= 0.02 * slope

    def hundredths(self, sample: Sample) -> int:
        """What the gate would count for a sentence."""
        row, values = self._row(sample)
        told = 100 * self.weights[row] * values * (_root(sample) / SCALE)
        return round(100 * self.bias) + scaled(int(np.rint(told).sum()), _size(sample))

    def lines(self) -> list[str]:
        """As `weights.txt` has them."""
        told = {trait: round(100 * value_of(trait) * float(self.weights[at])) for trait, at in self._at.items()}
        return [f"{round(100 * self.bias)} "] + [
            f"{told[trait]} {trait}" for trait in told if abs(told[trait]) >= LEAST
        ]


def _size(sample: Sample) -> int:
    return sum(value_of(trait) ** 2 for trait in sample.traits)


def _root(sample: Sample) -> float:
    return float(np.sqrt(_size(sample)))


def _bar(sample: Sample) -> int:
    return PASSING if trait_of_rule("") in sample.traits else PASSING_ALONE


def _check(seen: Sequence[Sample]) -> None:
    """Each sixth of the files by weights fitted to the others: how many sentences would pass, at several bars."""
    bars = (-150, -100, -80, -60, -40, -20, 0, 50)
    print(f"{'beside the bar':24}" + "".join(f"{bar:8}" for bar in bars))
    total: dict[str, Counter[int]] = {}
    for fold in range(FOLDS):
        fit = Fit([sample for sample in seen if sample.file == MADE_UP_FILE or _number(sample.file) % FOLDS != fold])
        judged = [sample for sample in seen if sample.file != MADE_UP_FILE and _number(sample.file) % FOLDS == fold]
        for file in sorted({sample.file for sample in judged}):
            told = [fit.hundredths(sample) - _bar(sample) for sample in judged if sample.file == file]
            passed = {bar: sum(weight > bar for weight in told) for bar in bars}
            total.setdefault(file.rstrip("_0123456789.tx"), Counter()).update({**passed, -1: len(told)})
            print(f"{file:20} {len(told):6} " + "".join(f"{passed[bar]:8}" for bar in bars), flush=True)
    for kind, passed in sorted(total.items()):
        print(f"{kind:20} {passed[-1]:6} " + "".join(f"{passed[bar]:8}" for bar in bars))


def main() -> None:
    seen = samples()
    if "check" in sys.argv:
        _check(seen)
        return
    lines = ["# What traits weigh, in hundredths; written by `python -m benchmarks.gate_training`.", *Fit(seen).lines()]
    WEIGHTS.write_text("\n".join(lines) + "\n", "ascii")
    print(f"{len(seen)} sentences, {len(lines) - 1} weights")


if __name__ == "__main__":
    main()
