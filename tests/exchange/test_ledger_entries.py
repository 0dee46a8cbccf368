"""Ledger entries: every change of a balance is one, and start plus entries is the balance, whatever happens."""

from typing import Any

import pytest
from msgspec.structs import replace

from kraken_tui.exchange.matching import venue
from kraken_tui.exchange.matching.messages import Add, Booked, Deposit, Elapse, Filled, RolledOver
from kraken_tui.exchange.matching.money.audit import audit
from kraken_tui.exchange.matching.money.ledger import opening_entries
from kraken_tui.exchange.matching.rules import Fees
from kraken_tui.exchange.matching.state import opened
from kraken_tui.model.errors import Refused
from tests.exchange.cases import BUY, LIMIT, MARKET, SELL, Bench, D
from tests.exchange.replaying import replayed

HOUR_NS = 3_600_000_000_000


def bench_of(account: Any = "cash", **policies: Any) -> Bench:
    bench = Bench(account, **policies)
    bench.market("99.9", "100.0", "1000")
    return bench


def rows(bench: Bench) -> list[tuple[str, ...]]:
    """Type, asset, amount, fee and balance of what the last input booked."""
    return [
        (e.type, e.asset, *(f"{money.normalize():f}" for money in (e.amount, e.fee, e.balance))) for e in bench.entries
    ]


def trade_ids(bench: Bench) -> list[str]:
    return [event.execution.fill.id for event in bench.events if isinstance(event, Filled)]


def test_spot_trade_makes_a_quote_and_a_base_entry_with_its_id() -> None:
    bench = bench_of()
    bench.add(BUY, MARKET, "2")
    assert rows(bench) == [("trade", "USD", "-200", "0.8", "9799.2"), ("trade", "BTC", "2", "0", "2")]
    assert [entry.ref_id for entry in bench.entries] == trade_ids(bench) * 2
    bench.add(SELL, MARKET, "0.5")
    assert rows(bench) == [("trade", "USD", "49.95", "0.1998", "9848.9502"), ("trade", "BTC", "-0.5", "0", "1.5")]
    assert {entry.time_ns for entry in bench.entries} == {bench.now_ns}
    assert len({entry.id for entry in bench.entries}) == 2


def test_entries_come_after_the_fill_they_belong_to() -> None:
    bench = bench_of()
    bench.book([("99.0", "9")], [("100.0", "1"), ("101.0", "9")])
    buy = Add(symbol="BTC/USD", side=BUY, type=MARKET, amount=D(2), time_ns=bench.now_ns)
    told = [event for event in venue.apply(bench.state, buy, bench.rules) if isinstance(event, Filled | Booked)]
    assert [type(event) for event in told] == [Filled, Booked, Booked] * 2
    for place in (0, 3):
        filled, *booked = told[place : place + 3]
        assert isinstance(filled, Filled)
        assert [event.entry.ref_id for event in booked] == [filled.execution.fill.id] * 2  # type: ignore[union-attr]
    assert told[3].order.trade_ids == tuple(told[place].execution.fill.id for place in (0, 3))  # type: ignore[union-attr]


def test_fee_of_a_buy_in_coins() -> None:
    bench = bench_of(fee_currency="preference")
    bench.add(BUY, MARKET, "2.00000001", fee_in="base")
    assert rows(bench) == [("trade", "USD", "-200", "0", "9800"), ("trade", "BTC", "2.00000001", "0.008", "1.99200001")]
    (execution,) = (event.execution for event in bench.events if isinstance(event, Filled))
    assert (execution.fill.fee, execution.fee_in_base) == (D(0), D("0.008"))
    (lot,) = bench.state.spot["BTC/USD"]
    assert (lot.amount, lot.cost, lot.fee) == (D("1.99200001"), D(200), D(0))
    assert bench.state.totals["USD"].fees == 0
    assert audit(bench.state, bench.rules) == []


def test_buy_that_pays_in_coins_needs_no_money_for_the_fee() -> None:
    bench = Bench(balance="200", fee_currency="preference")
    bench.market("99.9", "100.0", "1000")
    with pytest.raises(Refused, match="Insufficient funds"):
        bench.add(BUY, LIMIT, "2", "100.0")
    bench.add(BUY, LIMIT, "1", "99.0", fee_in="base")
    assert bench.state.orders[next(iter(bench.state.orders))].held == 99
    bench.add(BUY, MARKET, "1", fee_in="base")
    assert bench.usd == 100


def test_fee_of_a_sell_in_coins_comes_on_top_and_has_a_basis() -> None:
    bench = bench_of(fee_currency="preference")
    bench.add(BUY, MARKET, "1.004")
    bench.market("110.0", "110.1", "1000")
    bench.add(SELL, MARKET, "1", fee_in="base")
    assert rows(bench)[1] == ("trade", "BTC", "-1", "0.004", "0")
    assert rows(bench)[0][2:4] == ("110", "0")
    assert bench.state.totals["USD"].realised == 110 - D("100.4")
    assert not bench.state.spot
    assert audit(bench.state, bench.rules) == []


def test_sell_without_coins_to_spare_pays_in_money() -> None:
    bench = bench_of(fee_currency="preference")
    bench.add(BUY, MARKET, "2")
    bench.add(SELL, LIMIT, "0.999", "200.0")
    bench.add(SELL, MARKET, "1", fee_in="base")
    assert rows(bench) == [
        ("trade", "USD", "99.9", "0.3996", "9898.7004"),
        ("trade", "BTC", "-1", "0", "1"),
    ]


