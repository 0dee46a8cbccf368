"""Columns as differences from the scan before, in an order of bytes that compresses well."""

from collections.abc import Collection, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from kraken_tui.store.inputs import Gap, Record, Scan, Start

WHOLE_EVERY = 256
"""Scans between two that are written whole, so that a reader finds its way again after damage."""

WIDE, NARROW = np.dtype("<u8"), np.dtype("u1")


class ColumnDelta:
    """Remembers the scan before; the writer packs with it, the reader unpacks.

    Args:
        only: the columns that a reader wants; None for all.
    """

    def __init__(self, only: Collection[str] | None = None) -> None:
        self._only = only
        self._before: dict[str, bytes] = {}
        self._since_whole = 0

    def reset(self) -> None:
        """The next scan is whole."""
        self._before = {}

    def pack(self, scan: Scan) -> Scan:
        """The scan as it goes to the disk."""
        before, self._before = self._before, scan.columns
        self._since_whole += 1
        if _shape(before) != _shape(scan.columns) or self._since_whole >= WHOLE_EVERY:
            self._since_whole = 0
            return scan
        columns = {name: _difference(value, before[name]) for name, value in scan.columns.items()}
        return msgspec.structs.replace(scan, columns=columns, delta=True)

    def unpack_all(self, records: Sequence[Record]) -> Iterator[Record]:
        """The records of a block, its scans as they were; without those whose scan before is missing."""
        whole: dict[int, Scan] = {}
        run: dict[int, Scan] = {}
        for place, record in enumerate(records):
            if isinstance(record, Scan) and record.delta:
                run[place] = record
            elif isinstance(record, Scan | Start | Gap):
                whole |= self._follow(run)
                run = {}
                self.reset()
                if isinstance(record, Scan):
                    self._before = self._wanted(record.columns)
                    whole[place] = msgspec.structs.replace(record, columns=self._before)
        whole |= self._follow(run)
        for place, record in enumerate(records):
            if not isinstance(record, Scan):
                yield record
            elif place in whole:
                yield whole[place]

    def _follow(self, run: dict[int, Scan]) -> dict[int, Scan]:
        """A run of differences, added up at once."""
        shape = _shape(self._before)
        columns = {place: self._wanted(scan.columns) for place, scan in run.items()}
        places = [place for place, given in columns.items() if _shape(given) == shape]
        if not places or shape is None:
            return {place: msgspec.structs.replace(run[place], delta=False) for place in places}
        added = {
            name: _add_up(before, [columns[place][name] for place in places]) for name, before in self._before.items()
        }
        made = {}
        for number, place in enumerate(places):
            self._before = {name: rows[number] for name, rows in added.items()}
            made[place] = msgspec.structs.replace(run[place], columns=self._before, delta=False)
        return made

    def _wanted(self, columns: dict[str, bytes]) -> dict[str, bytes]:
        if self._only is None:
            return columns
        return {name: value for name, value in columns.items() if name in self._only}


def _shape(columns: dict[str, bytes]) -> dict[str, int] | None:
    return {name: len(value) for name, value in columns.items()} or None


def _numbers(data: bytes) -> NDArray[np.unsignedinteger]:
    """64-bit numbers where the bytes divide so; differences wrap, so any content survives."""
    return np.frombuffer(data, WIDE if len(data) % 8 == 0 else NARROW)


def _difference(now: bytes, before: bytes) -> bytes:
    """All lowest bytes first, then all second ones, and so on: a quiet market is one long run of zeros."""
    difference = _numbers(now) - _numbers(before)
    return difference.view("u1").reshape(-1, difference.itemsize).T.tobytes()


def _add_up(before: bytes, differences: list[bytes]) -> list[bytes]:
    base = _numbers(before)
    rows = np.frombuffer(b"".join(differences), NARROW).reshape(len(differences), base.itemsize, -1)
    steps = np.frombuffer(rows.transpose(0, 2, 1).tobytes(), base.dtype).reshape(len(differences), -1)
    return [row.tobytes() for row in base + np.cumsum(steps, axis=0, dtype=base.dtype)]
