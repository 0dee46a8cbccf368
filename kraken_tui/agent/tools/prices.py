"""Looks at the market: price, candles, book, movers, regime."""

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from kraken_tui import clock
from kraken_tui.agent.requests import BookQuestion, CandlesQuestion, MoversQuestion, PriceQuestion, RegimeQuestion
from kraken_tui.agent.tools.sources import Sources
from kraken_tui.agent.tools.tool import Facts, answered
from kraken_tui.agent.turns import TurnContext
from kraken_tui.model.candle import CANDLE_S
from kraken_tui.model.errors import UsageError
from kraken_tui.model.fact import ToolResult
from kraken_tui.model.market import Quote
from kraken_tui.model.snapshot import NO_VELOCITY

BACK = {"1h": 3_600 // CANDLE_S, "24h": 86_400 // CANDLE_S}
"""Candles."""


async def price(question: PriceQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """Bid, ask, spread and last price."""
    symbol = sources.symbol(question.symbol)
    quote, snapshot = sources.quote(symbol), sources.seen()
    facts = Facts(sources.now_ns())
    spread_bps = _quote_facts(facts, quote)
    age_s = max(0, sources.now_ns() - quote.time_ns) // clock.SECOND
    lines = [
        f"{symbol} bid {quote.bid:f}, ask {quote.ask:f}, last {quote.last:f}, spread {spread_bps:.1f} bps; "
        f"changed {age_s} s ago"
    ]
    data: dict[str, object] = {"symbol": symbol, "bid": f"{quote.bid:f}", "ask": f"{quote.ask:f}",
                               "last": f"{quote.last:f}", "spread_bps": f"{spread_bps:.2f}"}  # fmt: skip
    for span, back in BACK.items():
        if (change := _change(sources, symbol, back)) is not None:
            lines.append(f"{change:+.2f} % over {span}")
            facts.add("change", f"price change over {span}", change, asset=symbol, unit="%")
            data[f"change_{span}_percent"] = f"{change:.2f}"
    if snapshot.feed != "LIVE":
        lines.append(f"The feed is {snapshot.feed}: this price may be old")
    return answered(lines, facts.all, data)


def _quote_facts(facts: Facts, quote: Quote) -> Decimal:
    """Facts of a quote; returns its spread in basis points of the mid."""
    base, _, unit = quote.symbol.partition("/")
    mid = (quote.bid + quote.ask) / 2
    spread_bps = (quote.ask - quote.bid) / mid * 10_000
    for kind, name, value in (("bid", "bid", quote.bid), ("ask", "ask", quote.ask), ("price", "last price", quote.last),
                              ("price", "mid price", mid), ("spread", "spread", quote.ask - quote.bid)):  # fmt: skip
        facts.add(kind, name, value, asset=quote.symbol, unit=unit)
    facts.add("spread", "spread in basis points", round(spread_bps, 1), asset=quote.symbol, unit="bps")
    facts.add("amount", "amount at the bid", quote.bid_amount, asset=quote.symbol, unit=base)
    facts.add("amount", "amount at the ask", quote.ask_amount, asset=quote.symbol, unit=base)
    return spread_bps


def _change(sources: Sources, symbol: str, back: int) -> float | None:
    """Percent from the close so many candles ago to the last one; None where they are not known."""
    candles = sources.market.candles(symbol)
    if candles is None or len(candles.close) <= back or not candles.close[-1 - back]:
        return None
    return round((float(candles.close[-1]) / float(candles.close[-1 - back]) - 1) * 100, 2)


async def book(question: BookQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """What stands at the best prices; deeper levels are not kept."""
    symbol = sources.symbol(question.symbol)
    quote, base = sources.quote(symbol), symbol.partition("/")[0]
    facts = Facts(sources.now_ns())
    spread_bps = _quote_facts(facts, quote)
    known = quote.bid_amount > 0 or quote.ask_amount > 0
    lines = (
        f"{symbol} ask {quote.ask:f}" + (f" for {quote.ask_amount:f} {base}" if known else ""),
        f"{symbol} bid {quote.bid:f}" + (f" for {quote.bid_amount:f} {base}" if known else ""),
        f"spread {quote.ask - quote.bid:f} ({spread_bps:.1f} bps); only the best level is kept",
    )
    data: dict[str, object] = {
        "symbol": symbol, "bid": f"{quote.bid:f}", "bid_amount": f"{quote.bid_amount:f}", "ask": f"{quote.ask:f}",
        "ask_amount": f"{quote.ask_amount:f}", "spread_bps": f"{spread_bps:.2f}",
    }  # fmt: skip
    return answered(lines, facts.all, data)


async def candles(question: CandlesQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """The last closed candles."""
    symbol = sources.symbol(question.symbol)
    found = sources.market.candles(symbol)
    if found is None or not len(found.close):
        raise UsageError(f"{symbol}: its five-minute candles are not known yet")
    places = sources.rules(symbol).price_decimals
    base, _, quote = symbol.partition("/")
    count = min(question.count, len(found.close))
    facts, lines, told = Facts(sources.now_ns()), list[str](), list[dict[str, object]]()
    for place in range(len(found.close) - count, len(found.close)):
        row = {name: f"{float(getattr(found, name)[place]):.{places}f}" for name in ("open", "high", "low", "close")}
        volume, begins = float(found.volume[place]), clock.iso(int(found.open_ns[place]))[:16]
        lines.append(
            f"{begins} open {row['open']} high {row['high']} low {row['low']} close {row['close']} "
            f"volume {volume:.6g} {base}"
        )
        told.append({"time": begins, **row, "volume": f"{volume:.6g}"})
    last = slice(len(found.close) - count, None)
    facts.add("price", "last close", f"{float(found.close[-1]):.{places}f}", asset=symbol, unit=quote)
    facts.add(
        "price",
        "highest price of these candles",
        f"{float(found.high[last].max()):.{places}f}",
        asset=symbol,
        unit=quote,
    )
    facts.add(
        "price", "lowest price of these candles", f"{float(found.low[last].min()):.{places}f}", asset=symbol, unit=quote
    )
    facts.add("volume", "volume of these candles", f"{float(found.volume[last].sum()):.6g}", asset=symbol, unit=base)
    facts.add("count", "candles", count)
    return answered([f"{symbol}, five minutes each, closed:", *lines], facts.all, {"symbol": symbol, "candles": told})


async def movers(question: MoversQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """What rose and fell most."""
    snapshot, symbols = sources.seen(), sources.roster().symbols
    moved = _velocities(snapshot.tickers.velocity, symbols) if question.span == "now" else {
        symbol: change for symbol in symbols if (change := _change(sources, symbol, BACK[question.span])) is not None
    }  # fmt: skip
    if not moved:
        over = "the look-back" if question.span == "now" else question.span
        raise UsageError(f"How prices moved over {over} is not known yet: the engine has not seen enough of them")
    order = sorted(moved, key=lambda symbol: (-moved[symbol], symbol))
    rose = [symbol for symbol in order if moved[symbol] > 0][: question.count]
    fell = [symbol for symbol in reversed(order) if moved[symbol] < 0][: question.count]
    facts = Facts(snapshot.time_ns)
    for symbol in (*rose, *fell):
        facts.add("change", f"move over {question.span}", moved[symbol], asset=symbol, unit="%")
    span = "the look-back" if question.span == "now" else question.span
    lines = [f"Over {span}, of {len(moved)} tickers:"]
    lines += [f"up   {symbol} {moved[symbol]:+.2f} %" for symbol in rose]
    lines += [f"down {symbol} {moved[symbol]:+.2f} %" for symbol in fell]
    data: dict[str, object] = {
        "span": question.span,
        "up": [{"symbol": symbol, "percent": f"{moved[symbol]:.3f}"} for symbol in rose],
        "down": [{"symbol": symbol, "percent": f"{moved[symbol]:.3f}"} for symbol in fell],
    }
    return answered(lines if rose or fell else [f"Nothing moved over {span}."], facts.all, data)


def _velocities(column: bytes, symbols: tuple[str, ...]) -> dict[str, float]:
    """Percent over the scanner's look-back, of those that have one."""
    values: NDArray[np.int32] = np.frombuffer(column, np.int32)
    return {
        symbol: round(int(value) / 10_000, 3)
        for symbol, value in zip(symbols, values.tolist(), strict=False)
        if value != NO_VELOCITY
    }


async def regime(question: RegimeQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """What the market as a whole does."""
    snapshot = sources.seen()
    thresholds = np.frombuffer(snapshot.tickers.threshold, np.int32)
    threshold = round(int(thresholds[0]) / 10_000, 4) if len(thresholds) else None
    facts = Facts(snapshot.time_ns)
    facts.add("heat", "market heat", round(snapshot.heat_percent, 2), unit="%")
    lines = [f"The market is {snapshot.regime}, heat {snapshot.heat_percent:.0f} %."]
    if threshold is not None:
        lines.append(f"A ticker arms from a velocity of {threshold:.3f} % on.")
        facts.add("threshold", "velocity threshold", threshold, unit="%")
    if snapshot.regime in ("CHOP", "LOW_VOL"):
        lines.append("The scanner enters nothing until it is TRENDING.")
    data: dict[str, object] = {"regime": snapshot.regime, "heat_percent": f"{snapshot.heat_percent:.2f}"}
    return answered(lines, facts.all, data)
