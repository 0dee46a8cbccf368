"""This engine beside others: `python -m benchmarks.peers [--pairs 20] [--days 90] [--rounds 3] [--only NAME]`.

Each engine runs in an environment and a process of its own, pinned to one core, in turn in each round. Speeds are work
over processor time of the run (data in memory to trades, compiled before where something is compiled), as others may
share the machine; ratios are of the same round; medians over the rounds. The rules are told in `engines/common.py`.
"""

import argparse
import os
import sys
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.peers.data import data_folder
from benchmarks.peers.entrants import CANDLES, ENTRANTS, SCANS, Entrant
from benchmarks.peers.environments import Missing, python_of
from benchmarks.peers.running import Measured, measure
from benchmarks.peers.table import Round, figure, table
from benchmarks.replay import BASES

HEADS = {CANDLES: "Candles of five minutes", SCANS: "Scans every two seconds"}
UNITS = {CANDLES: "candles", SCANS: "ticker-scans"}


def options() -> argparse.Namespace:
    """Of the command line."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kraken-tui" / "peers"
    names = [entrant.name for entrant in ENTRANTS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description="This engine beside others.")
    parser.add_argument("--pairs", type=int, default=len(BASES), choices=range(1, len(BASES) + 1), metavar="1-20")
    parser.add_argument("--days", type=int, default=90, help="of candles; slow engines get the first days of scans")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--exit", choices=["target", "signal"], default="target", help="of the peers; ours: signal")
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--most", type=float, default=900, metavar="SECONDS", help="of one engine in one round")
    parser.add_argument("--folder", type=Path, default=os.environ.get("KRAKEN_TUI_PEERS", cache), help="%(default)s")
    return parser.parse_args()


def entrants_of(only: list[str] | None) -> list[Entrant]:
    """Those that are named, and of their kinds the one that they are compared with."""
    kinds = [entrant.kind for entrant in ENTRANTS if not only or entrant.name in only]
    firsts = [next(entrant.name for entrant in ENTRANTS if entrant.kind == kind) for kind in dict.fromkeys(kinds)]
    return [entrant for entrant in ENTRANTS if not only or entrant.name in (*only, *firsts)]


def arguments_of(entrant: Entrant, data: Path, chosen: argparse.Namespace) -> list[str]:
    """What an engine's script is told."""
    days = min(chosen.days, entrant.most_days)
    told = {"folder": data, "pairs": chosen.pairs, "days": days, "exit": chosen.exit, "mode": entrant.mode}
    return [f"--{name}={value}" for name, value in told.items() if value != ""]


def pythons_of(entrants: list[Entrant], folder: Path) -> dict[str, Path | str]:
    """The interpreter of each, or why there is none."""
    found: dict[str, Path | str] = {}
    for entrant in entrants:
        try:
            own = entrant.environment
            found[entrant.name] = python_of(own, folder) if own else Path(sys.executable)
        except Missing as missing:
            found[entrant.name] = str(missing)
    return found


def run_round(entrants: list[Entrant], pythons: dict[str, Path | str], data: Path, chosen: argparse.Namespace) -> Round:
    """All of them, one after the other."""
    made: Round = {}
    for entrant in entrants:
        python = pythons[entrant.name]
        if isinstance(python, str):
            made[entrant.name] = python
            continue
        told = measure(python, entrant.module, arguments_of(entrant, data, chosen), chosen.core, chosen.most)
        made[entrant.name] = told
        text = f"{figure(told.a_second / 1e6)} M/s" if isinstance(told, Measured) else told
        print(f"{entrant.name:18} {text}", file=sys.stderr, flush=True)
    return made


def main() -> None:
    """Measure and print."""
    chosen = options()
    entrants = entrants_of(chosen.only)
    print(f"{machine()}, core {chosen.core}")
    pythons = pythons_of(entrants, chosen.folder / "environments")
    data = data_folder(chosen.folder, chosen.days)
    rounds = list[Round]()
    try:
        for _ in range(chosen.rounds):
            rounds.append(run_round(entrants, pythons, data, chosen))
    except KeyboardInterrupt:
        print(f"interrupted after {len(rounds)} of {chosen.rounds} rounds", file=sys.stderr)
        if not rounds:
            return
    for kind in (CANDLES, SCANS):
        if names := [entrant.name for entrant in entrants if entrant.kind == kind]:
            print(f"\n{HEADS[kind]}, {chosen.pairs} pairs x {chosen.days} days, rounds: {len(rounds)}", end="")
            print(f"; peers leave by {chosen.exit}\n" if kind == CANDLES else "\n")
            print("\n".join(table(rounds, names, UNITS[kind])), flush=True)


if __name__ == "__main__":
    main()
