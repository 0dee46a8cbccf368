"""One engine per home and mode: a lock that the kernel drops when its holder dies, however it dies."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from kraken_tui.model.errors import HomeLocked, UsageError


class EngineLock:
    """Held while an engine runs; the file holds its pid.

    Args:
        path: the lock file; its folder is made, for this user only.

    Raises:
        HomeLocked: another engine holds it (on entering).
        UsageError: the file can't be made (on entering).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UsageError(f"{self._path}: can't be made: {error.filename}: {error.strerror}") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(self._descriptor, 20).decode(errors="replace").strip() or "unknown"
            os.close(self._descriptor)
            raise HomeLocked(
                f"another engine (pid {pid}) holds {self._path.parent}; "
                "`kraken-tui attach` shows it, `kraken-tui stop` ends it"
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
