"""A market with less in it: how an order is made to fill only in part at once (a fault)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from kraken_tui.exchange.matching import venue as core
from kraken_tui.exchange.matching.messages import Accepted, Add, Edit, Filled, MarketUpdate
from kraken_tui.model.errors import ExchangeError

if TYPE_CHECKING:
    from kraken_tui.sandbox.venue import Venue


def would_fill(venue: Venue, message: Add | Edit) -> bool:
    """Whether the order would be accepted and fill at once, at least in part; tried out on a copy of the account."""
    try:
        events = core.apply(venue.state.copy(), message, venue.rules)
    except ExchangeError:
        return False
    accepted = {event.order.id for event in events if isinstance(event, Accepted)}
    return any(isinstance(event, Filled) and event.order.id in accepted for event in events)


def thin_market(venue: Venue, symbol: str, amount: Decimal, now_ns: int) -> None:
    """Leave no more than `amount` base units (cut to the lot) on each side, at the best prices.

    It lasts until the market's next update. A market that can't be traded stays as it is.
    """
    market = venue.state.markets.get(symbol)
    if market is None or not market.tradable:
        return
    left = venue.rules.instruments[symbol].amount_down(amount)
    quote = replace(market.quote, last=market.last)
    bids, asks = ((quote.bid, left),), ((quote.ask, left),)
    venue.apply(MarketUpdate(symbol=symbol, quote=quote, bids=bids, asks=asks, index=market.index, time_ns=now_ns))
