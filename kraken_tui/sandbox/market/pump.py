"""Prices in: what a feed says goes to the venue and onto the tape, on the exchange's clock."""

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal

import numpy as np
from loguru import logger
from msgspec.structs import replace
from numpy.typing import NDArray

from kraken_tui.clock import MINUTE, SECOND, Clock, real_sleep
from kraken_tui.exchange.matching.messages import Elapse, MarketUpdate
from kraken_tui.market.board import QuoteBoard
from kraken_tui.market.feed import Feed, Frame
from kraken_tui.model.errors import RetryLater
from kraken_tui.model.excerpt import excerpt
from kraken_tui.model.market import FeedState, Quote
from kraken_tui.sandbox.market.market_data import MarketData
from kraken_tui.sandbox.venue import Venue

SLICE = 50
"""Pairs that are updated at a time; between two slices requests have their turn."""
PAST_MINUTES = 720
HALF = Decimal("0.5")
SLOW_HISTORY = frozenset({"kraken"})
"""Feeds that tell the past of one pair a second; for these it comes while the exchange runs."""


class FeedClock:
    """A feed's own time: it shows `starts_ns` when it is made, and goes on with the exchange's clock.

    Args:
        clock: the exchange's.
        starts_ns: what it shows now; the exchange's own time where None.
    """

    def __init__(self, clock: Clock, starts_ns: int | None = None) -> None:
        self._clock = clock
        self.ahead_ns = 0 if starts_ns is None else starts_ns - clock.now_ns()
        """How far the feed's time lies ahead of the exchange's."""

    def now_ns(self) -> int:
        """The feed's time."""
        return self._clock.now_ns() + self.ahead_ns

    async def sleep_until(self, time_ns: int) -> None:
        """Return once the feed's time is `time_ns` or later."""
        await self._clock.sleep_until(time_ns - self.ahead_ns)

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        await self._clock.sleep(seconds)


