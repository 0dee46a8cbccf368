"""`kraken-tui learning`: where learning stands, and the operator's words to it."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kraken_tui.cli.books import ModeOption, WorldOption, books, one_book
from kraken_tui.cli.commands import HomeOption, home_of, tell, with_engine
from kraken_tui.config.holders import running
from kraken_tui.model.command import CommandResult, Learn
from kraken_tui.model.errors import SafetyRefusal, UsageError
from kraken_tui.model.plain import plain

if TYPE_CHECKING:
    from kraken_tui.config.home import Home
    from kraken_tui.control.client import EngineClient
    from kraken_tui.learning.learner import Learner
    from kraken_tui.model.snapshot import Roster

group = typer.Typer(rich_markup_mode=None, help="What was learned, and what becomes of it.")


@group.command()
def status(
    context: typer.Context,
    mode: ModeOption = None,
    world: WorldOption = None,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, every figure.")] = False,
) -> None:
    """Say what was learned in each mode and world; also while an engine runs."""
    from kraken_tui.learning.status import learning_lines
    from kraken_tui.store.telemetry_reading import MemoryFile

    root = home_of(context, home).root
    found = [(there, _state(there)) for there in books(root, mode, world) if there.memory.exists()]
    known = [(there, state) for there, state in found if state is not None]
    if as_json:
        import msgspec

        rows = [{"file": str(there.memory), "mode": there.mode, "world": there.world,
                 "learned": msgspec.to_builtins(state)} for there, state in known]  # fmt: skip
        print(json.dumps({"home": str(root), "books": rows}))
        return
    lines = [
        line
        for there, state in known
        for line in (
            f"{there.memory}:",
            *(f"  {row}" for row in learning_lines(state, MemoryFile(there.memory, there.mode).insights(), there.mode)),
        )
    ]
    print("\n".join(plain(line) for line in lines or [f"Nothing was learned in {root} yet: no engine has run."]))


@group.command()
def consider(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="What `optimize --out FILE` wrote.")],
    mode: ModeOption = None,
    world: WorldOption = None,
    home: HomeOption = None,
) -> None:
    """Put the winner of a search to the test: its gates now, then evidence in shadow."""
    _do(context, home, mode, world, Learn("consider", str(path.absolute())))


@group.command(name="give-up")
def give_up(
    context: typer.Context, mode: ModeOption = None, world: WorldOption = None, home: HomeOption = None
) -> None:
    """End the campaign that runs; another search can be considered."""
    _do(context, home, mode, world, Learn("give-up"))


@group.command()
def adopt(context: typer.Context, mode: ModeOption = None, world: WorldOption = None, home: HomeOption = None) -> None:
    """Let in what has enough evidence; it begins with a tenth of its sleeve."""
    _do(context, home, mode, world, Learn("adopt"))


@group.command()
def rollback(
    context: typer.Context,
    strategy: Annotated[str, typer.Argument(metavar="[STRATEGY]", help="Where several were let in.")] = "",
    mode: ModeOption = None,
    world: WorldOption = None,
    home: HomeOption = None,
) -> None:
    """Take back what was last let in; what it replaced trades again from the next candle on."""
    _do(context, home, mode, world, Learn("rollback", strategy))


@group.command()
def pin(
    context: typer.Context,
    strategy: Annotated[str, typer.Argument(metavar="STRATEGY", help="That keeps what it trades by.")],
    mode: ModeOption = None,
    world: WorldOption = None,
    home: HomeOption = None,
) -> None:
    """Let nothing in for a strategy until it is unpinned."""
    _do(context, home, mode, world, Learn("pin", strategy))


@group.command()
def unpin(
    context: typer.Context,
    strategy: Annotated[str, typer.Argument(metavar="STRATEGY", help="That may change again.")],
    mode: ModeOption = None,
    world: WorldOption = None,
    home: HomeOption = None,
) -> None:
    """End a pin."""
    _do(context, home, mode, world, Learn("unpin", strategy))


@group.command()
def freeze(context: typer.Context, mode: ModeOption = None, world: WorldOption = None, home: HomeOption = None) -> None:
    """Let nothing in until it is thawed."""
    _do(context, home, mode, world, Learn("freeze"))


@group.command()
def thaw(context: typer.Context, mode: ModeOption = None, world: WorldOption = None, home: HomeOption = None) -> None:
    """End a freeze."""
    _do(context, home, mode, world, Learn("thaw"))


def _do(context: typer.Context, home: HomeOption, mode: ModeOption, world: WorldOption, command: Learn) -> None:
    """Have the engine do it where one runs; do it in its books where none does."""
    where = home_of(context, home)
    if running(where.root) is not None:

        async def ask(client: "EngineClient", roster: "Roster") -> CommandResult:
            return await client.send(command)

        result = asyncio.run(with_engine(where, f"cli learning {command.verb}", ask))
        if result is None:
            raise UsageError(f"the engine of {where.root} has ended; say it again")
    else:
        there = one_book(where.root, mode, world, lambda book: book.memory.exists(), "trading memory")
        result = _without_engine(there, command)
    tell(result)
    if not result.ok:
        raise SafetyRefusal(f"learning {command.verb}: not done; see above")


def _without_engine(there: "Home", command: Learn) -> CommandResult:
    """Do it in the books, which no engine may open meanwhile, at the time of the last thing that was learned there."""
    from kraken_tui.clock import SystemClock
    from kraken_tui.config.trading_config import load_trading
    from kraken_tui.learning.keeping import records_of
    from kraken_tui.learning.learner import after
    from kraken_tui.runtime.learned import event_of, lines_of
    from kraken_tui.runtime.lock import only_engine
    from kraken_tui.store.telemetry_db import TelemetryDb

    said: list[str] = []
    with only_engine(there):
        # The reader refuses a damaged file and leaves it to the engine, which keeps it aside and says so.
        state, now_ns = _state(there), _time_of(there)
        if state is None:
            raise UsageError(f"{there.memory}: nothing was learned here yet: an engine has to run once")
        event, trials = event_of(command.verb, command.argument, state, load_trading(there), now_ns)
        now, notes = after(state, event, {})
        states, adoptions = records_of(state, now, event, now_ns)
        memory = TelemetryDb.open(there.memory, there.mode, SystemClock(), said.append)
        try:
            memory.record_together(*trials, *states, *adoptions)
            if not memory.flush():
                raise SafetyRefusal(f"{there.memory} could not be written: {'; '.join(filter(None, said))}")
        finally:
            memory.close()
    ok, lines = lines_of(command.verb, notes)
    return CommandResult(ok=ok, lines=(*filter(None, said), *lines))


def _time_of(there: "Home") -> int:
    """When something was learned last: a demo's time is not the wall's, and no later block was seen."""
    from kraken_tui.learning.keeping import STATE
    from kraken_tui.store.telemetry_reading import MemoryFile

    kept = MemoryFile(there.memory, there.mode).learning_state(STATE)
    return 0 if kept is None else kept.time_ns


def _state(there: "Home") -> "Learner | None":
    from kraken_tui.learning.keeping import STATE, unpacked
    from kraken_tui.store.telemetry_reading import MemoryFile

    kept = MemoryFile(there.memory, there.mode).learning_state(STATE)
    return None if kept is None else unpacked(kept)
