"""The tape of one pair: its last trades and best prices, packed so that 1,500 pairs fit into memory."""

from array import array
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Side
from kraken_tui.sandbox.market.values import PublicTrade, Spread

KEPT = 1000
"""Trades of a pair that are kept, as many as Kraken tells at a time."""
SPREADS_KEPT = 200
SLACK = 250
"""How many more may be there before the oldest are cut off."""

TradeType = Literal["limit", "market"]


class Tape:
    """A pair's trades, oldest first. Prices are whole ticks, amounts whole lots.

    Args:
        instrument: the pair.
        first_id: of its first trade.
    """

    __slots__ = ("_flags", "_instrument", "_lots", "_ticks", "_times", "first_id")

    def __init__(self, instrument: Instrument, first_id: int) -> None:
        self.first_id = first_id
        """Of the oldest trade kept."""
        self._instrument = instrument
        self._times = array("q")
        self._ticks = array("q")
        self._lots: list[int] = []
        self._flags = bytearray()

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._times)

    def add(self, ticks: int, lots: int, time_ns: int, side: Side, type: TradeType) -> tuple[int, int]:
        """Print a trade; its id, and its time: no two trades have one time, so that pages can be cut anywhere."""
        if self._times and time_ns <= self._times[-1]:
            time_ns = self._times[-1] + 1
        if len(self._times) >= KEPT + SLACK:
            self._cut(len(self._times) - KEPT)
        self._times.append(time_ns)
        self._ticks.append(ticks)
        self._lots.append(lots)
        self._flags.append((side is Side.BUY) | (type == "limit") << 1)
        return self.first_id + len(self._times) - 1, time_ns

    def last_amount(self) -> Decimal:
        """Of the last trade, in base units; 0 before the first."""
        return self._instrument.lot * self._lots[-1] if self._lots else Decimal(0)

    def prepend(self, before: "Tape") -> None:
        """Put older trades in front; they take the ids below."""
        self.first_id -= len(before)
        self._times = before._times + self._times
        self._ticks = before._ticks + self._ticks
        self._lots = before._lots + self._lots
        self._flags = before._flags + self._flags

    def _cut(self, count: int) -> None:
        del self._times[:count], self._ticks[:count], self._lots[:count], self._flags[:count]
        self.first_id += count

    def rows(self) -> Sequence[tuple[int, int, int]]:
        """Ticks, lots and time of each trade that is kept."""
        return list(zip(self._ticks, self._lots, self._times, strict=True))

    def trades(self, count: int = KEPT) -> list[PublicTrade]:
        """The last `count` trades."""
        return [self.trade(place) for place in range(max(0, len(self._times) - count), len(self._times))]

    def trade(self, place: int) -> PublicTrade:
        """The trade at a place of those kept; -1 is the last."""
        place = place + len(self._times) if place < 0 else place
        flags = self._flags[place]
        return PublicTrade(
            id=self.first_id + place,
            symbol=self._instrument.symbol,
            side=Side.BUY if flags & 1 else Side.SELL,
            type="limit" if flags & 2 else "market",
            price=self._instrument.price_of(self._ticks[place]),
            amount=self._instrument.lot * self._lots[place],
            time_ns=self._times[place],
        )


class Spreads:
    """A pair's last best prices, oldest first."""

    __slots__ = ("_instrument", "_rows")

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._rows = array("q")

    def add(self, time_ns: int, bid: int, ask: int) -> None:
        """Note a change; prices in ticks."""
        rows = self._rows
        rows.extend((time_ns, bid, ask))
        if len(rows) > 3 * (SPREADS_KEPT + SLACK):
            del rows[: -3 * SPREADS_KEPT]

    def last(self, count: int = SPREADS_KEPT) -> list[Spread]:
        """The last `count` changes."""
        rows, price = self._rows[-3 * count :], self._instrument.price_of
        return [Spread(rows[at], price(rows[at + 1]), price(rows[at + 2])) for at in range(0, len(rows), 3)]
