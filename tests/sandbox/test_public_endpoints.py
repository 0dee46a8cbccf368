"""Kraken's public answers: the same shapes as recorded ones, the same number formats, the same paging."""

import gzip
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import ccxt
import pytest
from msgspec.structs import replace

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.market import Bar
from kraken_tui.model.trading import OrderType, Side
from kraken_tui.sandbox.rest.public import PUBLIC
from tests.recorded import recorded
from tests.sandbox.market_stand import MarketStand

D = Decimal
NET = "kraken_fixtures/kraken_net/Endpoints_Spot_ExchangeData_"
NAUTILUS = "kraken_fixtures/nautilus/"
XCHANGE = "kraken_fixtures/xchange/"


@pytest.fixture
def stand() -> MarketStand:
    """An hour of past, some quotes, and trades of our own."""
    stand = MarketStand()
    begin_ns = stand.clock.now_ns() // MINUTE * MINUTE - 60 * MINUTE
    stand.market.seed(
        "BTC/USD", [Bar(begin_ns + n * MINUTE, 1_000_100 + n, 999_900 + n, 1_000_000 + n) for n in range(60)]
    )
    for number in range(10):
        stand.clock.time_ns += 7 * SECOND
        stand.quote(f"10000{number}.0", f"10001{number}.0", f"10000{number}.0")
    stand.quote("3000.00", "3000.10", "3000.05", "ETH/USD")
    stand.quote("0.00001280", "0.00001281", "0.00001280", "SHIB/USD", "1000000")
    stand.order(Side.BUY, OrderType.MARKET, "0.25")
    stand.order(Side.BUY, OrderType.LIMIT, "0.5", "99000.0")
    return stand


def result_of(name: str) -> Any:
    """The result in a recorded answer, plain, packed, or behind lines of a client library."""
    data = recorded(name).read_bytes()
    text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")
    return json.loads(text[text.index("{") :])["result"]


