import gzip
import json
from decimal import Decimal

import msgspec
import pytest

from kraken_tui.clock import MINUTE, SECOND, SystemClock, real_sleep, stopwatch_ns
from kraken_tui.config.instruments import load_instruments
from kraken_tui.exchange.manners import Link
from kraken_tui.exchange.public_rest import Candle, _Candles
from kraken_tui.market.candles import REACH
from kraken_tui.market.kraken_candles import closed_bars
from kraken_tui.market.kraken_feed import KrakenFeed
from kraken_tui.model.errors import ExchangeUnreachable, UsageError
from kraken_tui.model.market import Bar, FeedState
from tests.market.fake_kraken import BORN, fake_kraken
from tests.market.stand import QUICK, SCAN, SYMBOLS, feed_of, is_live, opened, until
from tests.recorded import recorded


async def test_live_prices_arrive_as_whole_ticks() -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        frame = await until(feed, is_live)
        assert [instrument.symbol for instrument in feed.instruments] == list(SYMBOLS)
        assert frame.bid.tolist() == [950_000, 330_024, 1_999_999, 9_999]
        assert frame.ask.tolist() == [950_002, 330_026, 2_000_001, 10_001]
        assert frame.last.tolist() == [950_001, 330_025, 2_000_000, 10_000]
        assert frame.bid_amount.tolist() == [2.5] * 4
        assert frame.listed.all() and frame.note == ""
        await fake.tick("ETH/USD", bid=3300.3, ask=3300.31, last=3300.31)
        moved = await until(feed, lambda frame: frame.bid[1] == 330_030)
        assert moved.changed_ns[1] > frame.changed_ns[1]
        assert moved.changed_ns[0] == frame.changed_ns[0], "a quiet ticker keeps its age"


async def test_rules_come_from_krakens_entry_and_not_from_ccxts_precision() -> None:
    async with fake_kraken() as fake, opened(fake, None) as feed:
        by_symbol = {instrument.symbol: instrument for instrument in feed.instruments}
        assert set(by_symbol) == set(SYMBOLS)
        bitcoin = by_symbol["BTC/USD"]
        assert (bitcoin.id, bitcoin.altname, bitcoin.tick) == ("XXBTZUSD", "XBTUSD", Decimal("0.1"))
        assert bitcoin.leverage_buy[-1] == 10
        assert bitcoin.taker_fees[0] == (Decimal(0), Decimal("0.4"))


async def test_subscribes_to_best_bid_and_offer() -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        await until(feed, is_live)
        params = fake.heard[0]["params"]
        assert (params["channel"], params["event_trigger"], params["snapshot"]) == ("ticker", "bbo", True)
        assert params["symbol"] == list(SYMBOLS)


async def test_no_key_is_read_or_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KRAKEN_API_KEY", "KRAKEN_API_SECRET", "KRAKEN_KEY", "KRAKEN_SECRET"):
        monkeypatch.setenv(name, "should-never-leave")
    async with fake_kraken() as fake, opened(fake) as feed:
        await until(feed, is_live)
        await feed.past_bars(0, 5)
        assert fake.headers
        assert not any("API-Key" in headers or "should-never-leave" in str(headers) for headers in fake.headers)
        assert set(fake.calls) <= {"Assets", "AssetPairs", "Ticker", "OHLC"}


async def test_a_refused_symbol_is_named_and_the_rest_goes_on() -> None:
    async with fake_kraken() as fake:
        fake.refuse = {"DOGE/USD": "Currency pair not supported DOGE/USD"}
        async with opened(fake) as feed:
            frame = await until(feed, lambda frame: frame.bid[0] > 0 and frame.bid[3] > 0)
            assert frame.state is FeedState.LIVE
            assert frame.listed.tolist() == [True, True, False, True]
            assert frame.bid[2] == 0
            assert feed.refused == {"DOGE/USD": "Currency pair not supported DOGE/USD"}


async def test_all_refused_is_an_error_and_not_a_silence() -> None:
    async with fake_kraken() as fake:
        fake.refuse = dict.fromkeys(SYMBOLS, "EGeneral:Permission denied")
        with pytest.raises(ExchangeUnreachable, match="refused every ticker: EGeneral:Permission denied"):
            await feed_of(fake).open(lambda what, done: None)


