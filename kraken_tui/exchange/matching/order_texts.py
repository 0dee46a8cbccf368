"""Kraken's words for orders."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kraken_tui.exchange.matching.orders import CloseTemplate, OrderRecord, Trail
    from kraken_tui.model.instrument import Instrument


def describe_trail(trail: Trail, decimals: int | None) -> tuple[str, str]:
    """A trail in Kraken's words: distance and limit offset, such as `+5.0000%` and `-50.0`; empty without an offset.

    Args:
        trail: what to describe.
        decimals: of the pair's prices; None: digits as they were given.
    """
    distance = _signed(trail.distance, trail.percent, decimals)
    if trail.limit_offset is None:
        return distance, ""
    return distance, _signed(trail.limit_offset, trail.limit_percent, decimals)


def _signed(value: Decimal, percent: bool, decimals: int | None) -> str:
    if percent:
        return f"{value:+.4f}%"
    return f"{value:+f}" if decimals is None else f"{value:+.{decimals}f}"


def _terms(order: OrderRecord | CloseTemplate, decimals: int | None) -> str:
    if order.trail is not None:
        prices = [text for text in describe_trail(order.trail, decimals) if text]
    else:
        given = (price for price in (order.trigger_price, order.limit_price) if price is not None)
        prices = [f"{price:f}" if decimals is None else f"{price:.{decimals}f}" for price in given]
    return " ".join([order.rule.words, " -> limit ".join(prices)]).strip()


def describe(order: OrderRecord, instrument: Instrument) -> str:
    """Kraken's order text, such as `buy 0.01000000 XBTUSD @ limit 60000.0 with 5:1 leverage`."""
    margin = f" with {order.leverage}:1 leverage" if order.leverage > 1 else ""
    terms = _terms(order, instrument.price_decimals)
    return f"{order.side} {order.volume:.8f} {instrument.altname} @ {terms}{margin}"


def describe_close(close: CloseTemplate | None, instrument: Instrument | None = None) -> str:
    """Kraken's text of a conditional close, such as `close position @ stop loss 22000.0`; empty without one."""
    decimals = None if instrument is None else instrument.price_decimals
    return f"close position @ {_terms(close, decimals)}" if close else ""
