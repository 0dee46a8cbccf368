"""Which price a trigger looks at, and how a trailing stop follows it."""

from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.exchange.matching.market.liquidity import Market
from kraken_tui.exchange.matching.orders import OrderRecord, Signal, Trail
from kraken_tui.exchange.matching.rules import Policies
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Side

HUNDRED = Decimal(100)


def signal_price(order: OrderRecord, market: Market, policies: Policies) -> Decimal:
    """The price that the order's trigger looks at. An index that is not there is replaced by the last trade."""
    if policies.trigger_by == "quote":
        return market.best(order.side)
    if order.signal is Signal.INDEX and market.index is not None:
        return market.index
    return market.last


def trigger_at(peak: Decimal, trail: Trail, side: Side, instrument: Instrument) -> Decimal:
    """Where a trailing stop triggers after `peak`; one tick at least.

    To the tick, rounded away from the peak: down for a sell, up for a buy. So it is never nearer than was asked.
    """
    distance = peak * trail.distance / HUNDRED if trail.percent else trail.distance
    if side is Side.SELL:
        return instrument.price_of(max(1, instrument.ticks_below(peak - distance)))
    return instrument.price_of(instrument.ticks_above(peak + distance))


def limit_at(trigger: Decimal, trail: Trail, instrument: Instrument) -> Decimal | None:
    """The limit of a trailing stop that triggered at `trigger`, to the nearest tick, one tick at least."""
    if trail.limit_offset is None:
        return None
    offset = trigger * trail.limit_offset / HUNDRED if trail.limit_percent else trail.limit_offset
    return instrument.price_of(max(1, instrument.ticks_of(trigger + offset)))


def followed(order: OrderRecord, price: Decimal, instrument: Instrument) -> OrderRecord:
    """A trailing stop after it has seen `price`; its trigger moves with the peak, and never back."""
    trail, peak = order.trail, order.peak_price
    if trail is None or (peak is not None and (price - peak) * order.side.sign >= 0):
        return order
    trigger = trigger_at(price, trail, order.side, instrument)
    before = order.trigger_price
    if before is not None and (trigger - before) * order.side.sign > 0:
        trigger = before
    return replace(order, peak_price=price, trigger_price=trigger)
