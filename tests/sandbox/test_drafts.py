"""How a client's words become an order: prices, times, volumes, flags."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.exchange.matching.messages import Add, MarketUpdate
from kraken_tui.exchange.matching.orders import CloseTemplate, SelfTrade, Signal, TimeInForce, Trail
from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.trading import OrderType, Side
from kraken_tui.sandbox.orders.drafts import CloseDraft, Draft, to_add
from kraken_tui.sandbox.orders.moments import deadline_of
from tests.samples import D
from tests.sandbox.order_stand import Stand

NOW_NS = Stand().clock.now_ns()


def draft(**fields: Any) -> Draft:
    defaults: dict[str, Any] = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "volume": D("0.01")}
    return Draft(**{**defaults, **fields})


def meant(stand: Stand | None = None, **fields: Any) -> Add:
    stand = stand or Stand()
    return to_add(draft(**fields), stand.parts, stand.clock.now_ns())


def refusal(stand: Stand | None = None, **fields: Any) -> str:
    with pytest.raises(ExchangeError) as caught:
        meant(stand, **fields)
    return caught.value.text


def test_a_limit_order_says_what_it_said() -> None:
    add = meant(
        price="60000.5",
        flags=frozenset({"post", "fcib", "nompp"}),
        userref=-7,
        self_trade="cancel-both",
        leverage="3:1",
    )
    assert (add.symbol, add.side, add.type, add.amount) == ("BTC/USD", Side.BUY, OrderType.LIMIT, D("0.01"))
    assert (add.limit_price, add.trigger_price, add.trail) == (D("60000.5"), None, None)
    assert (add.post_only, add.fee_in, add.userref, add.leverage) == (True, "base", -7, 3)
    assert add.self_trade is SelfTrade.CANCEL_BOTH
    assert add.time_ns == NOW_NS


@pytest.mark.parametrize("worded", [None, "", "none", 0, "0", 1, "1"])
def test_no_leverage_is_spot(worded: Any) -> None:
    assert meant(price="1", leverage=worded).leverage == 1


@pytest.mark.parametrize(
    ("side", "price", "limit"),
    [
        ("buy", "+500", "60500.0"),
        ("buy", "-500.04", "59500.0"),
        ("sell", "+1%", "60600.0"),
        ("buy", "#1%", "59400.0"),
        ("sell", "#1%", "60600.0"),
        ("buy", "61000.123", "61000.123"),
    ],
)
def test_relative_prices_count_from_the_last_trade(side: str, price: str, limit: str) -> None:
    add = meant(side=side, price=price)
    assert add.limit_price == D(limit)


def test_a_triggered_limit_order_has_its_trigger_first() -> None:
    add = meant(type="stop-loss-limit", side="sell", price="-5%", price2="-6%", trigger="index")
    assert (add.trigger_price, add.limit_price, add.signal) == (D("57000.0"), D("56400.0"), Signal.INDEX)
    plain = meant(type="take-profit", side="sell", price="65000", price2="64000")
    assert (plain.trigger_price, plain.limit_price) == (D(65000), None)


def test_a_market_order_has_no_price_whatever_was_said() -> None:
    add = meant(type="market", price="None", price2="x")
    assert (add.limit_price, add.trigger_price) == (None, None)


@pytest.mark.parametrize(
    ("type", "price", "price2", "trail"),
    [
        ("trailing-stop", "+500", None, Trail(distance=D(500))),
        ("trailing-stop", "+5%", "ignored", Trail(distance=D(5), percent=True)),
        ("trailing-stop-limit", "+500", "-50", Trail(distance=D(500), limit_offset=D(-50))),
        ("trailing-stop-limit", "+5%", "+0", Trail(distance=D(5), percent=True, limit_offset=D(0))),
        (
            "trailing-stop-limit",
            "+5%",
            "-1%",
            Trail(distance=D(5), percent=True, limit_offset=D(-1), limit_percent=True),
        ),
    ],
)
def test_trailing_stops(type: str, price: str, price2: str | None, trail: Trail) -> None:
    assert meant(type=type, side="sell", price=price, price2=price2).trail == trail


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"side": "hold"}, "type"),
        ({"type": "oco"}, "ordertype"),
        ({}, "price"),
        ({"price": "None"}, "price"),
        ({"price": "5%"}, "price"),
        ({"price": "1" + 20 * "0"}, "price"),
        ({"type": "stop-loss-limit", "price": "1"}, "price2"),
        ({"type": "trailing-stop", "price": "500"}, "price"),
        ({"type": "trailing-stop", "price": "+0"}, "price"),
        ({"type": "trailing-stop-limit", "price": "+500"}, "price2"),
        ({"type": "trailing-stop-limit", "price": "+500", "price2": "50"}, "price2"),
        ({"price": "1", "volume": D("NaN")}, "volume"),
        ({"price": "1", "volume": D("-1")}, "volume"),
        ({"price": "1", "volume": D("1e40")}, "volume"),
        ({"price": "1", "volume": D("1e-30")}, "volume"),
        ({"price": "1", "flags": frozenset({"hidden"})}, "oflags"),
        ({"price": "1", "flags": frozenset({"fcib", "fciq"})}, "oflags"),
        ({"price": "1", "flags": frozenset({"viqc"})}, "viqc"),
        ({"type": "market", "side": "sell", "flags": frozenset({"viqc"})}, "viqc"),
        ({"type": "market", "leverage": 2, "flags": frozenset({"viqc"})}, "viqc"),
        ({"price": "1", "time_in_force": "PO"}, "timeinforce"),
        ({"price": "1", "self_trade": "cancel_newest"}, "stptype"),
        ({"price": "1", "trigger": "mark"}, "trigger"),
        ({"price": "1", "leverage": "two"}, "leverage"),
        ({"price": "1", "leverage": "1.5"}, "leverage"),
        ({"price": "1", "userref": 2**31}, "userref"),
        ({"price": "1", "userref": 5, "client_id": "a"}, "cl_ord_id"),
        ({"price": "1", "start": "soon"}, "starttm"),
        ({"price": "1", "expire": "-5"}, "expiretm"),
        ({"type": "iceberg", "price": "1", "display": D("-1")}, "displayvol"),
        ({"price": "1", "close": CloseDraft(type="market")}, "close[ordertype]"),
        ({"price": "1", "close": CloseDraft(type="oco")}, "close[ordertype]"),
        ({"price": "1", "close": CloseDraft(type="stop-loss")}, "close[price]"),
        ({"price": "1", "close": CloseDraft(type="stop-loss-limit", price="1")}, "close[price2]"),
    ],
)
def test_what_can_not_be_meant_names_its_field(fields: dict[str, Any], field: str) -> None:
    assert refusal(**fields) == f"EGeneral:Invalid arguments:{field}"


def test_a_pair_that_is_not_listed() -> None:
    assert refusal(symbol="XBT/USD", price="1") == "EQuery:Unknown asset pair"


def test_a_relative_price_needs_a_market() -> None:
    assert refusal(symbol="DOGE/USD", price="+1%") == "EService:Unavailable"
    assert refusal(symbol="DOGE/USD", type="market", flags=frozenset({"viqc"})) == "EService:Unavailable"
    assert meant(symbol="DOGE/USD", price="0.1").limit_price == D("0.1")


def test_lifetimes() -> None:
    assert meant(price="1").time_in_force is TimeInForce.GTC
    until = meant(price="1", time_in_force="GTD", expire="+60")
    assert (until.time_in_force, until.expires_ns) == (TimeInForce.GTD, NOW_NS + 60 * SECOND)
    wordless = meant(price="1", expire=str(NOW_NS // SECOND + 90))
    assert (wordless.time_in_force, wordless.expires_ns) == (TimeInForce.GTD, NOW_NS + 90 * SECOND)
    assert meant(price="1", start="+30.5").starts_ns == NOW_NS + 30_500_000_000
    assert meant(price="1", start=str(NOW_NS // SECOND - 5)).starts_ns == 0


def test_a_close_counts_from_the_primarys_price() -> None:
    close = meant(price="50000", close=CloseDraft(type="stop-loss-limit", price="-5%", price2="-6%")).close
    assert close == CloseTemplate(type=OrderType.STOP_LOSS_LIMIT, trigger_price=D(47500), limit_price=D(47000))
    market = meant(type="market", close=CloseDraft(type="take-profit", price="+10%")).close
    assert market == CloseTemplate(type=OrderType.TAKE_PROFIT, trigger_price=D(66000))
    trailing = meant(price="50000", close=CloseDraft(type="trailing-stop", price="+5%")).close
    assert trailing == CloseTemplate(type=OrderType.TRAILING_STOP, trail=Trail(distance=D(5), percent=True))


def test_a_quote_volume_walks_the_book() -> None:
    stand = Stand()
    stand.quote(asks=[(D("60000.1"), D("0.001")), (D("60100"), D("0.001")), (D("60200"), D(5))])
    first, second = D("60000.1") * D("0.001"), D("60100") * D("0.001")
    add = meant(stand, type="market", volume=first + second + D("30.1"), flags=frozenset({"viqc"}))
    assert add.amount == D("0.002") + D("0.0005")
    beyond = meant(stand, type="market", volume=D(1_000_000), flags=frozenset({"viqc"}))
    assert beyond.amount > D(16)


@given(st.decimals("0.5", "400000", places=2))
def test_a_quote_volume_is_what_is_spent(quote_volume: Decimal) -> None:
    stand = Stand()
    add = meant(stand, type="market", volume=quote_volume, flags=frozenset({"viqc"}))
    stand.trading.place(add) if add.amount >= D("0.00005") else None
    spent = sum((trade.fill.cost for trade in stand.venue.history.trades.values()), Decimal(0))
    if spent:
        assert quote_volume - D("0.002") <= spent <= quote_volume + D("0.0001")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-01T00:00:30Z", 30),
        ("2026-01-01T00:00:02.000000Z", 2),
        ("2026-01-01T01:01:00+01:00", 60),
        ("2025-12-31T23:30:20.5-00:30", 20.5),
        (None, None),
        ("", None),
    ],
)
def test_deadlines(text: str | None, seconds: float | None) -> None:
    wanted = 0 if seconds is None else NOW_NS + int(seconds * SECOND)
    assert deadline_of(text, NOW_NS) == wanted


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("2025-12-31T23:59:59Z", "EService:Deadline elapsed"),
        ("2026-01-01T00:00:01.9Z", "EGeneral:Invalid arguments:deadline"),
        ("2026-01-01T00:01:00.1Z", "EGeneral:Invalid arguments:deadline"),
        ("2026-01-01T00:00:30", "EGeneral:Invalid arguments:deadline"),
        ("2026-13-01T00:00:30Z", "EGeneral:Invalid arguments:deadline"),
        ("0001-01-01T00:00:30+23:59", "EGeneral:Invalid arguments:deadline"),
        ("soon", "EGeneral:Invalid arguments:deadline"),
    ],
)
def test_deadlines_that_can_not_be(text: str, error: str) -> None:
    with pytest.raises(ExchangeError) as caught:
        deadline_of(text, NOW_NS)
    assert caught.value.text == error


def test_an_update_without_index_has_no_index() -> None:
    stand = Stand()
    update = MarketUpdate(symbol="BTC/USD", quote=None, time_ns=stand.clock.now_ns())
    stand.venue.apply(update)
    assert refusal(stand, type="market", volume=D(100), flags=frozenset({"viqc"})) == "EService:Unavailable"
