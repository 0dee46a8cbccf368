"""Peers that mean no good, or are broken: the engine serves on, and a command always gets in."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from kraken_tui import clock
from kraken_tui.control import protocol, seats
from kraken_tui.control.client import EngineClient, NotServed
from kraken_tui.control.frames import framed
from kraken_tui.model.command import Flatten, Pause
from tests.control.engine import PretendEngine, attached, serving
from tests.control.test_socket import until

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]

HELLO = framed(protocol.encode(protocol.Hello(protocol.PROTOCOL_VERSION, "raw")))
NOT_UTF8 = b"\x83\xa4type\xa5Hello\xa7version\x01\xa6author\xa2\xff\xff"
UNREADABLE = {
    "not UTF-8": NOT_UTF8,
    "nested": b"\x81\xa1a" * 15_000 + b"\xc0",
    "nested arrays": b"\x91" * 60_000 + b"\xc0",
    "empty": b"",
    "text": b"GET / HTTP/1.0\r\n\r\n",
    "another type": msgspec.msgpack.encode({"type": "Order", "key": 1, "command": []}),
    "huge number": msgspec.msgpack.encode({"type": "Hello", "version": 2**64 - 1, "author": 2**63}),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "engine.sock"


@contextlib.asynccontextmanager
async def crowd(path: Path, count: int, first: bytes) -> AsyncIterator[list[Stream]]:
    """Connections that say `first` and nothing more."""
    streams: list[Stream] = []
    for _ in range(count):
        streams.append(await asyncio.open_unix_connection(path))
        streams[-1][1].write(first)
        await asyncio.sleep(0)
    try:
        yield streams
    finally:
        for _, writer in streams:
            writer.transport.abort()


async def reply(reader: asyncio.StreamReader) -> protocol.Reply:
    length = int.from_bytes(await reader.readexactly(4), "big")
    answer: protocol.Reply = protocol.decode_reply(await reader.readexactly(length))
    return answer


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("greeted", [False, True])
async def test_a_request_that_can_not_be_read_is_answered_and_the_peer_hung_up_on(
    path: Path, name: str, greeted: bool
) -> None:
    complaints: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    async with serving(path, PretendEngine()) as server, attached(path) as client:
        async with crowd(path, 1, HELLO if greeted else b"") as [(reader, writer)]:
            if greeted:
                assert isinstance(await reply(reader), protocol.Welcome)
            writer.write(framed(UNREADABLE[name]))
            async with asyncio.timeout(5):
                assert isinstance(await reply(reader), protocol.Failed)
                assert await reader.read() == b""
        await until(lambda: server.screens == 2)
        assert (await client.send(Pause())).ok
    assert complaints == []


async def test_mute_peers_hold_nobody_up_and_are_dropped(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kraken_tui.control.server.HELLO_WITHIN_S", 1.0)
    async with serving(path, PretendEngine()) as server, crowd(path, 300, b"\x00"):
        await until(lambda: server.screens <= seats.MOST_MUTE)
        for author in ("screen", "cli flatten"):
            async with attached(path, author) as client:
                assert (await client.send(Flatten())).ok
        await until(lambda: server.screens == 0)


async def test_commands_get_in_when_every_place_is_taken(path: Path) -> None:
    async with serving(path, PretendEngine()) as server, crowd(path, 200, HELLO):
        await until(lambda: server.screens == seats.MOST_SCREENS)
        screen = EngineClient(path, "screen")
        for _ in range(20):
            with pytest.raises(NotServed, match="32 connections"):
                await screen.connect()
        assert (await screen.send(Flatten())).ok
        for _ in range(20):
            async with attached(path, "cli flatten") as client:
                assert (await client.send(Flatten())).ok
        await screen.close()


async def test_who_asks_nothing_gives_his_place_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "IDLE_AFTER_S", 0.3)
    engine = PretendEngine()
    async with serving(path, engine) as server, attached(path) as first, crowd(path, 30, HELLO):
        await until(lambda: server.screens == seats.MOST_SCREENS)
        with pytest.raises(NotServed):
            await EngineClient(path, "too early").connect()
        engine.gate.clear()
        flattening = asyncio.create_task(first.send(Flatten()))
        await until(lambda: len(engine.done) == 1)
        for _ in range(8):
            await first.pull(-1, -1)
            await clock.real_sleep(0.05)
        async with attached(path, "screen") as later:
            assert (await later.pull(-1, -1))[0] is not None
            engine.gate.set()
            assert (await flattening).ok
        assert len(engine.done) == 1


async def test_a_screen_that_lost_its_idle_place_still_gets_its_command_done_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "IDLE_AFTER_S", 0.0)
    engine = PretendEngine()
    async with serving(path, engine), attached(path, "screen") as client, crowd(path, 64, HELLO) as streams:
        assert isinstance(await reply(streams[-1][0]), protocol.Welcome)
        assert (await client.send(Flatten())).ok
    assert len(engine.done) == 1


async def test_an_author_is_64_printable_characters(path: Path) -> None:
    engine = PretendEngine()
    names = ("\x1b]0;pwned\x07\x1b[31mEVIL\n00:00:00 INFO forged \u202e", "x" * 1000, "\x00\r")
    async with serving(path, engine):
        for name in names:
            async with attached(path, name) as client:
                assert (await client.send(Pause())).ok
    assert [author for author, _, _ in engine.done] == [
        "]0;pwned[31mEVIL 00:00:00 INFO forged", "x" * 64, "unknown",
    ]  # fmt: skip


ENGINE = """
import asyncio, sys
from pathlib import Path
from loguru import logger
from kraken_tui.store.logs import silence, start_logs
from tests.control.engine import PretendEngine

def unwell(loop, number):
    loop.default_exception_handler({"message": f"unwell {number} " + "y" * 200})

async def run(root):
    start_logs(root / "logs", "INFO", lambda text: text, to_stderr=True)
    loop, server = asyncio.get_running_loop(), PretendEngine().server(root / "run" / "engine.sock")
    await server.start()
    for number in range(1000):
        logger.info("{} " + "x" * 200, number)
        loop.call_soon(unwell, loop, number)
    print("up", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.close()
    silence()

asyncio.run(run(Path(sys.argv[1])))
"""


async def test_an_unread_stderr_and_bad_frames_do_not_stop_the_engine(tmp_path: Path, path: Path) -> None:
    unread, stderr = os.pipe()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ENGINE, str(tmp_path),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
    )  # fmt: skip
    os.close(stderr)
    try:
        assert process.stdin is not None and process.stdout is not None
        assert await process.stdout.readline() == b"up\n"
        bad = framed(NOT_UTF8), framed(UNREADABLE["nested"])
        async with crowd(path, 3, bad[0]), crowd(path, 3, bad[1]), attached(path, "cli flatten") as client:
            assert (await asyncio.wait_for(client.send(Flatten()), 10)).ok
        process.stdin.close()
        async with asyncio.timeout(10):
            assert await process.wait() == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        os.close(unread)
    log = (tmp_path / "logs" / "kraken-tui.log").read_text()
    assert "asyncio: unwell 999 y" in log and "999 xxx" in log
