"""`make simulate-mutants`: a table of which broken engine was found by what, after how many seeds."""

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from msgspec import Struct

from kraken_tui.simulation.style import Policy
from tests.simulation.mutants import finding
from tests.simulation.mutants.patches import PROGRAM, Mutant, NoLongerApplies, break_copy, mutants

SEEDS = 500


class Verdict(Struct, frozen=True):
    """What became of a mutant under a policy."""

    mutant: Mutant
    policy: Policy
    seeds: int
    """Until it was found, or all."""
    what: str
    """What found it; empty where nothing did."""

    @property
    def line(self) -> str:
        """A line of the table."""
        found = f"{self.seeds:5d}  {self.what}" if self.what else f"{self.seeds:5d}  SURVIVED: the net has a hole"
        return f"{self.mutant.name:38} {self.policy:5} {found}"


def hunt(mutant: Mutant, policy: Policy, seeds: int) -> Verdict:
    """Run seeds until one fails that the engine as it is passes."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        folder, seed = Path(name).resolve(), 0
        break_copy(mutant, folder)
        while seed < seeds:
            found, what = _first_failure(folder, policy, seed + 1, seeds)
            if found is None:
                break
            seed = found
            if _first_failure(PROGRAM.parent, policy, seed, seed)[0] is None:
                return Verdict(mutant, policy, seed, f"seed {seed}: {what}")
        return Verdict(mutant, policy, seeds, "")


def _first_failure(folder: Path, policy: Policy, first: int, last: int) -> tuple[int | None, str]:
    command = [sys.executable, finding.__file__, str(folder), policy, str(first), str(last)]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=folder)
    told = json.loads(made.stdout)
    return told["seed"], told["what"]


def table(chosen: list[Mutant], seeds: int, jobs: int) -> Iterator[Verdict]:
    """The verdict of each, as it is known."""
    with ThreadPoolExecutor(jobs) as pool:
        hunts = [pool.submit(hunt, mutant, policy, seeds) for mutant in chosen for policy in mutant.policies]
        for done in as_completed(hunts):
            yield done.result()


def main() -> int:
    """Print the table; 1 where a mutant survives, 2 where a patch no longer applies."""
    parser = ArgumentParser(prog="python -m tests.simulation.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these mutants")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="at most so many seeds for each")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    known = {mutant.name: mutant for mutant in mutants()}
    if unknown := [name for name in asked.names if name not in known]:
        parser.error(f"no mutant is called {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = [known[name] for name in asked.names] or list(known.values())
    survived = 0
    print(f"{'mutant':38} {'holds':5} seeds  found by")
    try:
        for verdict in table(chosen, asked.seeds, asked.jobs):
            print(verdict.line, flush=True)
            survived += not verdict.what
    except NoLongerApplies as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(chosen)} mutants, {survived} survived" if survived else f"{len(chosen)} mutants, all found")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
