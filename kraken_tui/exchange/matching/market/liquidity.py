"""What stands in a market: real levels where there is a book, else a ladder behind the best prices.

Takers walk it and deplete it; the next update of the market refreshes it.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.exchange.matching.market import grid
from kraken_tui.exchange.matching.rules import Impact
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Side

Level = tuple[Decimal, Decimal]
"""Price, and base units that stand there."""

ZERO = Decimal(0)
HUNDRED = Decimal(100)


class Market(Struct, frozen=True, kw_only=True):
    """The last good prices of an instrument, and how much of them our own orders have taken."""

    quote: Quote
    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()
    tradable: bool = True
    """False once the market went away or crossed; the last good prices stay as marks."""
    traded: Decimal | None = None
    """The last price, where one of our own orders made it; the next update replaces it."""
    index: Decimal | None = None
    bid_taken: Decimal = ZERO
    ask_taken: Decimal = ZERO

    @property
    def last(self) -> Decimal:
        """The last trade, our own included."""
        return self.quote.last if self.traded is None else self.traded

    def best(self, side: Side) -> Decimal:
        """The best price that an order of `side` meets: the ask for a buy."""
        return self.quote.ask if side is Side.BUY else self.quote.bid


def is_sound(quote: Quote | None) -> bool:
    """Whether both sides are there and not crossed."""
    if quote is None or not (quote.bid.is_finite() and quote.ask.is_finite()):
        return False
    return ZERO < quote.bid <= quote.ask


def refreshed(
    before: Market | None,
    quote: Quote | None,
    bids: tuple[Level, ...] = (),
    asks: tuple[Level, ...] = (),
    index: Decimal | None = None,
) -> Market | None:
    """The market after an update: untouched liquidity, or the last good prices marked as not tradable."""
    if quote is not None and is_sound(quote):
        return Market(quote=quote, bids=bids, asks=asks, index=index)
    return None if before is None else replace(before, tradable=False)


def _worse(price: Decimal, side: Side, instrument: Instrument) -> Decimal:
    ticks = instrument.ticks_above(price) if side is Side.BUY else instrument.ticks_below(price)
    return instrument.price_of(ticks)


def _ladder(market: Market, side: Side, instrument: Instrument, impact: Impact) -> Iterator[Level]:
    best = market.best(side)
    shown = market.quote.ask_amount if side is Side.BUY else market.quote.bid_amount
    # What is shown at the best price is often a crumb; behind it stands at least the stated depth.
    behind = max(shown, impact.depth / best)
    step = 1 + side.sign * impact.worse / HUNDRED
    for slice_ in range(impact.slices):
        price = _worse(best * step**slice_, side, instrument)
        if price > ZERO:
            yield price, shown if slice_ == 0 and shown > ZERO else behind


def _on_grid(market: Market, side: Side, instrument: Instrument, impact: Impact) -> Iterator[Level]:
    best = market.best(side)
    shown = market.quote.ask_amount if side is Side.BUY else market.quote.bid_amount
    yield best, shown if shown > ZERO else impact.depth / best
    yield from grid.ladder(best, rising=side is Side.BUY, instrument=instrument, impact=impact)


def standing(market: Market, side: Side, instrument: Instrument, impact: Impact) -> Iterator[Level]:
    """The levels that an order of `side` could take now, best first, each cut to the lot."""
    taken = market.ask_taken if side is Side.BUY else market.bid_taken
    levels = market.asks if side is Side.BUY else market.bids
    if levels:
        return _left(levels, taken, instrument)
    if not impact.on_grid:
        return _left(_ladder(market, side, instrument, impact), taken, instrument)
    return _left(_on_grid(market, side, instrument, impact), taken, instrument, whole_lots_behind=True)


def _left(
    levels: Iterable[Level], taken: Decimal, instrument: Instrument, *, whole_lots_behind: bool = False
) -> Iterator[Level]:
    """What is left of `levels` once `taken` is gone from the best of them."""
    row = iter(levels)
    for price, whole in row:
        amount = instrument.amount_down(whole)
        left, taken = max(amount - taken, ZERO), max(taken - amount, ZERO)
        if left > ZERO:
            yield price, left
        if whole_lots_behind and not taken:
            yield from row
            return


def within(price: Decimal, bound: Decimal, side: Side) -> bool:
    """Whether an order of `side` that pays `bound` at worst may trade at `price`."""
    return price <= bound if side is Side.BUY else price >= bound


def take(market: Market, side: Side, amount: Decimal, price: Decimal) -> Market:
    """The market after an order of `side` took `amount` at `price`."""
    if side is Side.BUY:
        return replace(market, ask_taken=market.ask_taken + amount, traded=price)
    return replace(market, bid_taken=market.bid_taken + amount, traded=price)
