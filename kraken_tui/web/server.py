"""The server of `kraken-tui serve`: aiohttp round textual-serve's terminal, for the operator's pages only."""

import asyncio
import signal
import socket as sockets
from collections.abc import Awaitable, Callable

from aiohttp import web
from msgspec import Struct

from kraken_tui.clock import wait_for_any
from kraken_tui.model.errors import UsageError
from kraken_tui.web import pages
from kraken_tui.web.doors import Doors, doors_of
from kraken_tui.web.logins import Login, Logins
from kraken_tui.web.screens import Screens, Start, Tell
from kraken_tui.web.tokens import Tokens

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FORM = "application/x-www-form-urlencoded"
LONGEST_FORM = 4096
SHUTDOWN_S = 1.0
HEADERS = {
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), clipboard-read=(), usb=(), serial=()",
    "Server": "kraken-tui",
}  # fmt: skip
OPEN_PATHS = ("/", "/enter", "/static/page.css")
"""What is answered without a login: by the page that asks for one."""
SAID = {"wrong": "That is not the code.", "": ""}
LOGIN = web.RequestKey("login", Login)


class Served(Struct, frozen=True, kw_only=True):
    """What to serve, and to whom."""

    host: str
    port: int
    """0 picks a free one."""
    proxy: str | None
    tokens: Tokens
    most: int
    """Screens at once."""
    idle_s: float
    """Without input, after which control is view again."""
    start: Start


