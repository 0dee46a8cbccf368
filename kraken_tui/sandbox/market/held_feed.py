"""A feed whose prices can be made to stand still, all of them or a pair at a time."""

import msgspec
import numpy as np

from kraken_tui.clock import Progress
from kraken_tui.market.candles import Closing
from kraken_tui.market.feed import Feed, Frame
from kraken_tui.model.candle import Candle
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Bar, FeedState

_ROWS = ("bid", "ask", "last", "bid_amount", "ask_amount", "changed_ns", "listed")
MADE_UP = "demo"
"""Its made-up outages are of the line to an exchange; here it is the exchange itself, which stands still meanwhile."""


class HeldFeed:
    """Tells what another feed tells, besides what is held: that stays as it was last told.

    Args:
        feed: the market's.
        paused: hold everything from the first frame on.
        first_ns: of which time that frame is, however late it is read; the time of its read where None.
    """

    def __init__(self, feed: Feed, *, paused: bool = False, first_ns: int | None = None) -> None:
        self._feed = feed
        self.name = feed.name
        self.is_paused = paused
        self._first_ns = first_ns
        self._held: set[int] = set()
        self._freed: set[int] = set()
        self._told: Frame | None = None

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The tickers, in the order of every array."""
        return self._feed.instruments

    @property
    def starts_ns(self) -> int | None:
        """When recorded data begins."""
        return self._feed.starts_ns

    async def open(self, progress: Progress) -> None:
        """Open the other feed."""
        await self._feed.open(progress)

    async def past_bars(self, index: int, count: int) -> list[Bar]:
        """The other feed's."""
        return await self._feed.past_bars(index, count)

    async def past_candles(self, index: int, count: int) -> list[Candle]:
        """The other feed's."""
        return await self._feed.past_candles(index, count)

    def closed_candles(self, now_ns: int) -> Closing | None:
        """The other feed's: what is held here is made into candles by the exchange itself."""
        return self._feed.closed_candles(now_ns)

    async def close(self) -> None:
        """Close the other feed."""
        await self._feed.close()

    def pause(self) -> None:
        """Hold every pair."""
        self.is_paused = True

    def hold(self, index: int) -> None:
        """Hold one pair."""
        self._held.add(index)

    def resume(self, index: int | None = None) -> None:
        """Let one pair follow its market again, or all."""
        if index is None:
            self._freed = set(range(len(self.instruments)))
            self._held.clear()
            self.is_paused = False
        elif index in self._held:
            self._freed.add(index)
            self._held.discard(index)

    @property
    def told(self) -> Frame | None:
        """The market as it was last read; None before that."""
        return self._told

    @property
    def held(self) -> frozenset[int]:
        """The pairs that are held one by one."""
        return frozenset(self._held)

    def read(self, now_ns: int) -> Frame:
        """The market as of `now_ns`; what is held has not changed. What was freed counts as changed now."""
        first_ns = self._first_ns if self._told is None and self.is_paused else None
        frame = self._feed.read(now_ns if first_ns is None else first_ns)
        if self.name == MADE_UP and frame.state is FeedState.STALE:
            frame = msgspec.structs.replace(frame, state=FeedState.LIVE, note="")
        if self._told is not None and self.is_paused:
            frame = msgspec.structs.replace(
                self._told, time_ns=frame.time_ns, heard_ns=now_ns, state=FeedState.LIVE, note=""
            )
        elif self._told is not None and (self._held or self._freed):
            frame = self._mixed(frame, self._told, now_ns)
        self._told = frame
        return frame

    def _mixed(self, frame: Frame, told: Frame, now_ns: int) -> Frame:
        held, freed = sorted(self._held), sorted(self._freed)
        rows = {name: np.array(getattr(frame, name)) for name in _ROWS}
        for name, values in rows.items():
            values[held] = getattr(told, name)[held]
        rows["changed_ns"][freed] = now_ns
        self._freed.clear()
        state, note = frame.state, frame.note
        if held and state is FeedState.STALE:  # what is held goes on all the same; the others have no price
            rows["listed"] &= np.isin(np.arange(len(rows["listed"])), held)
            state, note = FeedState.LIVE, ""
        for values in rows.values():
            values.setflags(write=False)
        return msgspec.structs.replace(frame, state=state, note=note, **rows)
