"""The latest frame as exact quotes: where signals become money again."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from kraken_tui.clock import SECOND
from kraken_tui.market.feed import Frame
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import FeedState, Quote


class QuoteBoard:
    """Answers for the quote of a symbol now; quotes are made only when asked for, and once a frame."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self._instruments = instruments
        self._index = {instrument.symbol: place for place, instrument in enumerate(instruments)}
        self._frame: Frame | None = None
        self._made: dict[str, Quote | None] = {}

    def update(self, frame: Frame) -> None:
        """Take a new frame."""
        self._frame = frame
        self._made.clear()

    @property
    def state(self) -> FeedState:
        """How far the prices can be trusted."""
        return FeedState.STARTING if self._frame is None else self._frame.state

    def age_s(self, now_ns: int) -> float:
        """Seconds since the feed last spoke."""
        return 0.0 if self._frame is None else max(0, now_ns - self._frame.heard_ns) / SECOND

    def quote(self, symbol: str) -> Quote | None:
        """The quote of a symbol; None while a side is missing, crossed, or the pair is delisted."""
        if symbol not in self._made:
            self._made[symbol] = self._make(symbol)
        return self._made[symbol]

    def quotes(self, symbols: Iterable[str]) -> list[Quote]:
        """The quotes of several symbols, those without one left out."""
        return [quote for symbol in symbols if (quote := self.quote(symbol)) is not None]

    def _make(self, symbol: str) -> Quote | None:
        place, frame = self._index.get(symbol), self._frame
        if frame is None or place is None or not frame.listed[place]:
            return None
        bid, ask, last = int(frame.bid[place]), int(frame.ask[place]), int(frame.last[place])
        if bid <= 0 or ask < bid:
            return None
        instrument = self._instruments[place]
        return Quote(
            symbol=symbol,
            bid=instrument.price_of(bid),
            ask=instrument.price_of(ask),
            bid_amount=_amount(instrument, float(frame.bid_amount[place])),
            ask_amount=_amount(instrument, float(frame.ask_amount[place])),
            last=instrument.price_of(last if last > 0 else (bid + ask) // 2),
            time_ns=int(frame.changed_ns[place]),
        )


def _amount(instrument: Instrument, shown: float) -> Decimal:
    return instrument.amount_down(Decimal(repr(shown))) if shown > 0 else Decimal(0)
