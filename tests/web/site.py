"""The program as its operator starts it, and browsers made of aiohttp."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from msgspec import Struct

from kraken_tui import clock
from kraken_tui.config.home import Home
from kraken_tui.control.server import ControlServer
from kraken_tui.model.page import Look, Page
from tests.control import samples
from tests.control.engine import PretendEngine, serving
from tests.ui.fake_pages import fake_page

WITHIN_S = 60.0
SECRETS = {
    "KRAKEN_API_KEY": "hunter2-hunter2", "KRAKEN_API_SECRET": "aHVudGVyMg==", "OPENAI_API_KEY": "sk-hunter2-hunter2",
    "TWILIO_AUTH_TOKEN": "hunter2-hunter2",
}  # fmt: skip


class Site(Struct, frozen=True):
    """A server that runs."""

    process: "subprocess.Popen[str]"
    url: str
    token: str
    code: str

    @property
    def entrance(self) -> str:
        return f"{self.url}/?token={self.token}"

    @property
    def socket(self) -> str:
        return f"ws{self.url.removeprefix('http')}/ws?width=100&height=30"

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@contextmanager
def site(home: Path, *words: str) -> Iterator[Site]:
    """`kraken-tui serve` on a free port, with secrets in its environment."""
    command = [sys.executable, "-m", "kraken_tui", "serve", "--port", "0", "--home", str(home), *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **SECRETS}
    ) as process:
        try:
            assert process.stdout is not None
            first, second = process.stdout.readline(), process.stdout.readline()
            found = re.fullmatch(r"(http://.+)/\?token=(\S+)\n", first)
            assert found, first
            yield Site(process, found[1], found[2], second.rpartition(" ")[2].strip())
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)


class Engine(PretendEngine):
    """With pages, too."""

    def server(self, path: Path, write_timeout_s: float = 10.0) -> ControlServer:
        roster = samples.roster(symbols=("BTC/USD", "ETH/USD", "SOL/USD"))

        async def page(look: Look) -> Page:
            return fake_page(look, 1, {})

        return ControlServer(path, lambda: roster, self.snapshot, self.events, self.execute, pages=page)


@asynccontextmanager
async def engine(home: Path) -> AsyncIterator[PretendEngine]:
    """A pretended engine of that home, in this process: it knows what was asked of it, and by whom."""
    made = Engine()
    async with serving(Home(home).socket, made):
        yield made


@asynccontextmanager
async def browser(at: Site, *, enters: bool = True) -> AsyncIterator[aiohttp.ClientSession]:
    """Keeps cookies, follows nothing, and is let in."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        if enters:
            async with session.get(at.entrance, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (303, "/")
        yield session


async def unlock(session: aiohttp.ClientSession, at: Site, code: str) -> str:
    """Where the page goes then."""
    own = {"Origin": at.url}
    async with session.post(f"{at.url}/unlock", data={"code": code}, headers=own, allow_redirects=False) as answer:
        assert answer.status == 303
        return answer.headers["Location"]


class Screen:
    """A screen that is open in a browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.drawn = ""

    async def shows(self, text: str) -> None:
        """Until the child has drawn `text` in one run of cells."""
        try:
            async with asyncio.timeout(WITHIN_S):
                while text not in self.drawn:
                    message = await self.socket.receive()
                    assert message.type is aiohttp.WSMsgType.BINARY, f"{message} after {self.drawn[-500:]}"
                    self.drawn += message.data.decode(errors="replace")
        except TimeoutError:
            raise AssertionError(f"never drawn: {text}; last: {self.drawn[-2000:]!r}") from None

    async def type(self, text: str) -> None:
        self.drawn = ""
        await self.socket.send_json(["stdin", text])

    async def ended(self) -> int | None:
        """The code that the socket was closed with."""
        async with asyncio.timeout(WITHIN_S):
            while (message := await self.socket.receive()).type is aiohttp.WSMsgType.BINARY:
                self.drawn += message.data.decode(errors="replace")
        return self.socket.close_code


@asynccontextmanager
async def screen(session: aiohttp.ClientSession, at: Site, **headers: str) -> AsyncIterator[Screen]:
    """A screen that has drawn itself, whatever panel was chosen last."""
    async with session.ws_connect(at.socket, headers={"Origin": at.url, **headers}, max_msg_size=0) as socket:
        shown = Screen(socket)
        await shown.shows("FLATTEN")
        yield shown


async def until(holds: Any, what: str, within_s: float = WITHIN_S) -> None:
    """Until `holds()` is true."""
    try:
        async with asyncio.timeout(within_s):
            while not holds():
                await clock.real_sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"never: {what}") from None


def are_gone(processes: list[psutil.Process]) -> bool:
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)