async def test_an_unanswered_subscription_makes_it_stale_and_is_asked_again() -> None:
    async with fake_kraken() as fake:
        fake.deaf_to = {"ETH/USD"}
        async with opened(fake) as feed:
            frame = await until(feed, lambda frame: frame.state is FeedState.STALE)
            assert "unanswered, first ETH/USD" in frame.note
            await until(feed, lambda frame: sum(m["params"]["symbol"] == ["ETH/USD"] for m in fake.heard) > 0)
            fake.deaf_to = set()
            await until(feed, is_live)


async def test_silence_is_stale_and_speech_mends_it() -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        await until(feed, is_live)
        fake.mute = True
        frame = await until(feed, lambda frame: frame.state is FeedState.STALE)
        assert "silent" in frame.note
        assert frame.bid[0] == 950_000, "the last prices stay visible"
        fake.mute = False
        await until(feed, is_live)
        assert feed._stream.connections == 1


async def test_a_socket_silent_for_long_is_given_up_and_made_anew() -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        await until(feed, is_live)
        fake.mute = True
        await until(feed, lambda frame: feed._stream.connections > 1)
        fake.mute = False
        await until(feed, is_live)


async def test_a_quiet_ticker_on_a_live_feed_is_not_stale() -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        await until(feed, is_live)
        began = stopwatch_ns()
        while stopwatch_ns() - began < 8 * SCAN * SECOND:
            assert feed.read(SystemClock().now_ns()).state is FeedState.LIVE
            await real_sleep(0.02)


async def test_a_dropped_socket_falls_back_to_rest_and_comes_back() -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        await until(feed, is_live)
        fake.shut = True
        before = fake.calls.count("Ticker")
        await fake.drop()
        fake.prices["BTC/USD"] = 96000.0
        frame = await until(feed, lambda frame: frame.last[0] == 960_000)
        assert frame.state is FeedState.LIVE
        assert fake.calls.count("Ticker") > before
        assert feed._stream.link is not Link.UP
        fake.shut = False
        await until(feed, lambda frame: feed._stream.link is Link.UP)
        asked = fake.calls.count("Ticker")
        fake.prices["BTC/USD"] = 97000.0
        await fake.tick("BTC/USD")
        await until(feed, lambda frame: frame.last[0] == 970_000)
        assert fake.calls.count("Ticker") <= asked + 1


async def test_socket_and_rest_down_is_stale_with_both_named() -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        await until(feed, is_live)
        fake.shut = fake.rest_down = True
        await fake.drop()
        frame = await until(feed, lambda frame: frame.state is FeedState.STALE and feed.rest_failures >= 3)
        assert "REST failed" in frame.note
        fake.shut = fake.rest_down = False
        await until(feed, is_live)


@pytest.mark.parametrize(
    "frame",
    ["{", "", "[]", "null", '{"channel":"ticker","data":[{"symbol":7}]}', '{"Error":"Exceeded msg rate"}', "\ufeff💥"],
)
async def test_a_garbage_frame_is_counted_and_survived(frame: str) -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        await until(feed, is_live)
        await fake.send(frame)
        await fake.tick("BTC/USD", last=95001.0)
        seen = await until(feed, lambda frame: frame.last[0] == 950_010)
        assert seen.state is FeedState.LIVE
        assert feed._stream.garbage == 1
        assert feed._stream.connections == 1


@pytest.mark.parametrize(
    "fields",
    [{"bid": None}, {"ask": 0}, {"bid": -1}, {"bid": 95001.0, "ask": 95000.0}, {"bid": 95000.0, "ask": 95000.0},
     {"ask": 1e300}],
)  # fmt: skip
async def test_a_price_that_is_none_makes_the_quote_missing(fields: dict[str, object]) -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        await until(feed, is_live)
        await fake.tick("BTC/USD", **fields)
        frame = await until(feed, lambda frame: frame.bid[0] == 0)
        assert (frame.ask[0], frame.last[0]) == (0, 0)
        assert frame.bid[1] > 0
        await fake.tick("BTC/USD")
        await until(feed, is_live)


async def test_without_a_last_trade_the_mid_stands() -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        await until(feed, is_live)
        await fake.tick("BTC/USD", bid=95000.0, ask=95000.4, last=None)
        frame = await until(feed, lambda frame: frame.ask[0] == 950_004)
        assert frame.last[0] == 950_002


async def test_maintenance_lets_nothing_enter() -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        await until(feed, is_live)
        await fake.send({"channel": "status", "type": "update", "data": [{"system": "cancel_only"}]})
        frame = await until(feed, lambda frame: frame.state is FeedState.STALE)
        assert frame.note == "Kraken is in cancel_only mode"
        await fake.send({"channel": "status", "type": "update", "data": [{"system": "online"}]})
        await until(feed, is_live)


