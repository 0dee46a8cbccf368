"""`kraken-tui flatten`: by the engine where one answers; without it where none runs, or one that hangs."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kraken_tui import clock
from kraken_tui.cli import hung
from kraken_tui.cli.commands import HomeOption, home_of, tell
from kraken_tui.cli.engine_process import EngineSilent
from kraken_tui.cli.turns import Turns
from kraken_tui.config.holders import running
from kraken_tui.config.home import Home
from kraken_tui.control.client import EngineClient
from kraken_tui.model.command import CommandResult, Flatten
from kraken_tui.model.errors import HomeLocked, SafetyRefusal, UsageError
from kraken_tui.model.plain import plain
from kraken_tui.model.snapshot import Roster, Snapshot

if TYPE_CHECKING:
    from kraken_tui.runtime.flatten_alone import Emergency

AUTHOR = "cli flatten"
PATIENCE_S = 60.0
AGAIN_S = 1.0
LONGEST_PATIENCE_S = 86_400.0


def flatten(
    context: typer.Context,
    home: HomeOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the word.")] = False,
    patience: Annotated[
        float, typer.Option(metavar="SECONDS", help="How long to go on while the exchange does not answer.")
    ] = PATIENCE_S,
) -> None:
    """Cancel every order of ours and close every position, now; also where no engine runs, or one that hangs."""
    if not 0 <= patience <= LONGEST_PATIENCE_S:
        raise UsageError(f"--patience is {patience:g}; it must be a number of seconds from 0 to {LONGEST_PATIENCE_S:g}")
    root = home_of(context, home).root
    try:
        result = asyncio.run(_Flattening(root, patience, is_confirmed=yes).run())
    except EngineSilent as error:
        raise EngineSilent(f"nothing is known to be closed: {error}") from error
    except ConnectionError as error:
        raise ConnectionError(f"nothing is known to be closed: {error}") from error
    with contextlib.suppress(OSError):  # the terminal may be gone by now
        tell(result)
    if not result.ok:
        raise SafetyRefusal("not everything is closed; see above")


class _Flattening:
    """One call of the command.

    Args:
        root: the home's folder.
        patience_s: how long it goes on.
        is_confirmed: whether nobody is asked for the word.
    """

    def __init__(self, root: Path, patience_s: float, *, is_confirmed: bool) -> None:
        self._root = root
        self._patience_s = patience_s
        self._is_confirmed = is_confirmed
        self._until_ns = clock.stopwatch_ns() + int(patience_s * clock.SECOND)

    async def run(self) -> CommandResult:
        """Flatten, by whoever can."""
        try:
            if (result := await self._by_engine()) is not None:
                return result
        except hung.Hung as error:
            _say(f"{error}: it will be ended, and its work done here")
            return await self._without(error.pid)
        return await self._without("")

    async def _by_engine(self) -> CommandResult | None:
        """What this home's engine did; None where none runs.

        Raises:
            Hung: one runs, and gives no sign of life.
        """
        home = running(self._root) or Home(self._root)
        client = EngineClient(home.socket, AUTHOR)
        try:
            roster = await hung.greet(home, client)
            if roster is None:
                return None
            if not self._is_confirmed:
                snapshot, _, _ = await client.pull(-1, -1)
                await self._confirm(_held(roster, snapshot))
            return await self._until_flat(home, client)
        except (EngineSilent, hung.Hung):
            raise
        except ConnectionError as error:
            if running(self._root) is None:
                _say(f"the engine was lost: {error}")
                return None
            raise
        finally:
            await client.close()

    async def _until_flat(self, home: Home, client: EngineClient) -> CommandResult:
        """The engine tries by itself again and again; it is asked again too, so that the end of it is heard."""
        told: tuple[str, ...] = ()
        while True:
            result = await hung.ask(home, client, Flatten())
            if result.ok or clock.stopwatch_ns() > self._until_ns:
                return result
            if result.lines != told:
                told = result.lines
                _say(*told, "asking again ...")
            await clock.real_sleep(AGAIN_S)

    async def _without(self, pid: str) -> CommandResult:
        """Do it here: one flatten at a time, each of which looks first whether an engine answers by now.

        Args:
            pid: of an engine that hangs; empty where none runs.
        """
        turns = Turns(self._root)
        found = None
        if not self._is_confirmed:
            found = self._prepared()
            first = "" if not pid else "; its engine hangs and will be ended"
            what = f"{found.home.mode.upper()}, {found.settings.account} account of {self._root}{first}"
            await self._confirm([f"{what}: everything of ours will be closed at market."])
            pid = ""  # that took a while: it may answer by now
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal that is lost must not leave it half done
        async with turns.mine(self._patience_s, _say):
            if (done := turns.answer()) is not None:
                return done
            result = await self._alone(found or self._prepared(), pid)
            turns.ended(result)
            return result

    def _prepared(self) -> "Emergency":
        """All that is read before anything is ended or sent."""
        from kraken_tui.runtime.flatten_alone import prepare

        engine = running(self._root)
        return prepare(self._root, engine.mode if engine is not None else None, os.environ)

    async def _alone(self, found: "Emergency", pid: str) -> CommandResult:
        from kraken_tui.runtime.flatten_alone import flatten_alone

        while True:
            try:
                if pid:
                    raise hung.Hung(pid)
                if (result := await self._by_engine()) is not None:
                    return result
            except hung.Hung as error:
                await self._end(error.pid)
                pid = ""
            try:
                return await flatten_alone(found, author=AUTHOR, patience_s=self._left_s(), say=_say)
            except HomeLocked as error:  # an engine has started meanwhile
                if clock.stopwatch_ns() > self._until_ns or running(self._root) is None:
                    raise HomeLocked(f"nothing was closed: {error}") from error

    async def _end(self, pid: str) -> None:
        home = running(self._root)
        if home is not None:
            _say(f"ending the engine (pid {pid})")
            await hung.end(home, pid)

    def _left_s(self) -> float:
        return max(0.0, (self._until_ns - clock.stopwatch_ns()) / clock.SECOND)

    async def _confirm(self, lines: list[str]) -> None:
        """Ask for the word, once."""
        if not self._is_confirmed:
            await asyncio.to_thread(_ask_for_the_word, lines)
            self._is_confirmed = True
            self._until_ns = clock.stopwatch_ns() + int(self._patience_s * clock.SECOND)


def _held(roster: Roster, snapshot: Snapshot | None) -> list[str]:
    rows = snapshot.positions if snapshot else ()
    lines = [f"{row.side} {row.amount} {row.symbol}, worth {row.notional} USD, net {row.net} USD" for row in rows]
    return [*lines, f"{roster.mode}, {roster.account} account: {len(rows)} positions will be closed at market."]


def _ask_for_the_word(lines: list[str]) -> None:
    if not (sys.stdin is not None and sys.stdin.isatty()):
        raise UsageError("flatten asks for the word FLATTEN on a terminal; without one, give --yes")
    for line in lines:
        print(plain(line))
    if input("Type FLATTEN to do it: ").strip() != "FLATTEN":
        raise UsageError("not FLATTEN: nothing was done")


def _say(*lines: str) -> None:
    """How it goes, beside the answer."""
    with contextlib.suppress(OSError):
        for line in lines:
            print(plain(line), file=sys.stderr, flush=True)
