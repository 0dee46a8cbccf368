"""The order book of the symbol that somebody looks at, asked for only while he looks."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate, zip_longest

from kraken_tui.clock import SECOND
from kraken_tui.engine.engine import Parts
from kraken_tui.exchange.paper.paper_depth import paper_depth
from kraken_tui.market.feed import Deep
from kraken_tui.model.depth import Depth, Rung
from kraken_tui.model.errors import ExchangeError, ExchangeUnreachable
from kraken_tui.model.page import Column, Table

LEVELS = 10
EVERY_NS = 2 * SECOND
"""Between two questions about a book."""
WIDE = 12
"""Blocks of the longest bar."""
COLUMNS = (
    Column("bids", "up"), Column("bid amount", "number"), Column("bid", "number"), Column("ask", "number"),
    Column("ask amount", "number"), Column("asks", "down"),
)  # fmt: skip
ZERO = Decimal(0)


class DepthReader:
    """Keeps the last book of each symbol that was looked at; a page never waits for one.

    Args:
        parts: the engine's.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._told: dict[str, Depth] = {}
        self._wrong: dict[str, str] = {}
        self._asked_ns: dict[str, int] = {}
        self._asking: asyncio.Task[None] | None = None

    def table(self, symbol: str) -> Table:
        """What is known of a book; asks for news of it, which the next look shows."""
        feed, paper, now_ns = self._parts.feed, self._parts.paper, self._parts.clock.now_ns()
        if isinstance(feed, Deep):
            self._ask(feed, symbol, now_ns)
        elif paper is not None and (quote := self._parts.board.quote(symbol)) is not None:
            return depth_table(paper_depth(paper.paper, quote, LEVELS), "", now_ns)
        return depth_table(self._told.get(symbol), self._wrong.get(symbol, ""), now_ns)

    def _ask(self, feed: Deep, symbol: str, now_ns: int) -> None:
        is_idle = self._asking is None or self._asking.done()
        if is_idle and now_ns - self._asked_ns.get(symbol, 0) >= EVERY_NS:
            self._asked_ns[symbol] = now_ns
            self._asking = asyncio.create_task(self._read(feed, symbol), name=f"book of {symbol}")

    async def _read(self, feed: Deep, symbol: str) -> None:
        index = next(place for place, row in enumerate(self._parts.feed.instruments) if row.symbol == symbol)
        try:
            self._told[symbol] = await feed.depth(index, LEVELS)
        except (ExchangeError, ExchangeUnreachable) as error:
            self._wrong[symbol] = str(error)
        else:
            self._wrong.pop(symbol, None)


def depth_table(depth: Depth | None, wrong: str, now_ns: int) -> Table:
    """Bids beside asks, the best first; a bar is what waits up to there, of the most that either side shows."""
    why = f": {wrong}" if wrong else ""
    if depth is None:
        return Table(name=f"Order book{why}", columns=COLUMNS, rows=(), total=0, empty="No book has been told yet.")
    bids, asks = _summed(depth.bids), _summed(depth.asks)
    most = max((*bids, *asks), default=ZERO)
    rows = tuple(
        (
            _bar(bids, place, most).rjust(WIDE), *_told(bid), *reversed(_told(ask)), _bar(asks, place, most),
        )
        for place, (bid, ask) in enumerate(zip_longest(depth.bids, depth.asks))
    )  # fmt: skip
    age = f", {max(0, now_ns - depth.time_ns) / SECOND:.0f} s old"
    return Table(
        name=f"Order book, {depth.source}{age}{why}", columns=COLUMNS, rows=rows, total=len(rows),
        empty="Nothing waits on either side.",
    )  # fmt: skip


def _summed(rungs: Sequence[Rung]) -> list[Decimal]:
    return list(accumulate(amount for _, amount in rungs))


def _bar(summed: Sequence[Decimal], place: int, most: Decimal) -> str:
    return "█" * max(1, round(WIDE * summed[place] / most)) if place < len(summed) and most else ""


def _told(rung: Rung | None) -> tuple[str, str]:
    """Amount and price."""
    return ("", "") if rung is None else (f"{rung[1]:f}", f"{rung[0]:f}")