class Pump:
    """Reads a feed at an interval, and gives what changed to the venue and to the public market data.

    A pair without a price, not listed, or of a feed that is not LIVE loses its quote once, and gets it back as soon
    as there is one again. What the venue can't take now (its disk is full) is given to it again at the next read.

    Args:
        feed: opened.
        venue: gets a market update for each pair that changed, and one `Elapse` per read.
        market: gets the same quotes.
        clock: the exchange's.
        interval_s: seconds of the exchange's clock between two reads.
        feed_clock: the feed's time; where None, a recording runs from its start and any other feed is told the
            exchange's time.
        on_state: told whenever the feed's state becomes another, besides at the start, and the feed's words on it:
            while it is not LIVE nothing can be traded, and ENDED is the last.
    """

    def __init__(
        self,
        feed: Feed,
        venue: Venue,
        market: MarketData,
        clock: Clock,
        interval_s: float = 1.0,
        *,
        feed_clock: FeedClock | None = None,
        on_state: Callable[[FeedState, str], None] | None = None,
    ) -> None:
        self.state = FeedState.STARTING
        self.note = ""
        """Why the feed is not LIVE; empty otherwise."""
        self._feed = feed
        self._venue = venue
        self._market = market
        self._clock = clock
        self._interval_ns = int(interval_s * SECOND)
        self._feed_clock = feed_clock or FeedClock(clock, feed.starts_ns)
        self._on_state = on_state
        self._symbols = [instrument.symbol for instrument in feed.instruments]
        self._board = QuoteBoard(feed.instruments)
        count = len(self._symbols)
        self._changed_ns: NDArray[np.int64] = np.full(count, -1, np.int64)
        self._last: NDArray[np.int64] = np.zeros(count, np.int64)
        self._tradable: NDArray[np.bool_] = np.zeros(count, np.bool_)
        self._owed: set[int] = set()
        """Whose last change the venue did not take."""

    async def start(self) -> None:
        """The past, where the feed has it at hand, and the first prices."""
        if self._feed.name not in SLOW_HISTORY:
            await self._tell_past()
        await self.read()

    async def run(self) -> None:
        """Read on until cancelled. Where the work takes longer than the interval, reads are left out."""
        past = asyncio.create_task(self._tell_past() if self._feed.name in SLOW_HISTORY else real_sleep(0))
        past.add_done_callback(_log_failure)
        try:
            due_ns = self._clock.now_ns()
            while True:
                due_ns = max(due_ns + self._interval_ns, self._clock.now_ns())
                await self._clock.sleep_until(due_ns)
                await self.read()
        finally:
            past.cancel()

    async def _tell_past(self) -> None:
        """Bars are laid so that the feed's current minute is the exchange's current minute."""
        for index, symbol in enumerate(self._symbols):
            bars = await self._feed.past_bars(index, PAST_MINUTES)
            ahead = self._feed_clock.now_ns() // MINUTE - self._clock.now_ns() // MINUTE
            self._market.seed(symbol, [replace(bar, open_ns=bar.open_ns - ahead * MINUTE) for bar in bars])

    async def read(self) -> None:
        """Take the market as it is now."""
        frame = self._feed.read(self._feed_clock.now_ns())
        self._takes(Elapse(time_ns=self._clock.now_ns()))
        self._note_state(frame)
        changed = self._changed(frame)
        self._board.update(frame)
        for begin in range(0, len(changed), SLICE):
            if begin:
                await real_sleep(0)
            self._update(changed[begin : begin + SLICE], frame)

    def _takes(self, message: Elapse | MarketUpdate) -> bool:
        try:
            self._venue.apply(message)
        except RetryLater:  # where the account is kept says why
            return False
        return True

    def _note_state(self, frame: Frame) -> None:
        before, self.state, self.note = self.state, frame.state, frame.note
        is_first_price = before is FeedState.STARTING and frame.state is FeedState.LIVE
        if before is not frame.state and not is_first_price and self._on_state is not None:
            self._on_state(frame.state, frame.note)

    def _changed(self, frame: Frame) -> Sequence[int]:
        """Whose quote or last price is another than at the last read, or who lost it or got it back."""
        tradable = frame.listed & (frame.bid > 0) & (frame.ask >= frame.bid)
        if frame.state is not FeedState.LIVE:
            tradable = np.zeros_like(tradable)
        moved = (frame.changed_ns > self._changed_ns) | (frame.last != self._last)
        changed = (moved & tradable) | (tradable != self._tradable)
        changed[list(self._owed)] = True
        self._owed.clear()
        self._changed_ns, self._last, self._tradable = frame.changed_ns, frame.last, tradable
        places: list[int] = np.flatnonzero(changed).tolist()
        return places

    def _update(self, indexes: Sequence[int], frame: Frame) -> None:
        now_ns, live = self._clock.now_ns(), frame.state is FeedState.LIVE
        quotes: list[Quote] = []
        halted: list[str] = []
        for place in indexes:
            symbol = self._symbols[place]
            quote = self._board.quote(symbol) if live else None
            if quote is None:
                update = MarketUpdate(symbol=symbol, quote=None, time_ns=now_ns)
            else:
                quote = replace(quote, time_ns=quote.time_ns - self._feed_clock.ahead_ns)
                index = (quote.bid + quote.ask) * HALF
                update = MarketUpdate(symbol=symbol, quote=quote, index=index, time_ns=now_ns)
            if not self._takes(update):
                self._owed.add(place)
            elif quote is None:
                halted.append(symbol)
            else:
                quotes.append(quote)
        self._market.on_quotes(quotes, now_ns)
        if halted:
            self._market.on_halted(halted)


def _log_failure(past: asyncio.Task[None]) -> None:
    """Without a past there are fewer candles; that is no reason to stop."""
    if not past.cancelled() and past.exception() is not None:
        logger.error("the market's past could not be told: {}", excerpt(str(past.exception())))
