"""What the rounds came to, as a table in Markdown."""

from collections.abc import Sequence
from statistics import median

from benchmarks.peers.running import Measured

Round = dict[str, Measured | str]
"""By entrant: what it measured, or why it did not."""

HEAD = (
    "engine",
    "trades",
    "work",
    "M/s",
    "ours is",
    "first run, s",
    "process that runs once, s",
    "MiB",
    "what differs",
)


def table(rounds: Sequence[Round], names: Sequence[str], unit: str) -> list[str]:
    """Lines: a row for each name. The first is ours, and ratios are medians over the rounds in which both ran.

    Args:
        rounds: of measurements.
        names: entrants of one kind.
        unit: of their work.
    """
    lines = [row(HEAD), row(["---", *["--:"] * (len(HEAD) - 2), "---"])]
    return [*lines, *(row(cells(rounds, name, names[0], unit)) for name in names)]


def row(texts: Sequence[str]) -> str:
    """One line of it."""
    return "| " + " | ".join(texts) + " |"


def cells(rounds: Sequence[Round], name: str, ours: str, unit: str) -> list[str]:
    """What stands in a row."""
    runs = [found for each in rounds if isinstance(found := each[name], Measured)]
    if not runs:
        why = next((found for each in rounds if isinstance(found := each[name], str)), "did not run")
        return [name, *["–"] * (len(HEAD) - 2), why.replace("|", "/")]
    last, speed = runs[-1], median(run.a_second for run in runs)
    trades = sorted({run.trades for run in runs})
    first = f"{median(run.first_s or 0 for run in runs):.1f}" if last.first_s is not None else ""
    failed = f"; {len(rounds) - len(runs)} of {len(rounds)} rounds gave nothing" if len(runs) < len(rounds) else ""
    return [
        last.engine, " or ".join(f"{count:,}" for count in trades), f"{last.work:,} {unit}", figure(speed / 1e6),
        ratio(rounds, name, ours), first, f"{median(run.cold_s for run in runs):.1f}",
        f"{max(run.mib for run in runs):.0f}", last.note + failed,
    ]  # fmt: skip


def ratio(rounds: Sequence[Round], name: str, ours: str) -> str:
    """How many times as fast ours was, in the same rounds."""
    found = []
    for each in rounds:
        us, them = each[ours], each[name]
        if isinstance(us, Measured) and isinstance(them, Measured):
            found.append(us.a_second / them.a_second)
    if name == ours or not found:
        return ""
    return f"{figure(median(found))} x"


def figure(number: float) -> str:
    """Three digits that matter."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
