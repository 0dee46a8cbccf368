"""The book channel: a snapshot, then what differs from the book that was sent last, with checksums."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Raw

from kraken_tui.exchange.matching.market.book import Book, visible_book
from kraken_tui.exchange.matching.market.liquidity import Level
from kraken_tui.model.trading import Side
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.ws.asked import choice, flag
from kraken_tui.sandbox.ws.channels.checksum import LEVELS, LevelText, checksum
from kraken_tui.sandbox.ws.connection import Connection
from kraken_tui.sandbox.ws.fanout import Fanout
from kraken_tui.sandbox.ws.frames import event, fixed
from kraken_tui.sandbox.ws.stamps import now

DEPTHS = (10, 25, 100, 500, 1000)
ZERO = Decimal(0)

Feed = tuple[str, int]
"""Symbol and depth."""


def changes(before: Sequence[Level], after: Sequence[Level], depth: int, side: Side) -> list[Level]:
    """What makes `after` of `before` for a client that keeps the best `depth` levels; amount 0 takes a level out.

    A level that better ones pushed beyond the depth is not told: the client cuts it off, as with Kraken. Those that go
    come first, so that nothing is cut off too early even by a client that cuts after each level.
    """
    old, new = dict(before), dict(after)
    pushed_beyond = after[-1][0] if len(after) >= depth else None
    gone = [
        (price, ZERO)
        for price, _ in before
        if price not in new and (pushed_beyond is None or (price - pushed_beyond) * side.sign > 0)
    ]
    return gone + [level for level in after if old.get(level[0]) != level[1]]


class BookChannel:
    """Books of all pairs and depths. Each difference is found once and sent to all who have the same book.

    So a feed's book moves for all of its subscribers at once, and a new one begins with the book that the others have.
    """

    name = "book"
    by_symbol = True

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._fanout: Fanout[Feed] = Fanout(self.name, parts.faults)
        self._sent: dict[Feed, Book] = {}

    def subscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        """One book per pair and connection: its messages do not tell the depth."""
        assert symbol is not None
        depth = choice(params, "depth", 10, DEPTHS, "Subscription depth not supported")
        snapshot = flag(params, "snapshot", True)
        self._fanout.check(connection, symbol)
        if (symbol, depth) not in self._fanout:
            self._sent[symbol, depth] = self._visible(symbol, depth)
        self._fanout.add(connection, symbol, (symbol, depth))
        return {"channel": self.name, "depth": depth, "snapshot": snapshot, "symbol": symbol}

    def after_ack(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> None:
        """Send the book that all of the feed's subscribers have now."""
        assert symbol is not None
        if flag(params, "snapshot", True):
            feed = self._fanout.feed_of(connection, symbol)
            book = self._sent[feed]
            connection.push(self.name, self._message("snapshot", symbol, book.bids, book.asks, book))

    def unsubscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        """End it, whatever depth is named."""
        assert symbol is not None
        feed = self._fanout.remove(connection, symbol)
        if feed not in self._fanout:
            del self._sent[feed]
        return {"channel": self.name, "depth": feed[1], "symbol": symbol}

    def on_change(self, symbols: Iterable[str]) -> None:
        """The books of `symbols` may have changed."""
        messages: list[tuple[Feed, bytes]] = []
        for symbol in symbols:
            depths = [depth for depth in DEPTHS if (symbol, depth) in self._fanout]
            if depths:
                deepest = self._visible(symbol, depths[-1])
                for depth in depths:
                    book = Book(bids=deepest.bids[:depth], asks=deepest.asks[:depth])
                    messages += self._moved((symbol, depth), book)
        self._fanout.publish(messages)

    def on_rules(self) -> None:
        """The venue's rules were replaced: a pair that does not trade shows an empty book."""
        self.on_change({symbol for symbol, _ in self._sent})

    def _moved(self, feed: Feed, book: Book) -> list[tuple[Feed, bytes]]:
        before, (symbol, depth) = self._sent[feed], feed
        bids = changes(before.bids, book.bids, depth, Side.BUY)
        asks = changes(before.asks, book.asks, depth, Side.SELL)
        if not bids and not asks:
            return []
        self._sent[feed] = book
        return [(feed, self._message("update", symbol, bids, asks, book))]

    def _visible(self, symbol: str, depth: int) -> Book:
        return visible_book(self._parts.venue.state, self._parts.venue.rules, symbol, depth)

    def _message(self, type: str, symbol: str, bids: Sequence[Level], asks: Sequence[Level], afterwards: Book) -> bytes:
        data = {
            "symbol": symbol,
            "bids": _rows(self._texts(symbol, bids)),
            "asks": _rows(self._texts(symbol, asks)),
            "checksum": checksum(
                self._texts(symbol, afterwards.bids[:LEVELS]), self._texts(symbol, afterwards.asks[:LEVELS])
            ),
            "timestamp": now(self._parts),
        }
        return event(self.name, type, [data])

    def _texts(self, symbol: str, levels: Sequence[Level]) -> list[LevelText]:
        instrument = self._parts.venue.rules.instruments[symbol]
        prices, lots = instrument.price_decimals, instrument.lot_decimals
        return [(fixed(price, prices), fixed(amount, lots)) for price, amount in levels]


def _rows(levels: Iterable[LevelText]) -> Raw:
    rows = ",".join(f'{{"price":{price},"qty":{amount}}}' for price, amount in levels)
    return Raw(f"[{rows}]".encode())
