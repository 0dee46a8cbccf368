"""A pretended engine behind a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from kraken_tui.control.client import EngineClient
from kraken_tui.control.events import EventRing
from kraken_tui.control.server import ControlServer
from kraken_tui.model.command import Command, CommandResult, Say
from kraken_tui.model.errors import SafetyRefusal
from tests.control import samples


class PretendEngine:
    """Counts what it is asked to do; `gate` holds commands back until it is set."""

    def __init__(self, count: int = 3) -> None:
        self.count = count
        self.seq = 0
        self.done: list[tuple[str, str, Command]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.events = EventRing(capacity=100)
        self.market = "demo"

    def snapshot(self) -> tuple[int, bytes]:
        return self.seq, samples.packed(self.seq, self.count)

    async def execute(self, author: str, key: str, command: Command) -> CommandResult:
        self.done.append((author, key, command))
        await self.gate.wait()
        match command:
            case Say("refuse"):
                raise SafetyRefusal("not now")
            case Say("crash"):
                raise ZeroDivisionError("a bug")
        return CommandResult(ok=True, lines=(f"{type(command).__name__} done",))

    def server(self, path: Path, write_timeout_s: float = 10.0) -> ControlServer:
        symbols = tuple(f"T{i}/USD" for i in range(self.count))
        return ControlServer(
            path,
            lambda: samples.roster(market=self.market, symbols=symbols),
            self.snapshot,
            self.events,
            self.execute,
            write_timeout_s=write_timeout_s,
        )


@asynccontextmanager
async def serving(path: Path, engine: PretendEngine, write_timeout_s: float = 10.0) -> AsyncIterator[ControlServer]:
    server = engine.server(path, write_timeout_s)
    await server.start()
    try:
        yield server
    finally:
        await server.close(grace_s=0.2)


@asynccontextmanager
async def attached(path: Path, author: str = "test") -> AsyncIterator[EngineClient]:
    client = EngineClient(path, author)
    await client.connect()
    try:
        yield client
    finally:
        await client.close()
