"""`kraken-tui replay`: an engine's decisions made again from its input log, or an engine over recorded prices."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kraken_tui import clock
from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.config.home import Home
from kraken_tui.model.errors import UsageError
from kraken_tui.model.plain import counted, plain

if TYPE_CHECKING:
    from kraken_tui.replay.walk.decisions import Answer
    from kraken_tui.store.inputs import Record


def replay(
    context: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(
            metavar="FILE|FOLDER",
            help="An input log (.klog, their folder, or a home); a trajectory.csv; or trades, quotes, candles.",
        ),
    ],
    home: HomeOption = None,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="FOLDER", help="Prices only: the home that the engine leaves.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Replay a day: an input log must decide the same, bit for bit, or the first difference is shown."""
    where = home_of(context, home)
    if not path.exists():
        raise UsageError(f"{path}: there is no such file or folder")
    if logs := _logs_of(path):
        given = home is not None or isinstance(context.obj, Path)
        raise typer.Exit(_replay_logs(logs, where if given else _home_of_log(logs[0], where), as_json=as_json))
    from kraken_tui.replay.walk.prices import is_trajectory

    if path.is_file() and is_trajectory(path):
        _replay_trajectory(path, where, as_json=as_json)
        return
    from kraken_tui.cli.recording import replay_recording

    replay_recording(path, where, keep, as_json=as_json)


def _logs_of(path: Path) -> list[Path]:
    """The input logs that a path means, oldest first; none where it is something else.

    Raises:
        UsageError: a home with several folders of them.
    """
    if path.is_file():
        return [path] if path.suffix == ".klog" else []
    if logs := sorted(path.glob("*.klog")):
        return logs
    folders = sorted({log.parent for log in path.glob("state/**/inputs/*.klog")})
    if len(folders) > 1:
        raise UsageError(f"{path} has several input logs; name one of {', '.join(map(str, folders))}")
    return sorted(folders[0].glob("*.klog")) if folders else []


def _home_of_log(log: Path, other: Home) -> Home:
    """The home in which a log lies, for the operator's own strategies; the current one where it lies in none."""
    folders = [folder for folder in log.resolve().parents if folder.name == "state"]
    return Home(folders[0].parent) if folders else other


def _replay_logs(logs: list[Path], home: Home, *, as_json: bool) -> int:
    from kraken_tui.replay.walk.decisions import walk
    from kraken_tui.replay.walk.scans import NEEDED
    from kraken_tui.replay.walk.strategies import strategies_of
    from kraken_tui.scanner.scanner import compile_scanner
    from kraken_tui.store.input_log import read_inputs

    def records() -> "Iterator[Record]":
        for log in logs:
            yield from read_inputs(log, NEEDED)

    compile_scanner(lambda text, done: None)
    began_ns = clock.stopwatch_ns()
    answer = walk(records(), strategies_of(home))
    took_s = (clock.stopwatch_ns() - began_ns) / clock.SECOND
    if not answer.begun:
        raise UsageError(f"{logs[0]}: there is no engine's start in it, so that nothing can be made again")
    if as_json:
        import msgspec

        text = "" if answer.difference is None else answer.difference.text
        print(json.dumps({**msgspec.to_builtins(answer), "same": not text, "text": text, "seconds": round(took_s, 3)}))
    else:
        print("\n".join(map(plain, _lines(answer, took_s))))
    return 0 if answer.difference is None else 1


def _lines(answer: "Answer", took_s: float) -> list[str]:
    span = (
        f"{clock.iso(answer.first_ns)} to {clock.iso(answer.last_ns)}, {counted(answer.engines, 'start')} of an engine"
    )
    rate = f"{answer.scans / took_s:,.0f} scans/s, {answer.ticker_scans / took_s:,.0f} ticker-scans/s"
    lines = [
        f"{span}; replayed in {took_s:.1f} s: {rate}",
        f"{answer.scans:,} scans, {answer.proven:,} of them compared; {sum(answer.transitions.values()):,} transitions",
        f"{answer.calls:,} calls of the autopilot at {answer.closes:,} closes; {answer.rulings:,} rulings of the gate",
        *(f"Not compared: {note}" for note in answer.notes),
    ]
    if answer.difference is not None:
        return [*lines, "The first difference:", f"  {answer.difference.text}"]
    if not answer.proven + answer.closes + answer.rulings:
        return [*lines, "Nothing could be compared."]
    return [*lines, "All that was compared is the same, bit for bit."]


def _replay_trajectory(path: Path, home: Home, *, as_json: bool) -> None:
    import msgspec

    from kraken_tui.config.load import look_at_settings
    from kraken_tui.replay.walk.prices import UNKNOWN, rescan
    from kraken_tui.scanner.scanner import compile_scanner

    compile_scanner(lambda text, done: None)
    began_ns = clock.stopwatch_ns()
    found = rescan(path, look_at_settings(home, {}))
    took_s = (clock.stopwatch_ns() - began_ns) / clock.SECOND
    if as_json:
        print(json.dumps({**msgspec.to_builtins(found), "unknown": UNKNOWN, "seconds": round(took_s, 3)}))
        return
    told = ", ".join(f"{kind} {count:,}" for kind, count in sorted(found.transitions.items()))
    lines = [
        f"{path.name}: {found.scans:,} scans of {found.tickers} tickers, {found.rows:,} rows; the scanner alone, with "
        f"the settings of {home.root}, in {took_s:.1f} s",
        f"{found.same_velocities:,} of {found.velocities:,} velocities and {found.same_states:,} of {found.rows:,} "
        "states are as they were written",
        f"transitions: {told or 'none'}",
        "A trajectory does not hold, so that nobody can know it here:",
        *(f"  {line}" for line in UNKNOWN),
        "The input log beside it (inputs/*.klog) holds all of that: replay it to see the same decisions, bit for bit.",
    ]
    print("\n".join(map(plain, lines)))
