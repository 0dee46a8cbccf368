"""Real sockets: what a screen asks and gets, and what the engine puts up with."""

import asyncio
import os
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kraken_tui import clock
from kraken_tui.control import protocol
from kraken_tui.control.client import EngineClient, NotServed
from kraken_tui.control.folder import bind_socket
from kraken_tui.control.frames import framed
from kraken_tui.model.command import Flatten, Pause, Say
from kraken_tui.model.errors import HomeLocked, KrakenTuiError, SafetyRefusal
from tests.control import samples
from tests.control.engine import PretendEngine, attached, serving


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "engine.sock"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def until(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await clock.real_sleep(0.005)


async def test_a_screen_gets_the_roster_the_snapshot_and_the_events_that_it_lacks(path: Path) -> None:
    engine = PretendEngine()
    engine.seq = 7
    engine.events.add(1, "engine", "started")
    async with serving(path, engine), attached(path) as client:
        snapshot, events, lost = await client.pull(-1, -1)
        assert snapshot == samples.snapshot(7)
        assert [event.text for event in events] == ["started"]
        assert not lost
        assert await client.pull(7, 0) == (None, (), False)
        engine.seq = 8
        for number in range(150):
            engine.events.add(2, "entry", str(number))
        snapshot, events, lost = await client.pull(7, 0)
        assert snapshot is not None and snapshot.seq == 8
        assert [event.seq for event in events] == list(range(51, 151))
        assert lost


async def test_the_folder_and_the_socket_are_for_this_user_alone_and_go_with_the_engine(path: Path) -> None:
    async with serving(path, PretendEngine()):
        assert (mode_of(path.parent), mode_of(path)) == (0o700, 0o600)
    assert not path.parent.exists()


async def test_a_folder_that_holds_something_else_too_stays(path: Path) -> None:
    async with serving(path, PretendEngine()):
        (path.parent / "notes").write_text("precious")
    assert list(path.parent.iterdir()) == [path.parent / "notes"]


async def test_1500_tickers_travel_whole(path: Path) -> None:
    async with serving(path, PretendEngine(1500)), attached(path) as client:
        snapshot, _, _ = await client.pull(-1, -1)
        assert snapshot == samples.snapshot(0, 1500)


async def test_a_command_reaches_the_engine_with_its_author_and_comes_back(path: Path) -> None:
    engine = PretendEngine()
    async with serving(path, engine), attached(path, "cli flatten") as client:
        result = await client.send(Flatten())
        assert (result.ok, result.lines) == (True, ("Flatten done",))
        assert [(author, command) for author, _, command in engine.done] == [("cli flatten", Flatten())]


async def test_a_refusal_and_a_bug_are_told_and_do_not_end_the_connection(path: Path) -> None:
    async with serving(path, PretendEngine()), attached(path) as client:
        refused, crashed = await client.send(Say("refuse")), await client.send(Say("crash"))
        assert (refused.ok, refused.lines) == (False, ("not now",))
        assert not crashed.ok and "ZeroDivisionError" in crashed.lines[0]
        assert (await client.send(Pause())).ok


async def ask(path: Path, *requests: protocol.Request) -> list[protocol.Reply]:
    reader, writer = await asyncio.open_unix_connection(path)
    replies: list[protocol.Reply] = []
    try:
        for request in (protocol.Hello(protocol.PROTOCOL_VERSION, "raw"), *requests):
            writer.write(framed(protocol.encode(request)))
            length = int.from_bytes(await reader.readexactly(4), "big")
            replies.append(protocol.decode_reply(await reader.readexactly(length)))
    finally:
        writer.transport.abort()
    return replies


async def test_the_same_key_is_done_once_while_it_runs_and_after(path: Path) -> None:
    engine = PretendEngine()
    engine.gate.clear()
    order = protocol.Order("one", Flatten())
    async with serving(path, engine):
        asking = [asyncio.create_task(ask(path, order)) for _ in range(5)]
        await until(lambda: len(engine.done) == 1)
        engine.gate.set()
        answers = [replies[1] for replies in await asyncio.gather(*asking)]
        answers.append((await ask(path, order))[1])
        assert len(engine.done) == 1
        assert all(isinstance(answer, protocol.Done) and answer.result.ok for answer in answers)
        other = (await ask(path, protocol.Order("one", Pause())))[1]
        assert isinstance(other, protocol.Done) and not other.result.ok
        assert len(engine.done) == 1


async def test_a_command_goes_on_when_its_screen_is_gone(path: Path) -> None:
    engine = PretendEngine()
    engine.gate.clear()
    async with serving(path, engine) as server:
        asking = asyncio.create_task(ask(path, protocol.Order("k", Flatten())))
        await until(lambda: len(engine.done) == 1)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        engine.gate.set()
        done = (await ask(path, protocol.Order("k", Flatten())))[1]
        assert isinstance(done, protocol.Done) and done.result.ok
        assert len(engine.done) == 1
        await until(lambda: server.screens == 0)


async def test_a_slow_pull_does_not_hold_up_a_flatten(path: Path) -> None:
    engine = PretendEngine()
    async with serving(path, engine), attached(path) as client:
        held = client._news._lock
        async with held:
            assert (await client.send(Flatten())).ok


async def test_a_screen_that_stops_reading_is_dropped_and_others_do_not_notice(path: Path) -> None:
    engine = PretendEngine(1500)
    async with serving(path, engine, write_timeout_s=0.5) as server, attached(path) as client:
        stuck = socket.socket(socket.AF_UNIX)
        stuck.connect(str(path))
        stuck.sendall(framed(protocol.encode(protocol.Hello(protocol.PROTOCOL_VERSION, "stuck"))))
        stuck.sendall(framed(protocol.encode(protocol.Pull(-1, -1))) * 20)
        await until(lambda: server.screens == 3)
        worst = 0
        while server.screens == 3:
            began = clock.stopwatch_ns()
            await client.pull(-1, -1)
            worst = max(worst, clock.stopwatch_ns() - began)
            await clock.real_sleep(0.01)
        assert worst < 0.3 * clock.SECOND
        assert (await client.send(Flatten())).ok
        stuck.close()


async def test_there_is_room_for_32_connections_and_a_33rd_is_told_so(path: Path) -> None:
    async with serving(path, PretendEngine()) as server:
        clients = [EngineClient(path, f"screen {n}") for n in range(17)]
        for client in clients[:16]:
            await client.connect()
        assert server.screens == 32
        with pytest.raises(NotServed, match="32 connections"):
            await clients[16].connect()
        await clients[0].close()
        await until(lambda: server.screens == 30)
        await clients[16].connect()
        for client in clients:
            await client.close()


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (protocol.Pull(-1, -1), "first request must be Hello"),
        (protocol.Hello(99, "future"), f"speaks version {protocol.PROTOCOL_VERSION}, the screen 99"),
    ],
)
async def test_whoever_does_not_introduce_himself_is_turned_away(
    path: Path, request_: protocol.Request, text: str
) -> None:
    async with serving(path, PretendEngine()):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(framed(protocol.encode(request_)))
        answer = protocol.decode_reply((await reader.read())[4:])
        assert isinstance(answer, protocol.Failed) and text in answer.text
        writer.transport.abort()


