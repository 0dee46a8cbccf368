"""Kraken's answers to OHLC as bars of a minute and candles of five, however strange the answers are."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from math import isfinite
from typing import TypeVar

from msgspec.structs import replace

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.exchange.public_rest import Candle as Row
from kraken_tui.market.candles import REACH, SPAN_NS, last_closed
from kraken_tui.market.kraken_tickers import LARGEST, LARGEST_AMOUNT
from kraken_tui.model.candle import Candle
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Bar

Made = TypeVar("Made", Bar, Candle)


def closed_bars(instrument: Instrument, rows: Sequence[Row], now_ns: int, count: int) -> list[Bar]:
    """The last `count` closed minutes before `now_ns`, oldest first; fewer where the past is not known so far back.

    A minute without a candle is flat at the close before it, which may lie before the first of them. A candle is left
    out if it is open or in the future, older than Kraken's answers reach, out of order, not on a whole minute, or if
    its numbers are no prices.
    """
    return _closed(rows, MINUTE, now_ns - now_ns % MINUTE, count, lambda row: _bar(instrument, row), _flat_bar)


def closed_candles(instrument: Instrument, rows: Sequence[Row], now_ns: int, count: int) -> list[Candle]:
    """The last `count` spans of five minutes that were closed at `now_ns`, as `closed_bars` tells minutes."""
    ends_ns = last_closed(now_ns) + SPAN_NS
    return _closed(rows, SPAN_NS, ends_ns, count, lambda row: _candle(instrument, row), _flat_candle)


def _closed(
    rows: Sequence[Row],
    span_ns: int,
    ends_ns: int,
    count: int,
    make: Callable[[Row], Made | None],
    flat: Callable[[Made, int], Made],
) -> list[Made]:
    begins_ns = ends_ns - count * span_ns
    newest_ns = ends_ns - max(REACH, count) * span_ns - 1
    known: dict[int, Made] = {}
    before: Made | None = None
    for row in rows:
        open_ns = row.time_s * SECOND
        if not newest_ns < open_ns < ends_ns or open_ns % span_ns or (made := make(row)) is None:
            continue
        newest_ns = open_ns
        if open_ns < begins_ns:
            before = made
        else:
            known[open_ns] = made
    told: list[Made] = []
    for open_ns in range(begins_ns, ends_ns, span_ns):
        this = known.get(open_ns) or (flat(before, open_ns) if before is not None else None)
        if this is not None:
            told.append(this)
            before = this
    return told


def _flat_bar(before: Bar, open_ns: int) -> Bar:
    return Bar(open_ns, before.close, before.close, before.close)


def _flat_candle(before: Candle, open_ns: int) -> Candle:
    close = before.close
    return replace(before, open_ns=open_ns, open=close, high=close, low=close, volume=0.0)


def _bar(instrument: Instrument, row: Row) -> Bar | None:
    """The row in ticks; None if a number is missing, not finite, not positive, huge, or outside of high and low."""
    try:
        high, low, close = (_ticks(instrument, price) for price in (row.high, row.low, row.close))
    except (ArithmeticError, ValueError):
        return None
    return Bar(row.time_s * SECOND, high, low, close) if 1 <= low <= close <= high else None


def _ticks(instrument: Instrument, text: str) -> int:
    price = Decimal(text)
    if not 0 < price < instrument.tick * int(LARGEST):
        raise ValueError(f"{text} is no price of {instrument.symbol}")
    return instrument.ticks_of(price)


def _candle(instrument: Instrument, row: Row) -> Candle | None:
    """The row as floats; None where `_bar` would be, and if open or volume is none."""
    if _bar(instrument, row) is None:
        return None
    try:
        opened, high, low, close = (float(price) for price in (row.open, row.high, row.low, row.close))
        volume = float(row.volume)
    except (ValueError, TypeError):
        return None
    if not (isfinite(opened) and low <= opened <= high and 0 <= volume < LARGEST_AMOUNT):
        return None
    return Candle(row.time_s * SECOND, opened, high, low, close, volume)
