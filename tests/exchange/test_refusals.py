"""What Kraken refuses, in Kraken's words; a refused order changes nothing."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from kraken_tui.exchange.matching.orders import CloseTemplate, TimeInForce
from kraken_tui.model.errors import ExchangeError, Refused, RetryLater
from tests.exchange.cases import BTC, BUY, LIMIT, MARKET, SELL, STOP, Bench, D

CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("EQuery:Unknown asset pair", "cash", {"symbol": "NOPE/USD"}),
    ("EGeneral:Invalid arguments:volume", "cash", {"amount": "0"}),
    ("EGeneral:Invalid arguments:volume", "cash", {"amount": "-1"}),
    ("EGeneral:Invalid arguments:volume", "cash", {"amount": "NaN"}),
    ("EGeneral:Invalid arguments:volume", "cash", {"amount": "0.123456789"}),
    ("EOrder:Order minimum not met", "cash", {"amount": "0.00004"}),
    ("EOrder:Cost minimum not met", "cash", {"amount": "0.0049"}),
    ("EOrder:Invalid price", "cash", {"price": "0"}),
    ("EOrder:Invalid price", "cash", {"price": "-5"}),
    ("EOrder:Invalid price:XBTUSD price can only be specified up to 1 decimals.", "cash", {"price": "99.05"}),
    ("EGeneral:Invalid arguments:price", "cash", {"price": None}),
    ("EOrder:Insufficient funds", "cash", {"amount": "101"}),
    ("EOrder:Insufficient funds", "cash", {"side": SELL}),
    ("EGeneral:Invalid arguments:oflags", "cash", {"type": STOP, "post_only": True}),
    ("EGeneral:Invalid arguments:timeinforce", "cash", {"time_in_force": TimeInForce.IOC, "post_only": True}),
    ("EGeneral:Invalid arguments:cl_ord_id", "cash", {"client_id": "open"}),
    ("EGeneral:Invalid arguments:cl_ord_id", "cash", {"client_id": "x" * 19}),
    ("EGeneral:Invalid arguments:cl_ord_id", "cash", {"client_id": ""}),
    ("EGeneral:Invalid arguments:close", "cash", {"close": CloseTemplate(type=MARKET)}),
    ("EGeneral:Invalid arguments:close", "cash", {"close": CloseTemplate(type=STOP)}),
    ("EOrder:Invalid price:XBTUSD price can only be specified up to 1 decimals.", "cash", {"stop": "95.55"}),
    ("EGeneral:Invalid arguments:reduce_only", "cash", {"reduce_only": True}),
    ("EOrder:Margin allowance exceeded", "cash", {"leverage": 2}),
    ("EGeneral:Invalid arguments:leverage", "margin", {"leverage": 7}),
    ("EOrder:Insufficient margin", "margin", {"leverage": 2, "amount": "250"}),
]


@pytest.mark.parametrize(("text", "account", "change"), CASES)
def test_refused_with_krakens_string(text: str, account: str, change: dict[str, Any]) -> None:
    bench = Bench(account)
    bench.market("99.9", "100.0", "1000")
    bench.add(BUY, LIMIT, "0.01", "99.0", client_id="open")
    before = msgspec.to_builtins(bench.state)
    order: dict[str, Any] = {"side": BUY, "type": LIMIT, "amount": "1", "price": "99.0"} | change
    with pytest.raises(Refused) as refused:
        bench.add(**order)
    assert refused.value.text == text
    assert msgspec.to_builtins(bench.state) | {"time_ns": 0} == before | {"time_ns": 0}


def test_tick_that_is_coarser_than_the_decimals() -> None:
    bench = Bench()
    coarse = replace(BTC, price_decimals=2, tick=D("0.05"))
    bench.rules = replace(bench.rules, instruments={"BTC/USD": coarse})
    bench.add(BUY, LIMIT, "1", "99.05")
    with pytest.raises(Refused, match="EOrder:Tick size check failed"):
        bench.add(BUY, LIMIT, "1", "99.06")


def test_client_id_is_free_again_once_its_order_is_gone() -> None:
    bench = Bench()
    bench.market("99.9", "100.0", "1000")
    for client_id in ("mine", "6d1b345e-2821-40e2-ad83-4ecb18a06876", "0" * 32):
        bench.add(BUY, MARKET, "1", client_id=client_id)
        bench.add(BUY, MARKET, "1", client_id=client_id)
    assert bench.btc == 6


def test_market_order_without_a_market_may_work_later() -> None:
    bench = Bench()
    with pytest.raises(RetryLater, match="EService:Unavailable"):
        bench.add(BUY, MARKET, "1")
    bench.add(BUY, LIMIT, "1", "99.0")
    bench.market("100.0", "99.0")
    with pytest.raises(RetryLater, match="EService:Unavailable"):
        bench.add(BUY, MARKET, "1")


@pytest.mark.parametrize(
    ("status", "allowed"),
    [("cancel_only", []), ("post_only", ["post"]), ("limit_only", ["post", "limit"]), ("maintenance", [])],
)
def test_pair_modes(status: str, allowed: list[str]) -> None:
    taken = []
    for name in ("post", "limit", "market"):
        bench = Bench()
        bench.market("99.9", "100.0", "1000")
        bench.rules = replace(bench.rules, instruments={"BTC/USD": replace(BTC, status=status)})
        try:
            if name == "market":
                bench.add(BUY, MARKET, "1")
            else:
                bench.add(BUY, LIMIT, "1", "99.0", post_only=name == "post")
            taken.append(name)
        except ExchangeError as error:
            assert isinstance(error, RetryLater), error.text
    assert taken == allowed


def test_most_open_orders_per_pair() -> None:
    bench = Bench(most_open_orders=3)
    bench.market("99.9", "100.0", "1000")
    for _ in range(3):
        bench.add(BUY, LIMIT, "1", "90.0")
    with pytest.raises(Refused, match="EOrder:Orders limit exceeded"):
        bench.add(BUY, LIMIT, "1", "90.0")


def test_largest_margin_position_of_a_pair() -> None:
    bench = Bench("margin")
    bench.rules = replace(bench.rules, instruments={"BTC/USD": replace(BTC, long_limit=D(3), short_limit=D(2))})
    bench.market("99.9", "100.0", "1000")
    with pytest.raises(Refused, match="EOrder:Margin position size exceeded"):
        bench.add(BUY, MARKET, "4", leverage=2)
    bench.add(BUY, MARKET, "3", leverage=2)
    with pytest.raises(Refused, match="EOrder:Margin position size exceeded"):
        bench.add(BUY, LIMIT, "0.1", "90.0", leverage=2)
    bench.add(SELL, MARKET, "5", leverage=2)
    with pytest.raises(Refused, match="EOrder:Margin position size exceeded"):
        bench.add(SELL, STOP, "0.1", "90.0", leverage=2)
