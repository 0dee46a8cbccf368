"""What the volume of a draft means: base units or quote units."""

from __future__ import annotations

from decimal import Decimal, DecimalException
from typing import TYPE_CHECKING

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.market.book import visible_book
from kraken_tui.model.instrument import Instrument
from kraken_tui.sandbox.orders.pricing import NO_MARKET
from kraken_tui.sandbox.orders.words import invalid, is_plain

if TYPE_CHECKING:
    from kraken_tui.sandbox.venue import Venue

ZERO = Decimal(0)
_BOOK_DEPTH = 1000


def base_amount(volume: Decimal, venue: Venue, instrument: Instrument, *, is_quote: bool) -> Decimal:
    """Base units: as given, or what a quote volume buys of the book now.

    Args:
        volume: as worded; 0 stays 0, which the core takes for all of a position.
        venue: whose book counts.
        instrument: the pair.
        is_quote: it is in quote units (`viqc`).

    Raises:
        ExchangeError: `EGeneral:Invalid arguments:volume`, or `EService:Unavailable` where there is no book.
    """
    if not is_plain(volume):
        raise invalid("volume")
    return _bought_for(volume, venue, instrument) if is_quote else volume


def _bought_for(quote_volume: Decimal, venue: Venue, instrument: Instrument) -> Decimal:
    """How much `quote_volume` buys of what stands now, fees apart, cut to the lot; the last price goes on for ever."""
    asks = visible_book(venue.state, venue.rules, instrument.symbol, _BOOK_DEPTH).asks
    if not asks:
        raise error_for(NO_MARKET)
    amount, left, price = ZERO, quote_volume, ZERO
    for price, there in asks:
        bought = min(there, left / price)
        amount, left = amount + bought, left - bought * price
        if left <= ZERO:
            break
    try:
        return instrument.amount_down(amount + max(left, ZERO) / price)
    except DecimalException as error:
        raise invalid("volume") from error
