"""Fees, slippage, drawdown and active risk against plain reckoning and against the venue that fills on paper."""

from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.account.totals import breakeven
from kraken_tui.exchange.matching.market.liquidity import Market, standing
from kraken_tui.exchange.matching.rules import Impact
from kraken_tui.model.errors import UsageError
from kraken_tui.model.trading import Position, Side, Trade
from kraken_tui.risk.active_risk import AtRisk, active_risk
from kraken_tui.risk.drawdown import drawdown_percent, share_of_size, tiers_of
from kraken_tui.risk.fees import (
    ExpectedMove,
    Fees,
    Moves,
    breakeven_move,
    costs_of,
    expected_move,
    pays,
)  # fmt: skip
from kraken_tui.risk.slippage import Book, most_amount, slippage_percent, spread_percent
from tests.careful import careful
from tests.risk.house import FEES, TIERS, quote
from tests.samples import BTC, D

fee = st.decimals("0", "5", places=2)
sides = st.sampled_from(Side)


def trade(side: Side, entry: str, exit_price: str) -> Trade:
    return Trade(
        symbol="BTC/USD", side=side, amount=D(1), entry_price=D(entry), exit_price=D(exit_price), gross=D(0),
        fees=D(0), opened_ns=0, closed_ns=1, reason="test",
    )  # fmt: skip


def test_the_fees_of_a_scalp_are_nearly_all_of_it() -> None:
    assert f"{breakeven_move(FEES):.4f}" == "0.8032"
    assert f"{breakeven_move(FEES, maker_in=True):.4f}" == "0.6526"
    told = pays(ExpectedMove(percent=D("0.75"), source="a scalp"), costs_of(FEES, Side.BUY, D(0), D(0)))
    assert not told.ok
    assert "0.75 %" in told.text and "0.80 %" in told.text


@careful()
@given(maker=fee, taker=fee, opening=fee, side=sides, maker_in=st.booleans(), margin=st.booleans())
def test_at_the_breakeven_move_a_round_trip_nets_nothing(
    maker: Decimal, taker: Decimal, opening: Decimal, side: Side, maker_in: bool, margin: bool
) -> None:
    fees, entry = Fees(maker=maker, taker=taker, opening=opening), D(100)
    move = breakeven_move(fees, side, maker_in=maker_in, margin=margin)
    out = entry * (1 + side.sign * move / 100)
    paid_in = entry * ((maker if maker_in else taker) + (opening if margin else 0)) / 100
    assert abs((out - entry) * side.sign - paid_in - out * taker / 100) < D("1e-20")
    held = Position(
        symbol="BTC/USD", side=side, amount=D(1), cost=entry, fees=paid_in, opened_ns=0, leverage=1, stop_price=None,
        stop_amount=D(0),
    )  # fmt: skip
    assert abs(breakeven(held, taker) - out) < D("1e-20")  # the price that the account shows


def moves_of(trades: Iterable[Trade]) -> Moves:
    moves = Moves()
    for each in trades:
        moves = moves.plus(each)
    return moves


def test_what_was_declared_is_counted_on_until_a_hundred_trades_tell() -> None:
    rows = [trade(Side.BUY, "100", "102")] * 50 + [trade(Side.SELL, "100", "101")] * 49
    assert expected_move(D(3), "the lock step", moves_of(rows)).percent == 3
    told = expected_move(D(3), "the lock step", moves_of([*rows, trade(Side.SELL, "100", "101")]))
    assert (told.percent, told.traded, told.source) == (D("0.5"), True, "the mean of 100 trades")
    assert moves_of([trade(Side.BUY, "0", "1")]) == Moves()


def test_what_was_measured_with_spread_and_slippage_does_not_pay_them_twice() -> None:
    costs = costs_of(FEES, Side.BUY, D("0.5"), D("0.5"))
    assert costs.total > D("2.3")
    assert pays(ExpectedMove(percent=D(1), source="the mean", traded=True), costs).ok
    assert not pays(ExpectedMove(percent=D(1), source="the lock step"), costs).ok
    assert pays(ExpectedMove(percent=None, source=""), costs).ok


prices = st.decimals("0.001", "200000", places=3)
amounts = st.decimals("0.0001", "100000", places=4)


