"""What the public sees of the market: tickers, trades, candles, spreads.

The sources of prices tell no single trades. So a trade is printed whenever the last price changes, with a made-up
amount; the account's own fills are printed as they were. Prices, times and own amounts are real, volumes are not.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from kraken_tui.clock import SECOND
from kraken_tui.exchange.matching.market.book import visible_book
from kraken_tui.exchange.matching.market.liquidity import Level, Market
from kraken_tui.exchange.matching.messages import (
    Accepted,
    Amended,
    Cancelled,
    Event,
    Filled,
    Opened,
    Refilled,
    Spawned,
    Triggered,
)
from kraken_tui.model.market import Bar, Quote
from kraken_tui.sandbox.market.making_up import MakingUp
from kraken_tui.sandbox.market.market_pair import MarketPair
from kraken_tui.sandbox.market.pairs import Pairs
from kraken_tui.sandbox.market.past_trades import NO_PAST
from kraken_tui.sandbox.market.tape import KEPT, TradeType
from kraken_tui.sandbox.market.values import Candle, PublicTrade, Spread, Ticker
from kraken_tui.sandbox.venue import Venue

OnChange = Callable[[Sequence[str]], None]
OnTrades = Callable[[Sequence[PublicTrade]], None]


class MarketData:
    """The public side of every pair. It keeps up by listening to the venue, and by the pump's `on_quotes`.

    Args:
        venue: whose prices and fills they are.
        pairs: what is listed.
        seed: of the made-up amounts; None draws one.
    """

    def __init__(self, venue: Venue, pairs: Pairs, seed: int | None = None) -> None:
        self._venue = venue
        # Ids go on rising after a restart: the market prints no more than one trade of a pair a second for long.
        first_id = max(venue.clock.now_ns() // SECOND, 1 + max(venue.history.tape_ids.values(), default=0))
        making_up = MakingUp(seed)
        self._pairs = {each.symbol: MarketPair(each, first_id, making_up) for each in pairs.instruments}
        self.past = NO_PAST
        """What was traded before the tape begins."""
        self._on_change: list[OnChange] = []
        self._on_trades: list[OnTrades] = []
        self.on_printed: Callable[[Mapping[str, int]], None] | None = None
        """Told the public ids of our own trades, to be kept with the account."""
        for order in venue.state.orders.values():
            if order.symbol in self._pairs:
                self._pairs[order.symbol].touched = True
        venue.subscribe(self._on_events)

    def subscribe(self, on_change: OnChange, on_trades: OnTrades) -> None:
        """Call back, each time at once for everything that came together.

        Args:
            on_change: these pairs' quote or visible book changed, by the market or by our own orders.
            on_trades: these trades were printed; they are called before the change that brought them.
        """
        self._on_change.append(on_change)
        self._on_trades.append(on_trades)

    def on_quotes(self, quotes: Sequence[Quote], now_ns: int) -> None:
        """Take in quotes that the venue has just been given."""
        trades: list[PublicTrade] = []
        for quote in quotes:
            self._take_quote(self._pairs[quote.symbol], quote, now_ns, trades)
        self._tell([quote.symbol for quote in quotes], trades)

    def on_halted(self, symbols: Sequence[str]) -> None:
        """Tell that these pairs have just lost their prices: their book is empty."""
        self._tell(symbols, ())

    def _take_quote(self, pair: MarketPair, quote: Quote, time_ns: int, trades: list[PublicTrade]) -> None:
        if pair.quote is quote:
            return
        trade = pair.take(quote, time_ns)
        if trade is not None:
            trades.append(trade)
        if pair.touched:
            orders = self._venue.state.orders.values()
            pair.touched = any(order.symbol == quote.symbol and order.stands for order in orders)

    def _on_events(self, events: Sequence[Event]) -> None:
        trades: list[PublicTrade] = []
        own: dict[str, int] = {}
        changed: dict[str, None] = {}
        for event in events:
            match event:
                case Filled(order=order):
                    self._print_fill(event, trades, own)
                    changed[order.symbol] = None
                case (
                    Accepted(order=order)
                    | Opened(order=order)
                    | Amended(order=order)
                    | Cancelled(order=order)
                    | Refilled(order=order)
                    | Spawned(order=order)
                    | Triggered(order=order)
                ) if not order.is_waiting:
                    changed[order.symbol] = None
                case _:
                    pass
        for symbol in changed:
            self._pairs[symbol].touched = True
        if own:
            self._venue.history.tape_ids.update(own)
            if self.on_printed is not None:
                self.on_printed(own)
        self._tell(list(changed), trades)

    def _print_fill(self, event: Filled, trades: list[PublicTrade], own: dict[str, int]) -> None:
        """What the market did before our order traded comes before our trade."""
        fill, pair = event.execution.fill, self._pairs[event.order.symbol]
        market = self._venue.state.markets.get(fill.symbol)
        if market is not None:
            self._take_quote(pair, market.quote, fill.time_ns, trades)
        taker = fill.side.opposite if fill.maker else fill.side
        type: TradeType = "limit" if event.order.rule.at_limit and not fill.maker else "market"
        printed = pair.print(fill.price, fill.amount, fill.time_ns, taker, type)
        own[fill.id] = printed.id
        trades.append(printed)

    def _tell(self, changed: Sequence[str], trades: Sequence[PublicTrade]) -> None:
        if trades:
            for on_trades in self._on_trades:
                on_trades(trades)
        if changed:
            for on_change in self._on_change:
                on_change(changed)

    def seed(self, symbol: str, bars: Sequence[Bar]) -> None:
        """Make up the trades of a past of which only bars are known; it may come late, after the first trades.

        Args:
            symbol: the pair.
            bars: closed minutes in ticks, oldest first, on the exchange's clock.
        """
        self._pairs[symbol].seed(bars, self._venue.clock.now_ns())

    def last(self, symbol: str) -> Decimal | None:
        """The price that triggers look at; None before the first price."""
        market = self._venue.state.markets.get(symbol)
        return None if market is None else market.last

    def ticker(self, symbol: str) -> Ticker | None:
        """The pair now; None before the first price. A pair that lost its prices keeps its last ones."""
        pair, market = self._pairs[symbol], self._venue.state.markets.get(symbol)
        if market is None:
            return None
        now_ns = self._venue.clock.now_ns()
        today, day, opened, opened_24h = pair.spans(market.last, now_ns)
        bid, ask = self._best(pair, market)
        return Ticker(
            symbol=symbol,
            bid=bid[0],
            bid_amount=bid[1],
            ask=ask[0],
            ask_amount=ask[1],
            last=market.last,
            last_amount=pair.tape.last_amount(),
            today=today,
            day=day,
            open=opened,
            open_24h=opened_24h,
            time_ns=now_ns,
        )

    def _best(self, pair: MarketPair, market: Market) -> tuple[Level, Level]:
        """Best bid and ask as one sees them, our own orders and what we took included."""
        quote = market.quote
        told = (quote.bid, quote.bid_amount), (quote.ask, quote.ask_amount)
        if not pair.touched and quote.bid_amount and quote.ask_amount:
            return told
        book = visible_book(self._venue.state, self._venue.rules, quote.symbol, 1)
        return book.bids[0] if book.bids else told[0], book.asks[0] if book.asks else told[1]

    def trades(self, symbol: str, count: int = KEPT) -> Sequence[PublicTrade]:
        """The last `count` trades, at most 1,000, oldest first."""
        return self._pairs[symbol].tape.trades(count)

    def trades_after(self, symbol: str, since_ns: int, count: int) -> list[PublicTrade]:
        """The first `count` trades after a time, oldest first: those of the past, then those of the tape."""
        tape = self.trades(symbol)
        begins_ns = tape[0].time_ns if tape else self._venue.clock.now_ns()
        page = self.past.after(symbol, since_ns, begins_ns, count)
        return [*page, *[each for each in tape if each.time_ns > since_ns][: count - len(page)]]

    def trade_id(self, fill_id: str) -> int:
        """The public id under which one of our own fills was printed; 0 where a file of an earlier version has none."""
        return self._venue.history.tape_ids.get(fill_id, 0)

    def candles(self, symbol: str, interval_minutes: int) -> list[Candle]:
        """At most 720 candles without gaps, oldest first; the last one is still open. None before the first trade.

        Args:
            symbol: the pair.
            interval_minutes: one of `candles.INTERVALS`.
        """
        return self._pairs[symbol].candles.told(interval_minutes, self._venue.clock.now_ns())

    def candle(self, symbol: str, interval_minutes: int) -> Candle | None:
        """The candle that is open now; None before the first trade."""
        return self._pairs[symbol].candles.current(interval_minutes, self._venue.clock.now_ns())

    def spreads(self, symbol: str) -> Sequence[Spread]:
        """The last changes of the market's best bid and ask, oldest first."""
        return self._pairs[symbol].spreads.last()
