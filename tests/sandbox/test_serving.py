"""What clients and the system do to a port that is served."""

import asyncio
import json
import signal
import socket
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from loguru import logger

from kraken_tui.sandbox.internal_errors import tell
from kraken_tui.sandbox.rest import responses
from kraken_tui.sandbox.serving import Listener, brief_about_sockets
from tests.sandbox.programs import SandboxProcess, sandbox_process
from tests.sandbox.rest_stand import Stand, exchanged, served
from tests.sandbox.ws_stand import until

ASKED = b"GET /0/public/Time HTTP/1.1\r\nHost: x\r\n\r\n"


async def _failing(request: web.BaseRequest) -> web.StreamResponse:
    raise ZeroDivisionError("0penSesame")


@pytest.mark.parametrize(
    ("sent", "status", "error"),
    [
        (b"GET / HTTP/9.x\r\nHost: a\r\n\r\n", b"400", "EAPI:Bad request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400", "EAPI:Bad request"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nx: " + b"y" * 20_000 + b"\r\n\r\n", b"400", "EAPI:Bad request"),
        (ASKED, b"500", "EGeneral:Internal error"),
    ],
)
async def test_what_goes_wrong_outside_the_handler_is_answered_as_kraken_does(
    sent: bytes, status: bytes, error: str
) -> None:
    listener = Listener(_failing, "--port")
    await listener.start("127.0.0.1", 0)
    try:
        head, _, body = (await exchanged(listener.address, sent)).partition(b"\r\n\r\n")
    finally:
        await listener.close()
    assert head.split()[1] == status
    assert json.loads(body) == {"error": [error]}
    assert b"aiohttp" not in head and b"Python" not in head


def _sleeper(address: str, requests: int) -> socket.socket:
    """A client that asks and asks, and reads nothing."""
    host, port = address.split(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect((host, int(port)))
    client.setblocking(False)
    left = memoryview(ASKED * requests)
    try:
        while left:
            left = left[client.send(left) :]
    except BlockingIOError:
        pass
    return client


async def test_a_client_that_does_not_read_is_not_answered_on_and_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "READ_WITHIN_S", 0.3)
    stand, waiting = Stand(), []
    handle = stand.server.handle

    async def watched(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        waiting.append(request.transport)
        return await handle(request)

    monkeypatch.setattr(stand.server, "handle", watched)
    monkeypatch.setattr(stand.answering, "answer", lambda request: b"x" * 60_000)
    async with served(stand) as address:
        client = await asyncio.to_thread(_sleeper, address, 1000)
        try:
            await until(lambda: bool(waiting) and waiting[-1].get_write_buffer_size() > responses.MOST_UNREAD)
            most = 0

            def gone() -> bool:
                nonlocal most
                most = max(most, waiting[-1].get_write_buffer_size())
                return bool(waiting[-1].is_closing())

            await until(gone)
        finally:
            client.close()
    assert most < 2 * responses.MOST_UNREAD
    assert len(waiting) < 1000


async def test_a_client_that_reads_late_gets_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stand = Stand()
    monkeypatch.setattr(stand.answering, "answer", lambda request: b"x" * 60_000)
    async with served(stand) as address:
        host, port = address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(ASKED * 200)
        for _ in range(200):
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            assert b"200 OK" in head
            assert await asyncio.wait_for(reader.readexactly(60_000), 5) == b"x" * 60_000
        writer.close()
        await writer.wait_closed()


def test_a_fault_is_told_once_and_without_values() -> None:
    told: list[str] = []
    sink = logger.add(told.append, format="{message}\n{exception}", diagnose=True)
    try:
        for _ in range(50):
            try:
                _break("0penSesame")
            except KeyError as error:
                tell("rest:Broken", error)
    finally:
        logger.remove(sink)
    assert len(told) == 1
    assert "rest:Broken failed: KeyError at test_serving.py" in told[0]
    assert "0penSesame" not in told[0]


def _break(secret: str) -> None:
    raise KeyError(secret)


def test_a_process_out_of_file_descriptors_says_so_in_a_line_and_recovers() -> None:
    with sandbox_process() as running:
        _exhaust(running)
        where = urlsplit(running.rest)
        with socket.create_connection((where.hostname, where.port), timeout=10) as client:
            client.sendall(ASKED)
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
        running.process.send_signal(signal.SIGTERM)
        _, err = running.process.communicate(timeout=20)
    assert "socket.accept() out of system resource" in err
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 2, err


def _exhaust(running: SandboxProcess) -> None:
    """Open connections until they are not answered any more, then let them go."""
    import resource

    where, clients = urlsplit(running.rest), []
    resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE, (40, 40))
    try:
        for _ in range(80):
            client = socket.create_connection((where.hostname, where.port), timeout=0.5)
            clients.append(client)
            client.sendall(ASKED)
            try:
                client.recv(65536)
            except TimeoutError:
                return
        raise AssertionError("it never ran out")
    finally:
        for client in clients:
            client.close()


class Passing:
    """A loop that remembers what it is left to tell."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        self.told.append(context)


def test_a_port_that_was_closed_before_it_was_served_again_is_no_news() -> None:
    loop, wrong = Passing(), ValueError("Invalid file descriptor: -1")
    closed = {"exception": wrong, "handle": "<TimerHandle BaseSelectorEventLoop._start_serving(...)>"}
    brief_about_sockets(cast(asyncio.AbstractEventLoop, loop), closed)
    assert loop.told == []
    other = {"exception": wrong, "handle": "<Handle something_else()>"}
    brief_about_sockets(cast(asyncio.AbstractEventLoop, loop), other)
    assert loop.told == [other]