@careful()
@given(price=prices, shown=st.one_of(st.just(D(0)), amounts), amount=amounts, side=sides)
def test_slippage_is_what_the_paper_venue_would_charge(
    price: Decimal, shown: Decimal, amount: Decimal, side: Side
) -> None:
    now, book = replace(quote(), bid=price, ask=price, bid_amount=shown, ask_amount=shown), Book()
    fine = replace(BTC, tick=D("1e-12"), price_decimals=12, lot_decimals=12)
    left, paid = amount, D(0)
    for level, there in standing(Market(quote=now), side, fine, Impact(depth=book.depth, worse=book.worse)):
        taken = min(left, there)
        left, paid = left - taken, paid + taken * level
    guess = slippage_percent(amount, now, side, book)
    if left > 0:
        assert guess is None or left < D("1e-9")
        return
    assert guess is not None
    assert abs(guess - (paid / amount / price - 1) * 100 * side.sign) < D("1e-4")


@careful()
@given(shown=st.one_of(st.just(D(0)), amounts), percent=st.decimals("0", "0.3", places=3), side=sides)
def test_the_most_amount_is_the_last_that_slips_no_more(shown: Decimal, percent: Decimal, side: Side) -> None:
    now, book = replace(quote(), bid_amount=shown, ask_amount=shown), Book()
    most = most_amount(percent, now, side, book)
    at_most = slippage_percent(most * D("0.999999"), now, side, book)
    assert at_most is not None and at_most <= percent
    more = slippage_percent(most * D("1.001"), now, side, book)
    assert more is None or more > percent


def test_a_spread_is_told_of_the_mid() -> None:
    assert spread_percent(quote("99", "101")) == 2


def test_size_shrinks_with_the_drawdown() -> None:
    shares = [share_of_size(D(equity), D(1000), TIERS) for equity in (2000, 951, 950, 901, 900, 0, -5)]
    assert shares == [1, 1, D("0.5"), D("0.5"), D("0.25"), D("0.25"), D("0.25")]
    assert share_of_size(D(0), D(0), TIERS) == D("0.25")
    assert share_of_size(D(500), D(1000), ()) == 1


@careful()
@given(st.decimals("0", "2000", places=2), st.decimals("0", "2000", places=2))
def test_a_deeper_drawdown_never_gets_a_larger_share(one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    assert share_of_size(low, D(2000), TIERS) <= share_of_size(high, D(2000), TIERS)
    assert 0 <= drawdown_percent(low, D(2000)) <= 100


@pytest.mark.parametrize(
    "bad",
    [[("0", "0.5")], [("101", "0.5")], [("5", "1")], [("5", "-0.1")], [("5", "0.5"), ("10", "0.5")],
     [("5", "0.5"), ("5", "0.4")], [("5", "0.2"), ("10", "0.4")]],
)  # fmt: skip
def test_tiers_that_make_no_sense_are_refused(bad: list[tuple[str, str]]) -> None:
    with pytest.raises(UsageError, match="DRAWDOWN_TIERS"):
        tiers_of([(D(fallen), D(share)) for fallen, share in bad])


def at_risk(side: Side, entry: str, stop: str | None, amount: str = "2") -> AtRisk:
    return AtRisk(symbol="BTC/USD", side=side, amount=D(amount), entry=D(entry), stop=None if stop is None else D(stop))


def test_what_is_at_risk_is_what_the_stops_would_lose() -> None:
    assert at_risk(Side.BUY, "100", "98").risk == 4
    assert at_risk(Side.SELL, "100", "102").risk == 4
    assert at_risk(Side.BUY, "100", "101").risk == 0
    assert at_risk(Side.BUY, "100", None).risk == 200
    now = active_risk([at_risk(Side.BUY, "100", "98"), at_risk(Side.SELL, "100", "101")], D(200), 4)
    assert (now.total, now.most, now.room, now.block) == (D(6), D(8), D(2), "")
    full = active_risk([at_risk(Side.BUY, "100", "96")], D(200), 4)
    assert full.room == 0
    assert full.block == "active risk 8.00 has reached the limit of 8.00 (4 % of capital)"
    assert active_risk([at_risk(Side.BUY, "100", None)], D(0), None).room is None
    assert active_risk([], D(-5), 4).block
