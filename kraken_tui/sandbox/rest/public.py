"""Kraken's public endpoints: what anybody may ask about the exchange and its markets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, cast

from kraken_tui.clock import SECOND
from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.market.book import visible_book
from kraken_tui.exchange.matching.market.liquidity import Level
from kraken_tui.model.instrument import Instrument
from kraken_tui.sandbox.market.candles import INTERVALS
from kraken_tui.sandbox.market.pairs import Info
from kraken_tui.sandbox.market.tape import KEPT
from kraken_tui.sandbox.market.values import Candle, PublicTrade, Ticker
from kraken_tui.sandbox.rest.forms import Params

if TYPE_CHECKING:
    from kraken_tui.sandbox.parts import Parts

MOST_LEVELS = 500
USUAL_LEVELS = 100
PADDED = 5
"""Decimals at least of a price in tickers, books, trades and spreads."""
NANOSECONDS_FROM = Decimal(10**14)
"""A `since` from here on is told in nanoseconds, below in seconds; seconds reach this in the year 3 million."""


def server_time(parts: Parts, params: Params) -> dict[str, Any]:
    """Time."""
    seconds = _told_ns(parts) // SECOND
    moment = datetime.fromtimestamp(seconds, UTC)
    return {"unixtime": seconds, "rfc1123": f"{moment:%a}, {moment.day:2d} {moment:%b %y %H:%M:%S} +0000"}


def system_status(parts: Parts, params: Params) -> dict[str, Any]:
    """SystemStatus."""
    moment = datetime.fromtimestamp(_told_ns(parts) // SECOND, UTC)
    return {"status": parts.venue.rules.system, "timestamp": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}


def _told_ns(parts: Parts) -> int:
    """The time as the exchange tells it: with the skew of an injected fault."""
    return parts.clock.now_ns() + parts.faults.skew_ns


def assets(parts: Parts, params: Params) -> dict[str, Any]:
    """Assets."""
    codes = list(dict.fromkeys(parts.pairs.asset(name) for name in params.names("asset")))
    if params.text("aclass", "currency") != "currency":
        return {}
    return parts.pairs.assets_answer(codes, margin_rate=parts.venue.rules.fees.margin)


def asset_pairs(parts: Parts, params: Params) -> dict[str, Any]:
    """AssetPairs."""
    info = params.text("info", "info")
    if info not in ("info", "leverage", "fees", "margin"):
        raise params.invalid("info")
    if params.text("aclass_base", "currency") != "currency":
        return {}
    return parts.pairs.pairs_answer(params.names("pair"), cast(Info, info), rules=parts.venue.rules.instruments)


def ticker(parts: Parts, params: Params) -> dict[str, Any]:
    """Ticker. A pair that has not had a price yet is left out."""
    told = {}
    for key, instrument in parts.pairs.keyed(params.names("pair")).items():
        now = parts.market.ticker(instrument.symbol)
        if now is not None:
            told[key] = _ticker(now, instrument)
    return told


def _ticker(now: Ticker, instrument: Instrument) -> dict[str, Any]:
    def price(value: Decimal) -> str:
        return _padded(value, instrument)

    return {
        "a": [price(now.ask), f"{int(now.ask_amount)}", _short(now.ask_amount, instrument)],
        "b": [price(now.bid), f"{int(now.bid_amount)}", _short(now.bid_amount, instrument)],
        "c": [price(now.last), _volume(now.last_amount)],
        "v": [_volume(now.today.volume), _volume(now.day.volume)],
        "p": [price(now.today.vwap), price(now.day.vwap)],
        "t": [now.today.trades, now.day.trades],
        "l": [price(now.today.low), price(now.day.low)],
        "h": [price(now.today.high), price(now.day.high)],
        "o": price(now.open),
    }


def ohlc(parts: Parts, params: Params) -> dict[str, Any]:
    """OHLC. `since` leaves out what begins then or before; the last row is still open."""
    key, instrument = _one_pair(parts, params)
    interval, since_ns = params.whole("interval", 1), params.moment_ns("since")
    if interval not in INTERVALS:
        raise error_for("EGeneral:Invalid arguments")
    candles = parts.market.candles(instrument.symbol, interval)
    last = candles[-2].begin_ns // SECOND if len(candles) > 1 else 0
    rows = [_candle(each, instrument) for each in candles if since_ns is None or each.begin_ns > since_ns]
    return {key: rows, "last": last}


def _candle(candle: Candle, instrument: Instrument) -> list[Any]:
    digits = instrument.price_decimals
    prices = [f"{price:.{digits}f}" for price in (candle.open, candle.high, candle.low, candle.close)]
    vwap = f"{candle.vwap:.{digits}f}" if candle.trades else "0.0"
    return [candle.begin_ns // SECOND, *prices, vwap, _volume(candle.volume), candle.trades]


def depth(parts: Parts, params: Params) -> dict[str, Any]:
    """Depth: the market's liquidity and our own resting orders."""
    key, instrument = _one_pair(parts, params)
    count = params.whole("count", USUAL_LEVELS)
    if not 1 <= count <= MOST_LEVELS:
        raise params.invalid("count")
    venue = parts.venue
    book, market = visible_book(venue.state, venue.rules, instrument.symbol, count), venue.state.markets
    seconds = market[instrument.symbol].quote.time_ns // SECOND if instrument.symbol in market else 0

    def rows(levels: tuple[Level, ...]) -> list[list[Any]]:
        return [[_padded(price, instrument), _short(amount, instrument), seconds] for price, amount in levels]

    return {key: {"asks": rows(book.asks), "bids": rows(book.bids)}}


