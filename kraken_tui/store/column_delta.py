"""Columns as differences from the scan before, in an order of bytes that compresses well."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from kraken_tui.store.inputs import Scan

WHOLE_EVERY = 256
"""Scans between two that are written whole, so that a reader finds its way again after damage."""


class ColumnDelta:
    """Remembers the scan before; the writer packs with it, the reader unpacks."""

    def __init__(self) -> None:
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

    def unpack(self, scan: Scan) -> Scan | None:
        """The scan as it was; None where the one before it is missing."""
        if scan.delta:
            if _shape(self._before) != _shape(scan.columns):
                return None
            columns = {name: _sum(value, self._before[name]) for name, value in scan.columns.items()}
            scan = msgspec.structs.replace(scan, columns=columns, delta=False)
        self._before = scan.columns
        return scan


def _shape(columns: dict[str, bytes]) -> dict[str, int] | None:
    return {name: len(value) for name, value in columns.items()} or None


def _numbers(data: bytes) -> NDArray[np.unsignedinteger]:
    """64-bit numbers where the bytes divide so; differences wrap, so any content survives."""
    return np.frombuffer(data, "<u8" if len(data) % 8 == 0 else "u1")


def _difference(now: bytes, before: bytes) -> bytes:
    """All lowest bytes first, then all second ones, and so on: a quiet market is one long run of zeros."""
    difference = _numbers(now) - _numbers(before)
    return difference.view("u1").reshape(-1, difference.itemsize).T.tobytes()


def _sum(difference: bytes, before: bytes) -> bytes:
    base = _numbers(before)
    columns = np.frombuffer(difference, "u1").reshape(base.itemsize, -1).T
    whole: NDArray[np.unsignedinteger] = np.ascontiguousarray(columns).view(base.dtype).reshape(-1) + base
    return whole.tobytes()
