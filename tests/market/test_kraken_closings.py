"""Candles of a real server on loopback: when they close, and what happens when the line breaks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from kraken_tui.clock import SECOND, Clock, real_sleep, stopwatch_ns
from kraken_tui.exchange.manners import Link, Manners
from kraken_tui.market.candle_book import CandleBook
from kraken_tui.market.candles import GRACE_NS, SPAN_NS, Closing
from kraken_tui.market.kraken_closings import PATIENCE_NS
from kraken_tui.market.kraken_feed import KrakenFeed
from kraken_tui.model.candle import Candle
from kraken_tui.sandbox.advancing_clock import AdvancingClock
from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.sandbox import Sandbox
from tests.market.candle_reference import T0, begin_text
from tests.market.fake_kraken import FakeKraken, fake_kraken
from tests.market.stand import SCAN, SYMBOLS

OPEN_NS = T0 + 3600 * SECOND


PATIENT = Manners(connect=5.0, acknowledge=0.4, silence=1e6, back_off=(0.0, 0.3, 0.3))
"""A clock that is put forward makes any line seem silent."""


def clock_inside() -> AdvancingClock:
    """In the middle of the span of `OPEN_NS`."""
    return AdvancingClock(OPEN_NS + 60 * SECOND)


def to_the_end(clock: AdvancingClock, seconds: float = 0.0) -> None:
    """Put it forward until so many seconds past the end of the span of `OPEN_NS`."""
    clock.advance((OPEN_NS + SPAN_NS - clock.now_ns()) / SECOND + seconds)


@asynccontextmanager
async def opened(fake: FakeKraken, clock: Clock) -> AsyncIterator[KrakenFeed]:
    feed = KrakenFeed(fake.rest_url, fake.ws_url, SYMBOLS, SCAN, clock, PATIENT, call_pause=0.05)
    await feed.open(lambda what, done: None)
    try:
        yield feed
    finally:
        await feed.close()


async def next_closing(feed: KrakenFeed, clock: Clock, within: float = 8.0) -> Closing:
    began = stopwatch_ns()
    while stopwatch_ns() - began < within * SECOND:
        now_ns = clock.now_ns()
        feed.read(now_ns)
        if (closing := feed.closed_candles(now_ns)) is not None:
            assert now_ns >= closing.end_ns + GRACE_NS
            return closing
        await real_sleep(0.01)
    raise AssertionError("nothing closed")


async def until_told(feed: KrakenFeed, connections: int = 1) -> None:
    """Until the socket of candles was connected so often, and every subscription answered."""
    stream = feed._closings.stream
    began = stopwatch_ns()
    while stream.connections < connections or stream.link is not Link.UP or stream.is_settling:
        assert stopwatch_ns() - began < 5 * SECOND
        await real_sleep(0.01)
    await real_sleep(0.05)


def row(symbol: str, open_ns: int, close: float, trades: int) -> dict[str, Any]:
    return {
        "symbol": symbol, "open": 1.0, "high": 9.0, "low": 0.5, "close": close, "vwap": 1.0, "trades": trades,
        "volume": float(trades), "interval_begin": begin_text(open_ns), "interval": 5, "timestamp": "",
    }  # fmt: skip


async def update(fake: FakeKraken, *rows: dict[str, Any]) -> None:
    await fake.send({"channel": "ohlc", "type": "update", "data": list(rows), "timestamp": ""})


async def test_a_span_closes_with_what_was_told_and_flat_where_nothing_was_traded() -> None:
    clock = clock_inside()
    async with fake_kraken() as fake:
        fake.ohlc = {symbol: [row(symbol, OPEN_NS - SPAN_NS, 2.0, 4)] for symbol in SYMBOLS}
        fake.ohlc["BTC/USD"].append(row("BTC/USD", OPEN_NS, 3.0, 1))
        async with opened(fake, clock) as feed:
            await until_told(feed)
            await update(fake, row("BTC/USD", OPEN_NS, 4.0, 2), row("ETH/USD", OPEN_NS, 5.0, 1))
            to_the_end(clock, 1.0)
            assert feed.closed_candles(clock.now_ns()) is None
            closing = await next_closing(feed, clock)
            assert feed.closed_candles(clock.now_ns()) is None, "each span once"
    asked = next(message["params"] for message in fake.heard if message["params"]["channel"] == "ohlc")
    assert (asked["interval"], asked["snapshot"], asked["symbol"]) == (5, True, list(SYMBOLS))
    assert closing.open_ns == OPEN_NS
    assert closing.known.all()
    assert closing.close.tolist() == [4.0, 5.0, 2.0, 2.0]
    assert closing.open.tolist() == [1.0, 1.0, 2.0, 2.0]
    assert closing.volume.tolist() == [2.0, 1.0, 0.0, 0.0]
    assert clock.now_ns() < closing.end_ns + GRACE_NS + SECOND


async def test_a_line_cut_inside_a_span_costs_nothing_where_the_new_one_tells_it_all() -> None:
    clock = clock_inside()
    async with fake_kraken() as fake:
        fake.ohlc = {symbol: [row(symbol, OPEN_NS, 2.0, 4)] for symbol in SYMBOLS}
        async with opened(fake, clock) as feed:
            await until_told(feed)
            fake.ohlc["DOGE/USD"] = [row("DOGE/USD", OPEN_NS, 7.0, 9)]
            fake.ohlc["PEPE/USD"] = [row("PEPE/USD", OPEN_NS + SPAN_NS, 8.0, 1)]
            await fake.drop()
            await until_told(feed, 2)
            to_the_end(clock, 1.5)
            closing = await next_closing(feed, clock)
    assert closing.known.tolist() == [True, True, True, False], "of PEPE the new line tells only what came later"
    assert closing.close[:3].tolist() == [2.0, 2.0, 7.0]


async def test_while_the_line_is_down_spans_are_unknown_and_rest_fills_the_book() -> None:
    clock = clock_inside()
    async with fake_kraken() as fake:
        fake.ohlc = {symbol: [row(symbol, OPEN_NS, 2.0, 4)] for symbol in SYMBOLS}
        open_s = OPEN_NS // SECOND
        rest = [[open_s + at, "1.0", "9.0", "0.5", "2.0", "1.0", "4.0", 4] for at in (-900, -300, 0, 300)]
        async with opened(fake, clock) as feed:
            await until_told(feed)
            book = CandleBook(len(SYMBOLS))
            fake.candles = rest[:2]
            for index in range(len(SYMBOLS)):
                book.start(index, await feed.past_candles(index, 720))
            assert book.wanting() == []
            fake.shut = True
            await fake.drop()
            to_the_end(clock, 10.0)
            assert feed.closed_candles(clock.now_ns()) is None, "the line may come again"
            closing = await next_closing(feed, clock)
            assert clock.now_ns() >= closing.end_ns + GRACE_NS + PATIENCE_NS
            assert not closing.known.any()
            book.take(closing)
            assert book.wanting() == [0, 1, 2, 3]
            fake.candles = rest
            for index in book.wanting():
                book.start(index, await feed.past_candles(index, 720))
    assert book.wanting() == []
    window = book.window(0)
    assert window is not None
    assert window.open_ns.tolist() == [OPEN_NS + span * SPAN_NS for span in (-3, -2, -1, 0)], "the open one is left out"
    assert window.volume.tolist() == [4.0, 0.0, 4.0, 4.0]


async def test_a_symbol_that_is_never_answered_does_not_hold_up_the_others() -> None:
    clock = clock_inside()
    async with fake_kraken() as fake:
        fake.ohlc = {symbol: [row(symbol, OPEN_NS, 2.0, 4)] for symbol in SYMBOLS}
        fake.deaf_to_candles = {"ETH/USD"}
        async with opened(fake, clock) as feed:
            to_the_end(clock, 1.0)
            closing = await next_closing(feed, clock)
            assert clock.now_ns() < closing.end_ns + GRACE_NS + SECOND
    assert closing.known.tolist() == [True, False, True, True]


@pytest.mark.parametrize("frame", ["not json", '{"channel":"ohlc","data":[{"open":"x"}]}'])
async def test_a_garbled_frame_may_have_been_a_candle(frame: str) -> None:
    clock = clock_inside()
    async with fake_kraken() as fake:
        fake.ohlc = {symbol: [row(symbol, OPEN_NS, 2.0, 4)] for symbol in SYMBOLS}
        async with opened(fake, clock) as feed:
            await until_told(feed)
            await fake.send(frame)
            await update(fake, row("BTC/USD", OPEN_NS, 3.0, 5))
            await real_sleep(0.05)
            to_the_end(clock, 1.5)
            closing = await next_closing(feed, clock)
    assert closing.known.tolist() == [True, False, False, False]
    assert closing.close[0] == 3.0


async def test_past_candles_are_exact_and_strange_rows_cost_only_themselves() -> None:
    clock = clock_inside()
    async with fake_kraken() as fake, opened(fake, clock) as feed:
        to_the_end(clock, 0.5)
        open_s = OPEN_NS // SECOND
        good = ["1.5", "9.0", "0.5", "2.0", "1.0", "4.25", 4]
        strange: list[Any] = [[open_s + 7, *good], [open_s + 10**6, *good], [0, *good], None, [open_s, "1", "1"]]
        bad_volume = [open_s - 600, *good[:5], None, 4]
        fake.candles = [[open_s - 900, *good], bad_volume, *strange, [open_s - 300, *good], [open_s, *good]]
        past = await feed.past_candles(0, 720)
        assert past == [
            Candle(OPEN_NS - 3 * SPAN_NS, 1.5, 9.0, 0.5, 2.0, 4.25),
            Candle(OPEN_NS - 2 * SPAN_NS, 2.0, 2.0, 2.0, 2.0, 0.0),
            Candle(OPEN_NS - SPAN_NS, 1.5, 9.0, 0.5, 2.0, 4.25),
        ], "a second past its end a span is not closed yet"
        fake.rest_error = "EGeneral:Too many requests"
        assert await feed.past_candles(0, 720) == []


SPEED = 100


async def test_the_sandbox_tells_by_socket_what_it_tells_by_rest() -> None:
    manners = Manners(connect=5.0, acknowledge=5.0 * SPEED, silence=5.0 * SPEED, back_off=(0.0, 20.0))
    async with Sandbox(Options(port=0, seed=1, speed=SPEED)) as sandbox:
        clock = sandbox.parts.clock
        symbols = ("BTC/USD", "DOGE/USD", "SHIB/USD")
        feed = KrakenFeed(sandbox.rest_url, sandbox.ws_url, symbols, 2.0, clock, manners, call_pause=0.0)
        await feed.open(lambda what, done: None)
        try:
            book, closings = CandleBook(len(symbols)), []
            for index in range(len(symbols)):
                book.start(index, await feed.past_candles(index, 720))
            for number in range(4):
                closing = await next_closing(feed, clock)
                closings.append(closing)
                book.take(closing)
                if number == 1:
                    sandbox.control.disconnect("public")
            for index in book.wanting():
                book.start(index, await feed.past_candles(index, 720))
            for index in range(len(symbols)):
                window = book.window(index)
                assert window is not None
                past = {candle.open_ns: candle for candle in await feed.past_candles(index, 720)}
                rows = zip(window.open, window.high, window.low, window.close, window.volume, strict=True)
                told = [Candle(at, *row) for at, row in zip(window.open_ns.tolist(), rows, strict=True) if at in past]
                assert told == [past[candle.open_ns] for candle in told]
                assert len(told) > 30
        finally:
            await feed.close()
    assert [each.open_ns - closings[0].open_ns for each in closings] == [span * SPAN_NS for span in range(4)]
    assert sum(bool(each.known.all()) for each in closings) >= 3
    assert feed._closings.stream.connections >= 2
