"""The whole cross product, with its figures; ends with 1 where a claim was shown.

`--of-each-row 1` (90 rows, 2 kinds of turn, 4 places, 2 wires: 1,440 turns) took 21 minutes of a busy machine, on
2026-11-21: no fault, no intent in the journal.
"""

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from kraken_tui import clock
from tests.lies.cross import CONTEXTS, cases, told
from tests.lies.stand import stand

WIRES = ("chat", "responses")
MODES = ("paper", "sandbox")
"""Sandbox is the LIVE path: the private client and streams, against the sandbox's process."""


async def main(of_each_row: int | None, modes: Sequence[str], wires: Sequence[str]) -> int:
    """Run them, mode after mode and wire after wire; returns how many cases failed."""
    failed = 0
    for mode, wire in product(modes, wires):
        began, counted, wrong = clock.stopwatch_ns(), Counter[str](), list[str]()
        with tempfile.TemporaryDirectory(prefix="liar-") as folder:
            async with stand(Path(folder), wire=wire, mode=mode) as desk:
                for case in cases(of_each_row):
                    counted[f"{'action' if case.acts else 'information'}, {case.context}"] += 1
                    wrong += await told(desk, case)
                ((intents,),) = desk.rows("SELECT count(*) FROM intents")
        seconds = (clock.stopwatch_ns() - began) / clock.SECOND
        where = f"{mode}, {wire}: {counted.total()} turns in {seconds:.0f} s"
        print(f"{where}, {len(wrong)} faults, {intents} intents journalled")
        print("   " + "; ".join(f"{name} {count}" for name, count in sorted(counted.items())))
        print(*wrong, sep="\n", flush=True)
        failed += len(wrong) + intents
    return failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.lies", description=f"contexts: {', '.join(CONTEXTS)}")
    parser.add_argument("--of-each-row", type=int, default=None, help="so many lies of each; default all")
    parser.add_argument("--wire", choices=WIRES, action="append")
    parser.add_argument("--mode", choices=MODES, action="append")
    given = parser.parse_args()
    sys.exit(1 if asyncio.run(main(given.of_each_row, given.mode or MODES, given.wire or WIRES)) else 0)
