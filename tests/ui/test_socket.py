"""The screen on a real socket, served by the engine's own end of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from kraken_tui.control import frames, protocol
from kraken_tui.control.client import NO_TALK, EngineClient
from kraken_tui.control.server import ControlServer
from kraken_tui.model.command import Command, CommandResult, Flatten
from kraken_tui.model.page import Look
from kraken_tui.model.snapshot import Event
from kraken_tui.model.talk import BlockKind
from kraken_tui.ui.app import CommandCenter
from tests.ui.fake_engine import FakeEngine, Talking
from tests.ui.pilot import chat_text, shows, table_lines, text_of, until
from tests.ui.talks import every_kind


@asynccontextmanager
async def speaking(engine: FakeEngine, path: Path) -> AsyncIterator[EngineClient]:
    """A client of an engine's end of the socket that tells blocks: a frame for a frame."""
    tasks: set[asyncio.Task[object]] = set()
    pulls = engine.pulls

    async def answer(request: protocol.Request) -> protocol.Reply:
        if isinstance(request, protocol.Hello):
            return protocol.Welcome(protocol.PROTOCOL_VERSION, await engine.connect())
        if isinstance(request, protocol.Order):
            return protocol.Done(request.key, await engine.send(request.command))
        if isinstance(request, Look):
            return protocol.Seen(await engine.look(request))
        pulls.append(request)
        heard = await engine.hear(request.snapshot_after, request.events_after, request.talk_after)
        snapshot = msgspec.Raw(protocol.encode(heard.snapshot))
        return protocol.News(snapshot, heard.events, heard.events_lost, heard.talk, heard.blocks)

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        while (body := await frames.read_frame(reader, protocol.LONGEST_FRAME)) is not None:
            writer.write(frames.framed(protocol.encode(await answer(protocol.decode_request(body)))))
        writer.close()

    server = await asyncio.start_unix_server(serve_one, path)
    link = EngineClient(path, "screen")
    try:
        yield link
    finally:
        await link.close()
        server.close()
        await asyncio.wait(tasks, timeout=5)


async def test_blocks_come_over_a_socket_each_telling_once(tmp_path: Path) -> None:
    engine, talking = FakeEngine(), Talking()
    engine.talking = talking
    every_kind(talking)
    async with speaking(engine, tmp_path / "engine.sock") as link:
        await link.connect()
        first = await link.hear(-1, -1, -1)
        assert first.talk == talking.talk
        assert first.blocks == tuple(talking.blocks.values())
        id = talking.say(BlockKind.PROSE, "one", done=False)
        talking.say(BlockKind.PROSE, "one two", id=id)
        second = await link.hear(-1, -1, talking.seq - 2)
        assert [block.lines for block in second.blocks] == [("one two",)]
        assert (await link.hear(-1, -1, talking.seq)).talk is None
        assert (await link.pull(-1, -1))[0] is not None
        assert engine.pulls[-1].talk_after == NO_TALK, "who only looks is told nothing of the conversation"


async def test_a_screen_talks_over_a_socket(tmp_path: Path) -> None:
    engine, talking = FakeEngine(), Talking()
    engine.talking = talking
    talking.say(BlockKind.FACT, "over the socket")
    async with speaking(engine, tmp_path / "engine.sock") as link:
        app = CommandCenter(link, ui_state=tmp_path / "ui.json", crash_log=tmp_path / "crash.log")
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "FACT  over the socket" in chat_text(app))
            await pilot.press("c", *"hi", "enter")
            await until(pilot, lambda: "Zyn heard: hi" in chat_text(app))
            assert max(pull.talk_after for pull in engine.pulls) == talking.seq, "it asks for what is new only"


class Ring:
    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine

    def after(self, seq: int) -> tuple[tuple[Event, ...], bool]:
        return tuple(self._engine.events[seq + 1 :]), False


def serve(engine: FakeEngine, path: Path) -> ControlServer:
    async def execute(author: str, key: str, command: Command) -> CommandResult:
        return await engine.send(command)

    def newest() -> tuple[int, bytes]:
        engine.tick += 1
        return engine.tick, protocol.encode(engine.snapshot())

    return ControlServer(path, lambda: engine.roster, newest, Ring(engine), execute)


async def test_a_screen_shows_loses_and_finds_an_engine_and_flattens_it(tmp_path: Path) -> None:
    engine, path = FakeEngine(), tmp_path / "s" / "engine.sock"
    link = EngineClient(path, "screen")
    app = CommandCenter(link, ui_state=tmp_path / "ui.json", crash_log=tmp_path / "crash.log")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: "ENGINE GONE" in text_of(app, "#battle"))
        server = serve(engine, path)
        await server.start()
        await until(pilot, lambda: table_lines(app) == 30)
        await until(pilot, lambda: "engine started" in text_of(app, "Log"))
        await server.close()
        await until(pilot, lambda: "ENGINE GONE" in text_of(app, "#battle"))
        server = serve(engine, path)
        await server.start()
        await until(pilot, lambda: shows(app, "feed ok"))
        await pilot.press("f9", *"FLATTEN", "enter")
        await until(pilot, lambda: shows(app, "cancelled 3 orders"))
        assert engine.sent == [Flatten()]
    await server.close()
