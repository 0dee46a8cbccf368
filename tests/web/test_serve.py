"""Who gets in, who does not, and what a browser gets: through real processes and sockets."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from kraken_tui.model.command import Flatten, Say
from tests.web.site import SECRETS, Screen, Site, browser, engine, screen, site, unlock

Place = tuple[Path, Site]
FILES = ("textual.js", "xterm.css", "page.css", "page.js", "RobotoMono-VariableFont_wght.ttf")
FLATTEN = "\x18", "FLATTEN\r"
ASKS_ELSEWHERE = re.compile(
    rb"""(?:src|href|action|url)\s*[=:(]\s*["']?(?:https?:)?//|@import|<link[^>]+(?:https?:)?//|importScripts|sendBeacon"""
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One server for all tests that need no options of their own, and its home."""
    home = tmp_path_factory.mktemp("home")
    with site(home) as at:
        yield home, at


async def refused(session: aiohttp.ClientSession, url: str, **headers: str) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as error:
        await session.ws_connect(url, headers=headers)
    return error.value.status


async def test_without_the_token_nothing_is_served(place: Place) -> None:
    _, at = place
    async with browser(at, enters=False) as nobody:
        for path in ("/static/textual.js", "/static/nothing", "/download/x", "/nothing", "/ws"):
            async with nobody.get(at.url + path, headers={"Origin": at.url}) as answer:
                assert (answer.status, await answer.text()) == (401, "Log in first.\n"), path
        assert await refused(nobody, at.socket, Origin=at.url) == 401
        for path in ("/", "/?token=", "/?token=" + at.token[:-1], "/?token=%00\ud800", "/?token=" + at.code):
            async with nobody.get(at.url + path) as answer:
                assert (answer.status, answer.cookies) == (401, {})
                assert "textual.js" not in await answer.text()
        own = {"Origin": at.url}
        async with nobody.post(at.url + "/enter", data={"token": "guess"}, headers=own) as answer:
            assert (answer.status, answer.cookies) == (401, {})
        async with nobody.post(at.url + "/enter", data={"token": "x" * 9_000}, headers=own) as answer:
            assert answer.status == 413
        async with nobody.get(at.url, headers={"Cookie": f"kraken_tui_{at.url.rpartition(':')[2]}=guess"}) as answer:
            assert answer.status == 401
        async with nobody.post(at.url + "/enter", data={"token": at.token}, headers=own) as answer:
            assert (answer.status, "textual.js" in await answer.text()) == (200, True)
        async with nobody.post(at.url + "/leave", headers=own) as answer:
            assert (answer.status, "textual.js" in await answer.text()) == (401, False)
    assert at.children() == []


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=nonsense",
        "application/x-www-form-urlencoded; charset=idna", "text/plain", "",
    ],
)  # fmt: skip
async def test_a_form_that_none_of_our_pages_sends_is_a_bad_request(place: Place, kind: str) -> None:
    _, at = place
    headers = {"Origin": at.url, "Content-Type": kind}
    async with browser(at, enters=False) as nobody, browser(at) as viewer:
        for session, path in ((nobody, "/enter"), (viewer, "/unlock")):
            async with session.post(at.url + path, data=b"token=\xff&code=\xff", headers=headers) as answer:
                assert answer.status == 400, path
                assert answer.headers["Server"] == "kraken-tui"


async def test_the_cookie_is_strict_and_every_answer_bears_the_policy(place: Place) -> None:
    _, at = place
    async with browser(at, enters=False) as someone:
        async with someone.get(at.entrance, allow_redirects=False) as answer:
            (told,) = answer.headers.getall("Set-Cookie")
            assert at.token not in str(answer.headers)
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(told.split("; "))
        for path in ("/", "/nothing", *(f"/static/{name}" for name in FILES)):
            async with someone.get(at.url + path) as answer:
                policy = answer.headers["Content-Security-Policy"].split("; ")
                assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy)
                assert f"connect-src 'self' ws{at.url.removeprefix('http')}" in policy
                assert "http" not in " ".join(policy)
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Referrer-Policy"] == "same-origin"
                assert answer.headers["Server"] == "kraken-tui"


async def test_no_byte_that_is_served_asks_anybody_else(place: Place) -> None:
    _, at = place
    async with browser(at, enters=False) as someone:
        async with someone.get(at.url) as answer:
            pages = [await answer.read()]
        async with someone.get(at.entrance) as answer:
            pages.append(await answer.read())
        named = set(re.findall(rb'(?:src|href)="(/static/[^"]+)"', b"".join(pages)))
        assert len(named) == 5
        for page in pages:
            assert b"http" not in page
        for name in FILES:
            async with someone.get(f"{at.url}/static/{name}") as answer:
                data = await answer.read()
                assert (answer.status, ASKS_ELSEWHERE.search(data)) == (200, None), name
        for path in ("/static/", "/static", "/static/..%2f..%2fserver.py", "/static/app_index.html"):
            async with someone.get(at.url + path) as answer:
                assert answer.status == 404, path


async def test_foreign_names_and_pages_are_turned_away_though_they_know_the_cookie(place: Place) -> None:
    home, at = place
    async with engine(home) as asked:
        port = at.url.rpartition(":")[2]
        async with browser(at) as someone:
            await unlock(someone, at, at.code)
            (morsel,) = someone.cookie_jar
            cookie = f"{morsel.key}={morsel.value}"
            for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", "127.0.0.1:1", f"127.0.0.1.evil:{port}"):
                given = {"Host": host, "Cookie": cookie}
                for path in ("/", "/static/textual.js"):
                    async with someone.get(at.url + path, headers=given) as answer:
                        assert answer.status == 421, (host, path)
                assert await refused(someone, at.socket, Origin=f"http://{host}", **given) == 421
            for origin in (
                "http://evil.example",
                "null",
                f"https://127.0.0.1:{port}",
                "http://127.0.0.1:1",
                at.url + "/",
            ):
                assert await refused(someone, at.socket, Origin=origin) == 403, origin
                for path in ("/", "/static/textual.js"):
                    async with someone.get(at.url + path, headers={"Origin": origin}) as answer:
                        assert answer.status == 403, (origin, path)
                for path in ("/unlock", "/lock", "/leave", "/enter"):
                    async with someone.post(at.url + path, headers={"Origin": origin}) as answer:
                        assert answer.status == 403, (origin, path)
            assert await refused(someone, at.socket) == 403, "no page says that it asks"
            async with someone.post(at.url + "/lock") as answer:
                assert answer.status == 403
            for where in ("cross-site", "same-site"):
                given = {"Sec-Fetch-Site": where, "Sec-Fetch-Mode": "no-cors"}
                async with someone.get(at.url + "/static/textual.js", headers=given) as answer:
                    assert answer.status == 403
                async with someone.get(
                    at.url, headers={"Sec-Fetch-Site": where, "Sec-Fetch-Mode": "navigate"}
                ) as answer:
                    assert answer.status == 200, "a link from elsewhere leads here"
        assert at.children() == [], "no foreign page has started a screen"
        assert asked.done == []


async def test_a_screen_looks_until_it_is_unlocked_and_looks_again_once_it_is_locked(place: Place) -> None:
    home, at = place
    async with engine(home) as asked, browser(at) as someone:
        async with screen(someone, at) as shown:
            await shown.type(FLATTEN[0])
            await shown.shows("EMERGENCY FLATTEN")
            await shown.type(FLATTEN[1])
            await shown.shows("only looks")
            assert asked.done == []
        assert await unlock(someone, at, "ABCD-EFGH") == "/?said=wrong"
        assert await unlock(someone, at, at.code.lower().replace("-", " ")) == "/"
        async with screen(someone, at) as shown:
            await shown.type("c")
            await shown.shows(" send")
            await shown.type("hello\r")
            await shown.shows("Say done")
            await shown.type("\x1b")
            await shown.type(FLATTEN[0])
            await shown.shows("EMERGENCY FLATTEN")
            await shown.type(FLATTEN[1])
            await shown.shows("Flatten done")
            assert [(author, command) for author, _, command in asked.done] == [
                ("browser", Say("hello")), ("browser", Flatten()),
            ]  # fmt: skip
            async with someone.post(at.url + "/lock", headers={"Origin": at.url}) as answer:
                assert "looks only" in await answer.text()
            assert await shown.ended() == aiohttp.WSCloseCode.OK


async def test_an_unlocked_screen_that_is_left_alone_is_locked(tmp_path: Path) -> None:
    async with engine(tmp_path):
        with site(tmp_path, "--idle", "0.02") as at:
            async with browser(at) as someone:
                await unlock(someone, at, at.code)
                async with someone.ws_connect(at.socket, headers={"Origin": at.url}) as socket:
                    assert await Screen(socket).ended() == aiohttp.WSCloseCode.OK
                async with someone.get(at.url) as answer:
                    assert "looks only" in await answer.text()
                async with screen(someone, at) as shown:
                    await shown.type("?")
                    await shown.shows("help")


async def test_five_wrong_codes_log_out(place: Place) -> None:
    _, at = place
    async with browser(at) as someone:
        for _ in range(5):
            await unlock(someone, at, at.token)
        async with someone.get(at.url) as answer:
            assert answer.status == 401


async def test_there_are_so_many_screens_and_no_more(tmp_path: Path) -> None:
    async with engine(tmp_path):
        with site(tmp_path, "--sessions", "1") as at:
            async with browser(at) as someone, browser(at) as another:
                async with screen(someone, at) as shown:
                    assert await refused(another, at.socket, Origin=at.url) == 503
                    async with another.get(at.url) as answer:
                        assert (answer.status, "open already" in await answer.text()) == (503, True)
                    await shown.type("?")
                    await shown.shows("help")
                async with screen(another, at):
                    assert len(at.children()) == 1


async def test_no_child_has_a_secret(place: Place) -> None:
    home, at = place
    async with engine(home), browser(at) as someone, screen(someone, at):
        (child,) = at.children()
        told = f"{child.environ()} {child.cmdline()}"
    assert "PATH" in told
    for secret in (*SECRETS, *SECRETS.values(), at.token, at.code):
        assert secret not in told, secret


@pytest.mark.parametrize(
    "message",
    ["no json", "{}", "[]", "[1]", '["stdin","a","b"]', "[" * 50_000, json.dumps(["stdin", "x" * 70_000])],
    ids=["words", "object", "empty", "number", "long list", "deep", "long text"],
)
async def test_what_no_page_of_ours_sends_ends_the_socket(place: Place, message: str) -> None:
    _, at = place
    async with browser(at) as someone, someone.ws_connect(at.socket, headers={"Origin": at.url}) as socket:
        await socket.send_str(message)
        while (await socket.receive()).type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT):
            pass
        assert socket.closed
        assert socket.close_code in (1008, 1009)


async def test_sizes_and_messages_without_sense_do_nothing(place: Place) -> None:
    home, at = place
    async with engine(home), browser(at) as someone:
        huge = f"{at.url}/ws?width=99999&height=-1".replace("http", "ws", 1)
        async with someone.ws_connect(huge, headers={"Origin": at.url}, max_msg_size=0) as socket:
            for told in (
                ["resize", {"width": 10**9, "height": 10**9}], ["resize", {"width": "9", "height": None}],
                ["resize", 5], ["stdin", 5], ["stdin", None], ["blur"], ["focus"], ["nothing", {}], ["ping", "7"],
            ):  # fmt: skip
                await socket.send_json(told)
            while (message := await socket.receive()).type is aiohttp.WSMsgType.BINARY:
                pass
            assert message.json() == ["pong", "7"]


async def test_without_an_engine_the_page_says_so(place: Place) -> None:
    _, at = place
    async with browser(at) as someone, someone.ws_connect(at.socket, headers={"Origin": at.url}) as socket:
        drawn = b""
        while (message := await socket.receive()).type is aiohttp.WSMsgType.BINARY:
            drawn += message.data
    assert b"no engine runs" in drawn


async def test_a_table_is_downloaded_by_its_own_browser_once_and_written_nowhere(place: Place) -> None:
    home, at = place
    async with engine(home), browser(at) as someone, browser(at) as another, screen(someone, at) as shown:
        await shown.type("\x1bOR")
        await shown.shows("Closed trades")
        await shown.socket.send_json(["stdin", "e"])
        while (message := await shown.socket.receive()).type is not aiohttp.WSMsgType.TEXT:
            pass
        kind, key = message.json()
        assert kind == "deliver_file_start"
        async with another.get(f"{at.url}/download/{key}") as answer:
            assert answer.status == 404
        async with someone.get(f"{at.url}/download/{key}") as answer:
            assert answer.headers["Content-Disposition"] == 'attachment; filename="trades.csv"'
            assert answer.headers["Content-Type"] == "application/octet-stream"
            text = await answer.text()
        async with someone.get(f"{at.url}/download/{key}") as answer:
            assert answer.status == 404
    assert text.splitlines()[0] == "symbol,side,entry,exit,net,move,reason"
    assert len(text.splitlines()) == 6
    assert not (home / "exports").exists()
