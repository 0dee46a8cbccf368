"""Asks an engine and watches whether it is still there; ends one that is not."""

import asyncio
import os
import signal

from kraken_tui import clock
from kraken_tui.cli import engine_process
from kraken_tui.config.holders import holder
from kraken_tui.config.home import Home
from kraken_tui.control.client import EngineClient, NotServed
from kraken_tui.model.command import Command, CommandResult
from kraken_tui.model.errors import KrakenTuiError, SafetyRefusal
from kraken_tui.model.snapshot import Roster

ACKNOWLEDGED_WITHIN_S = 3.0
"""An engine that says nothing for so long is hung."""
LOOK_EVERY_S = 1.0
TERM_WITHIN_S = 2.0
KILL_WITHIN_S = 5.0


class Hung(ConnectionError):
    """An engine holds the home, and gives no sign of life.

    Args:
        pid: as it wrote it into the home's lock.
    """

    def __init__(self, pid: str) -> None:
        super().__init__(f"the engine (pid {pid}) gives no sign of life for {ACKNOWLEDGED_WITHIN_S:g} s")
        self.pid = pid


async def greet(home: Home, client: EngineClient) -> Roster | None:
    """Connect to this home's engine; None where none runs.

    Raises:
        Hung: one runs, and does not answer.
        EngineSilent: it answers, and will not serve us: it lives.
    """
    pid = holder(home)
    try:
        async with asyncio.timeout(ACKNOWLEDGED_WITHIN_S):
            return await engine_process.greet(home, client)
    except TimeoutError as error:
        silent: Exception = error
    except engine_process.EngineSilent as error:
        if isinstance(error.__cause__, NotServed):
            raise
        silent = error
    if pid and holder(home) == pid:
        raise Hung(pid) from silent
    return None


async def ask(home: Home, client: EngineClient, command: Command) -> CommandResult:
    """Have a command done by an engine that shows each second that it lives, however long it works on it.

    Raises:
        Hung: it does not any more.
        ConnectionError: it ended.
    """
    sending = asyncio.ensure_future(client.send(command))
    try:
        while not await clock.wait_for_any(asyncio.shield(sending), at_most=LOOK_EVERY_S):
            await _look(home, client)
        return sending.result()
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def _look(home: Home, client: EngineClient) -> None:
    try:
        async with asyncio.timeout(ACKNOWLEDGED_WITHIN_S):
            await client.pull(-1, -1)
    except NotServed:
        pass  # its market has opened since we connected: an answer all the same
    except TimeoutError as error:
        if pid := holder(home):
            raise Hung(pid) from error
        raise ConnectionError("the engine ended") from error


async def end(home: Home, pid: str) -> None:
    """End a hung engine, first with a word and then without: all that counts is in its journal.

    Args:
        home: whose lock it holds.
        pid: as it stands there.

    Raises:
        SafetyRefusal: its pid is not known, or it is another user's.
        KrakenTuiError: it holds the home still.
    """
    if not pid.isdigit():
        raise SafetyRefusal(f"the engine of {home.root} does not answer, and its pid is not known: nothing was closed")
    for number, within_s in ((signal.SIGTERM, TERM_WITHIN_S), (signal.SIGKILL, KILL_WITHIN_S)):
        if holder(home) != pid:
            return
        try:
            os.kill(int(pid), number)
        except ProcessLookupError:
            pass
        except PermissionError as error:
            raise SafetyRefusal(f"the engine (pid {pid}) is another user's: nothing was closed") from error
        if await _let_go(home, pid, within_s):
            return
    raise KrakenTuiError(f"the engine (pid {pid}) holds {home.root} even after SIGKILL: nothing was closed")


async def _let_go(home: Home, pid: str, within_s: float) -> bool:
    began_ns = clock.stopwatch_ns()
    while holder(home) == pid:
        if clock.stopwatch_ns() - began_ns > within_s * clock.SECOND:
            return False
        await clock.real_sleep(0.02)
    return True
