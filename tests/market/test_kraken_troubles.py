"""A Kraken that sends what it never should: the feed survives, tells, and can always be closed."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from loguru import logger

from kraken_tui.clock import MINUTE, SECOND, SystemClock, real_sleep, stopwatch_ns
from kraken_tui.exchange.channels import TickerRow
from kraken_tui.market.kraken_feed import KrakenFeed
from kraken_tui.model.errors import ExchangeUnreachable, UsageError
from kraken_tui.model.market import FeedState
from tests.market.fake_kraken import FakeKraken, fake_kraken
from tests.market.stand import QUICK, SCAN, SYMBOLS, feed_of, is_live, opened, until

HOSTILE = "EGeneral:\x1b]0;pwned\x07\x1b[31mRED\n00:00:00 INFO forged"
HARMLESS = "EGeneral: ]0;pwned  [31mRED 00:00:00 INFO forged"


@pytest.fixture
def told() -> Iterator[list[str]]:
    """Everything that is logged."""
    lines: list[str] = []
    sink = logger.add(lines.append, format="{level} {message}")
    yield lines
    logger.remove(sink)


@pytest.mark.parametrize(
    "frame",
    [
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"channel":"ticker","data":[{"symbol":"\xff\xfe"}]}',
        b"\xff",
        b'{"channel":"ticker","data":[{"symbol":"BTC/USD","bid":1e999}]}',
        b'{"channel":"ticker","data":null}',
    ],
    ids=["deeply nested", "invalid UTF-8 in a name", "invalid UTF-8", "too large a number", "no rows"],
)
async def test_a_frame_that_cant_be_decoded_is_counted_and_survived(frame: bytes) -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        await until(feed, is_live)
        await fake.send_raw(frame)
        await fake.tick("BTC/USD", last=95001.0)
        seen = await until(feed, lambda frame: frame.last[0] == 950_010)
        assert seen.state is FeedState.LIVE
        assert (feed._stream.garbage, feed._stream.connections) == (1, 1)


class Poison:
    """A taker that fails at the first tickers it is given."""

    def __init__(self, feed: KrakenFeed) -> None:
        self.fed = 0
        self._take = feed._stream._take
        feed._stream._take = self

    def __call__(self, rows: Sequence[TickerRow], now_ns: int) -> None:
        self.fed += 1
        if self.fed == 1:
            raise RuntimeError("poisoned\x1b[31m")
        self._take(rows, now_ns)


async def test_a_dead_socket_worker_is_noticed_and_started_anew(told: list[str]) -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        await until(feed, is_live)
        poison = Poison(feed)
        await fake.tick("BTC/USD")
        frame = await until(feed, lambda frame: frame.state is FeedState.STALE)
        assert frame.note == "the feed's socket worker is restarting: RuntimeError: poisoned [31m"
        await until(feed, lambda frame: feed._stream.connections == 2 and is_live(frame))
        fake.prices["BTC/USD"] = 97000.0
        await fake.tick("BTC/USD")
        await until(feed, lambda frame: frame.last[0] == 970_000)
        assert poison.fed > 1
    assert [line for line in told if "socket worker is restarting: RuntimeError: poisoned [31m" in line]


async def test_closing_succeeds_whatever_its_workers_died_of(told: list[str]) -> None:
    async with fake_kraken() as fake:
        feed = feed_of(fake)
        await feed.open(lambda what, done: None)
        Poison(feed)
        await fake.tick("BTC/USD")
        await until(feed, lambda frame: frame.state is FeedState.STALE)
        await feed.close()
        await feed.close()
    assert any("poisoned" in line for line in told)


async def test_closing_lets_go_of_every_connection_though_it_is_cancelled() -> None:
    async with fake_kraken() as fake:
        feed = feed_of(fake)
        await feed.open(lambda what, done: None)
        await feed.past_bars(0, 5)
        session = feed._rest._session
        closing = asyncio.ensure_future(feed.close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait({closing})
        assert closing.cancelled() and session is not None and session.closed


def minute_s() -> int:
    return SystemClock().now_ns() // MINUTE * 60


def candle(time_s: int, high: str = "95000.0", low: str = "95000.0", close: str = "95000.0") -> list[object]:
    return [time_s, close, high, low, close, close, "1.5", 12]


async def test_a_candle_of_1970_makes_no_millions_of_minutes() -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        fake.candles = [candle(0)]
        began = stopwatch_ns()
        assert await feed.past_bars(0, 15) == []
        fake.candles = [candle(0), candle(minute_s() - 120)]
        bars = await feed.past_bars(0, 15)
        assert 2 <= len(bars) <= 3
        assert stopwatch_ns() - began < 2 * SECOND


async def test_candles_out_of_order_in_the_future_or_off_the_minute_are_left_out() -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        now_s = minute_s()
        times = (now_s - 240, now_s + 10**6, now_s - 180, now_s - 240, now_s - 90, 2**62, now_s - 120, now_s - 60)
        fake.candles = [candle(time_s, high=f"{95000 + place}.0") for place, time_s in enumerate(times)]
        bars = {bar.open_ns // SECOND: bar.high for bar in await feed.past_bars(0, 15)}
        assert [bars[now_s - age] for age in (240, 180, 120, 60)] == [950_000, 950_020, 950_060, 950_070]
        assert sorted(bars) == list(bars)


@pytest.mark.parametrize("number", ["NaN", "sNaN", "-Infinity", "1E+999999", "", "text", "-1", "0", None, 7])
@pytest.mark.parametrize("column", [2, 3, 4])
async def test_a_number_that_is_none_costs_only_its_candle(number: object, column: int) -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        now_s = minute_s()
        fake.candles = [candle(now_s - age, high="95010.0") for age in (240, 180, 120, 60)]
        fake.candles[1][column] = number
        bars = {bar.open_ns // SECOND: bar for bar in await feed.past_bars(0, 15)}
        assert bars[now_s - 180].high == 950_000, "flat at the close before"
        assert [bars[now_s - age].high for age in (240, 120, 60)] == [950_100] * 3


@pytest.mark.parametrize("fields", [{"bid": 1e308, "ask": 1.7e308}, {"ask": 1e308}, {"bid": -1e308, "ask": 5e15}])
async def test_an_absurd_price_is_missing_and_warns_nobody(
    fields: dict[str, object], capfd: pytest.CaptureFixture[str]
) -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        await until(feed, is_live)
        await fake.tick("BTC/USD", last=-1e308, **fields)
        frame = await until(feed, lambda frame: frame.bid[0] == 0)
        assert (frame.ask[0], frame.last[0]) == (0, 0)
        assert frame.bid[1] > 0
    assert "Warning" not in capfd.readouterr().err


@pytest.mark.parametrize("amount", [1e300, 1e15, -1, None])
async def test_an_absurd_amount_is_not_told(amount: float | None) -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        await until(feed, is_live)
        await fake.tick("BTC/USD", bid_qty=amount, ask_qty=7.0)
        frame = await until(feed, lambda frame: frame.ask_amount[0] == 7.0)
        assert frame.bid_amount[0] == 0.0 and frame.bid[0] > 0


async def test_an_absurd_pair_is_left_out_with_its_field_named(told: list[str]) -> None:
    async with fake_kraken() as fake:
        fake.pairs["XXBTZUSD"]["tick_size"] = "NaN"
        fake.pairs["XETHZUSD"]["pair_decimals"] = "many"
        fake.pairs["XDGUSD"] = None
        async with opened(fake) as feed:
            assert [instrument.symbol for instrument in feed.instruments] == ["PEPE/USD"]
            await until(feed, is_live)
        for words in (
            "XXBTZUSD is left out: tick_size",
            "XETHZUSD is left out: pair_decimals 'many'",
            "XDGUSD is left",
        ):
            assert any(words in line for line in told), words
        fake.pairs = {"XXBTZUSD": None}
        with pytest.raises(UsageError, match="none of these pairs"):
            await feed_of(fake).open(lambda what, done: None)


async def test_without_a_network_it_is_said_what_works_without_one() -> None:
    async with fake_kraken() as fake:
        feed = feed_of(fake)
    with pytest.raises(ExchangeUnreachable, match=r"can't be reached.*--demo needs none") as caught:
        await feed.open(lambda what, done: None)
    assert "AssetPairs" not in str(caught.value)


async def test_markets_that_are_none_are_unreachable() -> None:
    async with fake_kraken() as fake:
        fake.pairs = []  # type: ignore[assignment]
        with pytest.raises(ExchangeUnreachable, match="does not tell its markets"):
            await feed_of(fake).open(lambda what, done: None)


async def test_krakens_words_reach_notes_and_logs_without_control_characters(told: list[str]) -> None:
    async with fake_kraken() as fake:
        fake.refuse = {"DOGE/USD": HOSTILE}
        async with opened(fake) as feed:
            assert feed.refused == {"DOGE/USD": HARMLESS}
            await fake.send({"method": "subscribe", "success": False, "error": HOSTILE + "x" * 1000})
            await fake.send({"channel": "status", "data": [{"system": HOSTILE}]})
            frame = await until(feed, lambda frame: frame.state is FeedState.STALE)
            assert frame.note == f"Kraken is in {HARMLESS} mode"
            assert feed._stream.last_garbage.startswith(HARMLESS) and len(feed._stream.last_garbage) == 200
        fake.rest_down = True
        with pytest.raises(ExchangeUnreachable) as refusal:
            await feed_of(fake).open(lambda what, done: None)
    assert "<html> ]0;cloudflare" in str(refusal.value)
    assert any(HARMLESS in line for line in told)
    assert not any("\x1b" in text or "\n" in text.rstrip("\n") for text in (*told, str(refusal.value)))


async def cancelled_after_s(opening: "asyncio.Task[None]") -> float:
    began = stopwatch_ns()
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    return (stopwatch_ns() - began) / SECOND


async def reached(fake: FakeKraken, count: int) -> None:
    """Wait until the server was asked `count` times."""
    while len(fake.headers) < count:
        await real_sleep(0.01)


@pytest.mark.parametrize(
    ("stuck", "requests"),
    [({"AssetPairs"}, 1), ({"socket", "Ticker"}, 3), ({"subscribe"}, 2)],
    ids=["markets", "handshake and tickers", "subscription"],
)
async def test_opening_in_front_of_a_mute_server_is_cancelled_at_once(stuck: set[str], requests: int) -> None:
    async with fake_kraken() as fake:
        fake.stuck, fake.deaf_to = stuck, set(SYMBOLS) if "subscribe" in stuck else set()
        feed = KrakenFeed(fake.rest_url, fake.ws_url, SYMBOLS, SCAN, SystemClock())
        before = asyncio.all_tasks()
        opening = asyncio.create_task(feed.open(lambda what, done: None))
        async with asyncio.timeout(10):
            await reached(fake, requests)
            await real_sleep(0.1)
            assert not opening.done()
            assert await cancelled_after_s(opening) < 2.0
            names = {getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks() - before}
            assert not {name for name in names if name.startswith(("Supervisor", "_outcome"))}, "a worker lives on"


async def test_a_socket_that_accepts_and_says_nothing_is_cancelled_at_once() -> None:
    accepted = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    feed = KrakenFeed(f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}/v2", SYMBOLS, SCAN, SystemClock(), QUICK)
    opening = asyncio.create_task(feed.open(lambda what, done: None))
    async with asyncio.timeout(10):
        await accepted.wait()
        assert await cancelled_after_s(opening) < 1.0
    await feed.close()
    server.close()
    await server.wait_closed()