async def test_a_dead_engines_socket_is_replaced_and_a_living_ones_is_not(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    async with serving(path, PretendEngine()):
        with pytest.raises(HomeLocked, match="another engine answers"):
            await PretendEngine().server(path).start()
        async with attached(path) as client:
            assert (await client.send(Pause())).ok


def refusal(path: Path, error: type[KrakenTuiError] = SafetyRefusal) -> str:
    with pytest.raises(error) as raised:
        asyncio.run(PretendEngine().server(path).start())
    return str(raised.value)


def test_a_folder_that_others_can_reach_is_refused(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o755)
    assert "chmod 700" in refusal(path)
    path.parent.chmod(0o700)
    (tmp_path / "link").symlink_to(path.parent)
    assert "symlink" in refusal(tmp_path / "link" / "engine.sock")
    tmp_path.chmod(0o777)
    assert "open to other users" in refusal(tmp_path / "new" / "engine.sock")


def test_a_file_in_the_sockets_place_is_refused_and_kept(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_text("precious")
    assert "no socket" in refusal(path)
    assert path.read_text() == "precious"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_another_users_folder_is_refused(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    os.chown(path.parent, 12345, -1)
    assert "another user" in refusal(path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
async def test_another_user_at_the_socket_is_turned_away(path: Path) -> None:
    code = (
        "import os, socket, sys; os.setuid(12345); s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
        "sys.stdout.buffer.write(s.recv(4096))"
    )
    async with serving(path, PretendEngine()):
        open_the_way_to(path)
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, str(path), stdout=subprocess.PIPE)
        answer, _ = await process.communicate()
    reply = protocol.decode_reply(answer[4:])
    assert isinstance(reply, protocol.Failed) and "another user" in reply.text


def open_the_way_to(path: Path) -> None:
    path.chmod(0o666)
    for parent in path.parents:
        if parent == Path(tempfile.gettempdir()):
            return
        parent.chmod(0o711)


async def test_an_engine_that_is_gone_is_a_connection_error_and_a_new_one_is_found_again(path: Path) -> None:
    client = EngineClient(path, "screen")
    with pytest.raises(ConnectionError, match="no engine runs"):
        await client.connect()
    async with serving(path, PretendEngine()):
        await client.connect()
    with pytest.raises(ConnectionError):
        await client.pull(-1, -1)
    async with serving(path, PretendEngine()):
        assert (await client.pull(-1, -1))[0] is not None
        assert (await client.send(Pause())).ok
    await client.close()


async def test_the_answer_to_the_last_command_leaves_before_the_socket_closes(path: Path) -> None:
    engine = PretendEngine()
    engine.gate.clear()
    server = engine.server(path)
    await server.start()
    async with attached(path) as client:
        asking = asyncio.create_task(client.send(Flatten()))
        await until(lambda: len(engine.done) == 1)
        closing = asyncio.create_task(server.close(grace_s=5.0))
        engine.gate.set()
        assert (await asking).ok
        await closing


async def test_a_screen_with_an_old_roster_is_told_to_connect_again_and_its_commands_go_through(path: Path) -> None:
    engine = PretendEngine()
    async with serving(path, engine), attached(path) as client:
        engine.market = "kraken"
        assert (await client.send(Flatten())).ok
        with pytest.raises(NotServed, match="connect again"):
            await client.pull(-1, -1)
        assert (await client.connect()).market == "kraken"
        assert (await client.pull(-1, -1))[0] is not None


async def test_the_engine_hangs_up_on_idle_and_stuck_screens_without_complaint(path: Path) -> None:
    complaints: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    engine = PretendEngine(1500)
    server = engine.server(path)
    await server.start()
    async with attached(path) as client:
        await client.pull(-1, -1)
        stuck = socket.socket(socket.AF_UNIX)
        stuck.connect(str(path))
        stuck.sendall(framed(protocol.encode(protocol.Hello(protocol.PROTOCOL_VERSION, "stuck"))))
        stuck.sendall(framed(protocol.encode(protocol.Pull(-1, -1))) * 20)
        await until(lambda: server.screens == 3)
        await server.close(grace_s=0.2)
        stuck.close()
    assert server.screens == 0
    assert complaints == []


async def test_an_interrupted_pull_never_gives_its_answer_to_the_next(path: Path) -> None:
    engine = PretendEngine(1500)
    async with serving(path, engine), attached(path) as client:
        for turn in range(20):
            engine.seq = turn
            pulling = asyncio.create_task(client.pull(-1, -1))
            for _ in range(turn % 5):
                await asyncio.sleep(0)
            pulling.cancel()
            await asyncio.gather(pulling, return_exceptions=True)
            engine.seq = 100 + turn
            snapshot, _, _ = await client.pull(-1, -1)
            assert snapshot is not None and snapshot.seq == 100 + turn


async def test_an_engine_that_accepts_and_says_nothing_times_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kraken_tui.control.client.WELCOME_WITHIN_S", 0.2)
    path.parent.mkdir(mode=0o700)
    with bind_socket(path), pytest.raises(ConnectionError, match="does not answer"):
        await EngineClient(path, "screen").connect()


def test_the_client_is_light() -> None:
    code = (
        "import sys, kraken_tui.control.client;"
        "print(sorted({'numpy', 'pydantic', 'numba', 'ccxt', 'loguru', 'textual'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
