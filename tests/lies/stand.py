"""A lying model, a whole engine, its socket, and the operator's screen on that: all real.

The engine trades the paper exchange on the demo market, or, by the LIVE path, a sandbox that is a process of its own.
"""

import asyncio
import contextlib
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from msgspec import Struct

from kraken_tui import clock
from kraken_tui.config.home import Home
from kraken_tui.control.client import EngineClient
from kraken_tui.model.command import Command, CommandResult, Confirm, Reject, Stop
from kraken_tui.model.talk import BlockKind
from kraken_tui.runtime.options import EngineOptions
from kraken_tui.runtime.run import run_engine
from kraken_tui.ui.app import CommandCenter
from kraken_tui.ui.conversation import Entry
from kraken_tui.ui.panels.blocks import BlockView
from kraken_tui.ui.panels.chat import Chat
from kraken_tui.ui.panels.chat_line import ChatInput
from kraken_tui.ui.panels.chat_log import ChatLog
from kraken_tui.ui.screens.proposal import ProposalScreen
from tests.agent.liar import Liar, Part, liar
from tests.cli.live_home import write_home
from tests.sandbox.programs import SandboxProcess, sandbox_process
from tests.ui.pilot import Screen, picture, until

QUIET = {
    "VELOCITY_THRESHOLD": 50, "DECAY_SCANS": 1000, "RATCHET_ENTRY": 500, "RATCHET_LOCK": 501,
    "ASSISTANT_USD_PER_DAY": None, "ASSISTANT_TOKENS_PER_DAY": None,
}  # fmt: skip
"""Nobody but the conversation trades, and the day's budget does not end the proof."""
KEY = "sk-loopback-0123456789abcdef"
ETH = "ETH/USD"
SIZE = (100, 40)
TALL = (100, 70)
TURN_WITHIN_S = 30.0
RECORDS = (BlockKind.RECEIPT, BlockKind.FACT, BlockKind.FOOTER)
"""What may say what was done: rendered by the app, from rows."""
FOOTER = re.compile(
    r"(?:PAPER|SANDBOX) - this turn: (\d+) orders? sent(?:, (\d+) changed or cancelled)?(.*) \| (\d+) proposals?"
)


class Shown(Struct, frozen=True, kw_only=True):
    """A turn as the terminal shows it."""

    number: int
    """Of the conversation."""
    blocks: tuple[tuple[str, str], ...]
    """Kind, and text as painted, of each block."""
    screen: str
    """All that the terminal shows but for what was asked."""
    sent: int
    """Orders that the journal has more of since the turn began."""
    changed: int
    """Amendments and cancellations, likewise."""

    def of(self, *kinds: str) -> str:
        """What stands in blocks of these kinds."""
        return "\n".join(text for kind, text in self.blocks if kind in kinds)

    @property
    def kinds(self) -> list[str]:
        """Kinds of its blocks, in their order."""
        return [kind for kind, _ in self.blocks]


