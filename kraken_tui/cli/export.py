"""`kraken-tui export`: tables of the memory, and the trajectory, as CSV or Parquet."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kraken_tui.cli.books import FromOption, ModeOption, ToOption, WorldOption, ZoneOption, one_book, span_of
from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.model.errors import UsageError
from kraken_tui.model.plain import plain

if TYPE_CHECKING:
    from kraken_tui.config.home import Home
    from kraken_tui.store.table_files import Format

TRAJECTORY = "trajectory"
TABLES = (
    "trades", "decisions", "performance", "insights", "errors", "conversations", "parameter_history", "trials",
    "adoptions", "block_returns", "learning_state", "gaps",
)  # fmt: skip
FORMATS = ("csv", "parquet")
Span = tuple[int | None, int | None]


def export(
    context: typer.Context,
    what: Annotated[str, typer.Option(metavar="TABLE", help=f"{TRAJECTORY}, {', '.join(TABLES)}.")] = "trades",
    format: Annotated[str, typer.Option(metavar="csv|parquet")] = "csv",
    start: FromOption = None,
    end: ToOption = None,
    tz: ZoneOption = "UTC",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="TABLE.FORMAT in this folder by default.")] = None,
    mode: ModeOption = None,
    world: WorldOption = None,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="What was written, as one JSON object.")] = False,
) -> None:
    """Write a table to a file that other programs read; docs/memory.md has queries for DuckDB."""
    if what not in (TRAJECTORY, *TABLES):
        raise UsageError(f"--what {what}: there is no such table; {TRAJECTORY}, {', '.join(TABLES)} are")
    if format not in FORMATS:
        raise UsageError(f"--format {format}: {' or '.join(FORMATS)} is right")
    span = span_of(start, end, tz)
    path = (out or Path(f"{what}.{format}")).absolute()
    if path.exists():
        raise UsageError(f"--out {path}: is there already; an export overwrites nothing")
    root = home_of(context, home).root
    chosen: Format = "csv" if format == "csv" else "parquet"
    write = _trajectory if what == TRAJECTORY else _table
    there = one_book(root, mode, world, lambda book: _has(book, what), _named(what))
    try:
        count, notes = write(there, what, chosen, path, span)
    except OSError as error:
        raise UsageError(f"--out {path}: can't be written: {error.strerror or error}") from error
    if as_json:
        print(json.dumps({"file": str(path), "rows": count, "mode": there.mode, "world": there.world, "notes": notes}))
        return
    print("\n".join(plain(line) for line in [*notes, f"Written: {path} ({count:,} rows)"]))


def _has(home: "Home", what: str) -> bool:
    if what != TRAJECTORY:
        return home.memory.exists()
    from kraken_tui.store.trajectory_reading import days_of

    return bool(days_of(home.trajectory))


def _named(what: str) -> str:
    return TRAJECTORY if what == TRAJECTORY else "trading memory"


def _table(home: "Home", what: str, format: "Format", path: Path, span: Span) -> tuple[int, list[str]]:
    from kraken_tui.store.table_files import write_table
    from kraken_tui.store.telemetry_reading import BEGINNING_NS, END_NS, MemoryFile

    from_ns, to_ns = span
    file = MemoryFile(home.memory, home.mode)
    columns = file.described(what)
    parts = file.rows(
        what, [column.name for column in columns], BEGINNING_NS if from_ns is None else from_ns,
        END_NS if to_ns is None else to_ns,
    )  # fmt: skip
    return write_table(path, format, columns, parts), []


def _trajectory(home: "Home", what: str, format: "Format", path: Path, span: Span) -> tuple[int, list[str]]:
    from kraken_tui.store.table_files import write_table
    from kraken_tui.store.trajectory_reading import COLUMNS, days_of, left_out, rows_of

    files = days_of(home.trajectory)
    rows = rows_of(files, *span, as_text=format == "csv")
    notes = [f"left out, as its columns are others: {file}" for file in left_out(files)]
    return write_table(path, format, COLUMNS, rows), notes