def shape(value: Any) -> Any:
    """What a value is made of: the kind of every number and text, one entry for a list of equal rows."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        kinds = [shape(each) for each in value]
        rows = bool(value) and all(isinstance(each, list) for each in value)
        return [kinds[0]] if rows and all(kind == kinds[0] for kind in kinds) else kinds
    if isinstance(value, str):
        return f"text with {len(value.partition('.')[2])} decimals" if re.fullmatch(r"\d+(\.\d+)?", value) else "text"
    return type(value).__name__


def the_pair(result: dict[str, Any]) -> Any:
    return next(value for name, value in result.items() if name != "last")


@pytest.mark.parametrize("name", [f"{NET}GetTicker.txt", f"{NAUTILUS}http_ticker.json"])
def test_ticker_has_the_recorded_shape(name: str, stand: MarketStand) -> None:
    assert shape(the_pair(stand.ask("Ticker", pair="XBTUSD"))) == shape(the_pair(result_of(name)))


@pytest.mark.parametrize("name", [f"{NET}GetOrderBook.txt", f"{NAUTILUS}http_order_book.json"])
def test_depth_has_the_recorded_shape(name: str, stand: MarketStand) -> None:
    assert shape(the_pair(stand.ask("Depth", pair="XBTUSD"))) == shape(the_pair(result_of(name)))


@pytest.mark.parametrize("name", [f"{NET}GetTradeHistory.txt", f"{NAUTILUS}http_trades.json.gz"])
def test_trades_have_the_recorded_shape(name: str, stand: MarketStand) -> None:
    ours, theirs = stand.ask("Trades", pair="XBTUSD"), result_of(name)
    assert shape(the_pair(ours)) == shape(the_pair(theirs))
    assert shape(ours["last"]) == shape(theirs["last"])
    for row in the_pair(ours):
        assert row[3] in "bs" and row[4] in "ml" and row[5] == ""


@pytest.mark.parametrize("name", [f"{NET}GetKlines.txt", f"{NAUTILUS}http_ohlc.json.gz"])
def test_candles_have_the_recorded_shape(name: str, stand: MarketStand) -> None:
    ours, theirs = stand.ask("OHLC", pair="XBTUSD"), result_of(name)
    assert shape(the_pair(ours)) == shape(the_pair(theirs))
    assert shape(ours["last"]) == shape(theirs["last"])


@pytest.mark.parametrize("name", [f"{NET}GetRecentSpread.txt", f"{XCHANGE}example-spreads-data.json"])
def test_spreads_have_the_recorded_shape(name: str, stand: MarketStand) -> None:
    ours, theirs = stand.ask("Spread", pair="XBTUSD"), result_of(name)
    assert shape(ours["last"]) == shape(theirs["last"])
    assert shape(the_pair(ours)) == shape(the_pair(theirs))


@pytest.mark.parametrize("name", [f"{NAUTILUS}http_server_time.json", f"{XCHANGE}example-servertime-data.json"])
def test_time_has_the_recorded_shape(name: str, stand: MarketStand) -> None:
    assert shape(stand.ask("Time")) == shape(result_of(name))


def test_the_time_is_told_as_kraken_writes_it(stand: MarketStand) -> None:
    stand.clock.time_ns = 1_391_835_876 * SECOND
    assert stand.ask("Time") == result_of(f"{XCHANGE}example-servertime-data.json")
    stand.clock.time_ns = 1_762_820_224 * SECOND + 999_999_999
    assert stand.ask("Time") == result_of(f"{NAUTILUS}http_server_time.json")
    stand.parts.faults.skew_ns = -3 * SECOND
    assert stand.ask("Time")["unixtime"] == 1_762_820_221


def test_the_systems_mode_is_told(stand: MarketStand) -> None:
    stand.clock.time_ns = 1_762_820_230 * SECOND
    assert stand.ask("SystemStatus") == result_of(f"{NAUTILUS}http_system_status.json")
    stand.venue.rules = replace(stand.venue.rules, system="cancel_only")
    assert stand.ask("SystemStatus")["status"] == "cancel_only"


def test_asset_pairs_answers_what_was_asked(stand: MarketStand) -> None:
    assert set(stand.ask("AssetPairs")) == {each.id for each in stand.pairs.instruments}
    assert list(stand.ask("AssetPairs", pair="BTC/USD,ETHUSD")) == ["BTC/USD", "XETHZUSD"]
    assert set(stand.ask("AssetPairs", pair="XBTUSD", info="leverage")["XXBTZUSD"]) == {"leverage_buy", "leverage_sell"}
    fees = stand.ask("AssetPairs", pair="XBTUSD", info="fees")["XXBTZUSD"]
    assert fees["fees"][0] == [0, 0.4] and fees["fee_volume_currency"] == "ZUSD"
    assert stand.ask("AssetPairs", pair="XBTUSD", info="margin")["XXBTZUSD"] == {"margin_call": 80, "margin_stop": 40}
    assert stand.ask("AssetPairs", aclass_base="tokenized_asset") == {}
    today = {**stand.venue.rules.instruments, "BTC/USD": replace(stand.instrument(), status="post_only")}
    stand.venue.rules = replace(stand.venue.rules, instruments=today)
    assert stand.ask("AssetPairs", pair="XBT/USD")["XBT/USD"]["status"] == "post_only"


def test_asset_pairs_has_the_fields_of_2026(stand: MarketStand) -> None:
    theirs = the_pair(result_of(f"{NAUTILUS}http_asset_pairs_tokenized.json"))
    ours = the_pair(stand.ask("AssetPairs", pair="XBTUSD"))
    assert {name: type(value) for name, value in ours.items()} == {name: type(value) for name, value in theirs.items()}


def test_assets_answer_what_was_asked(stand: MarketStand) -> None:
    assert set(stand.ask("Assets")) == {"XXBT", "XETH", "XXDG", "SHIB", "USDT", "ZUSD"}
    assert list(stand.ask("Assets", asset="BTC,ZUSD,XXBT")) == ["XXBT", "ZUSD"]
    assert stand.ask("Assets", aclass="tokenized_asset") == {}


def test_ccxt_reads_the_markets(stand: MarketStand) -> None:
    """Without a socket: ccxt's own parsing of both answers."""
    exchange = ccxt.kraken()
    exchange.publicGetAssets = lambda params=None: {"error": [], "result": stand.ask("Assets")}
    exchange.publicGetAssetPairs = lambda params=None: {"error": [], "result": stand.ask("AssetPairs")}
    exchange.load_markets()
    for instrument in stand.pairs.instruments:
        market = exchange.market(instrument.symbol)
        assert market["id"] == instrument.id and market["active"]
        assert D(str(market["precision"]["amount"])) == instrument.lot
        assert D(str(market["precision"]["price"])) == D(1).scaleb(-instrument.price_decimals)
        assert D(str(market["limits"]["amount"]["min"])) == instrument.order_min
        assert D(str(market["taker"])) * 100 == instrument.taker_fees[0][1]