def trades(parts: Parts, params: Params) -> dict[str, Any]:
    """Trades: the last ones, or the first ones after `since`; `last` is where the next page begins."""
    key, instrument = _one_pair(parts, params)
    count, since_ns = params.whole("count", KEPT), _since_ns(params)
    if not 1 <= count <= KEPT:
        raise params.invalid("count")
    market, symbol = parts.market, instrument.symbol
    page = market.trades(symbol, count) if since_ns is None else market.trades_after(symbol, since_ns, count)
    last_ns = page[-1].time_ns if page else since_ns or 0
    return {key: [_trade(trade, instrument) for trade in page], "last": str(last_ns)}


def _trade(trade: PublicTrade, instrument: Instrument) -> list[Any]:
    price, side, type = _padded(trade.price, instrument), trade.side.value[0], trade.type[0]
    return [price, _volume(trade.amount), trade.time_ns / SECOND, side, type, "", trade.id]


def spread(parts: Parts, params: Params) -> dict[str, Any]:
    """Spread: the last changes of the best prices. `since` includes its own second, as Kraken states."""
    key, instrument = _one_pair(parts, params)
    since_ns = _since_ns(params) or 0
    rows = [
        [each.time_ns // SECOND, _padded(each.bid, instrument), _padded(each.ask, instrument)]
        for each in parts.market.spreads(instrument.symbol)
        if each.time_ns >= since_ns
    ]
    return {key: rows, "last": rows[-1][0] if rows else since_ns // SECOND}


def _one_pair(parts: Parts, params: Params) -> tuple[str, Instrument]:
    """The key of the answer and the pair, where exactly one is asked for."""
    keyed = parts.pairs.keyed([params.required("pair")])
    return next(iter(keyed.items()))


def _since_ns(params: Params) -> int | None:
    """Seconds or nanoseconds: clients send both."""
    since = params.decimal("since")
    if since is None:
        return None
    return int(since if since >= NANOSECONDS_FROM else since * SECOND)


def _padded(price: Decimal, instrument: Instrument) -> str:
    return f"{price:.{max(PADDED, instrument.price_decimals)}f}"


def _volume(amount: Decimal) -> str:
    return f"{amount:.8f}"


def _short(amount: Decimal, instrument: Instrument) -> str:
    """Three decimals, as Kraken tells depth; more where nothing of the amount would be left."""
    digits = 3 if amount >= Decimal("0.001") or not amount else max(3, instrument.lot_decimals)
    return f"{amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN):f}"


PublicEndpoint = Callable[["Parts", Params], Any]

PUBLIC: dict[str, PublicEndpoint] = {
    "Time": server_time,
    "SystemStatus": system_status,
    "Assets": assets,
    "AssetPairs": asset_pairs,
    "Ticker": ticker,
    "OHLC": ohlc,
    "Depth": depth,
    "Trades": trades,
    "Spread": spread,
}
