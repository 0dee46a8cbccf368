"""Finds this home's engine, or starts one that outlives this terminal."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from kraken_tui import clock
from kraken_tui.cli.asked import Asked
from kraken_tui.cli.errors import PROGRAM
from kraken_tui.config.home import Home
from kraken_tui.control.client import EngineClient
from kraken_tui.model.errors import ExchangeUnreachable, HomeLocked, KrakenTuiError, SafetyRefusal, UsageError
from kraken_tui.model.snapshot import Roster

LONGEST_START_LOG = 1_000_000
GONE_WITHIN_S = 60.0
RIVAL_WITHIN_S = 10.0
"""How long an engine that another terminal started at the same moment may take to answer."""

Tell = Callable[[str], None]


async def roster_of(home: Home) -> Roster | None:
    """What this home's engine says of itself; None where none answers."""
    client = EngineClient(home.socket, PROGRAM)
    try:
        return await client.connect()
    except ConnectionError:
        return None
    finally:
        await client.close()


def refuse_unless_same(asked: Asked, running: Roster) -> None:
    """An engine that runs can be shown, not changed.

    Raises:
        HomeLocked: it runs on another market than asked for, or options were given that only a start can follow.
    """
    what = f"an engine of {running.home} runs already (market {running.market}, pid {running.pid})"
    if asked.market is not None and asked.market != running.market and Path(asked.market) != Path(running.market):
        raise HomeLocked(f"{what}, not on {asked.market}: kraken-tui stop ends it, kraken-tui attach shows it")
    if asked.duration is not None or asked.seed is not None or asked.speed != 1:
        raise HomeLocked(f"{what}: --duration, --speed and --seed are for a new one; kraken-tui stop ends this one")


async def start(home: Home, asked: Asked, tell: Tell) -> Roster:
    """Start an engine for `home` in a session of its own, and wait until its market is open.

    Args:
        home: whose engine.
        asked: its options.
        tell: is told what it is doing.

    Raises:
        KrakenTuiError: it ended instead; its own error and exit code are passed on.
    """
    log = home.logs / "engine-start.log"
    offset = _prepare(log)
    process = _spawn(asked, log)
    while (roster := await roster_of(home)) is None or not roster.symbols:
        if process.poll() is not None:
            return await _rival_or_error(home, process.returncode, _since(log, offset), log)
        tell(await _doing(home) or "Starting the engine")
        await clock.real_sleep(0.1)
    return roster


async def _doing(home: Home) -> str:
    """What an engine that starts is busy with; empty where none answers yet."""
    client = EngineClient(home.socket, PROGRAM)
    try:
        await client.connect()
        snapshot, _, _ = await client.pull(-1, -1)
    except ConnectionError:
        return ""
    finally:
        await client.close()
    return f"{snapshot.progress} {snapshot.progress_done:.0%}" if snapshot is not None and snapshot.progress else ""


def _spawn(asked: Asked, log: Path) -> "subprocess.Popen[bytes]":
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "kraken_tui", *asked.arguments(), "--detached"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


async def wait_until_gone(home: Home) -> None:
    """Wait until the engine has let go of its socket and of the home's lock, so that a new one can start.

    Raises:
        KrakenTuiError: it has not within a minute.
    """
    began_ns = clock.stopwatch_ns()
    while _is_there(home):
        if clock.stopwatch_ns() - began_ns > GONE_WITHIN_S * clock.SECOND:
            raise KrakenTuiError(f"the engine is still stopping after {GONE_WITHIN_S:g} s; see {home.logs}")
        await clock.real_sleep(0.05)


def _prepare(log: Path) -> int:
    """Make the log's folder, put a long log aside; returns where this start's lines will begin."""
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > LONGEST_START_LOG:
            log.replace(log.with_suffix(".old.log"))
        return log.stat().st_size if log.exists() else 0
    except OSError as error:
        raise UsageError(f"{error.filename}: can't be written: {error.strerror}. Is --home right?") from error


def _since(log: Path, offset: int) -> list[str]:
    with log.open("rb") as file:
        file.seek(offset)
        return [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]


async def _rival_or_error(home: Home, code: int, lines: list[str], log: Path) -> Roster:
    """An engine that found the home taken lost a race: the winner will answer."""
    began_ns = clock.stopwatch_ns()
    while code == HomeLocked.exit_code and clock.stopwatch_ns() - began_ns < RIVAL_WITHIN_S * clock.SECOND:
        if (roster := await roster_of(home)) is not None:
            return roster
        await clock.real_sleep(0.1)
    kinds = {kind.exit_code: kind for kind in (UsageError, ExchangeUnreachable, HomeLocked, SafetyRefusal)}
    prefix = f"{PROGRAM}: "
    last = max((number for number, line in enumerate(lines) if line.startswith(prefix)), default=len(lines) - 1)
    text = "\n".join(lines[last:]).removeprefix(prefix) or "it said nothing"
    if code in kinds:
        raise kinds[code](text)
    raise KrakenTuiError(f"the engine ended at its start, with code {code}: {text} (see {log})")


def _is_there(home: Home) -> bool:
    """Whether the socket or the lock is still held; the kernel drops a dead process's lock."""
    if os.path.lexists(home.socket):
        return True
    try:
        with home.lock.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
