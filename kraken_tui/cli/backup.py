"""`kraken-tui backup`: whole copies of every book, while an engine writes them or while none runs.

What was learned lies in the trading memory; what the operator wished, the kill switch and the day's tally in small
files, each of which is replaced whole, so that a copy of it is whole, too.
"""

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kraken_tui.cli.books import KRAKEN, ModeOption, books
from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.model.errors import UsageError
from kraken_tui.model.plain import plain

if TYPE_CHECKING:
    from kraken_tui.config.home import Home


SMALL = ("operator.json", "kill_switch.json", "trading_limits.json", "paper_ledger.json", "world.json")
"""What stands beside the databases, as far as it is there."""


def backup(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FOLDER", help="Is made; nothing is overwritten.")],
    mode: ModeOption = None,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Copy the books of each mode and world: memory with what was learned, evaluation log, journal, small files."""
    root = home_of(context, home).root
    target = path.absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} is there already, and not empty; a backup overwrites nothing")
    wanted = [there for there in books(root, mode) if any(source.exists() for source in _sources(there))]
    if not wanted:
        raise UsageError(f"{root} has no books yet: there is nothing to back up")
    _make(target)
    copied = [one for there in wanted for one in _copy(there, target)]
    if as_json:
        print(
            json.dumps({"folder": str(target), "files": [{"file": str(file), "bytes": size} for file, size in copied]})
        )
        return
    lines = [f"{file.relative_to(target)}  {size:,} bytes" for file, size in copied]
    print("\n".join(plain(line) for line in [*lines, f"Written and checked: {target}"]))


def _make(target: Path) -> None:
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{target}: can't be made: {error.strerror}") from error
    if not os.access(target, os.W_OK | os.X_OK):
        raise UsageError(f"{target}: can't be written")


def _copy_small(source: Path, target: Path) -> int:
    """Copy a small file, readable for this user only; returns its bytes."""
    from kraken_tui.store.atomic import write_atomically

    data = source.read_bytes()
    write_atomically(target, data)
    return len(data)


def _sources(home: "Home") -> tuple[Path, ...]:
    return (home.memory, home.evaluation_log, home.journal)


def _copy(home: "Home", target: Path) -> list[tuple[Path, int]]:
    """Copy a book; the head of the evaluation log first, so that it names a row that the copy has."""
    from kraken_tui.store.backup import backup as copy_database
    from kraken_tui.store.evaluation_chain import head_file

    folder = target / home.mode / (home.world or KRAKEN)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    copied = []
    head = head_file(home.evaluation_log)
    if head.exists():
        shutil.copyfile(head, folder / head.name)
        copied.append((folder / head.name, head.stat().st_size))
    for name in SMALL:
        small = home.books / name
        if small.exists():
            copied.append((folder / name, _copy_small(small, folder / name)))
    sources = [source for source in _sources(home) if source.exists()]
    return copied + [(folder / source.name, copy_database(source, folder / source.name)) for source in sources]
