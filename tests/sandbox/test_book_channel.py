import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.exchange.matching.market.book import visible_book
from kraken_tui.exchange.matching.messages import Cancel
from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.trading import Side
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.ws.channels.book_channel import DEPTHS, changes
from kraken_tui.sandbox.ws.channels.checksum import checksum
from kraken_tui.sandbox.ws.frames import fixed
from tests.samples import D
from tests.sandbox.ws_stand import Client, Stand, limit, move, set_mode

Levels = list[tuple[Decimal, Decimal]]


class ReferenceBook:
    """A client's book by Kraken's guide: apply in order, 0 takes out, cut to the depth, compare the checksum."""

    def __init__(self, depth: int, price_decimals: int = 1, lot_decimals: int = 8) -> None:
        self.depth, self.decimals = depth, (price_decimals, lot_decimals)
        self.sides: dict[str, dict[Decimal, Decimal]] = {"bids": {}, "asks": {}}
        self.messages = 0

    def take(self, message: Any) -> None:
        [book] = message["data"]
        for name, side in self.sides.items():
            if message["type"] == "snapshot":
                side.clear()
            for level in book[name]:
                if level["qty"] == 0:
                    side.pop(level["price"], None)
                else:
                    side[level["price"]] = level["qty"]
            self.sides[name] = dict(self.levels(name)[: self.depth])
        assert self.checksum() == book["checksum"]
        self.messages += 1

    def levels(self, name: str) -> Levels:
        return sorted(self.sides[name].items(), reverse=name == "bids")

    def checksum(self) -> int:
        prices, lots = self.decimals
        bids, asks = (
            [(fixed(Decimal(price), prices), fixed(Decimal(amount), lots)) for price, amount in self.levels(name)]
            for name in ("bids", "asks")
        )
        return checksum(bids, asks)

    def assert_is(self, parts: Parts, symbol: str = "BTC/USD") -> None:
        book = visible_book(parts.venue.state, parts.venue.rules, symbol, self.depth)
        assert self.levels("bids") == list(book.bids)
        assert self.levels("asks") == list(book.asks)


async def drain(client: Client, book: ReferenceBook) -> None:
    """Apply everything that has been sent."""
    for message in await client.ping():
        if message.get("channel") == "book":
            book.take(message)


def around(chance: random.Random, middle: int, side: int) -> tuple[tuple[Decimal, Decimal], ...]:
    """Real levels on one side of a price in ticks of 0.1, best first."""
    ticks, levels = middle, []
    for _ in range(chance.randrange(1, 18)):
        ticks += side * chance.randrange(1, 4)
        levels.append((Decimal(ticks).scaleb(-1), Decimal(chance.randrange(1, 10**9)).scaleb(-8)))
    return tuple(levels)


def disturb(parts: Parts, chance: random.Random) -> None:
    """Something happens to the book: the market moves, with a book or without, or an order of ours comes or goes."""
    middle = 1000 + chance.randrange(-40, 40)
    match chance.randrange(5):
        case 0:
            move(parts, Decimal(middle - 1).scaleb(-1), Decimal(middle + 1).scaleb(-1))
        case 1 | 2:
            bids, asks = around(chance, middle, -1), around(chance, middle, 1)
            move(parts, bids[0][0], asks[0][0], bids=bids, asks=asks)
        case 3:
            side = chance.choice([Side.BUY, Side.SELL])
            try:
                limit(parts, side, f"0.{chance.randrange(1, 9)}", str(Decimal(middle).scaleb(-1)))
            except ExchangeError:
                return
        case _:
            orders = list(parts.venue.state.orders)
            if orders:
                parts.venue.apply(Cancel(id=chance.choice(orders), time_ns=parts.clock.now_ns()))


@pytest.mark.parametrize("seed", range(6))
async def test_clients_books_stay_equal_to_the_visible_one(seed: int) -> None:
    chance = random.Random(seed)
    async with Stand() as stand, stand.client() as first, stand.client() as second, stand.client() as deep:
        move(stand.parts, "100.0", "100.1")
        books = [ReferenceBook(10), ReferenceBook(10), ReferenceBook(100)]
        await first.subscribe("book", "BTC/USD")
        await deep.subscribe("book", "BTC/USD", depth=100)
        for step in range(60):
            if step == 30:
                await second.subscribe("book", "BTC/USD", depth=10)
            for _ in range(chance.randrange(1, 4)):
                disturb(stand.parts, chance)
            if step % 6 == 5:
                for client, book in zip((first, second, deep), books, strict=True):
                    await drain(client, book)
                    if client is not second or step > 30:
                        book.assert_is(stand.parts)

    assert all(book.messages > 20 for book in books)


async def test_prices_and_amounts_have_all_their_decimals() -> None:
    async with Stand() as stand, stand.client() as client:
        move(stand.parts, "45281", "45282", bids=[(D(45281), D("0.1"))], asks=[(D(45282), D(1))])
        await client.subscribe("book", "BTC/USD")
        snapshot = await client.raw()
        move(stand.parts, "45281", "45282", bids=[(D(45280), D("0.1"))], asks=[(D(45282), D(1))])
        update = await client.raw()

    assert snapshot.startswith(
        '{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":45281.0,"qty":0.10000000}],'
        '"asks":[{"price":45282.0,"qty":1.00000000}],"checksum":'
    )
    assert update.startswith(
        '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD",'
        '"bids":[{"price":45281.0,"qty":0.00000000},{"price":45280.0,"qty":0.10000000}],"asks":[],"checksum":'
    )


