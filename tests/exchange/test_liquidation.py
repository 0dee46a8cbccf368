"""Margin level, margin call and liquidation, worked by hand; and what TradeBalance makes of it."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from kraken_tui.exchange.matching.messages import (
    Accepted,
    Cancelled,
    Deposit,
    Elapse,
    Event,
    Filled,
    MarginCalled,
    MarketUpdate,
)
from kraken_tui.exchange.matching.money.audit import audit
from kraken_tui.exchange.matching.money.margin import margin_level
from kraken_tui.exchange.matching.money.trade_balance import trade_balance
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.rules import Fees
from kraken_tui.model.trading import OrderStatus
from tests.exchange.cases import BUY, DOGE, LIMIT, MARKET, SELL, STOP, Bench, D, quote

NO_FEES = Fees(maker=D(0), taker=D(0), margin=D(0))


def account(balance: str = "1000", *, liquidates: bool = True, fees: Fees = NO_FEES, **policies: Any) -> Bench:
    """A margin account whose level is easy to see: without fees unless asked for."""
    bench = Bench("margin", balance, liquidates=liquidates, **policies)
    bench.rules = replace(bench.rules, fees=fees)
    bench.market("100.0", "100.0", "1000")
    return bench


def doge(bench: Bench, price: str) -> list[Event]:
    bench.now_ns += 1
    told = quote(price, price, "1000000", "DOGE/USD")
    return bench.feed(MarketUpdate(symbol="DOGE/USD", quote=told, time_ns=bench.now_ns))


def level(bench: Bench) -> Decimal | None:
    return margin_level(bench.state, bench.rules, "USD")


def calls(bench: Bench) -> list[Decimal]:
    return [event.level for event in bench.events if isinstance(event, MarginCalled)]


def orders(bench: Bench) -> list[OrderRecord]:
    return [event.order for event in bench.events if isinstance(event, Accepted)]


def test_level_is_equity_over_used_margin() -> None:
    bench = account()
    assert level(bench) is None
    bench.add(BUY, MARKET, "20", leverage=4)
    assert level(bench) == 200
    bench.market("75.0", "75.0", "1000")
    assert level(bench) == 100
    bench.market("45.0", "45.0", "1000")
    assert level(bench) is None
    assert bench.usd == 1000 - 20 * 55


def test_call_comes_once_and_again_after_recovery() -> None:
    bench = account(liquidates=False)
    bench.add(BUY, MARKET, "20", leverage=4)
    bench.market("70.0", "70.0", "1000")
    assert calls(bench) == []
    bench.market("69.9", "69.9", "1000")
    assert calls(bench) == [D("79.6")]
    bench.market("60.0", "60.0", "1000")
    assert calls(bench) == []
    bench.market("70.0", "70.0", "1000")
    assert not bench.state.margin_called
    bench.market("65.0", "65.0", "1000")
    assert calls(bench) == [60]


def test_call_is_forgotten_with_the_position() -> None:
    bench = account(liquidates=False)
    bench.add(BUY, MARKET, "20", leverage=4)
    bench.market("65.0", "65.0", "1000")
    assert bench.state.margin_called == ("USD",)
    bench.add(SELL, MARKET, "20", leverage=4)
    bench.feed(Elapse(time_ns=bench.now_ns))
    assert not bench.state.margin_called


def test_highest_call_level_of_the_pairs_held_counts() -> None:
    bench = account(liquidates=False)
    strict = replace(DOGE, margin_call=150)
    bench.rules = replace(bench.rules, instruments={**bench.rules.instruments, "DOGE/USD": strict})
    doge(bench, "0.1000000")
    bench.add(BUY, MARKET, "20", leverage=4)
    bench.market("84.0", "84.0", "1000")
    assert (level(bench), calls(bench)) == (D(136), [])
    bench.add(BUY, MARKET, "100", leverage=2, symbol="DOGE/USD")
    doge(bench, "0.1000000")
    assert len(calls(bench)) == 1


def test_nothing_is_liquidated_where_it_is_not_switched_on() -> None:
    bench = account(liquidates=False)
    bench.add(BUY, MARKET, "20", leverage=4)
    bench.market("40.0", "40.0", "1000")
    assert orders(bench) == []
    assert level(bench) == -40


def test_nothing_is_liquidated_at_the_stop_level_itself() -> None:
    bench = account()
    bench.add(BUY, MARKET, "20", leverage=4)
    bench.market("60.0", "60.0", "1000")
    assert level(bench) == 40
    assert orders(bench) == []


def test_oldest_position_goes_first_and_only_as_many_as_needed() -> None:
    bench = account("1000", fees=Fees(maker=D(0), taker=D("0.4"), margin=D(0)))
    bench.add(BUY, MARKET, "5", leverage=4)
    bench.add(BUY, MARKET, "15", leverage=4)
    first, second = bench.state.margin["BTC/USD"]
    bench.market("59.9", "59.9", "1000")
    called, accepted, filled = bench.events
    assert isinstance(called, MarginCalled)
    assert isinstance(accepted, Accepted)
    assert isinstance(filled, Filled)
    order, fill = filled.order, filled.execution.fill
    assert (order.liquidated, order.reduce_only, order.leverage, order.type) == (True, True, 4, MARKET)
    assert (order.status, fill.side, fill.price, fill.amount) == (OrderStatus.CLOSED, SELL, D("59.9"), D(5))
    assert fill.fee == D("1.19800")
    assert bench.state.margin["BTC/USD"] == (second,)
    assert first.id != second.id
    assert [(entry.type, entry.ref_id) for entry in bench.entries] == [("margin", fill.id)]
    left = level(bench)
    assert left is not None
    assert left >= 40
    assert audit(bench.state, bench.rules) == []


def test_oldest_across_pairs_of_one_currency() -> None:
    bench = account()
    doge(bench, "0.1000000")
    bench.add(BUY, MARKET, "1000", leverage=4, symbol="DOGE/USD")
    bench.add(BUY, MARKET, "20", leverage=4)
    bench.market("57.0", "57.0", "1000")
    assert [order.symbol for order in orders(bench)] == ["DOGE/USD", "BTC/USD"]
    assert not bench.state.margin


def test_pair_that_does_not_trade_is_passed_over() -> None:
    bench = account()
    doge(bench, "0.1000000")
    bench.add(BUY, MARKET, "1000", leverage=4, symbol="DOGE/USD")
    bench.add(BUY, MARKET, "20", leverage=4)
    bench.feed(MarketUpdate(symbol="DOGE/USD", quote=None, time_ns=bench.now_ns))
    bench.market("57.0", "57.0", "1000")
    assert [order.symbol for order in orders(bench)] == ["BTC/USD"]
    assert list(bench.state.margin) == ["DOGE/USD"]


def test_short_is_liquidated_when_the_price_rises() -> None:
    bench = account()
    bench.add(SELL, MARKET, "20", leverage=4)
    bench.market("141.0", "141.0", "1000")
    (order,) = orders(bench)
    assert (order.side, order.amount) == (BUY, D(20))
    assert bench.usd == 1000 - 20 * 41


def test_gap_leaves_less_than_nothing() -> None:
    bench = account()
    bench.add(BUY, MARKET, "20", leverage=4)
    bench.market("20.0", "20.0", "1000")
    assert not bench.state.margin
    assert bench.usd == -600
    assert audit(bench.state, bench.rules) == []
    with pytest.raises(Exception, match="Insufficient"):
        bench.add(BUY, MARKET, "0.1")


def test_no_price_protection_and_what_finds_nobody_waits_for_the_next_update() -> None:
    bench = account()
    bench.add(BUY, MARKET, "20", leverage=4)
    bench.book([("59.0", "2"), ("20.0", "3")], [("59.1", "1")])
    assert bench.fills == [("59.0", "2", "0.00000", False), ("20.0", "3", "0.00000", False)]
    last = bench.events[-1]
    assert isinstance(last, Cancelled)
    assert (last.order.reason, last.order.liquidated) == ("No liquidity", True)
    assert bench.state.margin["BTC/USD"][0].amount == 15
    assert len(orders(bench)) == 1
    bench.book([("59.0", "100")], [("59.1", "1")])
    assert bench.state.margin == {}
    assert sum((D(fill[1]) for fill in bench.fills), D(0)) == 15


def test_time_can_bring_it_about() -> None:
    bench = account("510", fees=Fees(maker=D(0), taker=D(0), margin=D("5")))
    bench.add(BUY, MARKET, "20", leverage=5)
    assert level(bench) == D("102.5")
    bench.feed(Elapse(time_ns=bench.now_ns + 4 * 3_600_000_000_000))
    assert len(calls(bench)) == 1
    assert orders(bench) == []
    bench.feed(Elapse(time_ns=bench.now_ns + 12 * 3_600_000_000_000))
    assert len(orders(bench)) == 1
    assert not bench.state.margin


def test_what_orders_hold_can_be_lost_and_the_books_still_balance() -> None:
    bench = account()
    bench.add(BUY, LIMIT, "5", "50.0")
    bench.add(BUY, MARKET, "20", leverage=4)
    bench.market("55.0", "55.0", "1000")
    assert not bench.state.margin
    assert bench.usd == 100
    assert audit(bench.state, bench.rules) == []
    bench.market("50.0", "50.0", "1000")
    assert bench.usd == 100
    last = bench.events[-1]
    assert isinstance(last, Cancelled)
    assert last.order.reason == "Out of funds"


def test_trade_balance() -> None:
    bench = account("1000", liquidates=False)
    empty = trade_balance(bench.state, bench.rules, "USD")
    assert (empty.eb, empty.e, empty.mf, empty.m, empty.ml, empty.uv) == (D(1000), D(1000), D(1000), D(0), None, D(0))
    doge(bench, "0.1000000")
    bench.feed(Deposit(asset="DOGE", amount=D(500), time_ns=bench.now_ns))
    bench.feed(Deposit(asset="EUR", amount=D(77), time_ns=bench.now_ns))
    bench.add(BUY, MARKET, "1")
    bench.add(BUY, MARKET, "10", leverage=4)
    bench.add(SELL, MARKET, "1000", leverage=2, symbol="DOGE/USD")
    bench.add(BUY, LIMIT, "2", "40.0")
    bench.add(SELL, STOP, "1", "30.0")
    bench.market("110.0", "110.2", "1000")
    told = trade_balance(bench.state, bench.rules, "USD")
    assert told.tb == 900
    assert told.eb == 900 + 110 + 50
    assert (told.c, told.v, told.n) == (D(1100), D(1200), D(100))
    assert (told.m, told.e, told.mf) == (D(300), D(1000), D(700))
    assert told.ml == D(100000) / 300
    assert told.uv == 80 + 30
