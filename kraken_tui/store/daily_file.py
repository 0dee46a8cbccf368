"""A CSV file of the current day; earlier days lie beside it, compressed."""

import gzip
import shutil
from pathlib import Path

from kraken_tui.store.appending import AppendedFile


class DailyFile:
    """Appends lines to `path`; when the day changes, or began in an earlier run, the old day moves aside.

    Args:
        path: such as trajectory.csv; the first column of each line is a time whose first ten characters are the day.
        header: first line of each file.
    """

    def __init__(self, path: Path, header: str) -> None:
        self._path = path
        self._header = f"{header}\n".encode()
        self._file: AppendedFile | None = None
        self._day = ""

    def turn_to(self, day: str) -> None:
        """Make the file that of `day`."""
        if self._file is not None and day == self._day:
            return
        self.close()
        self._finish_interrupted()
        if (before := self._day_of_file()) not in ("", day):
            self._archive(before)
        self._file = AppendedFile(self._path)
        self._day = day
        self._mend(self._file)

    def append(self, lines: bytes) -> None:
        """Write whole lines, or nothing."""
        assert self._file is not None, "turn_to comes first"
        self._file.append(lines)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _mend(self, file: AppendedFile) -> None:
        """A new file gets its header; a line that a killed process tore is cut off."""
        if file.size == 0:
            file.append(self._header)
        elif not (end := file.read_end(65536)).endswith(b"\n"):
            file.cut(file.size - (len(end) - end.rfind(b"\n") - 1))

    def _day_of_file(self) -> str:
        """The day of the first row; `other` where it or the columns are others, empty where there is no row."""
        if not self._path.exists() or not self._path.stat().st_size:
            return ""
        with self._path.open("rb") as file:
            if file.readline() != self._header:
                return "other"
            day = file.readline(64).decode("ascii", "replace")[:10]
        return day if not day or day.replace("-", "").isdigit() else "other"

    def _archive(self, day: str) -> None:
        aside = self._path.with_name(f"{self._path.stem}-{day}{self._path.suffix}")
        self._path.rename(aside)
        self._compress(aside)

    def _finish_interrupted(self) -> None:
        for left in sorted(self._path.parent.glob(f"{self._path.stem}-*{self._path.suffix}")):
            self._compress(left)

    def _compress(self, plain: Path) -> None:
        packed, number = plain.with_name(f"{plain.name}.gz"), 2
        while packed.exists():
            packed = plain.with_name(f"{plain.stem}.{number}{plain.suffix}.gz")
            number += 1
        unfinished = plain.with_name(f"{plain.name}.tmp")
        with plain.open("rb") as source, gzip.open(unfinished, "wb", compresslevel=3) as target:
            shutil.copyfileobj(source, target, 1 << 18)
        unfinished.rename(packed)
        plain.unlink()