class Stand:
    """The operator before his screen.

    Args:
        home: of the engine, in its mode and world.
        server: the model.
        app: the screen.
        pilot: his hands.
    """

    def __init__(self, home: Home, server: Liar, app: CommandCenter, pilot: Screen, client: EngineClient) -> None:
        self.root, self.server, self.app, self.pilot, self.client = home.root, server, app, pilot, client
        self.home = home

    async def turn(self, said: str, *answers: Sequence[Part]) -> Shown:
        """Say something, which the model answers like this, and look when the turn has ended."""
        await self.settled()
        number, before = self.last_turn, self.orders()
        await self.say(said, *answers)
        await self.ended(number + 1)
        return self.look(number + 1, before)

    async def say(self, said: str, *answers: Sequence[Part]) -> None:
        """Say something; the model answers each request that follows with the next of these."""
        self.server.requests.clear()
        self.server.script = [*answers] or self.server.script
        line = self.app.query_one(ChatInput)
        line.focus()
        line.value = said
        await self.pilot.press("enter")

    async def ended(self, number: int) -> None:
        """Wait until the screen shows the footer of a turn."""
        await until(self.pilot, lambda: self._is_footed(number), TURN_WITHIN_S)
        await self.pilot.pause()

    async def settled(self) -> None:
        """Wait until the screen has heard of every turn."""
        newest = max((block.turn for block in (await self.client.hear(-1, -1, -1)).blocks), default=0)
        await until(self.pilot, lambda: self.last_turn >= newest, TURN_WITHIN_S)

    def look(self, number: int, before: tuple[int, int]) -> Shown:
        """A turn as the terminal shows it now, and what the journal has more than before."""
        rows = picture(self.app)
        sent, changed = self.orders()
        log = self.app.query_one(ChatLog).region
        blocks = []
        for view in self.views(number):
            assert view.region.y >= log.y and view.region.bottom <= log.bottom, "the turn does not fit on the screen"
            painted = "\n".join(row[view.region.x : view.region.right].strip() for row in _rows(rows, view))
            blocks.append((str(view.entry.kind), painted))
        assert blocks[0][0] == BlockKind.USER, "the turn begins with what was said"
        for view in self.app.desk.query(BlockView):
            if view.entry.kind is BlockKind.USER:
                for at in range(max(log.y, view.region.y), min(log.bottom, view.region.bottom)):
                    rows[at] = ""
        return Shown(
            number=number, blocks=tuple(blocks), screen="\n".join(rows), sent=sent - before[0],
            changed=changed - before[1],
        )  # fmt: skip

    def views(self, number: int) -> list[BlockView]:
        """What the chat has mounted of a turn, from top to bottom."""
        turns = self._conversation._turns
        own = [view for view in self.app.desk.query(BlockView) if self._turn_of(view.entry, turns) == number]
        return sorted(own, key=lambda view: view.region.y)

    def prose(self, number: int) -> str:
        """What the screen has been given of the model's words in a turn, painted yet or not."""
        given = [view.entry for view in self.views(number) if view.entry.kind is BlockKind.PROSE]
        return "\n".join(line for entry in given for line in entry.lines)

    @property
    def last_turn(self) -> int:
        """Of the conversation, as far as the screen knows."""
        return max(self._conversation._turns.values(), default=0)

    @property
    def busy(self) -> bool:
        """Whether the screen knows that an answer is under way."""
        talk = self._conversation.talk
        return talk is not None and talk.busy

    def orders(self) -> tuple[int, int]:
        """Journalled orders, and journalled amendments and cancellations."""
        ((sent, changed),) = self.rows("SELECT sum(kind NOT IN ('amend', 'cancel')), count(*) FROM intents")
        return int(sent or 0), int(changed) - int(sent or 0)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the order journal."""
        with closing(sqlite3.connect(self.home.journal)) as journal:
            return list(journal.execute(sql))

    async def send(self, command: Command) -> CommandResult:
        """Over the socket, as the operator; again where the demo market has just lost its prices."""
        for _ in range(500):
            result = await self.client.send(command)
            if not any("no sound price" in line or "the feed is" in line for line in result.lines):
                return result
            await asyncio.sleep(0.02)
        raise AssertionError("never a price")

    async def reject_all(self) -> None:
        """Drop what waits."""
        for id in waiting(self.footer()):
            await self.client.send(Reject(id))

    async def confirm(self, id: str) -> CommandResult:
        """Confirm over the socket."""
        return await self.send(Confirm(id))

    async def press_confirm(self) -> None:
        """Leave the line, point at the only card that waits, and say yes to what is asked."""
        await self.pilot.press("escape", "y")
        await until(self.pilot, lambda: isinstance(self.app.screen, ProposalScreen))
        await self.pilot.press("y")
        await until(self.pilot, lambda: self.app.desk.is_current)

    async def until_expired(self, id: str) -> None:
        """Wait until the engine says that a proposal has expired."""
        await until(self.pilot, lambda: any("EXPIRED" in row or f"{id} by Zyn expired" in row
                                            for row in picture(self.app)), TURN_WITHIN_S)  # fmt: skip

    def footer(self) -> str:
        """The newest footer."""
        entries = [entry for turn in self._conversation.turns() for entry in turn if entry.kind is BlockKind.FOOTER]
        return entries[-1].lines[0] if entries else ""

    @property
    def _conversation(self) -> Any:
        return self.app.desk.query_one(Chat)._conversation

    def _is_footed(self, number: int) -> bool:
        views = self.views(number)
        return bool(views) and views[-1].entry.kind is BlockKind.FOOTER and views[-1].region.height > 0

    @staticmethod
    def _turn_of(entry: Entry, turns: dict[int, int]) -> int:
        return turns.get(int(entry.key[1:]), 0) if entry.key.startswith("b") else 0


def waiting(footer: str) -> list[str]:
    """Ids that a footer names."""
    return re.findall(r"P-\d+", footer)


def _rows(rows: list[str], view: BlockView) -> list[str]:
    return rows[view.region.y : view.region.bottom]


@asynccontextmanager
async def stand(
    root: Path,
    *,
    wire: str = "chat",
    mode: str = "paper",
    url: str = "",
    speed: float = 1.0,
    size: tuple[int, int] = SIZE,
    **settings: object,
) -> AsyncIterator[Stand]:
    """All of it, running.

    Args:
        root: the home.
        wire: chat or responses.
        mode: paper, or sandbox, which is the LIVE path.
        url: of the model, where that is not the liar.
        speed: engine seconds in a second, on paper.
        size: of the terminal.
        settings: of the home.
    """
    async with liar([[]], {"gpt-4o": None}) as server, _exchange(mode) as sandbox:
        written = QUIET | {"ASSISTANT_BASE_URL": url or server.url, "ASSISTANT_WIRE": wire} | settings
        if sandbox is None:
            _write(root, written)
            home = Home(root).in_world("demo")
            given = EngineOptions(home=root, market="demo", speed=speed, seed=11, foreground=False)
        else:
            write_home(root, sandbox, "full", **written)
            home = Home(root, mode)
            given = EngineOptions(home=root, market="kraken", foreground=False, live=True, word="full")
        run = asyncio.ensure_future(run_engine(given, {"OPENAI_API_KEY": KEY}))
        client = EngineClient(home.socket, "screen")
        try:
            await _scanning(client, run)
            link = EngineClient(home.socket, "screen")
            app = CommandCenter(link, ui_state=root / "ui-state.json", crash_log=root / "crash.log")
            async with app.run_test(size=size, notifications=True) as pilot:
                await until(pilot, lambda: app.desk.query(Chat) and app.desk.query_one(Chat)._conversation.talk)
                await pilot.press("3", "z")
                yield Stand(home, server, app, pilot, client)
        finally:
            if not run.done():
                with contextlib.suppress(ConnectionError):
                    await client.send(Stop())
            await client.close()
            await asyncio.wait_for(run, 30)


@asynccontextmanager
async def _exchange(mode: str) -> AsyncIterator[SandboxProcess | None]:
    """The sandbox, where the mode is its own; on paper the engine needs none."""
    with sandbox_process() if mode == "sandbox" else contextlib.nullcontext() as process:
        yield process


def _write(root: Path, settings: dict[str, object]) -> None:
    root.mkdir(parents=True, exist_ok=True)
    (root / "config.json").write_text(json.dumps(settings))


async def _scanning(client: EngineClient, run: "asyncio.Future[Any]") -> None:
    began = clock.stopwatch_ns()
    while clock.stopwatch_ns() - began < 120 * clock.SECOND:
        if run.done():
            run.result()
        with contextlib.suppress(ConnectionError):
            await client.connect()
            snapshot, _, _ = await client.pull(-1, -1)
            if snapshot is not None and snapshot.scan:
                return
        await asyncio.sleep(0.01)
    raise AssertionError("no engine that scans")
