"""Twilio's Message resource on loopback, as far as it matters here: in a thread with a loop of its own.

Written from Twilio's documentation: POST and GET of Messages.json, GET of one message, errors as
`{"code", "message", "more_info", "status"}`.
"""

import asyncio
import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate

from aiohttp import web
from msgspec import Struct, field

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "fedcba9876543210" * 2
TO, FROM = "+15005550009", "+15005550006"


class Message(Struct):
    """A message that was taken."""

    sid: str
    to: str
    sender: str
    body: str
    status: str = "queued"
    error_code: int | None = None
    date_created: str = field(default_factory=lambda: formatdate(usegmt=False, localtime=False))

    def json(self) -> dict[str, object]:
        return {
            "sid": self.sid, "account_sid": ACCOUNT, "to": self.to, "from": self.sender, "body": self.body,
            "status": self.status, "error_code": self.error_code, "error_message": None, "num_segments": "1",
            "date_created": self.date_created, "date_sent": None, "date_updated": self.date_created,
            "direction": "outbound-api", "price": None, "price_unit": "USD", "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{self.sid}.json",
        }  # fmt: skip


class Twilio:
    """What it was sent, and what it does next.

    `faults` are used up one by one: `500`, `429:SECONDS`, `400`, `hang`, `hang after taking`, `cut`,
    `cut after taking`, `nonsense`. An empty list takes everything.
    """

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.hangs = threading.Event()
        """Set while it holds a request."""
        self.token = TOKEN
        self.url = ""
        self._news = threading.Condition()
        self._end = asyncio.Event()

    @property
    def bodies(self) -> list[str]:
        return [message.body for message in self.messages]

    def wait_for(self, count: int, within_s: float = 20.0) -> list[str]:
        """The texts, once there are so many."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.messages) >= count, within_s), self.bodies
        return self.bodies

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path}")
        given = base64.b64encode(f"{ACCOUNT}:{self.token}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {given}":
            return _error(401, 20003, "Authenticate")
        if not request.path.startswith(f"/2010-04-01/Accounts/{ACCOUNT}/Messages"):
            return _error(404, 20404, "The requested resource was not found")
        if request.method == "GET":
            return self._get(request)
        fault = self.faults.pop(0) if self.faults else ""
        if "after taking" in fault or not fault:
            message = self._take(await request.post())
        match fault.partition(":")[0].split()[0:1]:
            case ["429"]:
                seconds = fault.partition(":")[2]
                return _error(429, 20429, "Too Many Requests", {"Retry-After": seconds} if seconds else {})
            case ["500"]:
                return _error(500, 20500, "Internal Server Error")
            case ["400"]:
                return _error(400, 21211, "The 'To' number is not a valid phone number.")
            case ["hang"]:
                self.hangs.set()
                await self._end.wait()
            case ["cut"]:
                assert request.transport is not None
                request.transport.abort()
            case ["nonsense"]:
                return web.Response(status=201, text="<html>", content_type="text/html")
        return web.json_response(message.json(), status=201) if not fault else web.Response(status=500)

    def _take(self, form: object) -> Message:
        assert hasattr(form, "get")
        sender = form.get("From") or form.get("MessagingServiceSid")
        message = Message(f"SM{len(self.messages):032x}", str(form.get("To")), str(sender), str(form.get("Body")))
        with self._news:
            self.messages.append(message)
            self._news.notify_all()
        return message

    def _get(self, request: web.Request) -> web.Response:
        if request.path.endswith("/Messages.json"):
            to = request.query.get("To")
            rows = [row.json() for row in reversed(self.messages) if to in (None, row.to)]
            return web.json_response({"messages": rows, "page": 0, "page_size": 50, "next_page_uri": None})
        sid = request.path.rpartition("/")[2].removesuffix(".json")
        found = [row for row in self.messages if row.sid == sid]
        return web.json_response(found[0].json()) if found else _error(404, 20404, "not found")


def _error(status: int, code: int, text: str, headers: dict[str, str] | None = None) -> web.Response:
    told = {"code": code, "message": text, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
    return web.json_response(told, status=status, headers=headers)


@contextmanager
def serving() -> Iterator[Twilio]:
    """A server that runs."""
    ready, twilio = threading.Event(), Twilio()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", twilio.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        twilio.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        ready.set()
        await ended.wait()
        twilio._end.set()
        await runner.cleanup()

    ended = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield twilio
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()


if __name__ == "__main__":
    with serving() as here:
        print(here.url, flush=True)
        try:
            seen = 0
            while True:
                with here._news:
                    here._news.wait(0.5)
                for body in here.bodies[seen:]:
                    print("SMS", body, flush=True)
                seen = len(here.messages)
        except KeyboardInterrupt:
            pass
