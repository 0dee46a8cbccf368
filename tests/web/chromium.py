"""Headless Chromium over its DevTools protocol: what a person's browser makes of the pages."""

import asyncio
import base64
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from kraken_tui import clock

WITHIN_S = 60.0
FOUND = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
needs_chromium = pytest.mark.skipif(FOUND is None, reason="no chromium here: apt-get install chromium")


class Page:
    """One tab.

    Attributes:
        asked: every address that it has asked for.
        said: what the console told.
        drawn: what the newest terminal was told to draw.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._hearing = asyncio.create_task(self._hear())
        self.asked: list[str] = []
        self.said: list[str] = []
        self.drawn = ""

    async def _hear(self) -> None:
        async for message in self._socket:
            told = message.json()
            match told.get("method"):
                case "Network.requestWillBeSent":
                    self.asked.append(told["params"]["request"]["url"])
                case "Network.webSocketCreated":
                    self.asked.append(told["params"]["url"])
                    self.drawn = ""
                case "Network.webSocketFrameReceived" if told["params"]["response"]["opcode"] == 2:
                    data = base64.b64decode(told["params"]["response"]["payloadData"])
                    self.drawn += data.decode(errors="replace")
                case "Log.entryAdded":
                    self.said.append(told["params"]["entry"]["text"])
                case None if (answer := self._answers.pop(told["id"], None)) and not answer.done():
                    answer.set_result(told)

    async def call(self, method: str, **given: Any) -> dict[str, Any]:
        number = len(self.asked) + clock.stopwatch_ns() % (1 << 30)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": given})
        async with asyncio.timeout(WITHIN_S):
            told: dict[str, Any] = (await answer).get("result", {})
        return told

    async def value(self, script: str) -> Any:
        told = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return told.get("result", {}).get("value")

    async def until(self, script: str, within_s: float = WITHIN_S) -> None:
        try:
            async with asyncio.timeout(within_s):
                while not await self.value(script):
                    await clock.real_sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"never: {script}; the page: {await self.value('document.body.innerText')}") from None

    async def go(self, url: str) -> None:
        await self.call("Page.navigate", url=url)
        await self.until("document.readyState === 'complete'")

    async def type(self, text: str) -> None:
        await self.call("Input.insertText", text=text)

    async def press(self, key: str, code: int) -> None:
        for kind in ("keyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                windowsVirtualKeyCode=code,
                text="\r" * (key == "Enter" and kind == "keyDown"),
            )

    async def picture(self) -> bytes:
        return base64.b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])


@asynccontextmanager
async def chromium(width: int = 1280, height: int = 800) -> AsyncIterator[Page]:
    """A fresh profile, and no way out but to this machine."""
    assert FOUND is not None
    folder = Path(tempfile.mkdtemp(prefix="kraken-tui-chromium-"))
    options = (
        "headless=new", "no-sandbox", "no-first-run", "disable-gpu", "use-angle=swiftshader", "disable-sync",
        "enable-unsafe-swiftshader", "disable-dev-shm-usage", "disable-background-networking",
        "remote-debugging-port=0", "disable-component-update",
        "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
        f"window-size={width},{height}", f"user-data-dir={folder}",
    )  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        FOUND, *(f"--{option}" for option in options), "about:blank", stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        port = await _port(folder)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                tab = next(each for each in await answer.json() if each["type"] == "page")
            async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Page(socket)
                for domain in ("Page", "Network", "Runtime", "Log"):
                    await page.call(f"{domain}.enable")
                yield page
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def _port(folder: Path) -> str:
    async with asyncio.timeout(WITHIN_S):
        while True:
            try:
                return (folder / "DevToolsActivePort").read_text().splitlines()[0]
            except (FileNotFoundError, IndexError):
                await clock.real_sleep(0.05)
