"""Kraken's one-minute candles as bars, however strange the candles are."""

from collections.abc import Sequence
from decimal import Decimal

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.exchange.public_rest import Candle
from kraken_tui.market.kraken_tickers import LARGEST
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Bar

REACH = 720
"""Candles in an answer to OHLC at most: a close older than as many minutes starts no bar."""


def closed_bars(instrument: Instrument, candles: Sequence[Candle], now_ns: int, count: int) -> list[Bar]:
    """The last `count` closed minutes before `now_ns`, oldest first; fewer where the past is not known so far back.

    A minute without a candle is flat at the close before it, which may lie before the first of them. A candle is left
    out if it is open or in the future, older than Kraken's answers reach, out of order, not on a whole minute, or if
    its numbers are no prices.
    """
    ends_ns = now_ns - now_ns % MINUTE
    begins_ns = ends_ns - count * MINUTE
    newest_ns = ends_ns - max(REACH, count) * MINUTE - 1
    known: dict[int, Bar] = {}
    before: Bar | None = None
    for candle in candles:
        open_ns = candle.time_s * SECOND
        if not newest_ns < open_ns < ends_ns or open_ns % MINUTE or (bar := _bar(instrument, candle)) is None:
            continue
        newest_ns = open_ns
        if open_ns < begins_ns:
            before = bar
        else:
            known[open_ns] = bar
    return _without_gaps(known, before, range(begins_ns, ends_ns, MINUTE))


def _without_gaps(known: dict[int, Bar], before: Bar | None, minutes: range) -> list[Bar]:
    bars: list[Bar] = []
    for open_ns in minutes:
        bar = known.get(open_ns)
        if bar is None and before is not None:
            bar = Bar(open_ns, before.close, before.close, before.close)
        if bar is not None:
            bars.append(bar)
            before = bar
    return bars


def _bar(instrument: Instrument, candle: Candle) -> Bar | None:
    """The candle in ticks; None if a number is missing, not finite, not positive, huge, or outside of high and low."""
    try:
        high, low, close = (_ticks(instrument, price) for price in (candle.high, candle.low, candle.close))
    except (ArithmeticError, ValueError):
        return None
    return Bar(candle.time_s * SECOND, high, low, close) if 1 <= low <= close <= high else None


def _ticks(instrument: Instrument, text: str) -> int:
    price = Decimal(text)
    if not 0 < price < instrument.tick * int(LARGEST):
        raise ValueError(f"{text} is no price of {instrument.symbol}")
    return instrument.ticks_of(price)
