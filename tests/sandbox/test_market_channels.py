from typing import Any

import pytest
from msgspec.structs import replace

from kraken_tui.clock import MINUTE, iso_micros
from kraken_tui.model.trading import Side
from kraken_tui.sandbox.advancing_clock import AdvancingClock
from kraken_tui.sandbox.market.candles import INTERVALS
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.ws.stamps import nanos
from tests.samples import BTC, HBAR, D
from tests.sandbox.ws_stand import Client, Stand, limit, move

TICKER = (
    "symbol", "bid", "bid_qty", "ask", "ask_qty", "last", "volume", "vwap", "low", "high", "change", "change_pct",
    "timestamp",
)  # fmt: skip


async def of(client: Client, channel: str) -> list[Any]:
    """What has come on a channel."""
    return [message for message in await client.ping() if message.get("channel") == channel]


def advance(parts: Parts, seconds: float) -> None:
    assert isinstance(parts.clock, AdvancingClock)
    parts.clock.advance(seconds)


async def test_a_ticker_has_krakens_fields_with_the_pairs_decimals() -> None:
    async with Stand() as stand, stand.client() as client:
        move(stand.parts, "45281", "45282", last="45281.5")
        ack = await client.subscribe("ticker", "BTC/USD")
        message = await client.hear(channel="ticker")
        await client.subscribe("ticker", "DOGE/USD")
        move(stand.parts, "0.1", "0.2", symbol="DOGE/USD")
        text = await client.raw()

    assert ack["result"] == {"channel": "ticker", "event_trigger": "trades", "snapshot": True, "symbol": "BTC/USD"}
    assert message["type"] == "snapshot"
    [row] = message["data"]
    assert tuple(row) == TICKER
    assert [str(row[name]) for name in ("bid", "ask", "last", "bid_qty")] == [
        "45281.0", "45282.0", "45281.5", "1.00000000",
    ]  # fmt: skip
    assert (row["change"], row["change_pct"]) == (0, 0)
    assert '"bid":0.1000000,"bid_qty":1.00000000,"ask":0.2000000' in text


async def test_tickers_tell_what_the_market_data_say() -> None:
    async with Stand() as stand, stand.client() as client:
        move(stand.parts, "100.0", "100.2", last="100.0")
        await client.subscribe("ticker", "BTC/USD", snapshot=False)
        for last in ("104.0", "98.0", "103.0"):
            advance(stand.parts, 1)
            move(stand.parts, "102.9", "103.1", last=last)
        ticker = stand.parts.market.ticker("BTC/USD")
        rows = [message["data"][0] for message in await of(client, "ticker")]

    assert ticker is not None
    assert [row["last"] for row in rows] == [D(104), D(98), D(103)]
    assert (rows[-1]["low"], rows[-1]["high"]) == (ticker.day.low, ticker.day.high) == (D(98), D(104))
    assert rows[-1]["volume"] == ticker.day.volume
    assert abs(rows[-1]["vwap"] - ticker.day.vwap) < D("0.1")
    assert rows[-1]["change"] == ticker.last - ticker.open_24h == D(3)
    assert rows[-1]["change_pct"] == D("3.00")


async def test_trades_and_bbo_wake_their_own_subscribers() -> None:
    async with Stand() as stand, stand.client() as trades, stand.client() as bbo:
        move(stand.parts, "100.0", "100.2", last="100.1")
        await trades.subscribe("ticker", "BTC/USD", snapshot=False)
        ack = await bbo.subscribe("ticker", "BTC/USD", snapshot=False, event_trigger="bbo")
        move(stand.parts, "100.0", "100.3", last="100.1")
        only_best = [len(await of(client, "ticker")) for client in (trades, bbo)]
        move(stand.parts, "100.0", "100.3", last="100.2")
        only_last = [len(await of(client, "ticker")) for client in (trades, bbo)]

    assert ack["result"]["event_trigger"] == "bbo"
    assert only_best == [0, 1]
    assert only_last == [1, 0]