def test_ticker_without_a_pair_tells_all_that_have_a_price(stand: MarketStand) -> None:
    assert set(stand.ask("Ticker")) == {"XXBTZUSD", "XETHZUSD", "SHIBUSD"}
    assert set(stand.ask("Ticker", pair="XBT/USD,XETHZUSD")) == {"XBT/USD", "XETHZUSD"}


def test_ticker_agrees_with_the_price_that_triggers_look_at(stand: MarketStand) -> None:
    assert D(stand.ask("Ticker", pair="XBTUSD")["XXBTZUSD"]["c"][0]) == stand.venue.state.markets["BTC/USD"].last


def test_prices_have_five_decimals_or_the_pairs_own(stand: MarketStand) -> None:
    assert stand.ask("Ticker", pair="XETHZUSD")["XETHZUSD"]["b"] == ["3000.00000", "2", "2.000"]
    assert stand.ask("Ticker", pair="SHIBUSD")["SHIBUSD"]["b"] == ["0.00001280", "1000000", "1000000.000"]


def test_our_resting_orders_stand_in_the_book(stand: MarketStand) -> None:
    book = stand.ask("Depth", pair="XBTUSD", count=500)["XXBTZUSD"]
    assert ["99000.00000", "0.500"] in [row[:2] for row in book["bids"]]
    bids, asks = ([D(row[0]) for row in book[side]] for side in ("bids", "asks"))
    assert bids == sorted(bids, reverse=True) and asks == sorted(asks) and bids[0] < asks[0]
    stand.order(Side.SELL, OrderType.LIMIT, "0.00005", "100015.0")
    assert stand.ask("Depth", pair="XBTUSD", count=1)["XXBTZUSD"]["asks"][0][:2] == ["100015.00000", "0.00005000"]
    assert len(stand.ask("Depth", pair="XBTUSD", count=3)["XXBTZUSD"]["bids"]) == 3


def test_candles_end_with_the_open_one_and_tell_the_last_committed(stand: MarketStand) -> None:
    for interval in (1, 5, 15, 30, 60, 240, 1440, 10080, 21600):
        answer = stand.ask("OHLC", pair="XBTUSD", interval=interval)
        starts = [row[0] for row in answer["XXBTZUSD"]]
        assert starts == list(range(starts[0], starts[-1] + 1, 60 * interval))
        assert starts[-1] <= stand.clock.now_ns() // SECOND < starts[-1] + 60 * interval
        assert answer["last"] == (starts[-2] if len(starts) > 1 else 0)
    minutes = stand.ask("OHLC", pair="XBTUSD")
    later = stand.ask("OHLC", pair="XBTUSD", since=minutes["last"])
    assert [row[0] for row in later["XXBTZUSD"]] == [minutes["last"] + 60], "only what is new: the open one"
    stand.clock.time_ns += 3 * MINUTE
    quiet = stand.ask("OHLC", pair="XBTUSD")["XXBTZUSD"][-1]
    assert quiet[1] == quiet[4] and quiet[5:] == ["0.0", "0.00000000", 0]


@pytest.mark.parametrize("unit", [1, SECOND])
@pytest.mark.parametrize("count", [1, 7, 1000])
def test_pages_of_trades_meet_without_gap_or_repeat(unit: int, count: int, stand: MarketStand) -> None:
    every = stand.ask("Trades", pair="XBTUSD")["XXBTZUSD"]
    assert len(every) > 50
    since: Any = (stand.market.trades("BTC/USD")[0].time_ns - SECOND) * unit // SECOND
    pages: list[Any] = []
    for _ in range(len(every) + 1):
        page = stand.ask("Trades", pair="XBTUSD", since=since, count=count)
        if not page["XXBTZUSD"]:
            assert page["last"] == since
            break
        assert len(page["XXBTZUSD"]) <= count
        pages += page["XXBTZUSD"]
        since = page["last"]
    assert pages == every
    assert stand.ask("Trades", pair="XBTUSD", count=5)["XXBTZUSD"] == every[-5:]


