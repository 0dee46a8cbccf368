"""Carries out what the plan says: one loop owns the plan, each message is sent beside it."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from kraken_tui.clock import SECOND, Clock, wait_for_any
from kraken_tui.notify import plan as core
from kraken_tui.notify.channel import Answer, Channel, Later, Sent
from kraken_tui.notify.deliveries import Deliveries
from kraken_tui.notify.events import Event, notice
from kraken_tui.notify.messages import Action, Asked, Look, Note, Plan, Rules, Say, Send, Waiting

MOST_UNREAD = 200
"""Events that may lie in the inbox before the loop comes to them."""
LAST_WORDS_S = 2.0
"""How long the end of the program waits for what is being sent."""

Step = Callable[[Plan, int], tuple[Plan, list[Action]]]


class Dispatcher:
    """Takes events in at once and sends them in its own time. Made in the loop that runs it.

    Args:
        rules: the operator's choices.
        channels: by name.
        book: where each message is written down; None writes nothing.
        clock: the wall's, whatever the engine's is: it is people who are told.
        say: told what was given up.
        owner: begins the ids; no other process writes with the same.
    """

    def __init__(
        self,
        rules: Rules,
        channels: Mapping[str, Channel],
        book: Deliveries | None,
        clock: Clock,
        say: Callable[[str], None],
        *,
        owner: str = "e",
    ) -> None:
        self._rules = rules
        self._channels = channels
        self._book = book
        self._clock = clock
        self._say = say
        self._owner = owner
        self._plan = Plan()
        self._inbox: deque[Step] = deque()
        self._overflown = 0
        self._is_taken_up = False
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._doing: asyncio.Future[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def plan(self) -> Plan:
        """How things stand."""
        return self._plan

    def tell(self, event: Event) -> None:
        """Have an event told; takes microseconds, never waits, never raises. What is too much is counted."""
        if len(self._inbox) >= MOST_UNREAD:
            self._overflown += 1
            return
        told = notice(event, self._clock.now_ns())
        self._put(lambda plan, now_ns: core.offer(plan, told, now_ns, self._rules, self._owner))

    async def run(self) -> None:
        """Until cancelled."""
        await self._take_up()
        while True:
            self._news.clear()
            while self._inbox:
                await self._do(self._inbox.popleft())
            if self._overflown:
                lost, self._overflown = self._overflown, 0
                self._say(f"{lost} events came too fast to be told")
            await self._do(lambda plan, now_ns: core.due(plan, now_ns, self._rules))
            if not (self._plan.waiting or self._plan.sending or self._inbox):
                self._idle.set()
            await wait_for_any(self._news.wait(), at_most=self._until_next())

    async def idle(self, within_s: float) -> bool:
        """Wait until nothing waits and nothing is being sent; False where that takes longer."""
        self._idle.clear()
        self._news.set()
        return await wait_for_any(self._idle.wait(), at_most=within_s)

    def give_up(self, why: str) -> None:
        """Send nothing more of what waits."""
        self._put(lambda plan, now_ns: core.give_up(plan, why, now_ns))

    async def close(self) -> None:
        """Let what is being sent end, for a moment; what waits stays written down for the next start."""
        if self._doing is not None:
            await self._doing
        await self._take_up()
        while self._inbox:
            await self._do(self._inbox.popleft())
        await self._do(lambda plan, now_ns: core.due(plan, now_ns, self._rules))
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LAST_WORDS_S)
        while self._inbox:
            await self._do(self._inbox.popleft())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for channel in self._channels.values():
            await channel.close()
        if self._book is not None:
            await self._book.close()

    async def _take_up(self) -> None:
        """What was told before is not told again; what an earlier run left unsent is sent."""
        if self._book is None or self._is_taken_up:
            return
        now_ns = self._clock.now_ns()
        rows = await self._book.left(self._owner, now_ns)
        waiting = tuple(
            Waiting(
                id=row.id, place=(row.channel, row.target), kind=row.kind, text=row.text, about="", net=None,
                time_ns=row.time_ns, first_ns=now_ns, next_ns=now_ns, attempts=row.attempts,
                since_ns=row.time_ns if row.attempts else 0,
            )
            for row in rows
            if row.channel in self._channels
        )  # fmt: skip
        self._plan = Plan(keys=await self._book.keys(now_ns), waiting=waiting[-core.MOST_WAITING :])
        self._is_taken_up = True  # last, as it may be cancelled

    async def _do(self, step: Step) -> None:
        """What the plan says is carried out whole, also where whoever waits for it is cancelled."""
        self._plan, actions = step(self._plan, self._clock.now_ns())
        self._doing = asyncio.ensure_future(self._carry_out(actions))
        await asyncio.shield(self._doing)

    async def _carry_out(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Note() if self._book is not None:
                    await self._book.note(action)
                case Send(place=(name, _), letter=letter):
                    self._begin(self._send(self._channels[name], letter.id, action))
                case Look(asked=asked):
                    self._begin(self._look(asked))
                case Say(text=text):
                    self._say(text)

    def _begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, channel: Channel, id: str, action: Send) -> None:
        try:
            answer: Answer = await channel.send(action.letter)
        except Exception as error:  # noqa: BLE001 - a fault of a channel must not end the others; it is told as its answer
            answer = Later(why=f"a fault of the program: {error!r}", maybe=True)
        self._put(lambda plan, now_ns: core.answered(plan, id, answer, now_ns, self._rules))

    async def _look(self, asked: Asked) -> None:
        found: Sent | None = None
        try:
            found = await self._channels[asked.place[0]].status(asked.sid)
        finally:
            self._put(lambda plan, now_ns: core.looked(plan, asked, found, now_ns))

    def _put(self, step: Step) -> None:
        self._inbox.append(step)
        self._idle.clear()
        self._news.set()

    def _until_next(self) -> float | None:
        now_ns = self._clock.now_ns()
        at_ns = core.wakes(self._plan, now_ns, self._rules)
        return None if at_ns is None else min(max(0.0, (at_ns - now_ns) / SECOND) + 0.001, 60.0)
