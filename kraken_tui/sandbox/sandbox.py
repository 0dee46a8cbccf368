"""The sandbox: an exchange, and the ports on which it is served."""

import asyncio
import contextlib
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from loguru import logger

from kraken_tui.model.market import FeedState
from kraken_tui.sandbox.access.keys import KeyRing
from kraken_tui.sandbox.building import Exchange, build, check
from kraken_tui.sandbox.control.control import Control
from kraken_tui.sandbox.control.server import ControlServer
from kraken_tui.sandbox.greeting import ready
from kraken_tui.sandbox.keeping.state_file import StateFile
from kraken_tui.sandbox.market.pump import Pump
from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.rest.server import RestServer
from kraken_tui.sandbox.serving import Handler, Listener
from kraken_tui.sandbox.summary import summarise
from kraken_tui.sandbox.ws.account.private import PRIVATE_CHANNELS
from kraken_tui.sandbox.ws.orders.methods import METHODS
from kraken_tui.sandbox.ws.server import WsServer

KRAKEN_INTERVAL_S = 0.25
"""How often the real market is looked at; generated ones move once a second."""


class Sandbox:
    """A Kraken-compatible exchange on loopback: `async with Sandbox(Options(port=0)) as sandbox`.

    Args:
        options: what it is like.

    Raises:
        UsageError: on entering: an option, or a file that it names, is wrong, or a port is taken.
        SafetyRefusal: on entering: the state file is damaged.
        HomeLocked: on entering: another sandbox has the state file open.
        ExchangeUnreachable: on entering: with the real market, Kraken does not answer.
        NotKept: on entering or leaving: the state file can't be written; all else is closed.
    """

    parts: Parts
    control: Control
    """Steers it; the same over HTTP is `SandboxControl(sandbox.control_url)`."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self._held = contextlib.AsyncExitStack()
        self._pumping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        check(self.options)
        async with self._held as held:
            store = None
            if self.options.state_file is not None:
                store = StateFile(self.options.state_file)
                held.callback(store.close)
            exchange = await build(self.options, store)
            held.push_async_callback(exchange.feed.close)
            self.parts = exchange.parts
            if store is not None:
                exchange.parts.keys.on_use = store.use_nonce
                held.callback(lambda: store.finish(self.parts.venue.state))
            await self._serve(exchange, store, held)
            self._held = held.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._held.aclose()
        if self._pumping is not None and not self._pumping.cancelled() and kind is None:
            self._pumping.result()

    async def _serve(self, exchange: Exchange, store: StateFile | None, held: contextlib.AsyncExitStack) -> None:
        parts = exchange.parts
        rest, ws = RestServer(parts), WsServer(parts, PRIVATE_CHANNELS(parts), METHODS, idle_s=parts.policies.ws_idle)
        self.control = Control(parts, exchange.feed, exchange.clock, exchange.feed_clock, store, exchange.opening.copy)
        self.control.on_reset.append(rest.answering.lockouts.lift)
        interval_s = KRAKEN_INTERVAL_S if exchange.feed.name == "kraken" else 1.0
        pump = Pump(
            exchange.feed, parts.venue, parts.market, exchange.clock, interval_s, feed_clock=exchange.feed_clock,
            on_state=_say,
        )  # fmt: skip
        await pump.start()
        self._main = await _listening(_Doors(rest, ws).handle, "--port", self.options, held)
        held.callback(ws.close)
        self._steering = await _listening(ControlServer(self.control).handle, "--control-port", self.options, held)
        self._pumping = asyncio.create_task(pump.run(), name="market")
        held.push_async_callback(_end, self._pumping)

    @property
    def rest_url(self) -> str:
        """Clients append `/0/...`."""
        return f"http://{self._main.address}"

    @property
    def ws_url(self) -> str:
        """Of public channels, private channels and order methods."""
        return f"ws://{self._main.address}/v2"

    @property
    def control_url(self) -> str:
        """Of the control API."""
        return f"http://{self._steering.address}"

    @property
    def keys(self) -> KeyRing:
        """The key pairs that it knows."""
        return self.parts.keys

    def ready(self) -> dict[str, Any]:
        """Addresses and key pairs, as `--json` prints them."""
        return ready(self.rest_url, self.ws_url, self.control_url, self.keys)

    def summary(self) -> dict[str, Any]:
        """What it was asked and what became of it."""
        return summarise(self.parts.statistics, self.parts.venue)

    async def failure(self) -> None:
        """Wait until the market can't go on, which is raised then; without trouble for ever."""
        if self._pumping is not None:
            await asyncio.shield(self._pumping)


class _Doors:
    """Which server answers what: paths under `/0/` are REST, those with `v2` in them WebSocket."""

    def __init__(self, rest: RestServer, ws: WsServer) -> None:
        self._rest = rest
        self._ws = ws

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith("/0/"):
            return await self._rest.handle(request)
        if "v2" in request.path:
            return await self._ws.handle(request)
        return web.Response(status=404, text="REST is under /0/, WebSocket under any path with v2 in it.\n")


async def _listening(handler: Handler, option: str, options: Options, held: contextlib.AsyncExitStack) -> Listener:
    listener = Listener(handler, option)
    await listener.start(options.host, options.port if option == "--port" else options.control_port)
    held.push_async_callback(listener.close)
    return listener


def _say(state: FeedState, note: str) -> None:
    if state is FeedState.LIVE:
        logger.info("the market goes on")
    else:
        until = "any more" if state is FeedState.ENDED else "until the market goes on"
        logger.warning("{}: nothing can be traded {}", note, until)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
