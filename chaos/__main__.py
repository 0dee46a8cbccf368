"""`make chaos`: kills the engine a hundred times while it trades a sandbox, and judges what became of the account."""

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from chaos.campaign import Campaign, Plan
from chaos.report import Report
from kraken_tui.clock import SECOND, generator, stopwatch_ns


def main() -> int:
    """Run what the command line asks for; 1 where anything was violated."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what was started is ended then too
    began_ns = stopwatch_ns()
    reports: list[Report] = []
    for number, hold in enumerate(asked.hold):
        share = asked.kills * (number + 1) // len(asked.hold) - asked.kills * number // len(asked.hold)
        until_ns = began_ns + int(asked.minutes * 60 * SECOND * (number + 1) / len(asked.hold))
        plan = Plan(kills=share, hold=hold, seed=asked.seed + number, until_ns=until_ns, limits=asked.limits)
        reports.append(run(plan))
        print("\n".join(reports[-1].lines()), flush=True)
    killed = sum(report.kills.total() for report in reports)
    wrong = sum(len(report.violations) for report in reports)
    print(f"{killed} kills of the engine, {wrong} violations, {(stopwatch_ns() - began_ns) / SECOND:.0f} s")
    if killed < asked.kills:
        print(f"{asked.kills} kills were wanted: the time was up, or a violation ended it")
    return 1 if wrong or killed < asked.kills else 0


def run(plan: Plan) -> Report:
    """One campaign in a folder of its own, which is kept where something was violated."""
    folder = Path(tempfile.mkdtemp(prefix="kraken-tui-chaos-"))
    report = asyncio.run(Campaign(plan, folder, generator(plan.seed), _tell).run())
    if report.violations:
        (folder / "report.txt").write_text("\n".join(report.lines()))
        _tell(f"the evidence is in {folder}")
    else:
        shutil.rmtree(folder)
    return report


def _tell(line: str) -> None:
    print(line, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=110, help="of the engine; spread over the hold policies")
    parser.add_argument("--hold", nargs="+", default=["none", "full"], choices=["none", "full"])
    parser.add_argument("--seed", type=int, default=1, help="decides what happens when; not how fast this machine is")
    parser.add_argument("--minutes", type=float, default=20.0, help="after which no engine is started any more")
    parser.add_argument("--limits", action="store_true", help="let the sandbox count requests, as Kraken does")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
