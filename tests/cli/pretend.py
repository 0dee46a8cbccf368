"""A pretended engine as a process: answers on a home's socket until it is told to stop."""

import asyncio
import os
import sys
from pathlib import Path

import msgspec

from kraken_tui.config.home import Home
from kraken_tui.control.server import ControlServer
from kraken_tui.model.command import Command, CommandResult, Flatten, Stop
from tests.control import samples
from tests.control.engine import PretendEngine


async def run(root: Path, flattens: bool) -> None:
    stopping = asyncio.Event()
    engine = PretendEngine()
    engine.events.add(1, "entry", "buy 1.0 ETH/USD")
    roster = msgspec.structs.replace(samples.roster(home=str(root)), pid=os.getpid())

    async def execute(author: str, key: str, command: Command) -> CommandResult:
        match command:
            case Stop():
                stopping.set()
                return CommandResult(ok=True, lines=("The engine stops.",))
            case Flatten():
                line = "ETH/USD closed at 2500.00, net -10.06 USD" if flattens else "ETH/USD: still open"
                return CommandResult(ok=flattens, lines=(line, f"asked by {author}"))
        return CommandResult(ok=True, lines=())

    server = ControlServer(Home(root).socket, lambda: roster, engine.snapshot, engine.events, execute)
    await server.start()
    print("up", flush=True)
    await stopping.wait()
    await server.close()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), flattens=sys.argv[2] == "flattens"))
