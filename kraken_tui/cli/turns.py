"""Flattens that act without an engine take turns; whoever waited while one of them ended flat need not do it again.

Light: nothing heavy is imported while one waits.
"""

import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from kraken_tui import clock
from kraken_tui.config.holders import flatten_lock_file, flattener
from kraken_tui.model.command import CommandResult
from kraken_tui.model.errors import HomeLocked, UsageError
from kraken_tui.store.atomic import write_atomically

AGAIN_S = 0.1


class Ended(Struct, frozen=True):
    """The last flatten that ended flat."""

    count: int
    """How many have, in this home."""
    lines: tuple[str, ...]


class Turns:
    """One home's.

    Made when the flatten is asked for: a later one that is verified flat answers for it, too. No clock is compared.

    Args:
        root: the home's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._file = root / "state" / "flatten.json"
        self._before = self._read().count

    @contextlib.asynccontextmanager
    async def mine(self, patience_s: float, say: Callable[[str], None]) -> AsyncIterator[None]:
        """Hold the turn, once whoever holds it lets go.

        Raises:
            HomeLocked: nobody let go within `patience_s`.
            UsageError: the lock can't be made.
        """
        descriptor = self._opened()
        try:
            await self._locked(descriptor, patience_s, say)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def answer(self) -> CommandResult | None:
        """What another one did since this one was asked for; None where none ended flat. The turn is held."""
        last = self._read()
        if last.count <= self._before:
            return None
        return CommandResult(ok=True, lines=("Another flatten was at work already, and ended:", *last.lines))

    def ended(self, result: CommandResult) -> None:
        """Let those that wait know. The turn is held."""
        if result.ok:
            with contextlib.suppress(OSError):  # then each of them does it again
                write_atomically(self._file, msgspec.json.encode(Ended(self._read().count + 1, result.lines)))

    def _opened(self) -> int:
        path = flatten_lock_file(self._root)
        if not path.parent.is_dir():
            raise UsageError(
                f"no engine runs for {self._root}, and it has no books: nothing was closed. Is --home right?"
            )
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UsageError(f"{path}: can't be made: {error.strerror}; nothing was closed") from error

    async def _locked(self, descriptor: int, patience_s: float, say: Callable[[str], None]) -> None:
        began_ns = clock.stopwatch_ns()
        is_told = False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                told = f"another flatten (pid {flattener(self._root) or 'unknown'}) of {self._root} is at work"
            else:
                return
            if clock.stopwatch_ns() - began_ns > patience_s * clock.SECOND:
                raise HomeLocked(f"{told}; this one did nothing")
            if not is_told:
                is_told = True
                say(f"waiting: {told}")
            await clock.real_sleep(AGAIN_S)

    def _read(self) -> Ended:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Ended)
        except (OSError, msgspec.MsgspecError, RecursionError):
            return Ended(0, ())
