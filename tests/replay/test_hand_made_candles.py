"""Small tables of candles, and the trades that the engine makes of them, worked out by hand.

Each table begins with four calm candles, 0 to 3. The script buys or sells after candle 3, so that the order goes out
25 s into candle 4. A stop rests 2.00 from the close of 100.00. A candle's prices come at 0, 75, 150 and 225 s: open,
the extreme against what is held, the other one, close. The bid is the price, the ask 0.01 above it; the fee is 0.4 %.
"""

from decimal import Decimal
from pathlib import Path

import pytest

from kraken_tui.clock import iso
from kraken_tui.model.intent import OPERATOR, Enter
from kraken_tui.model.trading import Side, Trade
from tests.replay.candle_tables import CALM, backtested, by_hand, moment, told
from tests.samples import D

ETH, LONG = "ETHUSD", {3: "buy"}


def test_entry_and_stop_in_one_candle(tmp_path: Path) -> None:
    # 10 x 100.01 = 1000.10, fee 4.00040. The scan of the low sees 97.50, past the stop: 975.00, fee 3.90.
    table = CALM + "100.00 101.00 97.50 99.00 10\n" + " 99.00  99.50 98.50 99.00 10\n"
    summary = backtested(tmp_path, {ETH: table}, LONG)
    assert told(summary) == [
        "ETH/USD LONG 10: in 4+25 at 100.01, out 4+75 at 97.5: gross -25.1, fees 7.9004, net -33.0004, stop hit"
    ]
    assert (summary.equity, summary.fees, summary.open_positions) == ("9966.9996", "7.9004", [])


@pytest.mark.parametrize("close", ["99.00", "100.90"])
def test_the_stop_of_a_long_is_met_first_whatever_the_candles_direction(tmp_path: Path, close: str) -> None:
    table = CALM + f"100.00 101.00 97.50 {close} 10\n"
    assert [line.split(": ")[1] for line in told(backtested(tmp_path, {ETH: table}, LONG))] == [
        "in 4+25 at 100.01, out 4+75 at 97.5"
    ]


@pytest.mark.parametrize("close", ["99.00", "100.90"])
def test_the_stop_of_a_short_is_met_first_whatever_the_candles_direction(tmp_path: Path, close: str) -> None:
    # 0.2 % of 10,000 over 102.00 - 100.00: 10 coins for 1000.00, fee 4.00, and 0.02 % to open: 0.20.
    # The high shows an ask of 102.51: 1025.10, fee 4.10040.
    table = CALM + f"100.00 102.50 99.00 {close} 10\n" + f"{close} 101 98.80 99.00 10\n"
    summary = backtested(tmp_path, {ETH: table}, {3: "sell"}, PAPER_ACCOUNT="margin", RISK_PER_TRADE=0.2)
    assert told(summary) == [
        "ETH/USD SHORT 10: in 4+25 at 100, out 4+75 at 102.51: gross -25.1, fees 8.3004, net -33.4004, stop hit"
    ]


def test_a_stop_that_is_touched_has_fired(tmp_path: Path) -> None:
    # 980.00, fee 3.92.
    summary = backtested(tmp_path, {ETH: CALM + "100.00 101.00 98.00 99.00 10\n"}, LONG)
    assert told(summary) == [
        "ETH/USD LONG 10: in 4+25 at 100.01, out 4+75 at 98: gross -20.1, fees 7.9204, net -28.0204, stop hit"
    ]


def test_a_stop_that_is_missed_by_a_tick_rests(tmp_path: Path) -> None:
    # At the close: 990.00 - 1000.10.
    summary = backtested(tmp_path, {ETH: CALM + "100.00 101.00 98.01 99.00 10\n"}, LONG)
    assert (told(summary), summary.unrealised_pnl, summary.fees) == ([], "-10.1", "4.0004")


def test_a_gap_through_the_stop_fills_at_the_open(tmp_path: Path) -> None:
    # The market opens 3.00 below the stop: 950.00, fee 3.80.
    table = CALM + "100.00 100.50 99.50 100.00 10\n" + "95.00 99.00 94.00 98.50 10\n"
    assert told(backtested(tmp_path, {ETH: table}, LONG)) == [
        "ETH/USD LONG 10: in 4+25 at 100.01, out 5+0 at 95: gross -50.1, fees 7.8004, net -57.9004, stop hit"
    ]


def test_no_entry_where_the_open_has_passed_the_stop(tmp_path: Path) -> None:
    # The stop of 98.00 would lie above the ask of 97.01.
    summary = backtested(tmp_path, {ETH: CALM + "97.00 101.00 96.50 100.00 10\n"}, LONG)
    assert (told(summary), summary.fees, summary.equity, summary.open_positions) == ([], "0", "10000", [])


