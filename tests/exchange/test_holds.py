"""What each kind of order holds (Kraken's `hold_trade`), worked by hand."""

from typing import Any

import pytest
from msgspec.structs import replace

from kraken_tui.exchange.matching.messages import Add, Deposit, MarketUpdate
from kraken_tui.exchange.matching.money.audit import audit
from kraken_tui.exchange.matching.money.funds import available, held
from kraken_tui.exchange.matching.orders import Trail
from kraken_tui.model.trading import OrderType, Side
from tests.exchange.cases import BTC, BUY, LIMIT, MARKET, SELL, Bench, D, quote

UNTIL_LATER = 40 * 60_000_000_000


def desk(hold: str = "none", **policies: Any) -> Bench:
    bench = Bench("margin", hold_untriggered=hold, **policies)
    bench.market("100.0", "100.1", "1000")
    bench.feed(Deposit(asset="BTC", amount=D(10), time_ns=bench.now_ns))
    return bench


def holds(bench: Bench, side: Side, type_: OrderType, **fields: Any) -> tuple[str, str]:
    """What is held in dollars and coins after such an order for two coins."""
    bench.feed(Add(symbol="BTC/USD", side=side, type=type_, amount=D(2), time_ns=bench.now_ns, **fields))
    assert audit(bench.state, bench.rules) == []
    usd, btc = (held(bench.state, bench.rules, asset).normalize() for asset in ("USD", "BTC"))
    return f"{usd:f}", f"{btc:f}"


PRICES: dict[OrderType, dict[str, Any]] = {
    OrderType.LIMIT: {"limit_price": D(90)},
    OrderType.ICEBERG: {"limit_price": D(90), "display_amount": D("0.2")},
}
ABOVE: dict[OrderType, dict[str, Any]] = {
    OrderType.STOP_LOSS: {"trigger_price": D(120)},
    OrderType.STOP_LOSS_LIMIT: {"trigger_price": D(120), "limit_price": D(125)},
    OrderType.TRAILING_STOP: {"trail": Trail(distance=D("19.9"))},
    OrderType.TRAILING_STOP_LIMIT: {"trail": Trail(distance=D("19.9"), limit_offset=D(5))},
}


@pytest.mark.parametrize("type_", PRICES)
@pytest.mark.parametrize("hold", ["none", "full"])
def test_what_rests_holds_its_limit_with_the_fee_or_its_coins(type_: OrderType, hold: str) -> None:
    assert holds(desk(hold), BUY, type_, **PRICES[type_]) == ("180.72", "0")
    selling = PRICES[type_] | {"limit_price": D(110)}
    assert holds(desk(hold), SELL, type_, **selling) == ("0", "2")


@pytest.mark.parametrize("type_", ABOVE)
def test_what_waits_holds_by_policy(type_: OrderType) -> None:
    worst = {OrderType.STOP_LOSS_LIMIT: "251", OrderType.TRAILING_STOP_LIMIT: "251"}.get(type_, "240.96")
    assert holds(desk("none"), BUY, type_, **ABOVE[type_]) == ("0", "0")
    assert holds(desk("full"), BUY, type_, **ABOVE[type_]) == (worst, "0")
    below = ABOVE[type_] | {name: D(80) for name in ABOVE[type_] if name != "trail"}
    if "trail" in below:
        below["trail"] = Trail(distance=D(20), limit_offset=D(-5) if "limit" in type_ else None)
    assert holds(desk("none"), SELL, type_, **below) == ("0", "0")
    assert holds(desk("full"), SELL, type_, **below) == ("0", "2")


def test_hold_of_a_trailing_stop_is_fixed_when_it_is_placed() -> None:
    bench = desk("full")
    before = holds(bench, BUY, OrderType.TRAILING_STOP, trail=Trail(distance=D("19.9")))
    bench.market("80.0", "80.1", "1000")
    (order,) = bench.state.orders.values()
    assert order.trigger_price == 100
    assert (f"{held(bench.state, bench.rules, 'USD').normalize():f}", "0") == before


def test_margin_orders_hold_nothing_and_a_later_order_what_it_will() -> None:
    bench = desk()
    assert holds(bench, BUY, LIMIT, limit_price=D(90), leverage=2) == ("0", "0")
    later = bench.now_ns + UNTIL_LATER
    assert holds(bench, BUY, LIMIT, limit_price=D(90), starts_ns=later) == ("180.72", "0")
    assert holds(bench, BUY, MARKET, starts_ns=later) == ("180.72", "0")


def test_what_is_filled_leaves_the_hold() -> None:
    bench = desk()
    holds(bench, BUY, LIMIT, limit_price=D(90))
    bench.market("89.9", "90.0", "0.5")
    assert [fill[1] for fill in bench.fills] == ["0.5"]
    assert held(bench.state, bench.rules, "USD") == D("135.54")
    assert available(bench.state, bench.rules, "USD") == 10000 - 45 - D("0.1125") - D("135.54")


ETH = replace(BTC, symbol="ETH/USD", id="ETHUSD", altname="ETHUSD", base="ETH")
ETH_BTC = replace(BTC, symbol="ETH/BTC", id="ETHBTC", altname="ETHBTC", base="ETH", quote="BTC", cost_decimals=8)


def test_coins_that_leave_through_another_pair_leave_at_cost() -> None:
    bench = Bench()
    pairs = {**bench.rules.instruments, "ETH/USD": ETH, "ETH/BTC": replace(ETH_BTC, cost_min=D("0.00002"))}
    bench.rules = replace(bench.rules, instruments=pairs)
    for symbol, bid, ask in (("ETH/USD", "9.9", "10.0"), ("ETH/BTC", "0.1", "0.2")):
        told = quote(bid, ask, "1000", symbol)
        bench.feed(MarketUpdate(symbol=symbol, quote=told, time_ns=bench.now_ns))
    bench.add(BUY, MARKET, "5", symbol="ETH/USD")
    bench.add(SELL, MARKET, "2", symbol="ETH/BTC")
    (lot,) = bench.state.spot["ETH/USD"]
    assert (lot.amount, lot.cost) == (D(3), D(30))
    usd, btc, eth = (bench.state.totals[asset] for asset in ("USD", "BTC", "ETH"))
    assert (usd.deposits, usd.realised) == (D(-20), D(0))
    assert (btc.deposits, btc.fees, bench.btc) == (D("0.2"), D("0.0008"), D("0.1992"))
    assert eth.traded == 3
    assert audit(bench.state, bench.rules) == []


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda bench: bench.state.balances.update(BTC=D(9)), "BTC: "),
        (lambda bench: bench.state.balances.update(USD=D(1)), "USD: "),
        (lambda bench: bench.state.volumes.update({99999: D(5)}), "volume of day 99999"),
        (lambda bench: bench.state.volumes.update({0: D(-5)}), "volume of day 0"),
        (lambda bench: bench.state.totals.pop("USD"), "USD: "),
    ],
)
def test_audit_finds_what_is_wrong(spoil: Any, complaint: str) -> None:
    bench = desk()
    bench.add(BUY, MARKET, "1")
    assert audit(bench.state, bench.rules) == []
    spoil(bench)
    assert any(text.startswith(complaint) for text in audit(bench.state, bench.rules))


def test_an_account_from_before_coins_were_counted_still_balances() -> None:
    bench = desk()
    bench.add(BUY, MARKET, "1")
    del bench.state.totals["BTC"]
    assert audit(bench.state, bench.rules) == []
    bench.add(SELL, MARKET, "0.5")
    assert bench.state.totals["BTC"].start == 11
    assert audit(bench.state, bench.rules) == []
