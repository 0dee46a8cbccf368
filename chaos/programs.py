"""The sandbox and the engine as processes of their own, started and killed as an operator's machine would."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kraken_tui.clock import SECOND, real_sleep, stopwatch_ns
from kraken_tui.config.home import Home, Mode
from kraken_tui.control.client import EngineClient
from kraken_tui.model.errors import KrakenTuiError

PROGRAM = (sys.executable, "-m", "kraken_tui")
UP_WITHIN_S = 120.0


class Ended(KrakenTuiError):
    """A program ended by itself, and should not have."""

    def __init__(self, what: str, code: int, said: str) -> None:
        super().__init__(f"{what} ended by itself with code {code}: {said}")
        self.code = code


class Program:
    """One process at a time, killed by its pid alone.

    Args:
        name: for errors.
        log: gets what it says; each start adds to it.
    """

    def __init__(self, name: str, log: Path) -> None:
        self._name = name
        self.log = log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """Of the process that was started last; 0 before."""
        return self._process.pid if self._process is not None else 0

    async def spawn(self, *words: str, environ: Mapping[str, str] | None = None, pipes: bool = False) -> None:
        """Start it; with `pipes` its stdout is ours to read."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *PROGRAM, *words, stdin=asyncio.subprocess.DEVNULL, stderr=log,
                stdout=asyncio.subprocess.PIPE if pipes else log, env={**os.environ, **(environ or {})},
            )  # fmt: skip

    async def line(self) -> str:
        """The next line that it says; empty where it ended."""
        assert self._process is not None
        assert self._process.stdout is not None
        return (await asyncio.wait_for(self._process.stdout.readline(), UP_WITHIN_S)).decode()

    async def kill(self) -> None:
        """`kill -9`; returns once it is gone."""
        await self.end(signal.SIGKILL)

    async def end(self, number: int = signal.SIGTERM) -> None:
        """Send a signal, and wait for the end."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)
        if self._process is not None:
            await asyncio.wait_for(self._process.wait(), UP_WITHIN_S)

    def refuse_dead(self) -> None:
        """Raise if it ended by itself.

        Raises:
            Ended: it did.
        """
        if self._process is not None and self._process.returncode is not None:
            raise Ended(self._name, self._process.returncode, self.last_words())

    def last_words(self, count: int = 2) -> str:
        """The end of its log, on one line."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return " · ".join(lines[-count:])


class SandboxProgram(Program):
    """`kraken-tui sandbox` on the same ports, with the same account, however often it is killed.

    Args:
        folder: holds its account, its keys and its log.
        words: further options.
    """

    def __init__(self, folder: Path, keys: Path, *words: str) -> None:
        super().__init__("the sandbox", folder / "sandbox.log")
        self._words = ("--json", "--seed", "1", "--state", str(folder / "exchange.db"), "--keys", str(keys), *words)
        self._ports = ("0", "0")
        self.told: dict[str, Any] = {}

    async def start(self) -> None:
        """Start it, and wait until it serves."""
        port, control = self._ports
        await self.spawn("sandbox", "--port", port, "--control-port", control, *self._words, pipes=True)
        line = await self.line()
        if not line.startswith("{"):
            await self.end()
            raise Ended("the sandbox", 0, f"{line}{self.last_words()}")
        self.told = json.loads(line)
        self._ports = self.rest.rsplit(":", 1)[1], self.control.rsplit(":", 1)[1]

    @property
    def rest(self) -> str:
        """Address of REST."""
        return str(self.told["rest"])

    @property
    def ws(self) -> str:
        """Address of WebSocket v2."""
        return str(self.told["ws"])

    @property
    def control(self) -> str:
        """Address of the control API."""
        return str(self.told["control"])


class EngineProgram(Program):
    """`kraken-tui --no-ui --live` for one home.

    Args:
        root: the home.
        account: the word that confirms it.
        log: gets what it says.
    """

    def __init__(self, root: Path, account: str, log: Path) -> None:
        super().__init__("the engine", log)
        self._root = root
        self._account = account
        self.home = Home(root, Mode.SANDBOX)
        self.client = EngineClient(self.home.socket, "chaos")

    async def start(self) -> None:
        """Start it, and wait for nothing."""
        await self.spawn("--no-ui", "--live", "--home", str(self._root), environ={"KRAKEN_TUI_LIVE": self._account})

    async def reconciled(self) -> None:
        """Return once its market is open, which is after its account and the exchange's agree.

        Raises:
            Ended: it ended instead.
        """
        began_ns = stopwatch_ns()
        while True:
            self.refuse_dead()
            try:
                roster = await self.client.connect()
                if roster.pid == self.pid and roster.symbols:
                    return
            except ConnectionError:
                pass
            if stopwatch_ns() - began_ns > UP_WITHIN_S * SECOND:
                raise Ended("the engine", -1, f"it was not up within {UP_WITHIN_S:g} s: {self.last_words()}")
            await real_sleep(0.03)

    async def kill(self) -> None:
        """`kill -9`, and hang up."""
        await super().kill()
        await self.client.close()


async def command(*words: str, log: Path) -> int:
    """Run a command of the program to its end; returns the exit code."""
    program = Program(words[0], log)
    await program.spawn(*words)
    assert program._process is not None
    return await asyncio.wait_for(program._process.wait(), UP_WITHIN_S)
