"""Flattens that act without an engine take turns; whoever waited while one of them ended flat need not do it again.

Light: nothing heavy is imported while one waits.
"""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from kraken_tui import clock
from kraken_tui.cli.books import KRAKEN, books
from kraken_tui.config.holders import flatten_lock_file, flattener
from kraken_tui.model.command import CommandResult
from kraken_tui.model.errors import UNREADABLE, HomeLocked, SafetyRefusal, UsageError
from kraken_tui.store.atomic import write_atomically
from kraken_tui.store.journal_symbols import held

AGAIN_S = 0.1
UNWRITABLE = (
    "No order is sent that can't be written down first: make the folder writable and flatten again, or close it at "
    "Kraken by hand. Stops that rest there go on protecting"
)


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
            SafetyRefusal: the lock can't be made: nothing can be written down, so nothing may be sent.
            UsageError: there are no books.
        """
        descriptor = self._opened()
        try:
            await self._locked(descriptor, patience_s, say)
            with contextlib.suppress(OSError):  # a full disk: then those that wait don't know whom they wait for
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
            why = f"{path}: can't be made: {error.strerror}; nothing was closed"
            raise SafetyRefusal("\n".join([why, *_still_open(self._root), UNWRITABLE])) from error

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
        except UNREADABLE:
            return Ended(0, ())


def _still_open(root: Path) -> Iterator[str]:
    """What the journals tell, a line for each mode and world that has one."""
    for there in books(root):
        if there.journal.is_file():
            try:
                told = ", ".join(f"{symbol} {amount:f}" for symbol, amount in held(there.journal).items())
            except (sqlite3.Error, ArithmeticError) as error:
                told = f"not known, its journal can't be read: {error}"
            yield f"open by the fills of {there.mode.upper()}, {there.world or KRAKEN}: {told or 'nothing'}"
