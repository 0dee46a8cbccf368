"""Kraken's growing candles, kept until their span is closed."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import numpy as np

from kraken_tui.clock import SECOND
from kraken_tui.exchange.channels import CandleRow
from kraken_tui.market.candles import SPAN_NS, Closing, Floats, closing
from kraken_tui.market.kraken_tickers import LARGEST_AMOUNT

NOT_SINCE = 1 << 62
OPEN, HIGH, LOW, CLOSE, VOLUME, TRADES = range(6)


class CandleKeeper:
    """Takes candles as they grow, and gives those of one span after the other, closed.

    Each row tells all of its candle until then. So from any row on, its span and those after it are known whole,
    until something may have been missed; a row of more trades stands for one of fewer, in whatever order they come.

    Args:
        symbols: of the tickers, in the order of every array.
        first_ns: begin of the first span that will be asked for.
    """

    def __init__(self, symbols: Sequence[str], first_ns: int) -> None:
        self.late = 0
        """Rows that changed a span after it was told as closed."""
        self._index = {symbol: index for index, symbol in enumerate(symbols)}
        count = len(symbols)
        self._since_ns = np.full(count, NOT_SINCE, np.int64)
        """From which span on every candle of a ticker was told."""
        self._close = np.full(count, np.nan)
        self._close_ns = np.zeros(count, np.int64)
        """The span of that close."""
        self._spans: dict[int, Floats] = {}
        """By begin: (open … trades, ticker); -1 trades where none was told."""
        self._told_ns = first_ns - SPAN_NS
        """The span closed last."""
        self._told_trades = np.full(count, np.inf)
        """How many trades it was told with; infinite where it was not known."""

    def miss(self) -> None:
        """Rows may have been lost: what comes next begins anew."""
        self._since_ns[:] = NOT_SINCE

    def take(self, rows: Sequence[CandleRow], now_ns: int) -> None:
        """Rows of a message; one that is no candle puts its ticker in doubt until the next."""
        latest_ns = now_ns - now_ns % SPAN_NS + SPAN_NS  # Kraken's clock may be a little ahead
        for row in rows:
            index = self._index.get(row.symbol)
            if index is None:
                continue
            begin_ns, candle = _begin_ns(row.interval_begin), _candle(row)
            if candle is None or not 0 < begin_ns <= latest_ns or begin_ns % SPAN_NS:
                self._since_ns[index] = NOT_SINCE
            else:
                self._take(index, begin_ns, candle)

    def _take(self, index: int, begin_ns: int, candle: tuple[float, ...]) -> None:
        if self._since_ns[index] == NOT_SINCE:
            self._since_ns[index] = begin_ns
        if begin_ns > self._told_ns:
            span = self._spans.get(begin_ns)
            if span is None:
                span = self._spans[begin_ns] = np.full((6, len(self._index)), -1.0)
            if candle[TRADES] >= span[TRADES, index]:
                span[:, index] = candle
            return
        if begin_ns == self._told_ns and candle[TRADES] > self._told_trades[index]:
            self.late += 1
            self._since_ns[index] = begin_ns + 2 * SPAN_NS  # the span after it does not follow on what was told
        if begin_ns >= self._close_ns[index]:
            self._close_ns[index], self._close[index] = begin_ns, candle[CLOSE]

    def close(self, open_ns: int, *, in_time: bool = True) -> Closing:
        """The candles of a span, whose successors are to be asked for next.

        Args:
            open_ns: begin of the span.
            in_time: whether everything that was told until its end has arrived; else none of it is known.
        """
        for begin_ns in sorted(begin_ns for begin_ns in self._spans if begin_ns < open_ns):
            self._close_of(begin_ns, self._spans.pop(begin_ns))
        flat = np.stack([self._close] * 4 + [np.zeros_like(self._close)] * 2)
        span = self._spans.pop(open_ns, np.full_like(flat, -1.0))
        traded = span[TRADES] >= 0
        rows = np.where(traded, span, flat)
        known = (self._since_ns <= open_ns) & np.isfinite(rows[CLOSE]) & in_time
        self._close_of(open_ns, span)
        self._told_ns, self._told_trades = open_ns, np.where(known, rows[TRADES], np.inf)
        return closing(open_ns, rows[:TRADES], known)

    def _close_of(self, begin_ns: int, span: Floats) -> None:
        later = (span[TRADES] >= 0) & (self._close_ns < begin_ns)
        self._close[later] = span[CLOSE, later]
        self._close_ns[later] = begin_ns


def _candle(row: CandleRow) -> tuple[float, ...] | None:
    """Its six numbers; None if one is missing or the candle is none."""
    opened, high, low, close, volume = row.open, row.high, row.low, row.close, row.volume
    if opened is None or high is None or low is None or close is None or volume is None:
        return None
    if not (0 < low <= min(opened, close) and max(opened, close) <= high < LARGEST_AMOUNT):
        return None
    if not 0 <= volume < LARGEST_AMOUNT:
        return None
    return opened, high, low, close, volume, float(max(0, row.trades or 0))


@lru_cache(maxsize=1024)
def _begin_ns(text: str) -> int:
    """Nanoseconds since the epoch; 0 where the text is no whole second of UTC."""
    try:
        moment = datetime.fromisoformat(f"{text[:19]}+00:00")
    except ValueError:
        return 0
    return int(moment.timestamp()) * SECOND
