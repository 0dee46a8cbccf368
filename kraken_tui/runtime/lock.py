"""One engine per home and per account: locks that the kernel drops when their holder dies, however it dies."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from kraken_tui.config.holders import holder
from kraken_tui.config.home import Home, Mode, account_lock
from kraken_tui.config.keys import Keys
from kraken_tui.config.settings import Settings
from kraken_tui.control.folder import prepare_folder
from kraken_tui.model.errors import HomeLocked, UsageError


@contextlib.contextmanager
def only_engine(home: Home) -> Iterator[None]:
    """Held by the one engine of `home`, whatever its mode: each mode has a lock and books of its own.

    Raises:
        HomeLocked: another engine holds the home, in this mode or another.
        UsageError: the lock can't be made.
    """
    with EngineLock(home.lock):
        for mode in Mode:
            if mode != home.mode and (pid := holder(Home(home.root, mode))):
                raise HomeLocked(
                    f"a {mode.upper()} engine (pid {pid}) holds {home.root}, and a home has one engine; "
                    "`kraken-tui attach` shows it, `kraken-tui stop` ends it"
                )
        yield


def only_trader(keys: Keys, settings: Settings) -> "EngineLock":
    """Held by whoever trades with, or looks at, the account of these keys: two would use up each other's nonces.

    Raises:
        HomeLocked: another does (on entering).
        SafetyRefusal: somebody else may write where the lock lies.
        UsageError: the lock can't be made.
    """
    path = account_lock(keys.api_key, settings.EXCHANGE_REST_URL)
    prepare_folder(path.parent)
    return EngineLock(path, "this account, maybe from another home")


class EngineLock:
    """Held while an engine runs; the file holds its pid.

    Args:
        path: the lock file; its folder is made, for this user only.
        what: what it stands for; its folder where not given.
        refusal: said to a second one, where it is no engine; `{pid}` stands for the holder's.

    Raises:
        HomeLocked: another engine holds it (on entering).
        UsageError: the file can't be made (on entering).
    """

    def __init__(self, path: Path, what: str = "", refusal: str = "") -> None:
        self._path = path
        self._refusal = refusal
        self._what = what or str(path.parent)
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
            told = self._refusal.replace("{pid}", pid) or (
                f"another engine (pid {pid}) holds {self._what}; "
                "`kraken-tui attach` shows it, `kraken-tui stop` ends it"
            )
            raise HomeLocked(told) from None
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
