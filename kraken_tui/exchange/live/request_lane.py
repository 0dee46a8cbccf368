"""One private request at a time: one nonce sequence, and whatever protects goes first."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from itertools import count
from typing import TypeVar

from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.live.budgets import CALL, Budgets
from kraken_tui.exchange.port import Lane

T = TypeVar("T")

PATIENCE_S = {Lane.PROTECT: 10.0, Lane.CANCEL: 10.0, Lane.ENTER: 10.0, Lane.POLL: 4.0}
"""How long a request may take."""
GRACE_S = 0.5
"""How long a poll that is on its way may hold up what came after it and matters more."""


class RequestLane:
    """Lets requests through one by one, ordered by `Lane`, then by arrival.

    A poll starts only when nothing else waits and the REST counter allows it, and is cut off soon after something else
    comes; polls that cost more than a call queue for the counter. A request that is cut off or takes too long ends
    with `TimeoutError`.

    Args:
        clock: tells when the REST counter has fallen.
        budgets: the counters; polls are charged here.
    """

    def __init__(self, clock: Clock, budgets: Budgets) -> None:
        self._clock = clock
        self._budgets = budgets
        self._arrivals = count()
        self._waiting: list[tuple[Lane, int, asyncio.Future[None]]] = []
        self._running: Lane | None = None
        self._limit: asyncio.Timeout | None = None
        self._costly = asyncio.Lock()
        """Held by the first of the polls that cost more than a call: it is fair."""

    async def run(self, lane: Lane, send: Callable[[], Awaitable[T]], cost: float = 0.0) -> T:
        """Call `send` when its turn comes.

        Args:
            lane: how much it matters.
            send: sends one request and waits for its answer.
            cost: what it adds to the REST counter.

        Raises:
            TimeoutError: `send` took too long; it was cancelled.
        """
        # Without a queue of their own those that find the counter a little lower would go first, for ever.
        async with self._costly if cost > CALL else nullcontext():
            await self._affordable_turn(lane, cost)
        try:
            async with asyncio.timeout(PATIENCE_S[lane]) as limit:
                self._limit = limit
                if self._urgent_waits():
                    self._hurry()
                return await send()
        finally:
            self._limit = None
            # the exchange counted it earlier than now, so that our counter is never the lower one
            self._budgets.charge_rest(cost, self._clock.now_ns())
            self._pass_on()

    async def _affordable_turn(self, lane: Lane, cost: float) -> None:
        """Wait for the turn, and for the REST counter without holding the turn meanwhile."""
        while True:
            await self._turn(lane)
            wait_s = self._budgets.rest_wait_s(cost, self._clock.now_ns()) if cost else 0.0
            if not wait_s:
                return
            self._pass_on()
            await self._clock.sleep(wait_s + 1 / SECOND)

    async def _turn(self, lane: Lane) -> None:
        if self._running is None:
            self._running = lane
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (lane, next(self._arrivals), turn))
        self._hurry()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # the turn had come already
                self._pass_on()
            raise

    def _urgent_waits(self) -> bool:
        return any(lane < Lane.POLL and not turn.done() for lane, _, turn in self._waiting)

    def _hurry(self) -> None:
        """Give a running poll no more than its grace where something more urgent waits."""
        if self._running is not Lane.POLL or self._limit is None or not self._urgent_waits():
            return
        until, ends = asyncio.get_running_loop().time() + GRACE_S, self._limit.when()
        if ends is not None and until < ends:
            self._limit.reschedule(until)

    def _pass_on(self) -> None:
        self._running = None
        while self._waiting:
            lane, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self._running = lane
                turn.set_result(None)
                return
