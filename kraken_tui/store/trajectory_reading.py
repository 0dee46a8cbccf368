"""Reading trajectories: today's file, and the earlier days that lie beside it, compressed."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from kraken_tui import clock
from kraken_tui.store.database import Row
from kraken_tui.store.table_files import Column, Kind
from kraken_tui.store.trajectory import COLUMNS as NAMES

_KINDS: dict[str, Kind] = {
    "time": "time", "symbol": "text", "regime": "text", "state": "text", "side": "text", "advice": "text",
    "reason": "text", "scan": "whole", "arm_count": "whole",
}  # fmt: skip
COLUMNS = tuple(Column(name, _KINDS.get(name, "number")) for name in NAMES)
"""Prices are exact in CSV, `float64` in Parquet."""


def days_of(path: Path) -> list[Path]:
    """The files of a trajectory, the oldest first; `path` is today's."""
    earlier = path.parent.glob(f"{path.stem}-*{path.suffix}*")
    whole = sorted((file for file in earlier if file.name.endswith((path.suffix, ".gz"))), key=_order)
    return [*whole, *([path] if path.exists() else [])]


def rows_of(
    files: list[Path], from_ns: int | None, to_ns: int | None, *, as_text: bool, at_once: int = 50_000
) -> Iterator[list[Row]]:
    """Rows from `from_ns` on and before `to_ns`, in the order of time, some at a time.

    A file with other columns, of an older program, is left out; so is a line that is being written at this moment.

    Args:
        files: of `days_of`.
        from_ns: None for the beginning.
        to_ns: None for the end.
        as_text: every value as it is written; else as `COLUMNS` says, None where there is none.
        at_once: rows.
    """
    first = "" if from_ns is None else clock.iso(from_ns)
    last = "~" if to_ns is None else clock.iso(to_ns)
    part: list[Row] = []
    for file in files:
        for row in _rows(file):
            if first <= row[0] < last:
                part.append(tuple(row) if as_text else _typed(row))
            if len(part) == at_once:
                yield part
                part = []
    if part:
        yield part


def left_out(files: list[Path]) -> list[Path]:
    """Files with other columns than today's."""
    return [file for file in files if _header(file) != list(NAMES)]


def _rows(file: Path) -> Iterator[list[str]]:
    with _opened(file) as text:
        if next(csv.reader([text.readline()]), []) != list(NAMES):
            return
        whole = (line for line in text if line.endswith("\n"))
        yield from (row for row in csv.reader(whole) if len(row) == len(NAMES))


def _header(file: Path) -> list[str]:
    with _opened(file) as text:
        return next(csv.reader([text.readline()]), [])


def _opened(file: Path) -> IO[str]:
    return gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8")


def _order(file: Path) -> tuple[str, int]:
    """Day, then number: `trajectory-2026-01-01.2.csv.gz` is the second of its day."""
    words = file.name.split(".")
    return words[0], int(words[1]) if words[1].isdigit() else 1


def _typed(row: list[str]) -> Row:
    return tuple(_value(column.kind, text) for column, text in zip(COLUMNS, row, strict=True))


def _value(kind: Kind, text: str) -> object:
    if not text:
        return "" if kind == "text" else None
    return int(text) if kind == "whole" else float(text) if kind == "number" else text
