"""Kraken's closed candles: when a span was told whole, and how long to wait for that."""

from collections.abc import Callable, Sequence

from loguru import logger

from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.channels import CANDLES
from kraken_tui.exchange.manners import Link, Manners
from kraken_tui.exchange.streams import PublicStream
from kraken_tui.market.candle_keeper import CandleKeeper
from kraken_tui.market.candles import GRACE_NS, SPAN_NS, Boundaries, Closing

PATIENCE_NS = 10 * SECOND
"""A span is told so late at most where the line is down at its end: a new one may still tell of it."""


class KrakenClosings:
    """The socket of candles, and what it told by the end of each span.

    Args:
        url: such as `wss://ws.kraken.com/v2`.
        symbols: of the tickers.
        clock: the engine's.
        chance: of the socket's waits.
        manners: of the socket.
    """

    def __init__(
        self, url: str, symbols: Sequence[str], clock: Clock, chance: Callable[[], float], manners: Manners
    ) -> None:
        self._boundaries = Boundaries(clock.now_ns())
        self._keeper = CandleKeeper(symbols, self._boundaries.next_ns)
        self.stream = PublicStream(url, symbols, CANDLES, self._keeper.take, clock, chance, manners, self._keeper.miss)
        self._late = 0

    def closing(self, now_ns: int) -> Closing | None:
        """The next span that is closed by now.

        Something must have been heard past its end and the grace: whatever was traded in it came before that on the
        same line. Without it, and after some patience, nothing of the span is known.
        """
        open_ns = self._boundaries.due(now_ns)
        if open_ns is None:
            return None
        told_ns = open_ns + SPAN_NS + GRACE_NS
        in_time = self.stream.link is Link.UP and self.stream.heard_ns >= told_ns
        if not (in_time and not self.stream.is_settling) and now_ns < told_ns + PATIENCE_NS:
            return None
        self._boundaries.done()
        self._note_late()
        closing = self._keeper.close(open_ns, in_time=in_time)
        if not closing.known.all():
            logger.info("{} of {} candles were not told whole", (~closing.known).sum(), len(closing.known))
        return closing

    def _note_late(self) -> None:
        late, self._late = self._keeper.late - self._late, self._keeper.late
        if late:
            logger.warning("{} candles changed after they were closed: does this computer's clock go ahead?", late)
