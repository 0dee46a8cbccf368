"""All that the public sees of one pair."""

from collections.abc import Sequence
from decimal import Decimal

from kraken_tui.clock import MINUTE
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Bar, Quote
from kraken_tui.model.trading import Side
from kraken_tui.sandbox.market.candles import Candles
from kraken_tui.sandbox.market.making_up import MakingUp
from kraken_tui.sandbox.market.sums import span
from kraken_tui.sandbox.market.tape import KEPT, Spreads, Tape, TradeType
from kraken_tui.sandbox.market.values import PublicTrade, Span

Spans = tuple[Span, Span, Decimal, Decimal]
"""Today, the last 24 hours, and the prices at which both began."""


class MarketPair:
    """Tape, candles and spreads of one pair, with what was taken in last.

    Args:
        instrument: the pair.
        first_id: of its first trade.
        making_up: makes up the trades that the source does not tell.
    """

    __slots__ = (
        "_candles",
        "_making_up",
        "_past",
        "_spans",
        "_spans_at",
        "_tape",
        "_unit",
        "instrument",
        "last",
        "quote",
        "spreads",
        "touched",
    )

    def __init__(self, instrument: Instrument, first_id: int, making_up: MakingUp) -> None:
        self.instrument = instrument
        self._tape = Tape(instrument, first_id)
        self._candles = Candles(instrument)
        self.spreads = Spreads(instrument)
        self.quote: Quote | None = None
        """The last one taken in."""
        self.last: Decimal | None = None
        """The last trade on the tape."""
        self.touched = False
        """Whether our own orders stand in the book or took from it, so that the quote is not what one sees."""
        self._making_up = making_up
        self._past: Sequence[Bar] = ()
        """Bars whose trades are not made up yet."""
        self._unit = 0
        self._spans: Spans | None = None
        self._spans_at = 0

    @property
    def tape(self) -> Tape:
        """The trades, with those of the past."""
        self._make_past()
        return self._tape

    @property
    def candles(self) -> Candles:
        """The candles, with those of the past."""
        self._make_past()
        return self._candles

    def take(self, quote: Quote, time_ns: int) -> PublicTrade | None:
        """Take in a quote; a trade where the last price is another one."""
        before, self.quote = self.quote, quote
        if before is None or quote.bid != before.bid or quote.ask != before.ask:
            ticks = self.instrument.ticks_of
            self.spreads.add(time_ns, ticks(quote.bid), ticks(quote.ask))
        if quote.last == self.last:
            return None
        side, type = self._making_up.taker(quote, rose=self.last is None or quote.last > self.last)
        lots = self._making_up.lots(self._smallest(quote.last))
        return self.print(quote.last, self.instrument.lot * lots, time_ns, side, type)

    def _smallest(self, price: Decimal) -> int:
        """The smallest order in lots, never below ten times the smallest cost at the first price."""
        if not self._unit:
            smallest = max(self.instrument.order_min, 10 * self.instrument.cost_min / price)
            self._unit = max(1, int(smallest / self.instrument.lot))
        return self._unit

    def print(self, price: Decimal, amount: Decimal, time_ns: int, side: Side, type: TradeType) -> PublicTrade:
        """Put a trade onto the tape and into the candles.

        Args:
            price: on the tick.
            amount: base units, whole lots.
            time_ns: moved on by a nanosecond where the trade before has the same.
            side: the taker's.
            type: the taker's order.
        """
        ticks, lots = self.instrument.ticks_of(price), int(amount / self.instrument.lot)
        if len(self._tape) >= KEPT:
            self._make_past()  # from now on the oldest trades are cut off, which belong into its candles
        id, time_ns = self._tape.add(ticks, lots, time_ns, side, type)
        self._candles.add(ticks, lots, time_ns)
        self.last, self._spans = price, None
        symbol = self.instrument.symbol
        return PublicTrade(id=id, symbol=symbol, side=side, type=type, price=price, amount=amount, time_ns=time_ns)

    def seed(self, bars: Sequence[Bar], now_ns: int) -> None:
        """Put a past of closed minutes, oldest first, before the first trade.

        Its trades are made up when somebody looks: at most pairs of a sandbox nobody does.
        """
        live = self._tape.rows()
        until = (live[0][2] if live else now_ns) // MINUTE
        self._past = [bar for bar in bars if bar.open_ns // MINUTE < until and bar.low > 0]
        if not self._past:
            return
        close = self.instrument.price_of(self._past[-1].close)
        self._smallest(close)
        self._spans = None
        if self.last is None:
            self.last = close

    def _make_past(self) -> None:
        if not self._past:
            return
        past, self._past = self._past, ()
        candles, tape = self._making_up.past(self.instrument, past, self._unit)
        for ticks, lots, time_ns in self._tape.rows():
            candles.add(ticks, lots, time_ns)
        self._tape.prepend(tape)
        self._candles, self._spans = candles, None

    def spans(self, last: Decimal, now_ns: int) -> Spans:
        """The day so far and the last 24 hours, made anew after a trade or with a new minute.

        Args:
            last: stands in where nothing was traded.
            now_ns: the time.
        """
        if self._spans is not None and self._spans_at == now_ns // MINUTE:
            return self._spans
        flat = Span(volume=Decimal(0), vwap=last, trades=0, low=last, high=last)
        row, day, instrument = self.candles.today(now_ns), self.candles.day, self.instrument
        day.advance(now_ns)
        today, opened = flat, last
        if row is not None:
            today = span(row.lots, row.cost, row.count, row.low, row.high, instrument)
            opened = instrument.price_of(row.open)
        rolling, opened_24h = flat, last if day.open is None else instrument.price_of(day.open)
        if day.low is not None and day.high is not None:
            rolling = span(day.lots, day.cost, day.count, day.low, day.high, instrument)
        self._spans, self._spans_at = (today, rolling, opened, opened_24h), now_ns // MINUTE
        return self._spans