async def test_our_own_order_at_the_front_moves_the_best_price() -> None:
    async with Stand() as stand, stand.client() as client:
        move(stand.parts, "100.0", "101.0")
        await client.subscribe("ticker", "BTC/USD", snapshot=False, event_trigger="bbo")
        await of(client, "ticker")
        limit(stand.parts, Side.BUY, "0.5", "100.5")
        [message] = await of(client, "ticker")

    assert (message["data"][0]["bid"], message["data"][0]["bid_qty"]) == (D("100.5"), D("0.5"))


async def test_all_subscribers_get_the_same_bytes() -> None:
    async with Stand() as stand, stand.client() as first, stand.client() as second, stand.client() as third:
        for client in (first, second):
            await client.subscribe("ticker", "BTC/USD", "HBAR/USD", snapshot=False)
            await client.hear(method="subscribe")
        await third.subscribe("ticker", "HBAR/USD", snapshot=False)
        for symbol in ("BTC/USD", "HBAR/USD"):
            move(stand.parts, "1.0", "1.1", symbol=symbol)
        texts = [[await client.raw(), await client.raw()] for client in (first, second)]
        alone = await third.raw()

    assert texts[0] == texts[1]
    assert texts[0][1] == alone
    assert "HBAR" in alone


async def test_prints_come_in_order_and_a_snapshot_where_wanted() -> None:
    async with Stand() as stand, stand.client() as client, stand.client() as asking:
        for step in range(60):
            advance(stand.parts, 1)
            move(stand.parts, str(100 + step), str(101 + step))
        quiet = await client.subscribe("trade", "BTC/USD")
        await asking.subscribe("trade", "BTC/USD", snapshot=True)
        snapshot = await asking.hear(channel="trade")
        nothing = await of(client, "trade")
        move(stand.parts, "200", "201")
        [update] = await of(client, "trade")
        tape = list(stand.parts.market.trades("BTC/USD"))

    assert quiet["result"] == {"channel": "trade", "snapshot": False, "symbol": "BTC/USD"}
    assert nothing == []
    assert snapshot["type"] == "snapshot"
    assert [row["trade_id"] for row in snapshot["data"]] == [trade.id for trade in tape[-51:-1]]
    [row] = update["data"]
    assert tuple(row) == ("symbol", "side", "price", "qty", "ord_type", "trade_id", "timestamp")
    assert row == {
        "symbol": "BTC/USD", "side": str(tape[-1].side), "price": tape[-1].price, "qty": tape[-1].amount,
        "ord_type": tape[-1].type, "trade_id": tape[-1].id, "timestamp": iso_micros(tape[-1].time_ns),
    }  # fmt: skip
    assert str(row["price"]) == "200.0"


async def test_our_own_trade_is_printed_with_the_takers_side() -> None:
    async with Stand() as stand, stand.client() as client:
        move(stand.parts, "100.0", "100.1")
        await client.subscribe("trade", "BTC/USD")
        limit(stand.parts, Side.BUY, "0.25", "100.1")
        rows = [row for message in await of(client, "trade") for row in message["data"]]

    assert [(row["side"], row["price"], row["qty"]) for row in rows] == [("buy", D("100.1"), D("0.25"))]


@pytest.mark.parametrize("interval", INTERVALS)
async def test_candles_begin_with_all_rows(interval: int) -> None:
    async with Stand() as stand, stand.client() as client:
        for step in range(5):
            advance(stand.parts, 60)
            move(stand.parts, str(100 + step), str(101 + step))
        ack = await client.subscribe("ohlc", "BTC/USD", interval=interval)
        message = await client.hear(channel="ohlc")
        candles = stand.parts.market.candles("BTC/USD", interval)

    assert (ack["result"]["interval"], ack["result"]["snapshot"]) == (interval, True)
    assert ack["result"]["warnings"]
    assert message["type"] == "snapshot"
    assert len(message["timestamp"]) == len("2026-01-01T00:00:00.000000000Z")
    assert [row["interval_begin"] for row in message["data"]] == [nanos(candle.begin_ns) for candle in candles]
    last, candle = message["data"][-1], candles[-1]
    assert tuple(last) == (
        "symbol", "open", "high", "low", "close", "trades", "volume", "vwap", "interval_begin", "interval", "timestamp",
    )  # fmt: skip
    assert [last[name] for name in ("open", "high", "low", "close", "volume", "trades")] == [
        candle.open, candle.high, candle.low, candle.close, candle.volume, candle.trades,
    ]  # fmt: skip
    assert last["timestamp"] == iso_micros(candle.begin_ns + interval * MINUTE)


