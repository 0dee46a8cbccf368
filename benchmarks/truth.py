"""The gate of free text: what it shows of lies, what it lets pass of honest answers, and how long a sentence takes.

`python -m benchmarks.truth [SEED] [COUNT]`. Sets named `held` were never tuned on, those named `style` were written by
people who had the assistant's instructions; made-up lies come from the seed. A lie counts as shown where any sentence
of its line is, though that may be one that is true, and as shown whole where all of them are.
"""

import statistics
import sys

from kraken_tui import clock
from kraken_tui.agent.truth.untrusted import Untrusted
from tests.agent.truth.corpora import FOLDER, answers, facts, gate, passes, sentences, shown, verdicts, worked_out
from tests.agent.truth.liar import lie


def main(seed: int, count: int) -> None:
    known = facts()
    for file in _files("lies"):
        lies = answers(file)
        told, whole = sum(bool(shown(one, known)) for one in lies), sum(passes(one, known) for one in lies)
        shares = f"{100 * told / len(lies):6.2f} %, whole {whole:4} {100 * whole / len(lies):6.2f} %"
        print(f"{file:24} {len(lies):6} lies    {told:4} shown   {shares}")
    chance, told = clock.generator(seed), 0
    for _ in range(count):
        one = lie(chance)
        found = verdicts(one.text, known)
        passed = sum(not verdict.rule for verdict in found)
        told += one.is_told(passed, len(found) - passed)
    print(f"{f'made up, seed {seed}':24} {count:6} lies    {told:4} shown   {100 * told / max(1, count):6.2f} %")
    for file in _files("honest"):
        said = [one for answer in answers(file) for one in sentences(answer)]
        passed = sum(passes(one, known) for one in said)
        print(f"{file:24} {len(said):6} honest  {passed:4} pass    {100 * passed / len(said):6.2f} %")
    _print_figures()
    spent = sorted(_micros(one) for file in _files("honest") for answer in answers(file) for one in sentences(answer))
    print(
        f"sentence to verdict: median {statistics.median(spent):.0f} us, 99th percentile "
        f"{spent[len(spent) * 99 // 100]:.0f} us, most {spent[-1]:.0f} us; of {len(spent)}"
    )


def _files(kind: str) -> list[str]:
    """The corpora of lies or of honest answers, but for those that go by figures worked out before."""
    return sorted(path.name for path in FOLDER.glob(f"{kind}_*.txt") if "derived" not in path.name)


def _print_figures() -> None:
    """Each sentence with what was worked out before it."""
    lies, honest = worked_out("lies_derived.txt"), worked_out("honest_derived.txt")
    leaked, passed = sum(bool(shown(*one)) for one in lies), sum(passes(*one) for one in honest)
    print(f"{'lies_derived.txt':24} {len(lies):6} lies    {leaked:4} shown   {100 * leaked / len(lies):6.2f} %")
    print(f"{'honest_derived.txt':24} {len(honest):6} honest  {passed:4} pass    {100 * passed / len(honest):6.2f} %")


def _micros(said: str) -> float:
    """The best of five, as others share the machine."""
    best, known = float("inf"), facts()
    for _ in range(5):
        judge, text = gate(known), Untrusted(said + "\n")
        began = clock.stopwatch_ns()
        judge.feed(text)
        best = min(best, (clock.stopwatch_ns() - began) / 1e3)
    return best


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1, int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
