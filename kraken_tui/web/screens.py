"""The screens that are open: at most so many, each as long as its login lets it."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Coroutine

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web
from msgspec import Struct
from textual_serve.download_manager import Download, DownloadManager

from kraken_tui.clock import real_sleep, wait_for_any
from kraken_tui.web.logins import Login, Logins
from kraken_tui.web.screen import Child, ScreenProcess, cells

LONGEST_MESSAGE = 64 * 1024
HEARTBEAT_S = 15.0
LOOKS_EVERY_S = 1.0
ROOM_WITHIN_S = 2.0
"""A page that is loaded again comes while the screen before it is still ending."""
CLOSES_WITHIN_S = 1.0

Start = Callable[[str], Child]
"""The child for a role."""
Tell = Callable[[str], None]


class Open(Struct, frozen=True, eq=False):
    """A screen that is open."""

    login: Login
    role: str
    socket: web.WebSocketResponse
    process: ScreenProcess


class Screens:
    """Every screen of every browser.

    Args:
        start: the child for a role.
        logins: who may see one.
        most: screens at once.
        tell: is told what happens, for the server's log.
    """

    def __init__(self, start: Start, logins: Logins, most: int, tell: Tell) -> None:
        self._start = start
        self._logins = logins
        self._most = most
        self._tell = tell
        self._taken = 0
        self._left = asyncio.Event()
        self._open: set[Open] = set()
        self.downloads = DownloadManager()

    async def has_room(self) -> bool:
        """Whether one more may open, now or in a moment."""
        if self._taken >= self._most:
            self._left.clear()
            await wait_for_any(self._left.wait(), at_most=ROOM_WITHIN_S)
        return self._taken < self._most

    async def waiting(self, login: Login, key: str) -> Download | None:
        """A file that a screen of this login hands out; None where there is none."""
        try:
            found = await self.downloads.get_download_metadata(key)
        except KeyError:
            return None
        return found if any(one.process is found.app_service and one.login is login for one in self._open) else None

    async def serve(self, request: web.Request, login: Login) -> web.StreamResponse:
        """One screen over one socket, until either ends.

        Raises:
            web.HTTPServiceUnavailable: there is no room.
        """
        if not await self.has_room():
            raise web.HTTPServiceUnavailable(text=f"{self._most} screens are open already")
        self._taken += 1
        try:
            return await self._serve(request, login)
        finally:
            self._taken -= 1
            self._left.set()

    async def _serve(self, request: web.Request, login: Login) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_S, max_msg_size=LONGEST_MESSAGE, timeout=CLOSES_WITHIN_S, decode_text=True
        )
        await socket.prepare(request)
        role = login.role
        process = ScreenProcess(
            self._start(role), send=socket.send_bytes, send_text=socket.send_str,
            close=lambda: _closed(socket), downloads=self.downloads,
        )  # fmt: skip
        one = Open(login, role, socket, process)
        self._open.add(one)
        try:
            await process.start(*cells(*(_number(request.query.get(name)) for name in ("width", "height"))))
            self._tell(f"a screen opens ({role}, pid {process.pid}); {len(self._open)} of {self._most}")
            await _first(self._hand_on(one), self._watch(one))
        finally:
            self._open.discard(one)
            await process.stop()
            await _closed(socket)
            self._tell(f"a screen has ended ({role}, pid {process.pid}); {len(self._open)} of {self._most}")
        return socket

    async def _hand_on(self, one: Open) -> None:
        """What the page sends, until it sends no more or something that no page of ours sends."""
        async for message in one.socket:
            told = _decoded(message)
            if told is None:
                await _closed(one.socket, WSCloseCode.POLICY_VIOLATION)
                return
            await self._do(one, *told)

    async def _do(self, one: Open, kind: str, given: object) -> None:
        match kind, given:
            case "stdin", str():
                self._logins.heard(one.login)
                await one.process.send_bytes(given.encode(errors="replace"))
            case "resize", {"width": width, "height": height}:
                await one.process.set_terminal_size(width, height)
            case "ping", str() | int():
                await one.socket.send_json(["pong", given])
            case "blur", _:
                await one.process.blur()
            case "focus", _:
                await one.process.focus()

    async def _watch(self, one: Open) -> None:
        """Returns when the screen's time is over."""
        while not (why := self._logins.over(one.login, one.role)):
            await real_sleep(LOOKS_EVERY_S)
        self._tell(f"pid {one.process.pid}: {why}")

    async def close(self) -> None:
        """End all of them, within seconds."""
        await asyncio.gather(*(_closed(one.socket, WSCloseCode.GOING_AWAY) for one in self._open))
        await asyncio.gather(*(one.process.stop() for one in self._open))


async def _first(*works: Coroutine[None, None, None]) -> None:
    """Until one of them ends; what it raised is raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def _decoded(message: WSMessage) -> tuple[str, object] | None:
    """Kind and content of a message of the page; None where it is none."""
    if message.type is not WSMsgType.TEXT:
        return None
    try:
        told = json.loads(message.data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, list) or not 1 <= len(told) <= 2 or not isinstance(told[0], str):
        return None
    return told[0], told[1] if len(told) == 2 else None


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 6 else 80


async def _closed(socket: web.WebSocketResponse, code: int = WSCloseCode.OK) -> None:
    with contextlib.suppress(OSError, RuntimeError, TimeoutError):
        async with asyncio.timeout(2 * CLOSES_WITHIN_S):
            await socket.close(code=code)