async def test_candles_are_updated_on_trades_alone() -> None:
    async with Stand() as stand, stand.client() as client:
        move(stand.parts, "100.0", "101.0")
        await client.subscribe("ohlc", "BTC/USD", snapshot=False)
        move(stand.parts, "100.0", "101.0")
        advance(stand.parts, 180)
        move(stand.parts, "100.0", "101.1", last="100.0")
        quiet = await of(client, "ohlc")
        move(stand.parts, "102.0", "103.0")
        [update] = await of(client, "ohlc")

    assert quiet == []
    assert update["type"] == "update"
    [row] = update["data"]
    assert (row["close"], row["trades"], row["interval"]) == (D(102), 1, 1)


async def test_one_interval_per_pair_and_connection() -> None:
    async with Stand() as stand, stand.client() as client:
        await client.subscribe("ohlc", "BTC/USD", interval=5)
        refused = await client.subscribe("ohlc", "BTC/USD", interval=1)
        other = await client.subscribe("ohlc", "DOGE/USD", interval=1)

    assert refused["error"] == "Already subscribed to one ohlc interval on this symbol"
    assert other["success"] is True


async def test_instruments_are_one_object_with_real_rules() -> None:
    async with Stand() as stand, stand.client() as client:
        ack = await client.subscribe("instrument")
        message = await client.hear(channel="instrument")
        again = await client.subscribe("instrument")

    assert (ack["result"]["channel"], ack["result"]["snapshot"]) == ("instrument", True)
    assert (again["success"], again["error"]) == (False, "Already subscribed")
    assert message["type"] == "snapshot"
    assert {asset["id"] for asset in message["data"]["assets"]} == {"BTC", "DOGE", "HBAR", "USD"}
    pairs = {pair["symbol"]: pair for pair in message["data"]["pairs"]}
    bitcoin, hedera = pairs["BTC/USD"], pairs["HBAR/USD"]
    assert (bitcoin["base"], bitcoin["quote"], bitcoin["status"]) == ("BTC", "USD", "online")
    assert (bitcoin["price_precision"], bitcoin["qty_precision"], bitcoin["cost_precision"]) == (1, 8, 5)
    assert bitcoin["qty_increment"] == D("0.00000001")
    assert bitcoin["tick_size"] == bitcoin["price_increment"] == BTC.tick
    assert (bitcoin["qty_min"], bitcoin["cost_min"]) == (BTC.order_min, BTC.cost_min)
    assert (bitcoin["marginable"], bitcoin["margin_initial"]) == (True, D("0.20"))
    assert (hedera["marginable"], "margin_initial" in hedera) == (False, False)
    assert hedera["qty_min"] == HBAR.order_min
    money = next(asset for asset in message["data"]["assets"] if asset["id"] == "USD")
    assert (money["precision"], money["precision_display"], money["status"]) == (4, 2, "enabled")


async def test_a_pairs_new_status_is_told_alone() -> None:
    async with Stand() as stand, stand.client() as client:
        await client.subscribe("instrument", snapshot=False)
        rules = stand.parts.venue.rules
        pairs = {**rules.instruments, "HBAR/USD": replace(HBAR, status="cancel_only")}
        stand.parts.venue.rules = replace(rules, instruments=pairs)
        message = await client.hear(channel="instrument")

    assert message["type"] == "update"
    assert message["data"]["assets"] == []
    assert [(pair["symbol"], pair["status"]) for pair in message["data"]["pairs"]] == [("HBAR/USD", "cancel_only")]


async def test_a_skewed_clock_shows_in_the_answers() -> None:
    async with Stand() as stand, stand.client() as client:
        stand.parts.faults.skew_ns = 3600 * 1_000_000_000
        await client.say({"method": "ping"})
        pong = await client.hear(method="pong")

    assert pong["time_in"].startswith("2026-01-01T01:00:0")