def test_preference_counts_only_where_the_policy_says_so_and_never_on_margin() -> None:
    bench = bench_of()
    bench.add(BUY, MARKET, "1", fee_in="base")
    assert rows(bench)[0][3] == "0.4"
    bench = bench_of("margin", fee_currency="preference")
    bench.add(BUY, MARKET, "1", leverage=2, fee_in="base")
    assert [row[:4] for row in rows(bench)] == [("margin", "USD", "0", "0.42")]


def test_margin_trade_makes_one_entry_and_names_the_position() -> None:
    bench = bench_of("margin")
    bench.add(BUY, MARKET, "10", leverage=5)
    (opening,) = (event.execution for event in bench.events if isinstance(event, Filled))
    assert rows(bench) == [("margin", "USD", "0", "4.2", "9995.8")]
    (lot,) = bench.state.margin["BTC/USD"]
    assert lot.id == opening.position_id == opening.fill.id == bench.entries[0].ref_id
    assert (lot.order_id, lot.opened_amount, lot.opened_cost, lot.opened_fee) == (
        opening.fill.order_id, D(10), D(1000), D("4.2"),
    )  # fmt: skip
    bench.market("109.9", "110.0", "1000")
    bench.add(SELL, MARKET, "4", leverage=5)
    (closing,) = (event.execution for event in bench.events if isinstance(event, Filled))
    assert closing.position_id == ""
    assert rows(bench) == [("margin", "USD", "39.6", "1.7584", "10033.6416")]
    (left,) = bench.state.margin["BTC/USD"]
    assert (left.id, left.amount, left.opened_amount, left.opened_fee) == (lot.id, D(6), D(10), D("4.2"))


def test_margin_trade_that_moves_no_money_makes_no_entry() -> None:
    bench = bench_of("margin")
    bench.rules = replace(bench.rules, fees=Fees(maker=D(0), taker=D(0)))
    bench.add(BUY, MARKET, "10", leverage=5)
    assert trade_ids(bench)
    assert bench.entries == []


def test_each_position_rolls_over_for_itself_at_its_own_rate() -> None:
    bench = bench_of("margin")
    bench.add(BUY, MARKET, "10", leverage=5)
    bench.rules = replace(bench.rules, fees=replace(bench.rules.fees, margin=D("0.05")))
    bench.now_ns += HOUR_NS
    bench.add(BUY, MARKET, "1", leverage=5)
    first, second = bench.state.margin["BTC/USD"]
    bench.feed(Elapse(time_ns=4 * HOUR_NS + 10))
    assert [(e.type, e.ref_id, e.amount, e.fee) for e in bench.entries] == [("rollover", first.id, D(0), D("0.2"))]
    bench.feed(Elapse(time_ns=12 * HOUR_NS + 10))
    assert [(e.ref_id, e.fee) for e in bench.entries] == [(first.id, D("0.4")), (second.id, D("0.1"))]
    assert [event.fee for event in bench.events if isinstance(event, RolledOver)] == [D("0.5")]
    bench.feed(Elapse(time_ns=12 * HOUR_NS + 20))
    assert bench.entries == []


def test_money_from_outside_and_back() -> None:
    bench = bench_of()
    bench.feed(Deposit(asset="BTC", amount=D(3), time_ns=bench.now_ns))
    assert rows(bench) == [("deposit", "BTC", "3", "0", "3")]
    bench.add(SELL, LIMIT, "2", "200.0")
    with pytest.raises(Refused, match="EFunding:Insufficient funds"):
        bench.feed(Deposit(asset="BTC", amount=D("-1.1"), time_ns=bench.now_ns))
    bench.feed(Deposit(asset="BTC", amount=D(-1), time_ns=bench.now_ns))
    assert rows(bench) == [("withdrawal", "BTC", "-1", "0", "2")]
    assert audit(bench.state, bench.rules) == []


def test_collateral_stays_while_positions_need_it() -> None:
    bench = bench_of("margin")
    bench.add(BUY, MARKET, "400", leverage=5)
    with pytest.raises(Refused, match="EFunding:Insufficient funds"):
        bench.feed(Deposit(asset="USD", amount=D(-2000), time_ns=bench.now_ns))


def test_balances_of_the_beginning_are_told_as_deposits() -> None:
    bench = bench_of()
    bench.state = opened({"USD": D("5000.5"), "BTC": D(2), "EUR": D(0)})
    entries = opening_entries(bench.state, 77)
    assert [(e.type, e.asset, e.amount, e.balance, e.time_ns) for e in entries] == [
        ("deposit", "USD", D("5000.5"), D("5000.5"), 77),
        ("deposit", "BTC", D(2), D(2), 77),
    ]
    bench.market("99.9", "100.0", "1000")
    bench.add(SELL, MARKET, "2")
    entries += bench.entries
    assert replayed(entries) == {"USD": D("5000.5") + D("199.8") - D("0.7992"), "BTC": 0}
    ids = [each for entry in entries for each in (entry.id, entry.ref_id)]
    assert len(set(ids)) == 2 + 2 + 2 + 1
    assert audit(bench.state, bench.rules) == []


def test_a_gap_between_entries_is_found() -> None:
    bench = bench_of()
    bench.add(BUY, MARKET, "1")
    first = bench.entries
    bench.add(BUY, MARKET, "1")
    second = bench.entries
    assert replayed(first + second, {"USD": D(10000)})["BTC"] == 2
    with pytest.raises(ValueError, match="balance"):
        replayed(second, {"USD": D(10000)})
