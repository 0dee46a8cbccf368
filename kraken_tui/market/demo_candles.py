"""The demo market's candles, and a past of them that reaches farther back than its prices."""

from collections import deque
from collections.abc import Sequence

import numpy as np

from kraken_tui.clock import SECOND
from kraken_tui.market.candles import REACH, SPAN_NS, Closing, Floats, Scale, closing
from kraken_tui.market.demo_market import Block
from kraken_tui.model.candle import Candle
from kraken_tui.model.instrument import Instrument

SHARE = 0.02
"""What a trade takes, on average, of what stands at the best prices."""
LIVELY_BPS = 2.0
"""A range of so many basis points in a second, growing with the root of time, doubles what a trade takes."""
RUN = 6
"""Candles that stay together where the far past is laid of known ones: half an hour."""


class DemoCandles:
    """Sums up the market's blocks.

    The demo lives through four hours before it begins. Candles before those are laid of these four hours' own, in
    runs of half an hour, turned upside down by chance so that no drift comes of it: they look like the market, and
    end where it begins. They are drawn from the seed per ticker, so asking for them changes nothing.

    Args:
        instruments: in the order of every array.
        seed: of the market.
        begins_ns: of the first block.
    """

    def __init__(self, instruments: Sequence[Instrument], seed: int, begins_ns: int) -> None:
        self._scale = Scale(instruments)
        self._seed = seed
        self._now_ns = begins_ns
        self._first: list[Floats] = []
        """The candles of the four hours: (open … volume, ticker)."""
        self._first_ns = begins_ns + -begins_ns % SPAN_NS
        """Begin of the first whole span."""
        self._kept: deque[Floats] = deque(maxlen=REACH)
        self._ends_ns = self._first_ns
        """End of the last that is kept."""
        self._row: Floats | None = None

    def take(self, block: Block, seconds: int) -> None:
        """The next seconds; a span must be a multiple of them."""
        if self._now_ns >= self._first_ns:
            self._grow(block, seconds)
        self._now_ns += seconds * SECOND
        if self._row is not None and self._now_ns % SPAN_NS == 0:
            self._kept.append(self._row)
            self._ends_ns, self._row = self._now_ns, None

    def _grow(self, block: Block, seconds: int) -> None:
        high, low, close = self._scale.prices(np.stack([block.high, block.low, block.close]))
        lively = (high - low) / close * 1e4 / (LIVELY_BPS * seconds**0.5)
        volume = block.trades * SHARE * (1.0 + lively) * (block.bid_amount + block.ask_amount) / 2
        row, traded = self._row, block.trades > 0
        if row is None:
            before = self._kept[-1][3] if self._kept else close
            row = self._row = np.stack([before, before, before, before, np.zeros_like(before)])
        row[1] = np.where(traded, np.maximum(row[1], high), row[1])
        row[2] = np.where(traded, np.minimum(row[2], low), row[2])
        row[3] = np.where(traded, close, row[3])
        row[4] += volume

    def begin(self) -> None:
        """The past is over: what is known now is what the far past is laid of."""
        self._first = list(self._kept)

    def closing(self, open_ns: int) -> Closing | None:
        """The candles of a span; None where it is not over, or no longer kept."""
        place = len(self._kept) - (self._ends_ns - open_ns) // SPAN_NS
        if not 0 <= place < len(self._kept):
            return None
        row = self._kept[place]
        return closing(open_ns, row, np.ones(row.shape[1], np.bool_))

    def past(self, index: int, count: int, until_ns: int) -> list[Candle]:
        """The last candles of a ticker that end by `until_ns`, the far past among them."""
        count = min(count, REACH)
        whole = max(0, len(self._kept) - max(0, self._ends_ns - until_ns) // SPAN_NS)
        rows = np.array([row[:, index] for row in list(self._kept)[:whole]]).reshape(-1, 5)
        if len(rows) < count:
            rows = np.concatenate([self._far_past(index), rows])[-count:]
        ends_ns = self._ends_ns - (len(self._kept) - whole) * SPAN_NS
        rows = rows[max(0, len(rows) - count) :]
        begins_ns = ends_ns - len(rows) * SPAN_NS
        return [Candle(begins_ns + place * SPAN_NS, *row) for place, row in enumerate(rows.tolist())]

    def _far_past(self, index: int) -> Floats:
        """(candle, open … volume) before the first that is known."""
        known = np.array([row[:, index] for row in self._first])
        random = np.random.default_rng([self._seed, index])
        runs = -(-REACH // RUN)
        begins = random.integers(0, len(known) - RUN, runs)
        places = (begins[:, None] + np.arange(RUN)).ravel()
        signs = np.repeat(np.where(random.random(runs) < 0.5, -1.0, 1.0), RUN)
        shapes = np.log(known[places, 1:4] / known[places, :1]) * signs[:, None]
        turned = signs < 0
        shapes[turned, :2] = shapes[turned, 1::-1]  # upside down, the low is the high
        ends = np.log(known[0, 0]) - np.append(np.cumsum(shapes[::-1, 2])[::-1], 0.0)
        ticks = self._scale.ticks_of(index, np.exp(ends[:-1, None] + np.column_stack([np.zeros(len(shapes)), shapes])))
        ticks[:, 3] = np.append(ticks[1:, 0], self._scale.ticks_of(index, known[:1, 0]))
        ticks[:, 1] = np.maximum(ticks[:, 1], ticks.max(axis=1))
        ticks[:, 2] = np.minimum(ticks[:, 2], ticks.min(axis=1))
        return np.column_stack([self._scale.prices_of(index, ticks), known[places, 4]])
