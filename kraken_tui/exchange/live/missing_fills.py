"""Fills that no snapshot covers, from the trade history."""

from collections.abc import Awaitable, Callable, Sequence

from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.live.session import Gap
from kraken_tui.model.errors import ExchangeError, ExchangeUnreachable
from kraken_tui.model.trading import Fill

ReadTrades = Callable[[int], Awaitable[Sequence[Fill]]]
"""Executions since a time in nanoseconds, oldest first, from REST; may raise an ExchangeError."""

RETRY_S, LONGEST_RETRY_S = 5.0, 60.0


async def fills_between(gap: Gap, read: ReadTrades, clock: Clock) -> Sequence[Fill]:
    """The fills of a gap, both of its ends included: read again until the history holds those ends.

    REST lags behind the stream by up to a minute; an answer without the ends may lack more than them.
    """
    pause_s = RETRY_S
    ends = {gap.after.id} | ({gap.until.id} if gap.until is not None else set())
    while True:
        try:
            fills = await read(gap.after.time_ns - SECOND)
        except (ExchangeError, ExchangeUnreachable):
            fills = ()
        if ends <= {fill.id for fill in fills}:
            return fills
        await clock.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_RETRY_S)