def test_fees_eat_a_gain(tmp_path: Path) -> None:
    # 1006.00 - 1000.10 = 5.90; fees 4.00040 and 4.02400.
    table = CALM + "100.00 100.90 99.80 100.60 10\n" + "100.60 101.00 100.20 100.40 10\n"
    assert told(backtested(tmp_path, {ETH: table}, {3: "buy", 4: "leave a long"})) == [
        "ETH/USD LONG 10: in 4+25 at 100.01, out 5+25 at 100.6: gross 5.9, fees 8.0244, net -2.1244, "
        "scripted: RANGE: scripted leaves the long, "
    ]


def test_partial_fills_each_with_a_stop_of_its_own(tmp_path: Path) -> None:
    # 500.05 USD stand on each level, 0.1 % apart. In: 5 at 100.01 and 5 at 100.12 (100.11001, rounded up): 500.05 and
    # 500.60, together 1000.65; fees 2.00020 and 2.00240.
    # Out at 97.50, where 500.05 / 97.50 = 5.12871794 stand: the first stop sells 5 for 487.50. The second sells
    # 0.12871794 for 12.55000 (12.549999...), and 4.87128206 at 97.40 (97.4025, rounded down) for 474.46287.
    # Together 974.51287; fees 1.95, 0.0502 and 1.89785 (1.89785148).
    table = CALM + "100.00 101.00 97.50 99.00 10\n"
    summary = backtested(tmp_path, {ETH: table}, LONG, PAPER_DEPTH=500.05, PAPER_IMPACT=0.1)
    assert told(summary) == [
        "ETH/USD LONG 10: in 4+25 at 100.065, out 4+75 at 97.451287: "
        "gross -26.13713, fees 7.90065, net -34.03778, stop hit"
    ]


def test_two_stops_in_one_candle_on_two_symbols(tmp_path: Path) -> None:
    # ETH goes first. SOL is sized with what closing ETH would leave: 10,000 - 4.00040 - 0.10 (its bid is 0.01 below
    # what was paid) - 4.00 = 9991.8996. 0.201 % of it over 2.01: 9.9918996 coins for 999.28988 (999.289879), fee
    # 3.99716. Out for 974.21021 (974.210211, which is 97.49999990 a coin), fee 3.89684.
    table = CALM + "100.00 101.00 97.50 99.00 10\n"
    assert told(backtested(tmp_path, {ETH: table, "SOLUSD": table}, LONG)) == [
        "ETH/USD LONG 10: in 4+25 at 100.01, out 4+75 at 97.5: gross -25.1, fees 7.9004, net -33.0004, stop hit",
        "SOL/USD LONG 9.9918996: in 4+25 at 100.01, out 4+75 at 97.5: "
        "gross -25.07967, fees 7.894, net -32.97367, stop hit",
    ]


def test_a_flat_candle_does_nothing(tmp_path: Path) -> None:
    table = (
        CALM + "100.00 100.00 100.00 100.00 0\n" + "100.00 100.00 100.00 100.00 0\n" + "99.00 99.00 97.00 97.00 10\n"
    )
    # 970.00, fee 3.88.
    assert told(backtested(tmp_path, {ETH: table}, LONG)) == [
        "ETH/USD LONG 10: in 4+25 at 100.01, out 6+75 at 97: gross -30.1, fees 7.8804, net -37.9804, stop hit"
    ]


def test_a_hole_keeps_the_last_price_and_the_candle_after_it_opens_with_a_gap(tmp_path: Path) -> None:
    # Candles 5 and 6 were not recorded: nothing was traded. 960.00, fee 3.84.
    table = CALM + "100.00 100.50 98.50 99.00 10\n-\n-\n" + "96.00 101.00 95.00 100.00 10\n"
    assert told(backtested(tmp_path, {ETH: table}, LONG)) == [
        "ETH/USD LONG 10: in 4+25 at 100.01, out 7+0 at 96: gross -40.1, fees 7.8404, net -47.9404, stop hit"
    ]


def test_nothing_is_entered_into_a_hole(tmp_path: Path) -> None:
    # The last price, of 225 s into candle 3, is 100 s old when candle 3 closes; the gate lets 30 s pass.
    summary = backtested(tmp_path, {ETH: CALM + "-\n" + "97.00 101.00 96.00 100.00 10\n"}, LONG)
    assert (told(summary), summary.fees, summary.open_positions) == ([], "0", [])


