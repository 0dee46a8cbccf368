"""Who waits for a resync, and which connection answers them."""

import asyncio


class Resyncs:
    """Callers who want everything told anew, by snapshots that are asked for after they called."""

    def __init__(self) -> None:
        self.wanted = asyncio.Event()
        """Somebody waits for a connection that has not subscribed yet."""
        self._asked: list[asyncio.Future[bool]] = []
        self._served: list[asyncio.Future[bool]] = []
        """Those whom the present connection's snapshots answer."""
        self._told = asyncio.Event()

    async def ask(self) -> bool:
        """Wait for the snapshots of a connection that subscribes after this call; False where there are none."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        self.wanted.set()
        try:
            return await answer
        finally:  # of one who waits no more
            for waiting in (self._asked, self._served):
                if answer in waiting:
                    waiting.remove(answer)

    def begin(self) -> None:
        """A connection subscribes now: it answers all who asked before."""
        self._served, self._asked = self._asked, []
        self.wanted.clear()
        self._told.clear()

    async def next(self) -> None:
        """Return once a further connection is wanted, and the present one has told what it was to tell."""
        await self.wanted.wait()
        await self._told.wait()

    def succeed(self) -> None:
        """The present connection's snapshots were told."""
        self._told.set()
        served, self._served = self._served, []
        _answer(served, True)

    def fail(self) -> None:
        """There are none for now, for anybody."""
        waiting, self._served, self._asked = self._served + self._asked, [], []
        self.wanted.clear()
        _answer(waiting, False)


def _answer(waiting: list[asyncio.Future[bool]], is_told: bool) -> None:
    for each in waiting:
        if not each.done():
            each.set_result(is_told)
