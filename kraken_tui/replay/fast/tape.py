"""A market as matrices: from frames of any feed, or from plain bids and asks."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kraken_tui.clock import SECOND
from kraken_tui.market.feed import Frame
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import FeedState
from kraken_tui.replay.fast.paper_books import Tape

Ints = NDArray[np.int64]
MOST_TICKS = 1 << 31
FRESH_NS = 30 * SECOND
"""How old the feed's last word may be at an entry (`Conditions.most_feed_age_s`)."""


def tape_of_quotes(time_ns: ArrayLike, bid: ArrayLike, ask: ArrayLike) -> Tape:
    """A tape that tells bids and asks alone: ticks, [scan, ticker], 0 where there is none; the feed is always LIVE.

    Args:
        time_ns: [scan].
        bid: taken as it is where it is int32 and contiguous, else copied.
        ask: the same.

    Raises:
        UsageError: a price of 2^31 ticks or more.
    """
    times = np.ascontiguousarray(time_ns, np.int64)
    none, yes = np.zeros((0, 0), np.int64), np.ones(times.size, np.bool_)
    return Tape(
        time_ns=times, bid=_ticks(bid), ask=_ticks(ask), last=np.zeros((0, 0), np.int32), bid_amount=none,
        ask_amount=none, changed_ns=none, listed=np.zeros((0, 0), np.bool_), live=yes, fresh=yes,
    )  # fmt: skip


def front(tape: Tape, scans: int) -> Tape:
    """The first scans of a tape."""
    return Tape(
        time_ns=tape.time_ns[:scans], bid=tape.bid[:scans], ask=tape.ask[:scans], last=tape.last[:scans],
        bid_amount=tape.bid_amount[:scans], ask_amount=tape.ask_amount[:scans], changed_ns=tape.changed_ns[:scans],
        listed=tape.listed[:scans], live=tape.live[:scans], fresh=tape.fresh[:scans],
    )  # fmt: skip


class TapeMaker:
    """Collects frames, one a scan."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self._instruments = tuple(instruments)
        self._frames: list[Frame] = []
        self._known: dict[tuple[int, float], int] = {}

    def add(self, frame: Frame) -> None:
        """Take the next scan's frame; its arrays must not change afterwards."""
        self._frames.append(frame)

    def tape(self) -> Tape:
        """All of them."""
        frames = self._frames
        times = np.array([frame.time_ns for frame in frames], np.int64)
        heard = np.array([frame.heard_ns for frame in frames], np.int64)
        return Tape(
            time_ns=times,
            bid=_ticks([frame.bid for frame in frames]), ask=_ticks([frame.ask for frame in frames]),
            last=_ticks([frame.last for frame in frames]),
            bid_amount=self._lots([frame.bid_amount for frame in frames]),
            ask_amount=self._lots([frame.ask_amount for frame in frames]),
            changed_ns=np.array([frame.changed_ns for frame in frames], np.int64),
            listed=np.array([frame.listed for frame in frames], np.bool_),
            live=np.array([frame.state is FeedState.LIVE for frame in frames], np.bool_),
            fresh=times - heard <= FRESH_NS,
        )  # fmt: skip

    def _lots(self, shown: Sequence[NDArray[np.float64]]) -> Ints:
        """Amounts as the engine reads them: by their shortest decimal, cut to the lot."""
        return np.array([[self._lots_of(i, float(each)) for i, each in enumerate(row)] for row in shown], np.int64)

    def _lots_of(self, i: int, shown: float) -> int:
        if shown <= 0:
            return 0
        if (i, shown) not in self._known:
            instrument = self._instruments[i]
            amount = instrument.amount_down(Decimal(repr(shown)))
            self._known[i, shown] = int(amount.scaleb(instrument.lot_decimals))
        return self._known[i, shown]


def _ticks(prices: ArrayLike) -> NDArray[np.int32]:
    array = np.asarray(prices)
    if array.dtype != np.int32 and array.size and int(array.max()) >= MOST_TICKS:
        raise UsageError(f"a price of {int(array.max())} ticks: the fast replay takes less than 2^31")
    return np.ascontiguousarray(array, np.int32)
