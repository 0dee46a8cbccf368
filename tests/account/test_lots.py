"""First in, first out, exact: nothing of a cost is lost or made, whatever the sequence."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.account.lots import Holding, apply_fill, part_of
from kraken_tui.model.trading import Fill, Side, Trade
from tests.careful import careful
from tests.samples import BTC, DOGE, D, fill

STEP = D("0.00001")


def run(fills: list[Fill], step: Decimal = STEP) -> tuple[Holding | None, Decimal, list[Trade]]:
    holding: Holding | None = None
    realised, trades = D(0), []
    for row in fills:
        result = apply_fill(holding, row, step, "test")
        holding, realised = result.holding, realised + result.realised
        trades += [result.trade] if result.trade else []
    return holding, realised, trades


def test_a_long_closed_higher_earns_the_difference() -> None:
    holding, realised, trades = run(
        [fill(1, Side.BUY, "2", "100.0", fee="0.8"), fill(2, Side.SELL, "2", "110.0", fee="0.88")]
    )
    assert holding is None
    assert realised == 20
    assert trades[0].net == D("18.32")
    assert (trades[0].entry_price, trades[0].exit_price) == (D(100), D(110))


def test_a_short_closed_lower_earns_the_difference() -> None:
    _, realised, trades = run([fill(1, Side.SELL, "1", "100.0"), fill(2, Side.BUY, "1", "90.0")])
    assert realised == 10
    assert trades[0].side is Side.SELL


def test_the_oldest_lot_goes_first() -> None:
    holding, realised, trades = run(
        [fill(1, Side.BUY, "1", "100.0"), fill(2, Side.BUY, "1", "200.0"), fill(3, Side.SELL, "1.5", "200.0")]
    )
    assert realised == 100
    assert holding is not None
    assert (holding.amount, holding.cost) == (D("0.5"), D(100))
    assert trades == []


def test_a_fill_larger_than_the_position_turns_it_over() -> None:
    holding, realised, trades = run([fill(1, Side.BUY, "1", "100.0"), fill(2, Side.SELL, "3", "120.0", fee="3")])
    assert realised == 20
    assert len(trades) == 1
    assert trades[0].fees == 1
    assert holding is not None
    assert (holding.side, holding.amount, holding.cost, holding.fees) == (Side.SELL, D(2), D(240), D(2))


amounts = st.decimals(min_value="0.00000001", max_value="5", places=8)


@careful()
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(Side), amounts, st.decimals(min_value="0.1", max_value="99999.9", places=1)),
        min_size=1, max_size=40,
    )
)  # fmt: skip
def test_cash_flow_equals_realised_plus_what_is_still_open(rows: list[tuple[Side, Decimal, Decimal]]) -> None:
    fills = [fill(number, side, amount, price) for number, (side, amount, price) in enumerate(rows)]
    holding, realised, trades = run(fills)
    flow = sum((-row.cost * row.side.sign for row in fills), D(0))
    open_cost = holding.cost * holding.side.sign if holding else D(0)
    assert flow == realised - open_cost
    net_amount = sum((row.amount * row.side.sign for row in fills), D(0))
    assert net_amount == (holding.amount * holding.side.sign if holding else 0)
    assert sum((trade.gross for trade in trades), D(0)) + (holding.gross if holding else 0) == realised


def test_tiny_amounts_of_a_cheap_coin_keep_every_digit() -> None:
    rows = [fill(number, Side.BUY, "13.00000001", "0.1234567", instrument=DOGE) for number in range(3)]
    rows.append(fill(9, Side.SELL, "39.00000003", "0.2234567", instrument=DOGE))
    holding, realised, _ = run(rows, D("0.000000001"))
    assert holding is None
    assert realised == rows[-1].cost - sum(row.cost for row in rows[:-1])


@careful()
@given(
    st.sampled_from(Side), st.integers(1, 10**9), st.integers(1, 10**7), st.integers(0, 10**7), st.integers(1, 100),
)  # fmt: skip
def test_parts_of_a_fill_move_what_was_asked_and_add_up(
    side: Side, lots: int, ticks: int, fee_lots: int, percent: int
) -> None:
    amount, fee_coin = D(lots + 10**7) * BTC.lot, D(fee_lots) * BTC.lot
    whole = replace(fill(1, side, amount, D(ticks) * BTC.tick, leverage=1), fee_coin=fee_coin)
    moved = amount - side.sign * fee_coin
    asked = BTC.amount_down(moved * percent / 100)
    part = part_of(whole, asked, STEP)
    assert (part.amount, part.fee_coin) == (asked, D(0))
    everything = part_of(whole, moved * 2, STEP)
    assert everything.amount == moved
    assert everything.cost + side.sign * everything.fee == whole.cost + side.sign * whole.fee
    assert abs(part.cost - everything.cost * asked / moved) <= STEP