def test_spreads_since_a_second_include_it(stand: MarketStand) -> None:
    answer = stand.ask("Spread", pair="XBTUSD")
    rows = answer["XXBTZUSD"]
    assert answer["last"] == rows[-1][0]
    assert stand.ask("Spread", pair="XBTUSD", since=rows[4][0])["XXBTZUSD"] == rows[4:]
    assert stand.ask("Spread", pair="XBTUSD", since=rows[-1][0] + 1) == {"XXBTZUSD": [], "last": rows[-1][0] + 1}


REFUSED: Iterable[tuple[str, dict[str, object], str]] = [
    ("Ticker", {"pair": "NOPE"}, "EQuery:Unknown asset pair"),
    ("AssetPairs", {"pair": "XBTUSD,NOPE"}, "EQuery:Unknown asset pair"),
    ("AssetPairs", {"info": "all"}, "EGeneral:Invalid arguments:info"),
    ("Assets", {"asset": "NOPE"}, "EQuery:Unknown asset"),
    ("OHLC", {}, "EGeneral:Invalid arguments:pair"),
    ("OHLC", {"pair": "NOPE"}, "EQuery:Unknown asset pair"),
    ("OHLC", {"pair": "XBTUSD", "interval": 2}, "EGeneral:Invalid arguments"),
    ("OHLC", {"pair": "XBTUSD", "interval": "x"}, "EGeneral:Invalid arguments:interval"),
    ("OHLC", {"pair": "XBTUSD", "since": "x"}, "EGeneral:Invalid arguments:since"),
    ("Depth", {"pair": "XBTUSD", "count": 0}, "EGeneral:Invalid arguments:count"),
    ("Depth", {"pair": "XBTUSD", "count": 501}, "EGeneral:Invalid arguments:count"),
    ("Trades", {"pair": "XBTUSD", "count": 1001}, "EGeneral:Invalid arguments:count"),
    ("Trades", {"pair": "XBTUSD", "since": "NaN"}, "EGeneral:Invalid arguments:since"),
    ("Spread", {"pair": "XBT/EUR"}, "EQuery:Unknown asset pair"),
]


@pytest.mark.parametrize(("method", "params", "error"), REFUSED)
def test_bad_questions_get_krakens_error(
    method: str, params: dict[str, object], error: str, stand: MarketStand
) -> None:
    with pytest.raises(ExchangeError) as raised:
        stand.ask(method, **params)
    assert raised.value.text == error


@pytest.mark.parametrize("since", ["0", "-1", "1e18", "99999999999999999999", "1e40", "0.5", "-99999999999"])
@pytest.mark.parametrize("method", ["OHLC", "Trades", "Spread"])
def test_any_since_is_answered_or_refused(method: str, since: str, stand: MarketStand) -> None:
    try:
        answer = stand.ask(method, pair="XBTUSD", since=since)
    except ExchangeError as error:
        assert error.text == "EGeneral:Invalid arguments:since"
    else:
        assert set(answer) == {"XXBTZUSD", "last"}


def test_a_pair_without_a_price_is_answered(stand: MarketStand) -> None:
    """It has no ticker yet, and nothing in its book."""
    assert stand.ask("Ticker", pair="USDTUSD") == {}
    assert stand.ask("Depth", pair="USDTUSD") == {"USDTZUSD": {"asks": [], "bids": []}}
    assert stand.ask("OHLC", pair="USDTUSD") == {"USDTZUSD": [], "last": 0}
    assert stand.ask("Trades", pair="USDTUSD") == {"USDTZUSD": [], "last": "0"}
    assert stand.ask("Spread", pair="USDTUSD") == {"USDTZUSD": [], "last": 0}
    assert set(PUBLIC) >= {
        "Time",
        "SystemStatus",
        "Assets",
        "AssetPairs",
        "Ticker",
        "OHLC",
        "Depth",
        "Trades",
        "Spread",
    }
