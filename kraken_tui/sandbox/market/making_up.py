"""Trades that no source tells: their amounts, their sides, and those of a past of which only bars are known."""

from collections.abc import Sequence
from zlib import crc32

from kraken_tui.clock import MINUTE, generator
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Bar, Quote
from kraken_tui.model.trading import Side
from kraken_tui.sandbox.market.candles import Candles
from kraken_tui.sandbox.market.sums import Row
from kraken_tui.sandbox.market.tape import Tape, TradeType

TAPE_MINUTES = 60
"""Of the past, how many minutes go onto the tape; all of it goes into the candles."""
USUAL_TRADE = 40.0
"""Average trade, in smallest orders."""


class MakingUp:
    """Makes up trades.

    Args:
        seed: of all chance in it; None draws one.
    """

    def __init__(self, seed: int | None) -> None:
        self._seed = seed
        self._chance = generator(seed)

    def lots(self, unit: int) -> int:
        """An amount: `unit` at least, small ones more often than large ones."""
        return unit + int(unit * self._chance.expovariate(1 / USUAL_TRADE))

    def taker(self, quote: Quote, *, rose: bool) -> tuple[Side, TradeType]:
        """Who took: a trade nearer to the ask was a buy; in the middle, one above the last trade."""
        price, middle = 2 * quote.last, quote.bid + quote.ask
        bought = price > middle or (price == middle and rose)
        return Side.BUY if bought else Side.SELL, "market" if self._chance.random() < 0.5 else "limit"

    def past(self, instrument: Instrument, bars: Sequence[Bar], unit: int) -> tuple[Candles, Tape]:
        """What could have made `bars` (closed minutes, oldest first). A minute that stood still had no trade.

        A pair's past is the same whenever it is asked for, and what else is made up is the same with and without it.

        Args:
            instrument: the pair.
            bars: in ticks.
            unit: the smallest order, in lots.
        """
        own = MakingUp(None if self._seed is None else self._seed << 32 | crc32(instrument.symbol.encode()))
        candles, tape, close = Candles(instrument), Tape(instrument, 0), 0
        for number, bar in enumerate(bars, TAPE_MINUTES - len(bars)):
            if bar.high != bar.low or bar.close != close:
                path = _path(bar, close or bar.close)
                candles.add_minute(own._traded(tape, bar, path, unit) if number >= 0 else own._sum(bar, path, unit))
            close = bar.close
        return candles, tape

    def _sum(self, bar: Bar, path: list[int], unit: int) -> Row:
        lots = self.lots(unit * len(path))
        cost = sum(path) * lots // len(path)
        return Row(bar.open_ns // MINUTE, path[0], bar.high, bar.low, bar.close, lots, cost, len(path))

    def _traded(self, tape: Tape, bar: Bar, path: list[int], unit: int) -> Row:
        step, before, row = MINUTE // (len(path) + 1), path[0], None
        for number, ticks in enumerate(path, 1):
            lots = self.lots(unit)
            tape.add(ticks, lots, bar.open_ns + number * step, Side.BUY if ticks > before else Side.SELL, "market")
            one = Row(bar.open_ns // MINUTE, ticks, ticks, ticks, ticks, lots, ticks * lots, 1)
            if row is None:
                row = one
            else:
                row.take(one)
            before = ticks
        assert row is not None, "a path has at least one price"
        return row


def _path(bar: Bar, before: int) -> list[int]:
    """From the price before to one extreme, to the other, to the close; each price once in a row."""
    first = min(max(before, bar.low), bar.high)
    path = [first]
    for ticks in (bar.low, bar.high, bar.close) if bar.close >= first else (bar.high, bar.low, bar.close):
        if ticks != path[-1]:
            path.append(ticks)
    return path
