"""The account follows fills once each, knows what protects a position, and counts money exactly."""

import msgspec

from kraken_tui.account.account_state import AccountState, Busy, money
from kraken_tui.account.status_service import StatusService
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Order, OrderStatus, OrderType, Side
from tests.samples import BTC, DOGE, D, fill, owners_of_entry

INSTRUMENTS = {row.symbol: row for row in (BTC, DOGE)}


def account() -> AccountState:
    return AccountState(INSTRUMENTS, owners_of_entry())


def quote(bid: str, ask: str) -> Quote:
    return Quote(symbol="BTC/USD", bid=D(bid), ask=D(ask), bid_amount=D(1), ask_amount=D(1), last=D(bid), time_ns=0)


def stop(number: int, price: str, amount: str, side: Side = Side.SELL) -> Order:
    return Order(
        id=f"S{number}", client_id=None, parent_id="O1", symbol="BTC/USD", side=side, type=OrderType.STOP_LOSS,
        status=OrderStatus.OPEN, amount=D(amount), filled=D(0), price=D(price),
    )  # fmt: skip


def test_a_fill_told_twice_is_booked_once() -> None:
    state = account()
    state.apply_fill(fill(1, Side.BUY, "1", "100.0", fee="0.4"))
    state.apply_fill(fill(1, Side.BUY, "1", "100.0", fee="0.4"))
    assert [row.amount for row in state.positions()] == [1]
    assert state.fill_fees == D("0.4")


def test_the_stop_shown_is_the_one_nearest_to_the_market_and_cover_is_their_sum() -> None:
    state = account()
    state.apply_fill(fill(1, Side.BUY, "1", "100.0"))
    for row in (stop(1, "95.0", "0.4"), stop(2, "96.0", "0.5")):
        state.resting.apply(row)
    position = state.position("BTC/USD")
    assert position is not None
    assert (position.stop_price, position.stop_amount) == (D("96.0"), D("0.9"))
    state.resting.apply(msgspec.structs.replace(stop(2, "96.0", "0.5"), status=OrderStatus.CANCELED))
    position = state.position("BTC/USD")
    assert position is not None
    assert (position.stop_price, position.stop_amount) == (D("95.0"), D("0.4"))


def test_an_order_on_the_same_side_protects_nothing() -> None:
    state = account()
    state.apply_fill(fill(1, Side.BUY, "1", "100.0"))
    state.resting.apply(stop(1, "105.0", "1", Side.BUY))
    position = state.position("BTC/USD")
    assert position is not None
    assert position.stop_price is None


def test_margin_equity_is_balance_plus_unrealised_and_free_is_what_margin_leaves() -> None:
    state = account()
    state.apply_fill(fill(1, Side.BUY, "1", "1000.0", leverage=5))
    state.set_balance("10000", "10000")
    totals = state.totals(lambda _: quote("1010.0", "1011.0"), margin=True)
    assert (totals.equity, totals.unrealised, totals.free, totals.exposure) == (D(10010), D(10), D(9810), D(1010))


def test_cash_equity_counts_the_coins() -> None:
    state = account()
    state.apply_fill(fill(1, Side.BUY, "1", "1000.0", leverage=1))
    state.set_balance("9000", "9000")
    totals = state.totals(lambda _: quote("1010.0", "1011.0"), margin=False)
    assert (totals.equity, totals.free) == (D(10010), D(9000))


def test_a_position_without_a_price_counts_at_cost() -> None:
    state = account()
    state.apply_fill(fill(1, Side.BUY, "1", "1000.0"))
    assert state.totals(lambda _: None, margin=True).unrealised == 0


def test_breakeven_nets_zero_both_ways() -> None:
    for side in Side:
        state = account()
        state.apply_fill(fill(1, side, "2", "1000.0", fee="8"))
        position = state.position("BTC/USD")
        assert position is not None
        price = state.breakeven(position, D("0.40"))
        left = position.profit_at(price) - position.fees - price * position.amount * D("0.004")
        assert abs(left) < D("1e-20")


def test_a_shown_position_is_net_of_the_fees_of_closing() -> None:
    state = account()
    state.apply_fill(fill(1, Side.BUY, "1", "1000.0", fee="4"))
    service = StatusService(state, INSTRUMENTS, lambda _: quote("1010.0", "1011.0"), margin=True, taker_fee=D("0.40"))
    row = service.position_rows()[0]
    assert row.net == "1.96"  # 10 gross - 4 paid - 4.04 to close
    assert (row.stop, row.protected) == ("", False)


def test_trades_carry_the_reason_of_the_fill_that_ended_them() -> None:
    state = account()
    state.apply_fill(fill(1, Side.BUY, "1", "100.0"))
    sold = fill(2, Side.SELL, "1", "90.0", order_type=OrderType.STOP_LOSS)
    state.owners.learn(sold.order_id, None, "O1")
    state.apply_fill(sold)
    assert [row.reason for row in state.trades] == ["stop hit"]
    assert state.closed_count == {"BTC/USD": 1}


def test_only_what_is_on_its_way_is_busy() -> None:
    state = account()
    state.set_busy("BTC/USD", Busy.ENTRY)
    state.set_busy("DOGE/USD", Busy.NONE)
    assert state.all_busy() == {"BTC/USD": Busy.ENTRY}


def test_money_has_no_negative_zero() -> None:
    assert [money(D(text)) for text in ("-0.001", "0.005", "-1.005", "1234.567")] == [
        "0.00",
        "0.00",
        "-1.00",
        "1234.57",
    ]