async def test_without_snapshot_only_updates_come() -> None:
    async with Stand() as stand, stand.client() as client:
        move(stand.parts, "100.0", "100.1")
        ack = await client.subscribe("book", "BTC/USD", snapshot=False)
        nothing = await client.ping()
        move(stand.parts, "101.0", "101.1")
        [update] = await client.ping()

    assert ack["result"] == {"channel": "book", "depth": 10, "snapshot": False, "symbol": "BTC/USD"}
    assert nothing == []
    assert update["type"] == "update"


async def test_nothing_is_sent_where_nothing_changed() -> None:
    async with Stand() as stand, stand.client() as client:
        move(stand.parts, "100.0", "100.1")
        await client.subscribe("book", "BTC/USD")
        await client.hear(type="snapshot")
        move(stand.parts, "100.0", "100.1", last="100.1")
        move(stand.parts, "1.0", "1.1", symbol="DOGE/USD")

        assert await client.ping() == []


@pytest.mark.parametrize("depth", DEPTHS)
async def test_every_depth_is_cut_to_it(depth: int) -> None:
    rows = [(Decimal(1000 - at), D("0.5")) for at in range(1, 601)]
    async with Stand() as stand, stand.client() as client:
        asks = [(Decimal(1000 + at), D("0.5")) for at in range(1, 601)]
        move(stand.parts, "999.0", "1001.0", bids=rows, asks=asks)
        await client.subscribe("book", "BTC/USD", depth=depth)
        [book] = (await client.hear(type="snapshot"))["data"]

    assert len(book["bids"]) == len(book["asks"]) == min(depth, 600)


async def test_a_pair_that_does_not_trade_shows_an_empty_book() -> None:
    async with Stand() as stand, stand.client() as client:
        move(stand.parts, "100.0", "100.1")
        await client.subscribe("book", "BTC/USD")
        book = ReferenceBook(10)
        book.take(await client.hear(channel="book"))
        full = book.levels("bids")
        set_mode(stand.parts, "maintenance")
        book.take(await client.hear(channel="book", type="update"))
        emptied = book.levels("bids")
        set_mode(stand.parts, "online")
        book.take(await client.hear(channel="book", type="update"))

    assert full
    assert emptied == []
    assert book.levels("bids") == full


async def test_the_last_to_leave_takes_the_book_along_and_the_next_begins_anew() -> None:
    async with Stand() as stand, stand.client() as client:
        move(stand.parts, "100.0", "100.1")
        await client.subscribe("book", "BTC/USD")
        await client.say({"method": "unsubscribe", "params": {"channel": "book", "symbol": ["BTC/USD"], "depth": 10}})
        await client.hear(method="unsubscribe", success=True)
        move(stand.parts, "200.0", "200.1")
        await client.subscribe("book", "BTC/USD")
        book = ReferenceBook(10)
        book.take(await client.hear(channel="book"))
        book.assert_is(stand.parts)


async def test_a_pair_without_prices_has_an_empty_snapshot() -> None:
    async with Stand() as stand, stand.client() as client:
        await client.subscribe("book", "BTC/USD")
        [book] = (await client.hear(channel="book"))["data"]

    assert (book["bids"], book["asks"], book["checksum"]) == ([], [], 0)


async def test_changed_decimals_are_used_at_once() -> None:
    async with Stand() as stand, stand.client() as client:
        pairs = dict(stand.parts.venue.rules.instruments)
        pairs["BTC/USD"] = replace(pairs["BTC/USD"], price_decimals=2)
        stand.parts.venue.rules = replace(stand.parts.venue.rules, instruments=pairs)
        move(stand.parts, "100.0", "100.1")
        await client.subscribe("book", "BTC/USD")

        assert '"price":100.00,' in await client.raw()


SIDES = st.dictionaries(st.integers(1, 30), st.integers(1, 3), max_size=12)


@settings(deadline=None)
@given(SIDES, SIDES, st.sampled_from([1, 3, 10]), st.sampled_from(Side))
def test_changes_make_the_one_book_of_the_other(
    before: dict[int, int], after: dict[int, int], depth: int, side: Side
) -> None:
    def book(levels: dict[int, int]) -> Levels:
        best_first = sorted(levels.items(), reverse=side is Side.BUY)
        return [(Decimal(price), Decimal(amount)) for price, amount in best_first[:depth]]

    def cut(levels: dict[Decimal, Decimal]) -> dict[Decimal, Decimal]:
        return dict(sorted(levels.items(), reverse=side is Side.BUY)[:depth])

    old, new = book(before), book(after)
    at_the_end, after_each = dict(old), dict(old)
    told = changes(old, new, depth, side)
    for price, amount in told:
        for mine in (at_the_end, after_each):
            if amount:
                mine[price] = amount
            else:
                del mine[price]
        after_each = cut(after_each)

    assert cut(at_the_end) == dict(new)
    assert after_each == dict(new)
    assert len({price for price, _ in told}) == len(told)
