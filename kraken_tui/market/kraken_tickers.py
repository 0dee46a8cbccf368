"""The newest quote of every Kraken ticker, in arrays."""

from array import array
from collections.abc import Mapping, Sequence
from math import nan

import numpy as np
from numpy.typing import NDArray

from kraken_tui.exchange.channels import TickerRow
from kraken_tui.exchange.public_rest import TickerEntry
from kraken_tui.market.feed import Ticks
from kraken_tui.model.instrument import Instrument

Floats = NDArray[np.float64]
LARGEST = 2.0**52
"""Ticks beyond this are no prices, and no longer exact in a float."""
LARGEST_AMOUNT = 1e15
"""Base units beyond this are no amount."""


class TickerArrays:
    """Takes tickers one by one, and gives all of them as integer ticks.

    Prices are kept as the floats that the wire carries until a scan asks. `rint(price / tick)` is then exact: a
    price is the float nearest to a whole number of ticks, the quotient is off by a few units of the last of 53
    binary digits, and ticks stay far below 2^52.
    """

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        count = len(instruments)
        self._index = {instrument.symbol: index for index, instrument in enumerate(instruments)}
        self._ids = [instrument.id for instrument in instruments]
        self._tick = np.array([float(instrument.tick) for instrument in instruments])
        # Numbers are set through `array`, which takes half the time of numpy's own; numpy reads the same memory.
        self._bids, self._asks, self._lasts = (array("d", [nan]) * count for _ in range(3))
        self._bid_amounts, self._ask_amounts = (array("d", [0.0]) * count for _ in range(2))
        self._changes = array("q", [0]) * count
        self._prices = [np.frombuffer(prices) for prices in (self._bids, self._asks, self._lasts)]
        self._amounts = [np.frombuffer(amounts) for amounts in (self._bid_amounts, self._ask_amounts)]

    def take(self, row: TickerRow, now_ns: int) -> None:
        """A ticker of the socket; one of an unknown symbol is ignored, a missing number makes its quote missing."""
        index = self._index.get(row.symbol)
        if index is None:
            return
        bid, ask, last = row.bid, row.ask, row.last
        if bid != self._bids[index] or ask != self._asks[index]:
            self._changes[index] = now_ns
            self._bids[index] = nan if bid is None else bid
            self._asks[index] = nan if ask is None else ask
        self._lasts[index] = nan if last is None else last
        self._bid_amounts[index] = row.bid_qty or 0.0
        self._ask_amounts[index] = row.ask_qty or 0.0

    def take_rows(self, rows: Sequence[TickerRow], now_ns: int) -> None:
        """The tickers of one message."""
        for row in rows:
            self.take(row, now_ns)

    def take_all(self, tickers: Mapping[str, TickerEntry], now_ns: int) -> None:
        """An answer of REST Ticker; a pair that is not in it has no quote."""
        for pair_id, symbol in zip(self._ids, self._index, strict=True):
            entry = tickers.get(pair_id)
            self.take(TickerRow(symbol) if entry is None else _row(symbol, entry), now_ns)

    def ticks(self) -> tuple[Ticks, Ticks, Ticks]:
        """Bid, ask and last. A quote that is missing, not positive, not finite or crossed is 0, its last with it."""
        with np.errstate(all="ignore"):  # what overflows is huge, and missing for it
            bid, ask, last = (np.rint(price / self._tick) for price in self._prices)
            good = (bid >= 1) & (ask > bid) & (ask < LARGEST)
            traded = (last >= 1) & (last < LARGEST)
            mid = np.floor((bid + ask) / 2)
            last = np.where(traded, last, mid)
            bids, asks, lasts = (np.where(good, price, 0.0).astype(np.int64) for price in (bid, ask, last))
        return bids, asks, lasts

    def amounts(self) -> tuple[Floats, Floats]:
        """What stands at bid and ask, in base units; 0 where it is not told or is no amount."""
        bid, ask = (np.where((told > 0) & (told < LARGEST_AMOUNT), told, 0.0) for told in self._amounts)
        return bid, ask

    def changed_ns(self) -> NDArray[np.int64]:
        """When each quote last changed; 0 = never."""
        return np.array(self._changes, np.int64)


def _row(symbol: str, entry: TickerEntry) -> TickerRow:
    return TickerRow(
        symbol, _float(entry.b[0]), _float(entry.b[2]), _float(entry.a[0]), _float(entry.a[2]), _float(entry.c[0])
    )


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return nan
