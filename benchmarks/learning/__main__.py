"""Does it learn? The protocol, its figures with their uncertainty, and whether each passes: `make learning-proof`.

Run: python -m benchmarks.learning [--runs N] [--worlds N] [PART ...]; a few minutes on one core. Exits with 1 where a
pass line is missed: of every share and mean the worse end of its 95 % interval has to pass. Seeds are fixed, so
that a rerun prints the same figures (but for the speed). Engine and simulation run the same functions.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.learning import dying, leaks, nulls, power, searches, speed, worlds
from benchmarks.learning.figures import Line
from benchmarks.machine import machine
from kraken_tui.clock import stopwatch_ns

Part = Callable[[argparse.Namespace], Iterator[Line]]


def _recorded(said: argparse.Namespace) -> Iterator[Line]:
    from benchmarks.learning import recorded  # Only here: it compiles the strategies.

    return recorded.lines()


PARTS: dict[str, tuple[str, Part]] = {
    "nulls": ("False adoptions: nothing is better, 10 challengers, L = 6 sd", lambda said: nulls.lines(said.runs)),
    "power": ("Power: one is better by that much annual Sharpe ratio", lambda said: power.lines(said.runs)),
    "searches": ("Gates on a search", lambda said: searches.lines(said.runs // 10)),
    "worlds": ("Planted edges: earned in sd of a 4-hour block", lambda said: worlds.lines(said.worlds)),
    "dying": ("When an edge dies, and when what was adopted is worse", lambda said: dying.lines(said.runs)),
    "leaks": ("Leakage canary", lambda said: leaks.lines(said.runs // 10)),
    "recorded": ("Recorded: Kraken, nine pairs, second half of 2024", _recorded),
    "speed": ("Speed", lambda said: speed.lines()),
}


def main() -> None:
    """Print every figure; exit with 1 where one does not pass."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--runs", type=int, default=2000, help="simulated runs; 2000 by default")
    parser.add_argument("--worlds", type=int, default=100, help="worlds with planted edges; 100 by default")
    said = parser.parse_args()
    if said.runs < 100 or said.worlds < 10:
        parser.error("at least 100 runs and 10 worlds are right")
    began, missed = stopwatch_ns(), []
    print(machine())
    for name in said.parts or PARTS:
        title, part = PARTS[name]
        print(f"\n### {title}\n\n| | found | 95 % interval | wanted | |\n|---|--:|--:|--:|---|")
        for line in part(said):
            mark = "" if not line.wanted else "ok" if line.passed else "**missed**"
            print(f"| {line.what} | {line.found} | {line.interval} | {line.wanted} | {mark} |", flush=True)
            if not line.passed:
                missed.append(line.what)
    print(f"\n{(stopwatch_ns() - began) / 1e9:.0f} s; ", end="")
    print(f"missed: {'; '.join(missed)}" if missed else "every pass line is met")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
