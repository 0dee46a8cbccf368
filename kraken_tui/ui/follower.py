"""Follows the engine: connects, pulls four times a second, and goes on trying when it is lost."""

from collections import deque
from collections.abc import Callable

import msgspec
from textual.message import Message

from kraken_tui import clock
from kraken_tui.control.client import EngineGone, NotServed
from kraken_tui.model.snapshot import Event, Roster, Snapshot
from kraken_tui.model.talk import Block, Talk
from kraken_tui.ui.columns import Columns
from kraken_tui.ui.link import LINK_ERRORS, SILENT_AFTER_S, Link
from kraken_tui.ui.view import LinkState, View

PULL_EVERY_S = 0.25
PULL_BUSY_S = 0.1
"""While the assistant answers: a word should not wait."""

RETRY_AFTER_S = 0.5

STOPPED_BY, STOPPED_AFTER = "engine stopped by ", "stopped after "
"""How the engine's events begin that tell of a stop by command, and of an end in order."""


class Fresh(Message):
    """There is something new to look at; the newest replaces what still waits in the queue."""

    def can_replace(self, message: Message) -> bool:
        """A newer picture makes an older one pointless."""
        return isinstance(message, Fresh)


class Happened(Message):
    """Events since the last ones. `past` is true for those that were there before this screen."""

    def __init__(self, events: tuple[Event, ...], *, past: bool, lost: bool) -> None:
        super().__init__()
        self.events = events
        self.past = past
        self.lost = lost


class Talked(Message):
    """Something of the conversation changed.

    Attributes:
        begun: those of `blocks` that this screen had not seen; none of what was said before it.
        past: whether this is what was said before this screen.
        anew: another engine speaks: what was shown of the one before is no longer of this conversation.
    """

    def __init__(self, talk: Talk | None, blocks: tuple[Block, ...], *, past: bool = False, anew: bool = False) -> None:
        super().__init__()
        self.talk = talk
        self.blocks = blocks
        self.begun: tuple[Block, ...] = ()
        self.past = past
        self.anew = anew


class Follower:
    """One engine as this screen knows it.

    Args:
        link: where it answers.
        tell: is given `Fresh`, `Happened` and `Talked`.
        reading: a monotonic clock in nanoseconds; measures silence.
    """

    def __init__(self, link: Link, tell: Callable[[Message], object], reading: Callable[[], int]) -> None:
        self._link = link
        self._tell = tell
        self._reading = reading
        self._view = View(role=link.role)
        self._events_seen = self._talk_seen = self._begun = -1
        self._busy = False
        self._engine: tuple[str, int] | None = None
        self._answered_ns = self._pictured_ns = reading()
        self._pace: deque[tuple[int, int]] = deque(maxlen=40)

    async def follow(self) -> None:
        """Run until cancelled."""
        while True:
            try:
                await self._attach()
                await self._pull_on()
            except EngineGone as error:
                self._change(link=LinkState.GONE, why=str(error))
            except LINK_ERRORS as error:
                why = str(error) or type(error).__name__
                self._change(link=LinkState.DOWN, why=why)
            await clock.real_sleep(RETRY_AFTER_S)

    async def _pull_on(self) -> None:
        """Until the engine asks to be greeted anew, as one does whose market has opened since."""
        try:
            while True:
                await self._pull()
                await clock.real_sleep(PULL_BUSY_S if self._busy else PULL_EVERY_S)
        except NotServed:
            return

    def view(self) -> View:
        """The picture now, with its ages. A silent engine counts as lost."""
        now = self._reading()
        silence = (now - self._answered_ns) / clock.SECOND
        link, why = self._view.link, self._view.why
        if link is LinkState.UP and silence > SILENT_AFTER_S:
            link, why = LinkState.DOWN, "the engine does not answer"
        picture = (now - self._pictured_ns) / clock.SECOND
        return msgspec.structs.replace(
            self._view, link=link, why=why, silence_s=silence, picture_s=picture, speed=self._speed()
        )

    async def _attach(self) -> None:
        roster = await self._link.connect()
        engine = (roster.home, roster.pid)
        if engine != self._engine:
            if self._engine is not None:
                self._tell(Talked(None, (), anew=True))
            self._engine, self._busy = engine, False
            self._events_seen = self._talk_seen = self._begun = -1
        self._pace.clear()
        self._answered_ns = self._pictured_ns = self._reading()
        self._change(roster=roster, snapshot=None, columns=None, link=LinkState.UP, why="", ended="")

    async def _pull(self) -> None:
        view = self._view
        seen = view.snapshot.seq if view.snapshot else -1
        heard = await self._link.hear(seen, self._events_seen, self._talk_seen)
        self._answered_ns = self._reading()
        if heard.snapshot is not None:
            self._take(heard.snapshot)
        if heard.talk is not None or heard.blocks:
            self._listen(heard.talk, heard.blocks)
        events, lost = heard.events, heard.events_lost
        if events or lost:
            past = self._events_seen < 0
            if (ended := ending(events, self._view.ended)) != self._view.ended:
                self._change(ended=ended)
            self._events_seen = max((event.seq for event in events), default=self._events_seen)
            self._tell(Happened(events, past=past, lost=lost))

    def _listen(self, talk: Talk | None, blocks: tuple[Block, ...]) -> None:
        news = Talked(talk, blocks, past=self._talk_seen < 0)
        if not news.past:
            news.begun = tuple(block for block in blocks if block.id > self._begun)
        self._begun = max(self._begun, *(block.id for block in blocks), -1)
        self._talk_seen = max(self._talk_seen, talk.seq if talk else -1, *(block.seq for block in blocks))
        self._busy = talk.busy if talk else self._busy
        self._tell(news)

    def _take(self, snapshot: Snapshot) -> None:
        roster = self._view.roster
        assert roster is not None, "attached before it pulls"
        self._pictured_ns = self._answered_ns
        self._pace.append((self._answered_ns, snapshot.time_ns))
        self._change(snapshot=snapshot, columns=Columns(roster, snapshot))

    def _speed(self) -> float:
        if len(self._pace) < 4:
            return 1.0
        (began, engine_began), (ended, engine_ended) = self._pace[0], self._pace[-1]
        return (engine_ended - engine_began) / max(1, ended - began)

    def _change(self, **changes: Roster | Snapshot | Columns | LinkState | str | None) -> None:
        self._view = msgspec.structs.replace(self._view, **changes)
        self._tell(Fresh())


def ending(events: tuple[Event, ...], known: str = "") -> str:
    """What `events` say of the engine's end, after what was `known` of it: `stopped by cli stop, after 312 scans`."""
    for event in events:
        if event.kind == "command" and event.text.startswith(STOPPED_BY):
            known = event.text.removeprefix("engine ")
        elif event.kind == "engine" and event.text.startswith(STOPPED_AFTER):
            scans = event.text.removeprefix("stopped ")
            known = f"{known}, {scans}" if known else f"stopped in order {scans}"
    return known
