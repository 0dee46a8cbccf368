"""The order book of a page: asked for while somebody looks, drawn in both directions, and honest about its age."""

import asyncio
from decimal import Decimal
from types import SimpleNamespace
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SECOND, PacedClock
from kraken_tui.config.settings import Settings
from kraken_tui.engine.engine import Parts
from kraken_tui.exchange.paper.paper_depth import paper_depth
from kraken_tui.exchange.paper.paper_trading import PaperTrading
from kraken_tui.model.depth import Depth
from kraken_tui.model.errors import ExchangeUnreachable
from kraken_tui.model.market import Quote
from kraken_tui.runtime.pages.depth import WIDE, DepthReader, depth_table
from tests.samples import BTC, D

RUNGS = st.lists(st.tuples(st.decimals("0.01", "9e6", places=2), st.decimals("1e-8", "9e6", places=8)), max_size=12)


class Told:
    """A feed that tells what it is given, once it is let."""

    def __init__(self) -> None:
        self.instruments = (BTC,)
        self.asked = 0
        self.answers: asyncio.Queue[Depth | Exception] = asyncio.Queue()

    async def depth(self, index: int, count: int) -> Depth:
        self.asked += 1
        answer = await self.answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer


def book(bid: str = "1") -> Depth:
    return Depth(time_ns=SECOND, source="a book", bids=((D("99"), D(bid)),), asks=((D("101"), D("2")),))


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_page_never_waits_and_asks_no_more_often_than_it_may() -> None:
    feed, clock = Told(), PacedClock(10 * SECOND, speed=float("inf"))
    reader = DepthReader(cast(Parts, SimpleNamespace(feed=feed, paper=None, clock=clock)))
    assert reader.table("BTC/USD").rows == ()
    await settled()
    assert reader.table("BTC/USD").rows == () and feed.asked == 1, "one question is under way"
    feed.answers.put_nowait(book())
    await settled()
    table = reader.table("BTC/USD")
    assert table.rows[0][1:5] == ("1", "99", "101", "2") and "a book, 9 s old" in table.name
    await settled()
    assert feed.asked == 1, "the last answer is young"
    await clock.sleep(2)
    reader.table("BTC/USD")
    await settled()
    assert feed.asked == 2
    feed.answers.put_nowait(ExchangeUnreachable("api.kraken.com does not answer Depth"))
    await settled()
    table = reader.table("BTC/USD")
    assert table.rows[0][2] == "99" and "11 s old: api.kraken.com does not answer Depth" in table.name
    await clock.sleep(2)
    reader.table("BTC/USD")
    feed.answers.put_nowait(book("3"))
    await settled()
    assert "does not answer" not in reader.table("BTC/USD").name


def test_on_paper_it_is_the_ladder_that_orders_fill_against() -> None:
    paper = PaperTrading([BTC], Settings())
    quote = Quote("BTC/USD", D("60000.0"), D("60000.1"), D("0.5"), D("0.25"), D("60000.0"), SECOND)
    depth = paper_depth(paper, quote, 4)
    assert depth is not None and len(depth.bids) == len(depth.asks) == 4
    assert depth.bids[0] == (D("60000.0"), D("0.5")) and depth.asks[0] == (D("60000.1"), D("0.25"))
    assert [price for price, _ in depth.bids] == sorted((price for price, _ in depth.bids), reverse=True)
    assert [price for price, _ in depth.asks] == sorted(price for price, _ in depth.asks)
    assert paper_depth(paper, Quote("BTC/USD", D(2), D(1), D(1), D(1), D(1), SECOND), 4) is None


@given(RUNGS, RUNGS)
def test_bars_grow_with_what_waits_up_to_there(
    bids: list[tuple[Decimal, Decimal]], asks: list[tuple[Decimal, Decimal]]
) -> None:
    table = depth_table(Depth(time_ns=0, source="x", bids=tuple(bids), asks=tuple(asks)), "", 0)
    assert len(table.rows) == table.total == max(len(bids), len(asks))
    for side, rungs in ((0, bids), (5, asks)):
        lengths = [row[side].count("█") for row in table.rows[: len(rungs)]]
        assert lengths == sorted(lengths) and all(1 <= length <= WIDE for length in lengths)
        assert all(not row[side].strip() for row in table.rows[len(rungs) :])
