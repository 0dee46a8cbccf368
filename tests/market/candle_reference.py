"""Candles in plain steps, from trades one by one: what every source must agree with."""

from collections.abc import Iterable

from msgspec import Struct

from kraken_tui.clock import SECOND
from kraken_tui.exchange.channels import CandleRow
from kraken_tui.market.candles import SPAN_NS, Closing
from kraken_tui.model.candle import Candle

YEAR_NS = 1_767_225_600 * SECOND
T0 = YEAR_NS + 86_400 * SECOND
"""2026-01-02T00:00:00Z, the begin of a span."""


class Trade(Struct, frozen=True):
    """What somebody bought or sold."""

    time_ns: int
    ticker: int
    price: float
    amount: float


def reference(trades: Iterable[Trade], ticker: int, open_ns: int) -> Candle | None:
    """The candle of a span; flat at the last close without a trade, None before the first trade."""
    inside: list[Trade] = []
    close = None
    for trade in trades:
        if trade.ticker != ticker or trade.time_ns >= open_ns + SPAN_NS:
            continue
        if trade.time_ns >= open_ns:
            inside.append(trade)
        else:
            close = trade.price
    if not inside:
        return None if close is None else Candle(open_ns, close, close, close, close, 0.0)
    prices = [trade.price for trade in inside]
    volume = 0.0
    for trade in inside:
        volume += trade.amount
    return Candle(open_ns, prices[0], max(prices), min(prices), prices[-1], volume)


def told(closing: Closing, ticker: int) -> Candle:
    """What a closing says of a ticker."""
    columns = (closing.open, closing.high, closing.low, closing.close, closing.volume)
    return Candle(closing.open_ns, *(float(column[ticker]) for column in columns))


def wire_row(trades: Iterable[Trade], ticker: int, open_ns: int, symbol: str) -> CandleRow:
    """The candle of a span as Kraken would send it after the last of `trades`, which must reach into the span."""
    mine = list(trades)
    candle = reference(mine, ticker, open_ns)
    assert candle is not None
    count = sum(trade.ticker == ticker and 0 <= trade.time_ns - open_ns < SPAN_NS for trade in mine)
    return CandleRow(
        symbol=symbol, open=candle.open, high=candle.high, low=candle.low, close=candle.close, volume=candle.volume,
        trades=count, interval_begin=begin_text(open_ns),
    )  # fmt: skip


def begin_text(open_ns: int) -> str:
    """A time as the channel writes it."""
    minutes = (open_ns - YEAR_NS) // (60 * SECOND)
    days, rest = divmod(minutes, 1440)
    return f"2026-01-{1 + days:02d}T{rest // 60:02d}:{rest % 60:02d}:00.000000000Z"