class WebServer:
    """Answers a browser.

    Args:
        served: what, and to whom.
        port: that it listens on.
        tell: is told what happens; no secret is in it.
    """

    def __init__(self, served: Served, port: int, tell: Tell) -> None:
        self._doors: Doors = doors_of(port, served.proxy)
        self._cookie = f"kraken_tui_{port}"
        self._logins = Logins(served.tokens, served.idle_s)
        self._most = served.most
        self._tell = tell
        self._files = pages.files()
        self.screens = Screens(served.start, self._logins, served.most, tell)

    def app(self) -> web.Application:
        """The application; whatever it answers bears the headers."""
        app = web.Application(middlewares=[self._guarded()], client_max_size=LONGEST_FORM)
        app.add_routes(
            [
                web.get("/", self._index), web.get("/ws", self._socket), web.get("/static/{name}", self._file),
                web.get("/download/{key}", self._download), web.post("/enter", self._enter),
                web.post("/unlock", self._unlock), web.post("/lock", self._lock), web.post("/leave", self._leave),
            ]
        )  # fmt: skip
        app.on_response_prepare.append(self._dress)
        return app

    def _guarded(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        @web.middleware
        async def guard(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            if status := self._doors.turned_away(request.method, request.path, request.headers):
                self._tell(f"turned away ({status}): {request.method} from {request.remote}")
                return web.Response(status=status, text="Not from here.\n")
            login = self._logins.of(request.cookies.get(self._cookie, ""))
            if login is None and request.path not in OPEN_PATHS:
                return web.Response(status=401, text="Log in first.\n")
            if login is not None:
                request[LOGIN] = login
            return await handler(request)

        return guard

    async def _dress(self, request: web.Request, response: web.StreamResponse) -> None:
        host = request.headers.get("Host", "")
        response.headers.update(HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Content-Security-Policy"] = pages.policy(self._doors.origin(host.lower()))
        if self._doors.is_secure(host):
            response.headers["Strict-Transport-Security"] = "max-age=31536000"

    async def _index(self, request: web.Request) -> web.StreamResponse:
        if (token := request.query.get("token")) is not None:
            return self._let_in(request, token)
        login = request.get(LOGIN)
        if login is None:
            return _html(pages.login_page("Token, as kraken-tui serve has printed it."), 401)
        if not await self.screens.has_room():
            return _html(pages.full_page(f"{self._most} screens are open already; close one."), 503)
        origin = self._doors.origin(request.host.lower())
        said = SAID.get(request.query.get("said", ""), "")
        return _html(pages.screen_page(login.role, f"ws{origin.removeprefix('http')}/ws", said))

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        return self._let_in(request, await _field(request, "token"))

    def _let_in(self, request: web.Request, token: str) -> web.StreamResponse:
        login = self._logins.enter(token.strip())
        if login is None:
            self._tell(f"a wrong token from {request.remote}")
            return _html(pages.login_page("That is not the token."), 401)
        self._tell(f"let in from {request.remote}")
        answer = _to("/")
        answer.set_cookie(
            self._cookie, login.id, path="/", httponly=True, samesite="Strict",
            secure=self._doors.is_secure(request.host),
        )  # fmt: skip
        return answer

    async def _unlock(self, request: web.Request) -> web.StreamResponse:
        is_right = self._logins.unlock(request[LOGIN], await _field(request, "code"))
        self._tell(f"{'unlocked' if is_right else 'a wrong code'} from {request.remote}")
        return _to("/" if is_right else "/?said=wrong")

    async def _lock(self, request: web.Request) -> web.StreamResponse:
        self._logins.lock(request[LOGIN])
        return _to("/")

    async def _leave(self, request: web.Request) -> web.StreamResponse:
        self._logins.leave(request[LOGIN])
        answer = _to("/")
        answer.del_cookie(self._cookie, path="/", httponly=True, samesite="Strict")
        return answer

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        return await self.screens.serve(request, request[LOGIN])

    async def _file(self, request: web.Request) -> web.StreamResponse:
        data, kind = self._files.get(request.match_info["name"], (None, ""))
        if data is None:
            raise web.HTTPNotFound
        return web.Response(body=data, content_type=kind, headers={"Cache-Control": "private, max-age=3600"})

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """A file that a screen of the same browser hands out."""
        found = await self.screens.waiting(request[LOGIN], request.match_info["key"])
        if found is None:
            raise web.HTTPNotFound
        answer = web.StreamResponse(headers={"Content-Disposition": f'attachment; filename="{found.file_name}"'})
        answer.content_type = "application/octet-stream"
        await answer.prepare(request)
        async for chunk in self.screens.downloads.download(found.delivery_key):
            await answer.write(chunk)
        await answer.write_eof()
        return answer


async def serve(served: Served, ready: Callable[[int], None], tell: Tell) -> None:
    """Serve until a signal, then end every screen, within seconds.

    Args:
        served: what, and to whom.
        ready: is told the port, once it answers.
        tell: is told what happens.

    Raises:
        UsageError: the port is taken.
    """
    listening = _bound(served.host, served.port)
    port = listening.getsockname()[1]
    server, stopping = WebServer(served, port, tell), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, stopping.set)
    runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=SHUTDOWN_S, keepalive_timeout=30.0)
    await runner.setup()
    try:
        site = web.SockSite(runner, listening)
        await site.start()
        ready(port)
        await wait_for_any(stopping.wait())
        await site.stop()
        await server.screens.close()
    finally:
        await runner.cleanup()


def _bound(host: str, port: int) -> sockets.socket:
    family = sockets.AF_INET6 if ":" in host else sockets.AF_INET
    try:
        return sockets.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"--port {port}: can't listen on {host}: {why}; another port is right") from error


async def _field(request: web.Request, name: str) -> str:
    """Of a form as our pages send it; empty where it lacks the field.

    Raises:
        HTTPBadRequest: it is no such form, or its charset is none.
        HTTPRequestEntityTooLarge: it is longer than ours ever are.
    """
    if request.content_type != FORM:
        raise web.HTTPBadRequest
    try:
        return str((await request.post()).get(name, ""))
    except (LookupError, ValueError) as error:
        raise web.HTTPBadRequest from error


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(status=status, text=text, content_type="text/html")


def _to(place: str) -> web.Response:
    return web.Response(status=303, headers={"Location": place})
