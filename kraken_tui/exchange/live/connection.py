"""One connection of the private stream, from its subscriptions to its end."""

import asyncio
from collections.abc import Callable
from typing import NoReturn

from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.live.missing_fills import ReadTrades, fills_between
from kraken_tui.exchange.live.private_messages import InDoubt
from kraken_tui.exchange.live.session import Session, subscriptions
from kraken_tui.exchange.live.wire import Wire
from kraken_tui.exchange.manners import PING_EVERY_S, Manners
from kraken_tui.exchange.waits import first_of
from kraken_tui.model.errors import ExchangeUnreachable
from kraken_tui.model.trading import Fill

WITHOUT_TRADES_S = 2.0
"""How long the snapshot of trades is waited for where it did not come the last time; heartbeats show a quiet socket."""


class Connection:
    """Listens, pings, and ends with an error: that nothing is heard, that a snapshot does not come, that it is over.

    An unanswered ping alone ends nothing: pings keep the socket from being idle, heartbeats show that it lives.

    Args:
        wire: just opened.
        session: takes the frames.
        clock: stamps what is heard, and waits.
        manners: waits.
        on_synced: called once everything was told that happened before.
        tell: takes a fill that was found in the history.
        read_trades: the history; None leaves a gap as it is.
    """

    def __init__(
        self,
        wire: Wire,
        session: Session,
        clock: Clock,
        manners: Manners,
        on_synced: Callable[[], None],
        tell: Callable[[Fill], None],
        read_trades: ReadTrades | None,
    ) -> None:
        self.session = session
        self.is_synced = False
        """Whether everything was told that happened before the snapshots."""
        self.is_over = False
        """Whether what happens now is told no more; its end may take a while."""
        self.heard_ns = self._began_ns = clock.now_ns()
        self.may_lack_trades = False
        """Whether a snapshot of trades that does not come is taken for one without trades."""
        self._wire = wire
        self._clock = clock
        self._manners = manners
        self._on_synced = on_synced
        self._tell = tell
        self._read_trades = read_trades
        self._complete = asyncio.Event()

    async def run(self, token: str) -> None:
        """Subscribe and stay.

        Raises:
            ConnectionError, ExchangeUnreachable: it is over.
            InDoubt, SubscribeRefused: it is of no use any more.
        """
        for text in subscriptions(token):
            await self._wire.send(text)
        await first_of(self._listen(), self._tend(), self._synchronise())

    async def _listen(self) -> NoReturn:
        try:
            while True:
                frame = await self._wire.receive()
                self.heard_ns = self._clock.now_ns()
                self.session.take(frame)
                if self.session.is_complete:
                    self._complete.set()
        finally:
            self.is_over = True

    async def _synchronise(self) -> NoReturn:
        """Once the snapshots are there: read what they do not cover, and say that all is told. Then wait for ever."""
        await self._complete.wait()
        if self.session.gap is not None and self._read_trades is not None:
            for fill in await fills_between(self.session.gap, self._read_trades, self._clock):
                self._tell(fill)
            self.session.gap = None
        self.is_synced = True
        self._on_synced()
        while True:
            await asyncio.Event().wait()

    async def _tend(self) -> NoReturn:
        """Ping, and give up where nothing is heard or a snapshot does not come."""
        silence_ns, ping_ns = _ns(self._manners.silence), _ns(PING_EVERY_S)
        snapshot_ns, pinged_ns = self._began_ns + self._snapshot_patience_ns(), self._began_ns
        while True:
            dues = [self.heard_ns + silence_ns, pinged_ns + ping_ns]
            if not self.session.is_complete:
                dues.append(snapshot_ns)
            await self._clock.sleep_until(min(dues))
            now_ns = self._clock.now_ns()
            if now_ns >= self.heard_ns + silence_ns:
                raise ExchangeUnreachable(f"the private stream was silent for {self._manners.silence:g} s")
            if now_ns >= snapshot_ns and not self.session.is_complete:
                self._miss_snapshot(now_ns)
                snapshot_ns = self._began_ns + _ns(self._manners.acknowledge)
            if now_ns >= pinged_ns + ping_ns:
                pinged_ns = now_ns
                await self._wire.send('{"method":"ping"}')

    def _snapshot_patience_ns(self) -> int:
        seconds = self._manners.acknowledge
        return _ns(min(seconds, WITHOUT_TRADES_S) if self.may_lack_trades else seconds)

    def _miss_snapshot(self, now_ns: int) -> None:
        if self.may_lack_trades and self.session.lacks_only_trades:
            self.session.go_on_without_trades()
            self._complete.set()
        elif now_ns >= self._began_ns + _ns(self._manners.acknowledge):
            raise InDoubt(f"no snapshot within {self._manners.acknowledge:g} s")


def _ns(seconds: float) -> int:
    return int(seconds * SECOND)
