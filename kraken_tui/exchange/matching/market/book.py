"""The book as the public sees it: what the market has left, and our own resting orders in it."""

from decimal import Decimal, localcontext
from itertools import islice

from msgspec import Struct

from kraken_tui.exchange.matching.exact import EXACT
from kraken_tui.exchange.matching.market.liquidity import Level, standing
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import VenueState
from kraken_tui.exchange.matching.trading.modes import trades
from kraken_tui.model.trading import Side

ZERO = Decimal(0)


class Book(Struct, frozen=True, kw_only=True):
    """Both sides, best price first; base units per price."""

    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()


def visible_book(state: VenueState, rules: Rules, symbol: str, depth: int) -> Book:
    """The best `depth` levels of each side; empty while the pair can't be traded. Of an iceberg only what shows."""
    market = state.markets.get(symbol)
    if market is None or not market.tradable or not trades(rules, symbol):
        return Book()
    instrument, own = rules.instruments[symbol], _own(state, symbol)
    with localcontext(EXACT):
        bids = list(islice(standing(market, Side.SELL, instrument, rules.impact), depth))
        asks = list(islice(standing(market, Side.BUY, instrument, rules.impact), depth))
    return Book(bids=_merged(bids, own[Side.BUY], depth), asks=_merged(asks, own[Side.SELL], depth, rising=True))


def _own(state: VenueState, symbol: str) -> dict[Side, list[Level]]:
    """What each of our own resting orders shows."""
    shown: dict[Side, list[Level]] = {Side.BUY: [], Side.SELL: []}
    for order in state.orders.values():
        if order.symbol == symbol and order.stands and order.limit_price is not None:
            shown[order.side].append((order.limit_price, order.visible))
    return shown


def _merged(levels: list[Level], own: list[Level], depth: int, *, rising: bool = False) -> tuple[Level, ...]:
    """Both in one row, best first, one level per price."""
    if not own:
        return tuple(levels)
    by_price: dict[Decimal, Decimal] = dict(levels)
    for price, amount in own:
        by_price[price] = by_price.get(price, ZERO) + amount
    return tuple(sorted(by_price.items(), reverse=not rising)[:depth])
