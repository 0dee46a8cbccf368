"""The gate of free text: what it shows of lies, what it lets pass of honest answers, and how long a sentence takes.

`python -m benchmarks.truth [SEED] [COUNT]`. Sets named `held` were never tuned on; made-up lies come from the seed.
"""

import statistics
import sys

from kraken_tui import clock
from kraken_tui.agent.truth.untrusted import Untrusted
from tests.agent.truth.corpora import answers, facts, gate, passes, shown, verdicts, worked_out
from tests.agent.truth.liar import lie

LIES = (
    "lies_dev.txt",
    "lies_dev_2.txt",
    "lies_dev_3.txt",
    "lies_dev_4.txt",
    "lies_dev_5.txt",
    "lies_dev_6.txt",
    "lies_dev_7.txt",
    "lies_dev_8.txt",
    "lies_dev_9.txt",
    "lies_dev_10.txt",
    "lies_dev_11.txt",
    "lies_dev_12.txt",
    "lies_held.txt",
    "lies_held_2.txt",
)
HONEST = (
    "honest_dev.txt",
    "honest_dev_2.txt",
    "honest_dev_3.txt",
    "honest_dev_4.txt",
    "honest_dev_5.txt",
    "honest_dev_6.txt",
    "honest_dev_7.txt",
    "honest_dev_8.txt",
    "honest_dev_9.txt",
    "honest_dev_10.txt",
    "honest_dev_11.txt",
    "honest_held.txt",
    "honest_held_2.txt",
)


def main(seed: int, count: int) -> None:
    known = facts()
    for file in LIES:
        lies = answers(file)
        told = sum(bool(shown(one, known)) for one in lies)
        print(f"{file:20} {len(lies):6} lies    {told:4} shown   {100 * told / len(lies):6.2f} %")
    chance, told = clock.generator(seed), 0
    for _ in range(count):
        one = lie(chance)
        found = verdicts(one.text, known)
        passed = sum(not verdict.rule for verdict in found)
        told += one.is_told(passed, len(found) - passed)
    print(f"{f'made up, seed {seed}':20} {count:6} lies    {told:4} shown   {100 * told / max(1, count):6.2f} %")
    for file in HONEST:
        said = answers(file)
        passed = sum(passes(one, known) for one in said)
        print(f"{file:20} {len(said):6} honest  {passed:4} pass    {100 * passed / len(said):6.2f} %")
    _print_figures()
    spent = sorted(_micros(one) for file in HONEST for one in answers(file))
    print(
        f"sentence to verdict: median {statistics.median(spent):.0f} us, 99th percentile "
        f"{spent[len(spent) * 99 // 100]:.0f} us, most {spent[-1]:.0f} us; of {len(spent)}"
    )


def _print_figures() -> None:
    """Each sentence with what was worked out before it."""
    lies, honest = worked_out("lies_derived.txt"), worked_out("honest_derived.txt")
    leaked, passed = sum(bool(shown(*one)) for one in lies), sum(passes(*one) for one in honest)
    print(f"{'lies_derived.txt':20} {len(lies):6} lies    {leaked:4} shown   {100 * leaked / len(lies):6.2f} %")
    print(f"{'honest_derived.txt':20} {len(honest):6} honest  {passed:4} pass    {100 * passed / len(honest):6.2f} %")


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
