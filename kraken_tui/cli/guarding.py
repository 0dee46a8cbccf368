"""The guard at work: looks every second, asks on the socket where the sign of life is old, tells, and restarts."""

import asyncio
import sys
from collections.abc import Mapping

from kraken_tui.cli import engine_process, hung
from kraken_tui.cli.asked import Asked
from kraken_tui.clock import SECOND, SystemClock, iso, wait_for_any
from kraken_tui.config.holders import holder
from kraken_tui.config.home import Home, Mode
from kraken_tui.config.settings import Settings
from kraken_tui.control.client import EngineClient, NotServed
from kraken_tui.model.errors import KrakenTuiError
from kraken_tui.model.plain import plain
from kraken_tui.notify.channel import Channel
from kraken_tui.notify.dispatcher import Dispatcher
from kraken_tui.notify.heartbeat import read_beat
from kraken_tui.notify.outlet import GUARD, label_of, open_dispatcher
from kraken_tui.notify.texts import text_of
from kraken_tui.notify.watching import Ask, Restart, Sight, Tell, Watch, Watching, look, restarted

EVERY_S = 1.0
ANSWER_WITHIN_S = 5.0


class Guarding:
    """Watches one home.

    Args:
        home: in its mode.
        settings: the home's.
        channels: by name; what is told goes there.
        word: confirms LIVE for an engine that is started again; empty on paper.
    """

    def __init__(self, home: Home, settings: Settings, channels: Mapping[str, Channel], word: str) -> None:
        self._home = home
        self._settings = settings
        self._channels = channels
        self._word = word
        self._clock = SystemClock()
        self._rules = Watching(silent_ns=int(settings.GUARD_SILENT * SECOND), restarts=settings.GUARD_RESTART)
        self._watch = Watch()
        self._restarting: asyncio.Task[None] | None = None

    async def run(self, stopping: asyncio.Event) -> None:
        """Until told to stop."""
        dispatcher = await open_dispatcher(
            self._home, self._settings, self._channels, market=self._market, clock=self._clock, say=say, problem=_wrong,
            owner=GUARD,
        )  # fmt: skip
        sending = asyncio.ensure_future(dispatcher.run())
        say(f"watching {self._home.root} ({self._home.mode}); telling by {', '.join(self._channels) or 'nobody'}")
        try:
            while not stopping.is_set():
                await self._look(dispatcher)
                await wait_for_any(stopping.wait(), at_most=EVERY_S)
        finally:
            await _ended(self._restarting)
            await _ended(sending)
            await dispatcher.close()
        say("the guard ends; the engine goes on by itself")

    async def _look(self, dispatcher: Dispatcher) -> None:
        before = self._watch.phase
        self._watch, actions = look(self._watch, self._sight(), self._rules)
        if actions == [Ask()]:
            answers = await self._answers()
            self._watch, actions = look(self._watch, self._sight(answers), self._rules)
        if self._watch.phase != before and self._watch.phase != "down":
            say(f"the engine is {self._watch.phase}" + (f" (pid {self._watch.pid})" if self._watch.pid > 0 else ""))
        for action in actions:
            match action:
                case Tell(event=event):
                    say(text_of(event, label_of(self._home, self._market)))
                    dispatcher.tell(event)
                case Restart(hung_pid=pid) if pid or self._restarting is None or self._restarting.done():
                    await _ended(self._restarting)  # it waits for an engine that hangs
                    self._restarting = asyncio.ensure_future(self._restart(pid))
                    self._watch = restarted(self._watch, self._clock.now_ns())

    def _sight(self, answers: bool | None = None) -> Sight:
        held = holder(self._home)
        pid = int(held) if held.isdigit() else -1 if held else 0
        beat = read_beat(self._home.heartbeat)
        return Sight(now_ns=self._clock.now_ns(), pid=pid, beat=beat, answers=answers)

    async def _answers(self) -> bool:
        client = EngineClient(self._home.socket, "guard")
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await client.connect()
        except NotServed:
            return True  # an answer all the same
        except (ConnectionError, TimeoutError):
            return False
        finally:
            await client.close()
        return True

    async def _restart(self, hung_pid: int) -> None:
        """End what hangs, and start an engine on the same market, as `kraken-tui` does: it reconciles first."""
        try:
            if hung_pid:
                await hung.end(self._home, str(hung_pid))
            beat = read_beat(self._home.heartbeat)
            market = beat.market if beat is not None else None
            roster = await engine_process.start(self._home, self._asked(market), lambda text: None, self._word)
        except (KrakenTuiError, ConnectionError, OSError) as error:
            say(f"the engine did not start: {error}")
        else:
            say(f"the engine was started (pid {roster.pid})")

    def _asked(self, market: str | None) -> Asked:
        return Asked(
            home=self._home.root, market=market, no_ui=False, as_json=False, duration=None, speed=1.0, seed=None,
            live=self._home.mode != Mode.PAPER, detached=True,
        )  # fmt: skip

    @property
    def _market(self) -> str:
        beat = read_beat(self._home.heartbeat)
        return self._settings.MARKET if beat is None else beat.market


def say(text: str) -> None:
    """A line for whoever watches the guard, or for the journal of what runs it."""
    print(plain(f"{iso(SystemClock().now_ns())} guard: {text}"), file=sys.stderr, flush=True)


def _wrong(text: str) -> None:
    if text:
        say(text)


async def _ended(task: "asyncio.Future[None] | None") -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
