"""Appending to a file so that a failed write leaves nothing half-written behind."""

import contextlib
import os
from pathlib import Path


class AppendedFile:
    """A file that only grows. Unbuffered: what `append` wrote, a killed process has written.

    Args:
        path: made where missing, with its folder.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return os.fstat(self._descriptor).st_size

    def append(self, data: bytes) -> None:
        """Write all of `data`, or none of it.

        Raises:
            OSError: the disk is full, say; the file is as it was.
        """
        before = self.size
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, before)
            raise

    def cut(self, size: int) -> None:
        """Drop everything after the first `size` bytes."""
        os.ftruncate(self._descriptor, size)

    def read_end(self, count: int) -> bytes:
        """The last `count` bytes."""
        return os.pread(self._descriptor, count, max(0, self.size - count))

    def close(self) -> None:
        """Sync and close."""
        try:
            with contextlib.suppress(OSError):
                os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)