async def test_nobody_there_is_unreachable_with_the_host_named() -> None:
    feed = KrakenFeed("http://127.0.0.1:1", "ws://127.0.0.1:1/v2", SYMBOLS, SCAN, SystemClock(), QUICK)
    with pytest.raises(ExchangeUnreachable, match=r"127\.0\.0\.1:1"):
        await feed.open(lambda what, done: None)


async def test_markets_told_with_an_error_is_unreachable() -> None:
    async with fake_kraken() as fake:
        fake.rest_error = "EService:Unavailable"
        with pytest.raises(ExchangeUnreachable, match="EService:Unavailable"):
            await feed_of(fake).open(lambda what, done: None)


async def test_opens_on_rest_alone_when_the_socket_refuses() -> None:
    async with fake_kraken() as fake:
        fake.shut = True
        async with opened(fake) as feed:
            await until(feed, is_live)
            assert feed._stream.connections == 0


async def test_pairs_that_kraken_does_not_trade_are_left_out_unless_all_are() -> None:
    async with fake_kraken() as fake:
        async with opened(fake, ("BTC/USD", "NOPE/USD")) as feed:
            assert [instrument.symbol for instrument in feed.instruments] == ["BTC/USD"]
        with pytest.raises(UsageError, match="NOPE/USD"):
            await feed_of(fake, ("NOPE/USD",)).open(lambda what, done: None)


async def test_past_bars_are_closed_exact_and_one_call_at_a_time() -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        now_s = SystemClock().now_ns() // SECOND
        minute = now_s - now_s % 60
        fake.candles = [
            [minute - 180, "95000.0", "95010.5", "94990.1", "95005.0", "95000.0", "1.5", 12],
            [minute - 60, "95005.0", "95005.0", "95004.9", "95004.9", "95000.0", "1.5", 12],
            [minute, "95004.9", "96000.0", "95004.9", "96000.0", "95000.0", "1.5", 12],
        ]
        began = stopwatch_ns()
        bars = await feed.past_bars(0, 10)
        assert bars[:3] == [
            Bar((minute - 180) * SECOND, 950_105, 949_901, 950_050),
            Bar((minute - 120) * SECOND, 950_050, 950_050, 950_050),
            Bar((minute - 60) * SECOND, 950_050, 950_049, 950_049),
        ]
        assert await feed.past_bars(0, 1) == bars[-1:]
        await feed.past_bars(1, 1)
        assert stopwatch_ns() - began >= 2 * 0.05 * SECOND
        fake.rest_error = "EGeneral:Too many requests"
        assert await feed.past_bars(0, 10) == []


def test_an_old_candle_is_followed_by_flat_minutes_up_to_now() -> None:
    instrument = load_instruments()["BTC/USD"]
    candles = [Candle(BORN, "1.0", "1.2", "0.9", "1.1")]
    bars = closed_bars(instrument, candles, BORN * SECOND + 5 * MINUTE + 1, 15)
    assert bars[0] == Bar(BORN * SECOND, 12, 9, 11)
    assert [bar.open_ns for bar in bars] == [BORN * SECOND + number * MINUTE for number in range(5)]
    assert all((bar.high, bar.low, bar.close) == (11, 11, 11) for bar in bars[1:])
    assert closed_bars(instrument, candles, BORN * SECOND + MINUTE - 1, 15) == []
    late = closed_bars(instrument, candles, BORN * SECOND + 60 * MINUTE, 15)
    assert [bar.open_ns for bar in late] == [BORN * SECOND + number * MINUTE for number in range(45, 60)]
    assert {(bar.high, bar.low, bar.close) for bar in late} == {(11, 11, 11)}
    assert closed_bars(instrument, candles, BORN * SECOND + (REACH + 1) * MINUTE, 15) == []


def test_krakens_own_candle_answer_parses() -> None:
    body = gzip.decompress(recorded("kraken_fixtures/nautilus/http_ohlc.json.gz").read_bytes())
    reply = msgspec.json.decode(body, type=_Candles)
    rows = next(rows for rows in reply.result.values() if isinstance(rows, list))
    assert len(rows) == len(next(rows for rows in json.loads(body)["result"].values() if isinstance(rows, list)))
    assert msgspec.convert(rows, list[Candle])[0].open == "106038.2"
