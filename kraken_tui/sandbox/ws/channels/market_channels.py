"""The channels of single pairs beside the book: ticker, trade, ohlc."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from kraken_tui.clock import MINUTE
from kraken_tui.sandbox.market.candles import INTERVALS
from kraken_tui.sandbox.market.values import Candle, PublicTrade, Ticker
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.ws.asked import choice, flag, word
from kraken_tui.sandbox.ws.connection import Connection
from kraken_tui.sandbox.ws.fanout import Fanout
from kraken_tui.sandbox.ws.frames import event, number
from kraken_tui.sandbox.ws.stamps import micros, nanos

TRADES_IN_SNAPSHOT = 50


class TickerChannel:
    """Tickers, sent on every trade, or on every change of the best prices."""

    name = "ticker"
    by_symbol = True

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._fanout: Fanout[tuple[str, str]] = Fanout(self.name, parts.faults)
        self._best: dict[str, tuple[Decimal, Decimal]] = {}
        """Bid and ask as those who wait for them were told last."""

    def subscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        """Take `event_trigger` trades or bbo."""
        assert symbol is not None
        trigger = word(params, "event_trigger", "trades", ("trades", "bbo"))
        snapshot = flag(params, "snapshot", True)
        self._fanout.check(connection, symbol)
        self._fanout.add(connection, symbol, (symbol, trigger))
        return {"channel": self.name, "event_trigger": trigger, "snapshot": snapshot, "symbol": symbol}

    def after_ack(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> None:
        """Send the ticker as it is, where the pair has one."""
        assert symbol is not None
        if flag(params, "snapshot", True):
            for ticker in self._tickers([symbol]):
                connection.push(self.name, self._message("snapshot", ticker))

    def unsubscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        """End it, whatever trigger is named."""
        assert symbol is not None
        _, trigger = self._fanout.remove(connection, symbol)
        return {"channel": self.name, "event_trigger": trigger, "symbol": symbol}

    def on_trades(self, trades: Iterable[PublicTrade]) -> None:
        """Tell those who wait for trades; of several trades of a pair only how it stands after the last."""
        symbols = dict.fromkeys(trade.symbol for trade in trades)
        tickers = self._tickers(symbol for symbol in symbols if (symbol, "trades") in self._fanout)
        self._fanout.publish([((each.symbol, "trades"), self._message("update", each)) for each in tickers])

    def on_change(self, symbols: Iterable[str]) -> None:
        """Tell those who wait for the best prices, where these moved."""
        moved = []
        for ticker in self._tickers(symbol for symbol in symbols if (symbol, "bbo") in self._fanout):
            best = ticker.bid, ticker.ask
            if self._best.get(ticker.symbol) != best:
                self._best[ticker.symbol] = best
                moved.append(((ticker.symbol, "bbo"), self._message("update", ticker)))
        self._fanout.publish(moved)

    def _tickers(self, symbols: Iterable[str]) -> list[Ticker]:
        found = map(self._parts.market.ticker, symbols)
        return [ticker for ticker in found if ticker is not None]

    def _message(self, type: str, ticker: Ticker) -> bytes:
        instrument = self._parts.venue.rules.instruments[ticker.symbol]
        prices, lots = instrument.price_decimals, instrument.lot_decimals
        change = ticker.last - ticker.open_24h
        percent = change / ticker.open_24h * 100 if ticker.open_24h else Decimal(0)
        data = {
            "symbol": ticker.symbol,
            "bid": number(ticker.bid, prices),
            "bid_qty": number(ticker.bid_amount, lots),
            "ask": number(ticker.ask, prices),
            "ask_qty": number(ticker.ask_amount, lots),
            "last": number(ticker.last, prices),
            "volume": number(ticker.day.volume, lots),
            "vwap": number(ticker.day.vwap, prices),
            "low": number(ticker.day.low, prices),
            "high": number(ticker.day.high, prices),
            "change": number(change, prices),
            "change_pct": number(percent, 2),
            "timestamp": micros(ticker.time_ns),
        }
        return event(self.name, type, [data])


class TradeChannel:
    """Prints, the market's and our own account's."""

    name = "trade"
    by_symbol = True

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._fanout: Fanout[str] = Fanout(self.name, parts.faults)

    def subscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        """A snapshot comes only where it is asked for."""
        assert symbol is not None
        snapshot = flag(params, "snapshot", False)
        self._fanout.check(connection, symbol)
        self._fanout.add(connection, symbol, symbol)
        return {"channel": self.name, "snapshot": snapshot, "symbol": symbol}

    def after_ack(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> None:
        """Send the latest trades."""
        assert symbol is not None
        if flag(params, "snapshot", False):
            latest = list(self._parts.market.trades(symbol))[-TRADES_IN_SNAPSHOT:]
            connection.push(self.name, self._message("snapshot", latest))

    def unsubscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        """End it."""
        assert symbol is not None
        return {"channel": self.name, "symbol": self._fanout.remove(connection, symbol)}

    def on_trades(self, trades: Iterable[PublicTrade]) -> None:
        """One message per pair."""
        by_symbol: dict[str, list[PublicTrade]] = {}
        for trade in trades:
            if trade.symbol in self._fanout:
                by_symbol.setdefault(trade.symbol, []).append(trade)
        self._fanout.publish([(symbol, self._message("update", each)) for symbol, each in by_symbol.items()])

    def _message(self, type: str, trades: Sequence[PublicTrade]) -> bytes:
        return event(self.name, type, [self._row(trade) for trade in trades])

    def _row(self, trade: PublicTrade) -> dict[str, Any]:
        instrument = self._parts.venue.rules.instruments[trade.symbol]
        return {
            "symbol": trade.symbol,
            "side": str(trade.side),
            "price": number(trade.price, instrument.price_decimals),
            "qty": number(trade.amount, instrument.lot_decimals),
            "ord_type": trade.type,
            "trade_id": trade.id,
            "timestamp": micros(trade.time_ns),
        }


class OhlcChannel:
    """Candles: all that are kept, then on each trade the one that is still open."""

    name = "ohlc"
    by_symbol = True

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._fanout: Fanout[tuple[str, int]] = Fanout(self.name, parts.faults)

    def subscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        """One interval per pair and connection."""
        assert symbol is not None
        interval = choice(params, "interval", 1, INTERVALS, "Subscription ohlc interval not supported")
        snapshot = flag(params, "snapshot", True)
        self._fanout.check(connection, symbol, "Already subscribed to one ohlc interval on this symbol")
        self._fanout.add(connection, symbol, (symbol, interval))
        return {
            "channel": self.name,
            "interval": interval,
            "snapshot": snapshot,
            "symbol": symbol,
            "warnings": ["timestamp is deprecated, use interval_begin"],
        }

    def after_ack(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> None:
        """Send all candles, the open one last."""
        assert symbol is not None
        if flag(params, "snapshot", True):
            _, interval = self._fanout.feed_of(connection, symbol)
            candles = self._parts.market.candles(symbol, interval)
            connection.push(self.name, self._message("snapshot", symbol, interval, candles))

    def unsubscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        """End it, whatever interval is named."""
        assert symbol is not None
        _, interval = self._fanout.remove(connection, symbol)
        return {"channel": self.name, "interval": interval, "symbol": symbol}

    def on_trades(self, trades: Iterable[PublicTrade]) -> None:
        """Send the candles that these trades went into: those of quiet intervals are never told."""
        earliest: dict[str, int] = {}
        for trade in trades:
            earliest[trade.symbol] = min(trade.time_ns, earliest.get(trade.symbol, trade.time_ns))
        self._fanout.publish(
            [
                ((symbol, interval), self._message("update", symbol, interval, self._since(symbol, interval, time_ns)))
                for symbol, time_ns in earliest.items()
                for interval in INTERVALS
                if (symbol, interval) in self._fanout
            ]
        )

    def _since(self, symbol: str, interval: int, time_ns: int) -> list[Candle]:
        """The candle of `time_ns`, and the one after it where anything was traded in it."""
        last = self._parts.market.candle(symbol, interval)
        if last is not None and last.begin_ns <= time_ns:
            return [last]
        candles = self._parts.market.candles(symbol, interval)[-2:]
        return [each for each in candles if each.begin_ns + interval * MINUTE > time_ns and each.trades]

    def _message(self, type: str, symbol: str, interval: int, candles: Sequence[Candle]) -> bytes:
        rows = [self._row(symbol, interval, candle) for candle in candles]
        told_ns = self._parts.clock.now_ns() + self._parts.faults.skew_ns
        return event(self.name, type, rows, timestamp=nanos(told_ns))

    def _row(self, symbol: str, interval: int, candle: Candle) -> dict[str, Any]:
        instrument = self._parts.venue.rules.instruments[symbol]
        prices = instrument.price_decimals
        return {
            "symbol": symbol,
            "open": number(candle.open, prices),
            "high": number(candle.high, prices),
            "low": number(candle.low, prices),
            "close": number(candle.close, prices),
            "trades": candle.trades,
            "volume": number(candle.volume, instrument.lot_decimals),
            "vwap": number(candle.vwap, prices),
            "interval_begin": nanos(candle.begin_ns),
            "interval": interval,
            "timestamp": micros(candle.begin_ns + interval * MINUTE),
        }
