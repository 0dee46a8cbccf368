"""Finds this home's engine, or starts one that outlives this terminal."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from kraken_tui import clock
from kraken_tui.cli.asked import Asked
from kraken_tui.cli.errors import PROGRAM
from kraken_tui.config.holders import flattener, holder
from kraken_tui.config.home import Home
from kraken_tui.config.secrets import without_secrets
from kraken_tui.control.client import EngineClient, EngineGone
from kraken_tui.model.errors import ExchangeUnreachable, HomeLocked, KrakenTuiError, SafetyRefusal, UsageError
from kraken_tui.model.plain import plain
from kraken_tui.model.snapshot import Roster

LONGEST_START_LOG = 1_000_000
GONE_WITHIN_S = 60.0
BETWEEN_S = 2.0
"""How long an engine that starts or ends may hold its home without a socket."""
RIVAL_WITHIN_S = 10.0
"""How long an engine that another terminal started at the same moment may take to answer."""

Tell = Callable[[str], None]


class EngineSilent(ConnectionError):
    """An engine runs, or may run, and does not serve us: it trades on, and we know nothing of it."""


def silent(home: Home, why: object) -> EngineSilent:
    """The error that says who does not answer, and what ends it."""
    pid = holder(home)
    if pid and pid == flattener(home.root):
        return EngineSilent(
            f"kraken-tui flatten (pid {pid}) is closing everything of {home.root}; ask again in a while"
        )
    name = f" (pid {pid})" if pid else ""
    pid = pid if pid.isdigit() else "PID"
    return EngineSilent(
        f"an engine{name} of {home.root} runs but does not answer: {plain(str(why))}. "
        f"Positions rest behind their stops; kill -TERM {pid} ends it, kill -KILL {pid} where it is stuck"
    )


async def greet(home: Home, client: EngineClient) -> Roster | None:
    """Connect `client` to this home's engine; None where none runs.

    Raises:
        EngineSilent: one runs, and does not answer; or its socket was taken away, while it still holds the home.
    """
    began_ns = clock.stopwatch_ns()
    while True:
        try:
            return await client.connect()
        except EngineGone as error:
            if not holder(home):
                return None
            if clock.stopwatch_ns() - began_ns > BETWEEN_S * clock.SECOND:
                raise silent(home, f"nothing listens on {home.socket}") from error
        except ConnectionError as error:
            raise silent(home, error) from error
        await clock.real_sleep(0.05)


async def roster_of(home: Home) -> Roster | None:
    """What this home's engine says of itself; None where none listens.

    Raises:
        EngineSilent: one listens, and does not answer.
    """
    client = EngineClient(home.socket, "cli")
    try:
        return await client.connect()
    except EngineGone:
        return None
    except ConnectionError as error:
        raise silent(home, error) from error
    finally:
        await client.close()


async def _answer(home: Home) -> Roster | None:
    """What an engine that starts says of itself; None where it does not answer yet."""
    try:
        return await roster_of(home)
    except EngineSilent:
        return None


def refuse_unless_same(asked: Asked, running: Roster) -> None:
    """An engine that runs can be shown, not changed.

    Raises:
        HomeLocked: it runs on another market than asked for, or options were given that only a start can follow.
    """
    what = f"an engine of {running.home} runs already (market {running.market}, pid {running.pid})"
    if asked.market is not None and asked.market != running.market and Path(asked.market) != Path(running.market):
        raise HomeLocked(f"{what}, not on {asked.market}: kraken-tui stop ends it, kraken-tui attach shows it")
    if asked.live and running.mode == "PAPER":
        raise HomeLocked(f"{what}, in PAPER: kraken-tui stop ends it; --live is for a new one")
    if asked.duration is not None or asked.seed is not None or asked.speed != 1:
        raise HomeLocked(f"{what}: --duration, --speed and --seed are for a new one; kraken-tui stop ends this one")


async def start(home: Home, asked: Asked, tell: Tell, word: str = "") -> Roster:
    """Start an engine for `home` in a session of its own, and wait until its market is open.

    Args:
        home: whose engine.
        asked: its options.
        tell: is told what it is doing.
        word: confirms LIVE; empty on paper.

    Raises:
        KrakenTuiError: it ended instead; its own error and exit code are passed on.
    """
    log = home.logs / "engine-start.log"
    offset = _prepare(log)
    process = _spawn(asked, log, word)
    while (roster := await _answer(home)) is None or not roster.symbols:
        if process.poll() is not None:
            return await _rival_or_error(home, process.returncode, _since(log, offset), log)
        tell(await _doing(home) or "Starting the engine")
        await clock.real_sleep(0.1)
    return roster


async def _doing(home: Home) -> str:
    """What an engine that starts is busy with; empty where none answers yet."""
    client = EngineClient(home.socket, "cli")
    try:
        await client.connect()
        snapshot, _, _ = await client.pull(-1, -1)
    except ConnectionError:
        return ""
    finally:
        await client.close()
    if snapshot is None or not snapshot.progress:
        return ""
    return f"{plain(snapshot.progress)} {snapshot.progress_done:.0%}"


def _spawn(asked: Asked, log: Path, word: str) -> "subprocess.Popen[bytes]":
    """Whoever reads the engine's environment or arguments finds no key there: they come through a pipe."""
    from kraken_tui.config.keys import KEY_NAMES, MODEL_NAMES, NOTIFY_NAMES, send_keys
    from kraken_tui.config.live_gate import WORD_NAME

    environ = without_secrets(os.environ) | ({WORD_NAME: word} if word else {})
    pipe = send_keys(os.environ, (*(KEY_NAMES if word else ()), *NOTIFY_NAMES, *MODEL_NAMES))
    words = [] if pipe is None else ["--keys-fd", str(pipe)]
    try:
        with log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "kraken_tui", *asked.arguments(), *words, "--detached"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environ,
                pass_fds=() if pipe is None else (pipe,),
                start_new_session=True,
            )
    finally:
        if pipe is not None:
            os.close(pipe)


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
        log.open("ab").close()
        return log.stat().st_size
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
        if (roster := await _answer(home)) is not None:
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
    """Whether the socket or the lock is still held."""
    return os.path.lexists(home.socket) or bool(holder(home))