def test_margin_is_rolled_over_after_four_hours_and_not_at_midnight(tmp_path: Path) -> None:
    # In at 22:35:25 for 1000.10: fee 4.00040, and 0.02 % to open, 0.20002. The same again at 02:35:25, 48 candles
    # later; out 25 s into candle 60 for 1000.00, fee 4.00. The rollover is the account's, not the trade's.
    # Who leaves after candle 50 sells at 100.10, fee 4.00400, and pays none.
    table = CALM + "100.00 100.50 99.50 100.10 10\n100.10 100.60 99.60 100.00 10\n" * 29
    summary = backtested(tmp_path, {ETH: table}, {3: "buy", 59: "leave a long"}, PAPER_ACCOUNT="margin")
    assert [line.split(", scripted")[0] for line in told(summary)] == [
        "ETH/USD LONG 10: in 4+25 at 100.01, out 60+25 at 100: gross -0.1, fees 8.20042, net -8.30042"
    ]
    assert (summary.fees, summary.equity) == ("8.40044", "9991.49956")
    early = backtested(tmp_path / "early", {ETH: table}, {3: "buy", 50: "leave a long"}, PAPER_ACCOUNT="margin")
    assert early.fees == "8.20442"


@pytest.mark.parametrize(
    ("balance", "fees"),
    [
        (1, "0"),  # 0.001 coins; 0.002 are the least
        (2, "0"),  # 0.002 coins for 0.20; 0.50 USD are the least
        (10, "0.0079"),  # 0.01 coins: 1.00010, fee 0.00400; 0.97500, fee 0.00390
    ],
)
def test_no_entry_below_the_smallest_order(tmp_path: Path, balance: int, fees: str) -> None:
    summary = backtested(tmp_path, {ETH: CALM + "100.00 101.00 97.50 99.00 10\n"}, LONG, PAPER_BALANCE=balance)
    assert (len(told(summary)), summary.fees) == (fees != "0", fees)


def entry(side: Side, stop: str, target: str, limit: str | None = None) -> Enter:
    return Enter(
        symbol="ETH/USD", side=side, price=D(100), stop_price=D(stop), target_price=D(target), reason="by hand",
        owner=OPERATOR, limit_price=None if limit is None else D(limit), amount=D(1),
    )  # fmt: skip


def out(trades: list[Trade]) -> list[tuple[str, Decimal, Decimal]]:
    """When each ended, its price, and its gross."""
    return [(moment(iso(row.closed_ns)), row.exit_price, row.gross) for row in trades]


@pytest.mark.parametrize("close", ["99.00", "101.00"])
async def test_of_a_stop_and_a_target_in_one_candle_a_long_meets_the_stop(tmp_path: Path, close: str) -> None:
    table = CALM + f"100.00 103.00 97.50 {close} 10\n"
    trades = await by_hand(tmp_path, table, entry(Side.BUY, "98", "102"))
    assert out(trades) == [("4+75", D("97.50"), D("-2.51"))]


@pytest.mark.parametrize("close", ["99.00", "101.00"])
async def test_of_a_stop_and_a_target_in_one_candle_a_short_meets_the_stop(tmp_path: Path, close: str) -> None:
    table = CALM + f"100.00 102.50 97.00 {close} 10\n"
    trades = await by_hand(tmp_path, table, entry(Side.SELL, "102", "98"), PAPER_ACCOUNT="margin")
    assert out(trades) == [("4+75", D("102.51"), D("-2.51"))]


async def test_a_target_alone_is_taken_at_the_extreme(tmp_path: Path) -> None:
    # The low of 98.50 comes first and misses the stop; the scan of the high sells at its bid.
    trades = await by_hand(tmp_path, CALM + "100.00 103.00 98.50 101.00 10\n", entry(Side.BUY, "98", "102"))
    assert out(trades) == [("4+150", D("103.00"), D("2.99"))]


async def test_an_entry_that_rests_is_filled_by_the_last_extreme(tmp_path: Path) -> None:
    # It rests at 99.00 from 4+25 on. Candle 5 rises: the high first, then the low, which fills it at 99.00; had the low
    # come first, the high would have met the target in the same candle. The target is taken in candle 6.
    table = (
        CALM
        + "100.00 100.50 99.50 100.00 10\n"
        + "100.00 103.00 98.90 101.00 10\n"
        + "101.00 102.50 100.00 101.00 10\n"
    )
    trades = await by_hand(tmp_path, table, entry(Side.BUY, "98", "102", limit="99"))
    assert [moment(iso(row.opened_ns)) for row in trades] == ["5+150"]
    assert out(trades) == [("6+150", D("102.50"), D("3.50"))]
