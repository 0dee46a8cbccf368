"""Commands to a running engine: attach, status, stop."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from kraken_tui.cli import engine_process
from kraken_tui.config.holders import running
from kraken_tui.config.home import Home
from kraken_tui.control.client import EngineClient, EngineGone, NotServed
from kraken_tui.control.protocol import CONTROL, ROLES
from kraken_tui.model.command import CommandResult, Stop
from kraken_tui.model.errors import SafetyRefusal, UsageError
from kraken_tui.model.plain import plain
from kraken_tui.model.snapshot import Event, Roster, Snapshot

HomeOption = Annotated[Path | None, typer.Option("--home", help="The home; the current folder where not given.")]
T = TypeVar("T")


def home_of(context: typer.Context, home: Path | None) -> Home:
    """The home named after the command, or before it, or else the current folder; in its engine's mode, if one runs."""
    before = context.obj if isinstance(context.obj, Path) else None
    root = home or before or Path.cwd()
    return running(root) or Home(root)


def attach(
    context: typer.Context,
    home: HomeOption = None,
    role: Annotated[
        str, typer.Option(metavar="|".join(ROLES), help="Look; also ask and propose; also command and confirm.")
    ] = CONTROL,
) -> None:
    """Show this home's engine; starts none."""
    from kraken_tui.cli.run import need_terminal, show

    if role not in ROLES:
        raise UsageError(f"--role {role}: {', '.join(ROLES)} are right")
    need_terminal()
    where = home_of(context, home)
    if asyncio.run(with_engine(where, "cli attach", _nothing)) is None:
        raise UsageError(f"no engine runs for {where.root}: kraken-tui starts one and shows it")
    raise typer.Exit(show(where, role))


def status(
    context: typer.Context,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say in plain lines how this home's engine is."""
    from kraken_tui.cli.status import status_json, status_lines

    where = home_of(context, home)
    found = asyncio.run(_look(where))
    if as_json:
        print(json.dumps(status_json(*found) if found else {"running": False, "home": str(where.root)}))
    else:
        lines = status_lines(*found) if found else [f"No engine runs for {where.root}."]
        print("\n".join(plain(line) for line in lines))


def stop(context: typer.Context, home: HomeOption = None) -> None:
    """End this home's engine; positions stay behind their resting stops."""
    where = home_of(context, home)

    async def ask(client: EngineClient, roster: Roster) -> CommandResult:
        result = await client.send(Stop())
        if result.ok:
            await engine_process.wait_until_gone(where)
        return result

    result = asyncio.run(with_engine(where, "cli stop", ask))
    if result is None:
        print(f"No engine runs for {where.root}.")
        return
    tell(result)
    if not result.ok:
        raise SafetyRefusal("the engine did not stop")


def tell(result: CommandResult) -> None:
    """Print what the engine answered; none of it can steer the terminal."""
    print("\n".join(plain(line) for line in result.lines) or ("Done." if result.ok else "Refused."))


async def _nothing(client: EngineClient, roster: Roster) -> Roster:
    return roster


async def _look(home: Home) -> tuple[Roster, Snapshot | None, tuple[Event, ...]] | None:
    async def pull(client: EngineClient, roster: Roster) -> tuple[Roster, Snapshot | None, tuple[Event, ...]]:
        try:
            snapshot, events, _ = await client.pull(-1, -1)
        except NotServed:  # its market has opened since
            roster = await client.connect()
            snapshot, events, _ = await client.pull(-1, -1)
        return roster, snapshot, events

    return await with_engine(home, "cli status", pull)


async def with_engine(home: Home, author: str, work: Callable[[EngineClient, Roster], Awaitable[T]]) -> T | None:
    """Do `work` with this home's engine; None where none runs.

    Raises:
        EngineSilent: it runs, and does not answer.
        ConnectionError: it ended meanwhile.
    """
    client = EngineClient(home.socket, author)
    try:
        roster = await engine_process.greet(home, client)
        return await work(client, roster) if roster is not None else None
    except (EngineGone, engine_process.EngineSilent):
        raise
    except ConnectionError as error:
        raise engine_process.silent(home, error) from error
    finally:
        await client.close()
