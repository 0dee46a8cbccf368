"""What each command does: the handlers behind the command door."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from kraken_tui.agent.answers import flatten_lines, position_lines, status_lines
from kraken_tui.agent.grammar import HELP_LINES, CloseRequest, Simple, Topic, Unparsed, WhyRequest, parse
from kraken_tui.engine import Engine
from kraken_tui.engine.engine import Parts
from kraken_tui.execution.commands import CommandDoor
from kraken_tui.model.command import Close, Command, CommandResult, Flatten, Pause, Resume, Say, Stop
from kraken_tui.model.outcome import Declined, Unknown
from kraken_tui.model.snapshot import Roster, Snapshot
from kraken_tui.store.atomic import write_atomically


class Wishes(Struct, frozen=True):
    """What the operator has set and a restart must not forget."""

    paused: bool = False


class Operator:
    """Does what commands ask, each through the door, so that each has its audit row.

    Args:
        path: `operator.json` in the books' folder.
        roster: what the status names.
        snapshot: the newest snapshot; None while starting.
        stop: ends the engine.
    """

    def __init__(
        self,
        door: CommandDoor,
        engine: Engine,
        parts: Parts,
        *,
        path: Path,
        roster: Roster,
        snapshot: Callable[[], Snapshot | None],
        stop: Callable[[], None],
    ) -> None:
        self._door = door
        self._engine = engine
        self._parts = parts
        self._path = path
        self._roster = roster
        self._snapshot = snapshot
        self._stop = stop
        door.register(Flatten, self._flatten)
        door.register(Close, self._close)
        door.register(Pause, self._pause)
        door.register(Resume, self._resume)
        door.register(Stop, self._end)
        door.register(Say, self._say)
        self._remembered = _read(path)
        parts.desk.paused = self._remembered is None or self._remembered.paused
        if self._remembered is None:
            parts.tell(
                "alert",
                f"{path} can't be read: entries are paused, as the operator may have wished; resume allows them",
            )

    async def execute(self, author: str, command: Command) -> CommandResult:
        """Do a command for an author."""
        self._parts.records.command(self._parts.clock.now_ns(), author, command)
        return await self._door.execute(author, command)

    async def _flatten(self, command: Flatten, author: str) -> CommandResult:
        self._parts.desk.paused = True
        said = self._remember()  # before anything is closed: a crash in the middle must not start entering again
        report = await self._parts.desk.flatten(reason=f"flatten by {author}", owner=author)
        lines = (*flatten_lines(report), *said)
        self._parts.tell("command" if report.flat else "alert", f"flatten by {author}: {lines[0]}")
        return CommandResult(ok=report.flat, lines=lines)

    async def _close(self, command: Close, author: str) -> CommandResult:
        if command.symbol not in self._roster.symbols:
            return CommandResult(ok=False, lines=(f"{command.symbol} is not among the tickers",))
        before = len(self._parts.account.trades)
        outcome = await self._parts.desk.close(command.symbol, reason=f"closed by {author}", owner=author)
        if outcome is None:
            return CommandResult(ok=False, lines=(f"{command.symbol}: no open position",))
        if isinstance(outcome, Declined):
            return CommandResult(ok=False, lines=(f"{command.symbol}: not closed: {outcome.reason}",))
        if isinstance(outcome, Unknown):
            return CommandResult(ok=False, lines=(f"{command.symbol}: outcome unknown: {outcome.proof}",))
        rows = self._parts.status.trade_rows(self._parts.account.trades[before:])
        done = tuple(f"{row.symbol} {row.amount} closed at {row.exit}, net {row.net} USD" for row in rows)
        left = self._parts.account.position(command.symbol)
        still = (f"{command.symbol}: {left.amount:f} still open",) if left is not None else ()
        return CommandResult(ok=not still, lines=(*done, *still))

    async def _pause(self, command: Pause, author: str) -> CommandResult:
        self._parts.desk.paused = True
        self._parts.tell("command", f"entries paused by {author}")
        return CommandResult(ok=True, lines=("Entries are paused; what is open stays managed.", *self._remember()))

    async def _resume(self, command: Resume, author: str) -> CommandResult:
        self._parts.desk.paused = False
        self._parts.tell("command", f"entries resumed by {author}")
        return CommandResult(ok=True, lines=("Entries are possible again.", *self._remember()))

    async def _end(self, command: Stop, author: str) -> CommandResult:
        self._parts.tell("command", f"engine stopped by {author}")
        self._stop()
        return CommandResult(ok=True, lines=("The engine stops; positions stay behind their resting stops.",))

    async def _say(self, command: Say, author: str) -> CommandResult:
        match parse(command.text, self._roster.symbols):
            case Simple(topic, confirmed):
                return await self._simple(topic, author, confirmed=confirmed)
            case CloseRequest(symbol):
                return await self.execute(author, Close(symbol))
            case WhyRequest(symbol):
                return CommandResult(ok=True, lines=self._engine.why(symbol))
            case Unparsed(hint):
                return CommandResult(ok=False, lines=(hint,))

    async def _simple(self, topic: Topic, author: str, *, confirmed: bool) -> CommandResult:
        if topic is Topic.PAUSE:
            return await self.execute(author, Pause())
        if topic is Topic.RESUME:
            return await self.execute(author, Resume())
        if topic is Topic.FLATTEN:
            if confirmed:
                return await self.execute(author, Flatten())
            count = len(self._parts.account.positions())
            return CommandResult(ok=False, lines=(f"That closes {count} positions and pauses: type `flatten now`.",))
        if topic is Topic.HELP:
            return CommandResult(ok=True, lines=HELP_LINES)
        snapshot = self._snapshot()
        if snapshot is None:
            return CommandResult(ok=False, lines=("The engine is starting.",))
        lines = status_lines(self._roster, snapshot) if topic is Topic.STATUS else position_lines(snapshot)
        return CommandResult(ok=True, lines=lines)

    def _remember(self) -> tuple[str, ...]:
        """Write the wishes down where they changed; returns what is to be said where that failed."""
        wishes = Wishes(paused=self._parts.desk.paused)
        if wishes == self._remembered:
            return ()
        try:
            write_atomically(self._path, msgspec.json.encode(wishes))
        except OSError as error:
            self._parts.tell("alert", f"a restart will not remember this: {error}")
            return (f"A restart will not remember it: {error}",)
        self._remembered = wishes
        return ()


def _read(path: Path) -> Wishes | None:
    """What was written down; the defaults where nothing was; None where it can't be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Wishes)
    except FileNotFoundError:
        return Wishes()
    except (OSError, msgspec.MsgspecError, RecursionError):
        return None
