"""Margin positions, worked by hand."""

import pytest

from kraken_tui.exchange.matching.messages import Cancelled, Elapse, RolledOver
from kraken_tui.exchange.matching.money.margin import equity, free_margin, used_margin
from kraken_tui.model.errors import Refused
from tests.exchange.cases import BUY, LIMIT, MARKET, SELL, STOP, Bench, D

FOUR_HOURS = 4 * 3_600_000_000_000


def test_long_pays_opening_fee_uses_margin_and_realises_on_close() -> None:
    bench = Bench("margin")
    bench.market("99.9", "100.0", "100")
    bench.add(BUY, MARKET, "50", leverage=5)
    assert bench.fills == [("100.0", "50", "21.00000", False)]
    assert bench.usd == D("10000") - 20 - 1
    assert bench.btc == 0
    assert used_margin(bench.state, bench.rules, "USD") == 1000
    assert equity(bench.state, bench.rules, "USD") == D("9979") - 5
    assert free_margin(bench.state, bench.rules, "USD") == D("8974")
    bench.market("110.0", "110.1", "100")
    bench.add(SELL, MARKET, "50", leverage=5)
    assert bench.fills == [("110.0", "50", "22.00000", False)]
    assert bench.usd == D("10000") - 21 - 22 + 500
    assert not bench.state.margin


def test_short_profits_when_the_price_falls() -> None:
    bench = Bench("margin")
    bench.market("100.0", "100.1", "100")
    bench.add(SELL, MARKET, "10", leverage=2)
    assert equity(bench.state, bench.rules, "USD") == bench.usd - 1
    bench.market("89.9", "90.0", "100")
    bench.add(BUY, MARKET, "10", leverage=2)
    assert bench.state.totals["USD"].realised == 100


def test_opposite_direction_closes_first_in_first_out_then_opens() -> None:
    bench = Bench("margin")
    bench.market("99.9", "100.0", "100")
    bench.add(BUY, MARKET, "1", leverage=2)
    bench.market("109.9", "110.0", "100")
    bench.add(BUY, MARKET, "1", leverage=3)
    bench.market("120.0", "120.1", "100")
    bench.add(SELL, MARKET, "1.5", leverage=5)
    (left,) = bench.state.margin["BTC/USD"]
    assert (left.amount, left.cost, left.leverage) == (D("0.5"), D("55.00000"), 3)
    assert bench.state.totals["USD"].realised == D("180") - 100 - 55
    bench.add(SELL, MARKET, "1", leverage=5)
    (short,) = bench.state.margin["BTC/USD"]
    assert (short.side, short.amount, short.cost) == (SELL, D("0.5"), D("60.00000"))
    assert bench.state.totals["USD"].realised == D("180") - 100 - 55 + 5


def test_rollover_is_charged_for_each_four_hours_of_open_time() -> None:
    bench = Bench("margin")
    bench.market("99.9", "100.0", "100")
    bench.add(BUY, MARKET, "50", leverage=5)
    opened_ns, before = bench.now_ns, bench.usd
    assert bench.feed(Elapse(time_ns=opened_ns + FOUR_HOURS - 1)) == []
    (rolled,) = bench.feed(Elapse(time_ns=opened_ns + FOUR_HOURS))
    assert isinstance(rolled, RolledOver)
    assert rolled.fee == 1
    bench.feed(Elapse(time_ns=opened_ns + FOUR_HOURS))
    bench.feed(Elapse(time_ns=opened_ns + 4 * FOUR_HOURS + 5))
    assert before - bench.usd == 4
    assert bench.state.totals["USD"].margin_fees == 1 + 4


def test_rollover_is_charged_on_what_is_still_open() -> None:
    bench = Bench("margin")
    bench.market("99.9", "100.0", "100")
    bench.add(BUY, MARKET, "50", leverage=5)
    opened_ns = bench.now_ns
    bench.add(SELL, MARKET, "25", leverage=5)
    (rolled,) = bench.feed(Elapse(time_ns=opened_ns + FOUR_HOURS))
    assert isinstance(rolled, RolledOver)
    assert rolled.fee == D("0.5")


def test_position_beyond_free_margin_is_refused_and_closing_never_is() -> None:
    bench = Bench("margin", "1000")
    bench.market("99.9", "100.0", "100")
    with pytest.raises(Refused, match="EOrder:Insufficient margin"):
        bench.add(BUY, MARKET, "49.6", leverage=5)
    bench.add(BUY, MARKET, "48", leverage=5)
    with pytest.raises(Refused, match="EOrder:Insufficient margin"):
        bench.add(BUY, LIMIT, "5", "99.0", leverage=5)
    bench.market("82.0", "82.1", "100")
    assert free_margin(bench.state, bench.rules, "USD") < 0
    bench.add(SELL, MARKET, "48", leverage=5)
    assert not bench.state.margin


def test_resting_order_that_lost_its_margin_is_cancelled_when_it_would_fill() -> None:
    bench = Bench("margin", "1000")
    bench.market("99.9", "100.0", "100")
    bench.add(BUY, LIMIT, "25", "95.0", leverage=5)
    bench.add(BUY, MARKET, "25", leverage=5)
    bench.market("94.9", "95.0", "100")
    cancelled = bench.events[-1]
    assert isinstance(cancelled, Cancelled)
    assert cancelled.order.reason == "Insufficient margin"


def test_order_without_leverage_is_spot_even_on_a_margin_account() -> None:
    bench = Bench("margin")
    bench.market("99.9", "100.0", "100")
    bench.add(BUY, MARKET, "1")
    assert bench.btc == 1
    assert not bench.state.margin
    bench.add(BUY, MARKET, "400", leverage=5)
    with pytest.raises(Refused, match="EOrder:Insufficient funds"):
        bench.add(BUY, MARKET, "20")


def test_reduce_only() -> None:
    bench = Bench("margin")
    bench.market("99.9", "100.0", "100")
    with pytest.raises(Refused, match="EOrder:Reduce only:No position exists"):
        bench.add(SELL, MARKET, "1", leverage=2, reduce_only=True)
    bench.add(SELL, STOP, "1", "95.0", leverage=2, reduce_only=True)
    bench.add(BUY, MARKET, "1", leverage=2)
    bench.add(SELL, MARKET, "3", leverage=2, reduce_only=True)
    assert [fill[1] for fill in bench.fills] == ["1"]
    cancelled = bench.events[-1]
    assert isinstance(cancelled, Cancelled)
    assert cancelled.order.reason == "Reduce only:Position is closed"
    assert not bench.state.margin
    bench.market("94.9", "95.0", "100")
    assert not bench.state.margin
    assert not bench.state.orders
