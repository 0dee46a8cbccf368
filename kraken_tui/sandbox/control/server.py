"""The control API over HTTP: JSON in, JSON out, on a port of its own, without keys."""

from typing import Any

import msgspec
from aiohttp import web
from loguru import logger

from kraken_tui.model.errors import ExchangeError, KrakenTuiError, UsageError
from kraken_tui.model.excerpt import excerpt
from kraken_tui.sandbox.control.bodies import read
from kraken_tui.sandbox.control.control import Control
from kraken_tui.sandbox.control.routes import ROUTES, Route, help_text

MOST_BYTES = 1024 * 1024
"""Of a body: aiohttp's own limit."""


class ControlServer:
    """Answers the control API.

    Args:
        control: does what is asked.
    """

    def __init__(self, control: Control) -> None:
        self._control = control
        self._routes = {(route.method, route.path): route for route in ROUTES}
        self._paths = {route.path for route in ROUTES}

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """One request. What is wrong with it is answered with 400, 403, 404, 405 or 413, a fault of ours with 500."""
        if "Origin" in request.headers:
            return _refused(403, "not from a web page: any page that the operator opens could steer the exchange")
        method, path = request.method, request.path.rstrip("/") or "/"
        if (method, path) == ("GET", "/"):
            return _json(help_text())
        route = self._routes.get((method, path))
        if route is None and path in self._paths:
            right = ", ".join(each.method for each in ROUTES if each.path == path)
            return _refused(405, f"{excerpt(method)} {path}: {right} is right")
        if route is None:
            return _refused(404, f"{excerpt(path)}: no such path; GET / lists what there is")
        try:
            data = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _refused(413, f"the body is longer than {MOST_BYTES} bytes")
        return self._do(route, data)

    def _do(self, route: Route, data: bytes) -> web.Response:
        try:
            answer = route.do(self._control, read(data, route.body))
            return _json({"ok": True} | (answer or {}))
        except UsageError as error:
            return _refused(400, str(error))
        except ExchangeError as error:
            return _refused(400, f"{error.text}: {excerpt(data.decode(errors='replace'))}")
        except KrakenTuiError as error:
            return _refused(409, str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours, such as a full disk: whoever steers is told
            why = f"{type(error).__name__}: {excerpt(str(error))}"
            logger.error("{} {} failed: {}", route.method, route.path, why)
            return _refused(500, f"a fault of the sandbox's own: {why}")


def _json(answer: dict[str, Any], status: int = 200) -> web.Response:
    body = msgspec.json.format(msgspec.json.encode(answer), indent=2) + b"\n"
    return web.Response(body=body, status=status, content_type="application/json")


def _refused(status: int, why: str) -> web.Response:
    return _json({"error": why}, status)
