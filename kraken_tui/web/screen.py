"""One screen of a browser: a child process that draws, and dies with its socket or with this server."""

import asyncio
import contextlib
import json
import re
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence

from msgspec import Struct
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from kraken_tui.model.plain import plain

DRIVER = "kraken_tui.ui.browser:BrowserDriver"
FRAMES_A_SECOND = "30"
READY = b"__GANGLION__\n"
LONGEST_PACKET = 8 * 1024 * 1024
LONGEST_WORDS = 4096
TAKES_WITHIN_S = 10.0
"""A browser that takes nothing for so long, or a child, is given up."""
QUITS_WITHIN_S, ENDS_WITHIN_S = 2.0, 1.0
NARROWEST, WIDEST, LOWEST, HIGHEST = 20, 500, 5, 200
"""Cells: a picture of a million columns would take all memory there is."""
MAIN_SCREEN = "\x1b[?1049l\x1b[?1000l\x1b[?1003l\x1b[?25h\x1b[2J\x1b[H"

DATA, META, PACKED = b"D", b"M", b"P"


class Child(Struct, frozen=True):
    """How a screen is started."""

    words: Sequence[str]
    """Its command line."""
    environ: Mapping[str, str]
    """Without secrets."""


class ScreenProcess(AppService):
    """textual-serve's service, bounded: no shell, no size and no wait without an end.

    Args:
        child: what to start.
        send: takes bytes for the terminal.
        send_text: takes a message for the page.
        close: ends the socket.
        downloads: where files that a screen hands out wait.
    """

    def __init__(
        self, child: Child, *, send: Callable[[bytes], Awaitable[None]], send_text: Callable[[str], Awaitable[None]],
        close: Callable[[], Awaitable[None]], downloads: DownloadManager,
    ) -> None:  # fmt: skip
        super().__init__("", write_bytes=send, write_str=send_text, close=close, download_manager=downloads)
        self._child = child
        self._errors = bytearray()
        self._has_left = False

    @property
    def pid(self) -> int:
        """Of the child; 0 before it is started."""
        return self._process.pid if self._process else 0

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        return {
            **self._child.environ, "TEXTUAL_DRIVER": DRIVER, "TEXTUAL_FPS": FRAMES_A_SECOND,
            "TEXTUAL_COLOR_SYSTEM": "truecolor", "TERM_PROGRAM": "textual", "COLUMNS": str(width), "ROWS": str(height),
        }  # fmt: skip

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        self._process = await asyncio.create_subprocess_exec(
            *self._child.words, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=self._build_environment(width, height),
            start_new_session=True,
        )  # fmt: skip
        assert self._process.stdin is not None
        self._stdin = self._process.stdin
        return self._process

    async def set_terminal_size(self, width: object, height: object) -> None:
        """Tell the child; a size that is none is no size."""
        if isinstance(width, int) and isinstance(height, int):
            await super().set_terminal_size(*cells(width, height))

    async def send_bytes(self, data: bytes) -> bool:
        """Hand on what was typed; a child that takes nothing is given up."""
        return await self._taken(super().send_bytes(data))

    async def send_meta(self, data: dict[str, str | int | bool | None]) -> bool:
        """Hand on what the page says."""
        return await self._taken(super().send_meta(data))

    async def _taken(self, sending: Awaitable[bool]) -> bool:
        try:
            return await asyncio.wait_for(sending, TAKES_WITHIN_S)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            return False

    async def run(self) -> None:
        """Hand on what the child draws, until it ends; then say its last words and close the socket."""
        process = self._process
        assert process is not None and process.stdout is not None and process.stderr is not None
        hearing = asyncio.create_task(self._hear(process.stderr))
        try:
            while (line := await process.stdout.readline()) and line != READY:
                pass
            while not self._has_left:
                head = await process.stdout.readexactly(5)
                size = int.from_bytes(head[1:], "big")
                if size > LONGEST_PACKET:
                    break
                await self._hand_on(head[:1], await process.stdout.readexactly(size))
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
            pass  # the child has ended, or talks nonsense, or the browser takes nothing: all end the screen
        finally:
            await self._end(hearing)

    async def _hand_on(self, kind: bytes, payload: bytes) -> None:
        async with asyncio.timeout(TAKES_WITHIN_S):
            if kind == DATA:
                await self.on_data(payload)
            elif kind == META:
                await self.on_meta(payload)
            elif kind == PACKED:
                await self.on_packed(payload)

    async def on_meta(self, data: bytes) -> None:
        """A file that is to be handed out, always as a download: nothing that a screen makes runs in this page.

        Addresses are not opened, as no third party is asked for anything.
        """
        told = json.loads(data)
        self._has_left = told.get("type") == "exit"
        if told.get("type") == "deliver_file_start":
            name = re.sub(r"[^\w.-]", "_", str(told.get("path", "")).rpartition("/")[2])[-80:] or "file"
            kind = {"open_method": "download", "mime_type": "application/octet-stream", "encoding": ""}
            await super().on_meta(json.dumps({**told, **kind, "path": name}).encode())

    async def _hear(self, stderr: asyncio.StreamReader) -> None:
        """Keep the last words only, however many there are."""
        while words := await stderr.read(LONGEST_WORDS):
            self._errors += words
            del self._errors[:-LONGEST_WORDS]

    async def _end(self, hearing: asyncio.Task[None]) -> None:
        """Whatever has ended this, the child ends too; what it said last stands in the terminal."""
        assert self._process is not None and self._process.stdout is not None
        emptying = asyncio.create_task(_empty(self._process.stdout))  # the end of a full pipe is never told
        await self._gone()
        for task in (hearing, emptying):
            task.cancel()
        await asyncio.gather(hearing, emptying, return_exceptions=True)
        with contextlib.suppress(OSError, TimeoutError, RuntimeError):
            async with asyncio.timeout(ENDS_WITHIN_S):
                await self.remote_write_bytes((MAIN_SCREEN + "\r\n".join(self.last_words)).encode())
                await self.remote_close()

    @property
    def last_words(self) -> list[str]:
        """What the child said on stderr, as lines that can't steer a terminal."""
        return [plain(line) for line in self._errors.decode(errors="replace").splitlines() if line.strip()][-12:]

    async def stop(self) -> None:
        """End the child, whatever state it is in, within seconds."""
        if (task := self._task) is None:
            return
        self._task = None
        await self._download_manager.cancel_app_downloads(app_service_id=self.app_service_id)
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(ENDS_WITHIN_S):
                await super().send_meta({"type": "quit"})
        await self._gone()
        await asyncio.wait({task}, timeout=ENDS_WITHIN_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _gone(self) -> None:
        """Wait for the child's end, then ask for it, then make it."""
        process = self._process
        if process is None:
            return
        for number, within_s in ((None, QUITS_WITHIN_S), (signal.SIGTERM, ENDS_WITHIN_S), (signal.SIGKILL, 30.0)):
            if number is not None:
                self._signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), within_s)
                return

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)


async def _empty(stream: asyncio.StreamReader) -> None:
    while await stream.read(1 << 16):
        pass


def cells(width: int, height: int) -> tuple[int, int]:
    """A size of the terminal that can be drawn."""
    return max(NARROWEST, min(width, WIDEST)), max(LOWEST, min(height, HIGHEST))
