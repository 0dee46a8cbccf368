"""Sums over a pair's trades: one candle, and the last 24 hours. Exact: whole ticks and lots."""

from collections import deque
from decimal import ROUND_HALF_EVEN, Decimal

from kraken_tui.clock import MINUTE
from kraken_tui.model.instrument import Instrument
from kraken_tui.sandbox.market.values import Candle, Span

DAY = 1440
"""Minutes."""


class Row:
    """A candle in the making. `cost` is the sum of ticks times lots."""

    __slots__ = ("begin", "close", "cost", "count", "high", "lots", "low", "open")

    def __init__(
        self, begin: int, open: int, high: int, low: int, close: int, lots: int, cost: int, count: int
    ) -> None:
        self.begin = begin
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.lots = lots
        self.cost = cost
        self.count = count

    def take(self, later: "Row") -> None:
        """Let what came later in the same interval in."""
        if later.high > self.high:
            self.high = later.high
        if later.low < self.low:
            self.low = later.low
        self.close = later.close
        self.lots += later.lots
        self.cost += later.cost
        self.count += later.count

    def told(self, instrument: Instrument) -> Candle:
        """As exact prices."""
        price = instrument.price_of
        return Candle(
            begin_ns=self.begin * MINUTE,
            open=price(self.open),
            high=price(self.high),
            low=price(self.low),
            close=price(self.close),
            vwap=_average(self.cost, self.lots, self.close, instrument),
            volume=instrument.lot * self.lots,
            trades=self.count,
        )


class RollingDay:
    """Sums and extremes over the current minute and the 1,439 before it, kept up to date trade by trade."""

    __slots__ = ("_highs", "_lows", "_minutes", "before", "cost", "count", "lots")

    def __init__(self) -> None:
        self.lots = 0
        self.cost = 0
        self.count = 0
        self.before: int | None = None
        """The last price before the 24 hours, in ticks; None where the past does not reach so far."""
        self._minutes: deque[Row] = deque()
        self._highs: deque[Row] = deque()
        """Falling: the first is the highest minute."""
        self._lows: deque[Row] = deque()

    def begin(self, row: Row) -> None:
        """A new minute."""
        self._minutes.append(row)
        self._rank(row)
        self.lots += row.lots
        self.cost += row.cost
        self.count += row.count

    def grow(self, row: Row, lots: int, cost: int) -> None:
        """A trade in the last minute, already in `row`."""
        self.lots += lots
        self.cost += cost
        self.count += 1
        self._rank(row)

    def _rank(self, row: Row) -> None:
        highs, lows = self._highs, self._lows
        while highs and highs[-1].high <= row.high:
            highs.pop()
        highs.append(row)
        while lows and lows[-1].low >= row.low:
            lows.pop()
        lows.append(row)

    def advance(self, now_ns: int) -> None:
        """Let go of what is older than 24 hours."""
        first, minutes = now_ns // MINUTE - DAY + 1, self._minutes
        while minutes and minutes[0].begin < first:
            row = minutes.popleft()
            self.lots -= row.lots
            self.cost -= row.cost
            self.count -= row.count
            self.before = row.close
        for extremes in (self._highs, self._lows):
            while extremes and extremes[0].begin < first:
                extremes.popleft()

    @property
    def high(self) -> int | None:
        """In ticks; None where nothing was traded."""
        return self._highs[0].high if self._highs else None

    @property
    def low(self) -> int | None:
        """In ticks; None where nothing was traded."""
        return self._lows[0].low if self._lows else None

    @property
    def open(self) -> int | None:
        """The price 24 hours ago, or the oldest known, in ticks."""
        return self.before if self.before is not None else (self._minutes[0].open if self._minutes else None)


def span(lots: int, cost: int, count: int, low: int, high: int, instrument: Instrument) -> Span:
    """Sums as exact values; without a trade the average is the low."""
    return Span(
        volume=instrument.lot * lots,
        vwap=_average(cost, lots, low, instrument),
        trades=count,
        low=instrument.price_of(low),
        high=instrument.price_of(high),
    )


def _average(cost: int, lots: int, otherwise: int, instrument: Instrument) -> Decimal:
    """Volume-weighted, to five decimals or the pair's own, half to even."""
    if not lots:
        return instrument.price_of(otherwise)
    places = Decimal(1).scaleb(-max(5, instrument.price_decimals))
    return (instrument.tick * cost / lots).quantize(places, ROUND_HALF_EVEN)
