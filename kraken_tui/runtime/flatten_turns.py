"""Flattens that act without an engine take turns; whoever waited while one of them ended flat need not do it again."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
from msgspec import Struct

from kraken_tui.clock import SECOND, real_sleep, stopwatch_ns
from kraken_tui.config.holders import flatten_lock_file
from kraken_tui.model.command import CommandResult
from kraken_tui.model.errors import HomeLocked
from kraken_tui.runtime.lock import EngineLock
from kraken_tui.store.atomic import write_atomically

LOCK_AGAIN_S = 0.1

Say = Callable[[str], None]


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
    async def mine(self, patience_s: float, say: Say) -> AsyncIterator[None]:
        """Hold the turn, once whoever holds it lets go.

        Raises:
            HomeLocked: nobody let go within `patience_s`.
        """
        refusal = f"another flatten (pid {{pid}}) of {self._root} is at work"
        async with patiently(lambda: EngineLock(flatten_lock_file(self._root), refusal=refusal), patience_s, say):
            yield

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

    def _read(self) -> Ended:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Ended)
        except (OSError, msgspec.MsgspecError, RecursionError):
            return Ended(0, ())


@contextlib.asynccontextmanager
async def patiently(
    lock: Callable[[], AbstractContextManager[object]], patience_s: float, say: Say
) -> AsyncIterator[None]:
    """Hold `lock`, once whoever holds it lets go.

    Raises:
        HomeLocked: nobody let go within `patience_s`.
    """
    began_ns = stopwatch_ns()
    is_told = False
    with contextlib.ExitStack() as held:
        while True:
            try:
                held.enter_context(lock())
                break
            except HomeLocked as error:
                if stopwatch_ns() - began_ns > patience_s * SECOND:
                    raise
                if not is_told:
                    is_told = True
                    say(f"waiting: {error}")
            await real_sleep(LOCK_AGAIN_S)
        yield
