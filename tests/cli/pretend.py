"""A pretended engine as a process: answers on a home's socket until it is told to stop."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import msgspec

from kraken_tui import clock
from kraken_tui.config.home import Home
from kraken_tui.control.server import ControlServer
from kraken_tui.model.command import Command, CommandResult, Flatten, Stop
from kraken_tui.runtime.lock import EngineLock
from tests.control import samples
from tests.control.engine import PretendEngine

EVIL = "\x1b]0;pwned\x07\x1b[31m\nforged\r\u202eforged"


async def run(root: Path, behaviour: str) -> None:
    stopping = asyncio.Event()
    engine = PretendEngine()
    flattens, evil = behaviour != "sticks", EVIL if behaviour == "steers" else ""
    engine.events.add(1, "entry", f"buy 1.0 ETH/USD{evil}")
    roster = msgspec.structs.replace(samples.roster(home=str(root)), pid=os.getpid())

    async def execute(author: str, key: str, command: Command) -> CommandResult:
        match command:
            case Stop():
                stopping.set()
                return CommandResult(ok=True, lines=("The engine stops.",))
            case Flatten():
                line = "ETH/USD closed at 2500.00, net -10.06 USD" if flattens else "ETH/USD: still open"
                return CommandResult(ok=flattens, lines=(line, f"asked by {author}{evil}"))
        await _as_told(behaviour)
        return CommandResult(ok=flattens, lines=(f"asked by {author}{evil}", msgspec.json.encode(command).decode()))

    server = ControlServer(Home(root).socket, lambda: roster, engine.snapshot, engine.events, execute)
    with EngineLock(Home(root).lock):
        await server.start()
        print("up", flush=True)
        await stopping.wait()
        await server.close()


async def _as_told(behaviour: str) -> None:
    match behaviour:
        case "slow":
            await clock.real_sleep(0.5)
        case "hangs":
            await asyncio.Event().wait()
        case "dies":
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), sys.argv[2]))
