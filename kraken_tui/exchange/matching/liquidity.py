"""What stands in a market: real levels where there is a book, else a ladder behind the best prices.

Takers walk it and deplete it; the next update of the market refreshes it.
"""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

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
    bid_taken: Decimal = ZERO
    ask_taken: Decimal = ZERO

    def best(self, side: Side) -> Decimal:
        """The best price that an order of `side` meets: the ask for a buy."""
        return self.quote.ask if side is Side.BUY else self.quote.bid


def is_sound(quote: Quote | None) -> bool:
    """Whether both sides are there and not crossed."""
    if quote is None or not (quote.bid.is_finite() and quote.ask.is_finite()):
        return False
    return ZERO < quote.bid <= quote.ask


def refreshed(
    before: Market | None, quote: Quote | None, bids: tuple[Level, ...] = (), asks: tuple[Level, ...] = ()
) -> Market | None:
    """The market after an update: untouched liquidity, or the last good prices marked as not tradable."""
    if quote is not None and is_sound(quote):
        return Market(quote=quote, bids=bids, asks=asks)
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


def standing(market: Market, side: Side, instrument: Instrument, impact: Impact) -> Iterator[Level]:
    """The levels that an order of `side` could take now, best first, each cut to the lot."""
    taken = market.ask_taken if side is Side.BUY else market.bid_taken
    real = market.asks if side is Side.BUY else market.bids
    for price, amount in real or _ladder(market, side, instrument, impact):
        left = instrument.amount_down(max(amount - taken, ZERO))
        taken = max(taken - amount, ZERO)
        if left > ZERO:
            yield price, left


def within(price: Decimal, bound: Decimal, side: Side) -> bool:
    """Whether an order of `side` that pays `bound` at worst may trade at `price`."""
    return price <= bound if side is Side.BUY else price >= bound


def take(market: Market, side: Side, amount: Decimal) -> Market:
    """The market after an order of `side` took `amount`."""
    if side is Side.BUY:
        return replace(market, ask_taken=market.ask_taken + amount)
    return replace(market, bid_taken=market.bid_taken + amount)
