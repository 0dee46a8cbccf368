"""A table as a file that others can read."""

import csv
import io
import json
from pathlib import Path

from kraken_tui.clock import iso
from kraken_tui.model.page import Table

MOST_ALIKE = 1000
"""Files of one name and time, and then it is no accident."""


def as_csv(table: Table, rows: list[tuple[str, ...]]) -> str:
    """Comma-separated, with a line of names; text that a spreadsheet would take for a formula is quoted as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows([[_harmless(cell, column.kind) for cell, column in zip(row, table.columns, strict=True)]
                      for row in rows])  # fmt: skip
    return out.getvalue()


def as_json(table: Table, rows: list[tuple[str, ...]]) -> str:
    """An array of objects; every value is text, as exact as it is."""
    names = [column.name for column in table.columns]
    return json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=1, ensure_ascii=False) + "\n"


def write(folder: Path, page: str, table: Table, rows: list[tuple[str, ...]], time_ns: int) -> list[Path]:
    """Write both forms, 0600, named by page, table and time.

    Raises:
        OSError: there is no room, or no right.
    """
    name = "".join(sign if sign.isalnum() else "-" for sign in f"{page}-{table.name}")
    written = []
    for ending, text in (("csv", as_csv(table, rows)), ("json", as_json(table, rows))):
        written.append(write_text(folder, f"{name}.{ending}", text, time_ns))
    return written


def write_text(folder: Path, name: str, text: str, time_ns: int) -> Path:
    """Write one file, 0600, with the time in its name; what stands there already stays.

    Raises:
        OSError: there is no room, or no right.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = iso(time_ns).replace(":", "").replace("-", "").split(".")[0]
    stem, _, ending = name.rpartition(".")
    for number in range(1, MOST_ALIKE):
        path = folder / f"{stem}-{stamp}{f'-{number}' if number > 1 else ''}.{ending}"
        try:
            path.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            continue
        path.write_text(text, encoding="utf-8")
        return path
    raise FileExistsError(f"{MOST_ALIKE} files of {stem}-{stamp} are in {folder}")


def _harmless(cell: str, kind: str) -> str:
    return f"'{cell}" if kind in ("text", "state") and cell[:1] in ("=", "+", "-", "@") else cell
