"""The webhook against a real server, and the bell on a real terminal."""

import os
import pty
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from kraken_tui.notify.bell import Bell
from kraken_tui.notify.channel import Answer, Later, Letter, Never, Sent
from kraken_tui.notify.webhook import Webhook

LETTER = Letter(id="e1", kind="stop", target="", text="STOP HIT \x1b[31mBTC/USD", time_ns=1_767_225_600_000_000_000)


class Hook:
    """Answers with `status`; `0` never answers."""

    def __init__(self) -> None:
        self.status, self.headers = 204, {}  # type: int, dict[str, str]
        self.got: list[tuple[str, object]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append((request.headers.get("Authorization", ""), await request.json()))
        return web.Response(status=self.status, headers=self.headers)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    here = Hook()
    app = web.Application()
    app.router.add_post("/{tail:.*}", here.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield here
    await runner.cleanup()


async def post(url: str, token: str = "") -> Answer:
    channel = Webhook(url, token, within_s=2)
    try:
        return await channel.send(LETTER)
    finally:
        await channel.close()


async def test_a_message_is_posted_as_json_with_its_token(hook: Hook) -> None:
    assert await post(hook.url, "s3cret") == Sent(status="delivered")
    told = {"id": "e1", "event": "stop", "text": LETTER.text, "time": "2026-01-01T00:00:00.000Z"}
    assert hook.got == [("Bearer s3cret", told)]


async def test_what_a_webhook_refuses(hook: Hook) -> None:
    hook.status, hook.headers = 429, {"Retry-After": "30"}
    assert await post(hook.url) == Later(why="the webhook answered HTTP 429", after_s=30)
    hook.status = 503
    assert isinstance(await post(hook.url), Later)
    hook.status = 401
    refused = await post(hook.url)
    assert isinstance(refused, Never) and refused.everything
    hook.status, hook.headers = 302, {"Location": "http://127.0.0.1:9/elsewhere"}
    assert await post(hook.url, "s3cret") == Never(why="the webhook answered HTTP 302")


async def test_a_webhook_that_is_not_there() -> None:
    answer = await post("http://127.0.0.1:9/hook")
    assert isinstance(answer, Later) and not answer.maybe


async def test_a_bell_rings_on_the_terminal_and_steers_nothing() -> None:
    master, slave = pty.openpty()
    try:
        answer = await Bell({}, Path(os.ttyname(slave))).send(LETTER)
        assert answer == Sent(status="delivered")
        assert os.read(master, 200) == b"\aSTOP HIT [31mBTC/USD\r\r\n"
    finally:
        os.close(master)
        os.close(slave)


async def test_a_bell_without_desktop_and_terminal(tmp_path: Path) -> None:
    assert isinstance(await Bell({}, tmp_path / "tty").send(LETTER), Never)


async def test_a_desktop_is_told_by_its_own_program_without_secrets(tmp_path: Path) -> None:
    program = tmp_path / "notify-send"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" "[$KRAKEN_API_KEY]" > {tmp_path}/told\n')
    program.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:/bin:/usr/bin", "DISPLAY": ":0", "KRAKEN_API_KEY": "hunter2"}
    assert await Bell(environ).send(LETTER) == Sent(status="delivered")
    assert (tmp_path / "told").read_text().splitlines()[-2:] == ["STOP HIT [31mBTC/USD", "[]"]
