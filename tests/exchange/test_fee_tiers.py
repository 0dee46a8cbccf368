"""Fee tiers, worked by hand: which rate, by which volume, counted how long, and what it changes."""

from typing import Any

import pytest
from msgspec.structs import replace

from kraken_tui.exchange.matching.messages import Elapse
from kraken_tui.exchange.matching.money.fees import DAY_NS, rates_of, tier_of, volume_of
from kraken_tui.exchange.matching.money.funds import held
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.model.errors import Refused
from tests.exchange.cases import BTC, BUY, DOGE, LIMIT, MARKET, SELL, Bench, D

TAKER = tuple((D(volume), D(fee)) for volume, fee in (("0", "0.40"), ("10000", "0.35"), ("50000", "0.24")))
MAKER = tuple((D(volume), D(fee)) for volume, fee in (("0", "0.25"), ("10000", "0.20"), ("50000", "-0.02")))
LADDERED = replace(BTC, taker_fees=TAKER, maker_fees=MAKER)


def with_tiers(bench: Bench) -> Bench:
    instruments = {**bench.rules.instruments, LADDERED.symbol: LADDERED}
    bench.rules = replace(bench.rules, instruments=instruments, fee_schedule="tiers")
    bench.market("99.9", "100.0", "100000")
    return bench


def tiers(account: Any = "cash", balance: str = "100000", **policies: Any) -> Bench:
    return with_tiers(Bench(account, balance, **policies))


def rates(bench: Bench, rules: Rules | None = None) -> tuple[D, D]:
    return rates_of(bench.state, rules or bench.rules, LADDERED)


def test_flat_schedule_ignores_volume_and_ladders() -> None:
    bench = tiers()
    bench.add(BUY, MARKET, "600")
    flat = replace(bench.rules, fee_schedule="flat")
    assert rates(bench, flat) == (D("0.25"), D("0.40"))
    told = tier_of(bench.state, flat, LADDERED)
    assert (told.taker.fee, told.taker.min_fee, told.taker.max_fee) == (D("0.40"), D("0.40"), D("0.40"))
    assert (told.taker.tier_volume, told.taker.next_fee, told.taker.next_volume) == (D(0), None, None)


def test_pair_without_a_ladder_pays_the_flat_fees() -> None:
    bench = tiers()
    assert rates_of(bench.state, bench.rules, DOGE) == (D("0.25"), D("0.40"))
    half = replace(LADDERED, maker_fees=())
    assert rates_of(bench.state, bench.rules, half) == (D("0.25"), D("0.40"))


@pytest.mark.parametrize(
    ("volume", "maker", "taker"),
    [
        ("0", "0.25", "0.40"),
        ("9999.99999", "0.25", "0.40"),
        ("10000", "0.20", "0.35"),
        ("49999.99", "0.20", "0.35"),
        ("50000", "-0.02", "0.24"),
        ("1000000000", "-0.02", "0.24"),
    ],
)
def test_step_begins_at_its_volume(volume: str, maker: str, taker: str) -> None:
    bench = tiers()
    bench.state.volumes[0] = D(volume)
    assert rates(bench) == (D(maker), D(taker))


def test_trade_pays_by_the_volume_before_it() -> None:
    bench = tiers()
    bench.add(BUY, MARKET, "100")
    assert bench.fills == [("100.0", "100", "40.00000", False)]
    assert volume_of(bench.state) == 10000
    bench.add(SELL, MARKET, "100")
    assert bench.fills == [("99.9", "100", "34.96500", False)]
    assert volume_of(bench.state) == 19990


def test_maker_pays_its_own_ladder_and_can_be_paid() -> None:
    bench = tiers()
    bench.state.volumes[0] = D(50000)
    bench.add(BUY, LIMIT, "10", "99.0")
    bench.market("98.9", "99.0", "100")
    assert bench.fills == [("99.0", "10", "-0.19800", True)]
    assert bench.usd == 100000 - 990 + D("0.198")


def test_volume_counts_for_thirty_utc_days_today_included() -> None:
    bench = tiers()
    bench.now_ns = 5 * DAY_NS + 12 * DAY_NS // 24
    bench.market("99.9", "100.0", "100000")
    bench.add(BUY, MARKET, "100")
    assert bench.state.volumes == {5: 10000}
    bench.feed(Elapse(time_ns=35 * DAY_NS - 1))
    assert rates(bench) == (D("0.20"), D("0.35"))
    bench.feed(Elapse(time_ns=35 * DAY_NS))
    assert volume_of(bench.state) == 0
    assert rates(bench) == (D("0.25"), D("0.40"))
    bench.now_ns = 35 * DAY_NS
    bench.add(SELL, MARKET, "1")
    assert bench.state.volumes == {35: D("99.90000")}


def test_margin_trades_count_too() -> None:
    bench = tiers("margin")
    bench.add(BUY, MARKET, "50", leverage=5)
    bench.add(SELL, MARKET, "50", leverage=5)
    assert volume_of(bench.state) == 5000 + 4995


def test_tier_of_tells_both_ladders() -> None:
    bench = tiers()
    bench.state.volumes[0] = D(12345)
    told = tier_of(bench.state, bench.rules, LADDERED)
    assert told.volume == 12345
    taker, maker = told.taker, told.maker
    assert (taker.fee, taker.min_fee, taker.max_fee) == (D("0.35"), D("0.24"), D("0.40"))
    assert (taker.tier_volume, taker.next_volume, taker.next_fee) == (D(10000), D(50000), D("0.24"))
    assert (maker.fee, maker.next_fee) == (D("0.20"), D("-0.02"))
    bench.state.volumes[0] = D(50000)
    last = tier_of(bench.state, bench.rules, LADDERED).taker
    assert (last.fee, last.tier_volume, last.next_volume, last.next_fee) == (D("0.24"), D(50000), None, None)


def test_holds_and_funds_go_by_the_tier() -> None:
    bench = tiers(balance="1003")
    with pytest.raises(Refused, match="EOrder:Insufficient funds"):
        bench.add(BUY, LIMIT, "10", "100.0")
    bench.state.volumes[0] = D(50000)
    bench.add(BUY, LIMIT, "10", "99.9")
    assert held(bench.state, bench.rules, "USD") == D("999") + D("2.39760")
    bench.market("99.8", "99.9", "100")
    assert bench.fills == [("99.9", "10", "-0.19980", True)]


def test_margin_asked_for_goes_by_the_tier() -> None:
    bench = tiers("margin", "1000")
    with pytest.raises(Refused, match="EOrder:Insufficient margin"):
        bench.add(BUY, MARKET, "49.2", leverage=5)
    bench.state.volumes[0] = D(50000)
    bench.add(BUY, MARKET, "49.2", leverage=5)
    assert bench.fills[0][2] == "12.79200"
