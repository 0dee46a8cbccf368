"""The demo market as a feed: no network, no keys."""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.clock import MINUTE, SECOND, Clock, Progress, generator
from kraken_tui.market.candles import SPAN_NS, Boundaries, Closing, last_closed
from kraken_tui.market.demo_candles import DemoCandles
from kraken_tui.market.demo_levels import demo_instruments
from kraken_tui.market.demo_market import BARS_KEPT, BLOCK, Block, DemoMarket
from kraken_tui.market.feed import Frame
from kraken_tui.model.candle import Candle
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Bar, FeedState

SILENT = "the demo feed is silent (a made-up outage)"
BLOCK_NS = BLOCK * SECOND


class _Seconds(Struct, frozen=True):
    """A block with its times."""

    block: Block
    starts_ns: int
    changed_ns: NDArray[np.int64]
    """(second, ticker): when the quote last changed."""


class DemoFeed:
    """A made-up market with a past of four hours, and of sixty in candles.

    The market is a function of seed, symbols and the minute of the start: a read at any time gives the last whole
    second at or before it, however often or seldom is read.

    Args:
        symbols: pairs wanted; those that the demo does not know are left out.
        seed: of the market; None draws one.
        clock: tells when the market begins.
        groups: symbols by group; coins of one group move together.
        clones: made-up pairs to add, for benchmarks.
        further: any other pairs to make prices for, known to the demo or not.
    """

    name = "demo"

    def __init__(
        self,
        symbols: Sequence[str],
        seed: int | None,
        clock: Clock,
        groups: Mapping[str, Sequence[str]] | None = None,
        clones: int = 0,
        further: Sequence[Instrument] = (),
    ) -> None:
        coins = demo_instruments(tuple(symbols), clones, further)
        self._instruments = tuple(instrument for instrument, _ in coins)
        self._clock = clock
        seed = generator(None).getrandbits(32) if seed is None else seed
        self._seed = seed
        self._market = DemoMarket(coins, self._group_numbers(groups or {}), seed)
        self._now_ns = 0

    def _group_numbers(self, groups: Mapping[str, Sequence[str]]) -> list[int]:
        numbers = {symbol: number for number, symbols in enumerate(groups.values(), 1) for symbol in symbols}
        return [numbers.get(instrument.symbol, 0) for instrument in self._instruments]

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The tickers, in the order of every array."""
        return self._instruments

    @property
    def starts_ns(self) -> int | None:
        """None: the demo begins when it is opened."""
        return None

    async def open(self, progress: Progress) -> None:
        """Live through the four hours before now, so that indicators can warm up."""
        self._now_ns = self._clock.now_ns()
        begins_ns = self._now_ns - self._now_ns % MINUTE
        self._candles = DemoCandles(self._instruments, self._seed, begins_ns - BARS_KEPT * MINUTE)
        self._boundaries = Boundaries(self._now_ns)
        for minute in range(BARS_KEPT):
            last = self._market.next_block(60)
            self._candles.take(last, 60)
            if minute % 24 == 0:
                progress("Making up a market", minute / BARS_KEPT)
        self._market.begin()
        self._candles.begin()
        self._seconds = self._after(last, begins_ns - BLOCK_NS, np.zeros(len(self._instruments), np.int64))
        self._spoken = (self._seconds, 0)
        progress("Making up a market", 1.0)

    def _after(self, before: Block, before_ns: int, changed_ns: NDArray[np.int64]) -> _Seconds:
        """Make the seconds after `before`, and note when each quote changed."""
        block, starts_ns = self._market.next_block(), before_ns + BLOCK_NS
        self._candles.take(block, BLOCK)
        changed = np.empty(block.bid.shape, np.bool_)
        changed[0] = (block.bid[0] != before.bid[-1]) | (block.ask[0] != before.ask[-1]) | (changed_ns == 0)
        changed[1:] = (block.bid[1:] != block.bid[:-1]) | (block.ask[1:] != block.ask[:-1])
        times = starts_ns + np.arange(BLOCK, dtype=np.int64)[:, None] * SECOND
        changed_ns = np.maximum.accumulate(np.where(changed, times, changed_ns), axis=0)
        changed_ns.setflags(write=False)
        return _Seconds(block, starts_ns, changed_ns)

    async def past_bars(self, index: int, count: int) -> list[Bar]:
        """The last closed minutes; they go on being kept while the market runs."""
        made_to_ns = self._seconds.starts_ns + BLOCK_NS
        last_ns = made_to_ns - made_to_ns % MINUTE - MINUTE
        kept = len(self._market.bars)
        bars = [
            Bar(last_ns - (kept - 1 - number) * MINUTE, int(high[index]), int(low[index]), int(close[index]))
            for number, (high, low, close) in enumerate(self._market.bars)
        ]
        closed = [bar for bar in bars if bar.open_ns + MINUTE <= self._now_ns]
        return closed[max(0, len(closed) - count) :]

    async def past_candles(self, index: int, count: int) -> list[Candle]:
        """The last closed candles; those from before the four hours are made of these."""
        return self._candles.past(index, count, last_closed(self._now_ns) + SPAN_NS)

    def closed_candles(self, now_ns: int) -> Closing | None:
        """The next span that is over; while the feed is silent it is not told, and afterwards it is whole."""
        now_ns = min(now_ns, self._now_ns)
        open_ns = self._boundaries.due(now_ns)
        if open_ns is None or self._is_silent():
            return None
        self._boundaries.done()
        return self._candles.closing(open_ns)

    def read(self, now_ns: int) -> Frame:
        """The last whole second at or before `now_ns`; the last one spoken, while the feed is silent."""
        self._now_ns = max(self._now_ns, now_ns)
        while self._seconds.starts_ns + BLOCK_NS <= self._now_ns:
            self._note_spoken(BLOCK - 1)
            self._seconds = self._after(self._seconds.block, self._seconds.starts_ns, self._seconds.changed_ns[-1])
        self._note_spoken(self._second())
        return self._frame(silent=self._is_silent())

    def _second(self) -> int:
        """The last whole second of the block that is now."""
        return max(0, (self._now_ns - self._seconds.starts_ns) // SECOND)

    def _is_silent(self) -> bool:
        return bool(self._seconds.block.silent[self._second()])

    def _note_spoken(self, row: int) -> None:
        spoken = np.flatnonzero(~self._seconds.block.silent[: row + 1])
        if spoken.size:
            self._spoken = (self._seconds, int(spoken[-1]))

    def _frame(self, *, silent: bool) -> Frame:
        seconds, row = self._spoken
        block = seconds.block
        return Frame(
            time_ns=self._now_ns,
            bid=block.bid[row],
            ask=block.ask[row],
            last=block.last[row],
            bid_amount=block.bid_amount,
            ask_amount=block.ask_amount,
            changed_ns=seconds.changed_ns[row],
            listed=block.listed,
            state=FeedState.STALE if silent else FeedState.LIVE,
            note=SILENT if silent else "",
            heard_ns=seconds.starts_ns + row * SECOND,
        )

    async def close(self) -> None:
        """Nothing is held."""
