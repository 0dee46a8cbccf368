"""Whatever happens on the line: what is said to be known is what was traded."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.exchange.channels import CandleRow
from kraken_tui.market.candle_keeper import CandleKeeper
from kraken_tui.market.candles import GRACE_NS, SPAN_NS
from tests.market.candle_reference import T0, Trade, begin_text, reference, told, wire_row

SYMBOLS = ("BTC/USD", "DOGE/USD")
SPANS = 3


class Line:
    """An exchange and the line to it: trades become rows, which wait on the line until they are delivered."""

    def __init__(self, keeper: CandleKeeper) -> None:
        self.keeper = keeper
        self.trades: list[Trade] = []
        self.waiting: list[CandleRow] = []
        self.is_up = False

    def trade(self, trade: Trade) -> None:
        self.trades.append(trade)
        if self.is_up:
            open_ns = trade.time_ns - trade.time_ns % SPAN_NS
            self.waiting.append(wire_row(self.trades, trade.ticker, open_ns, SYMBOLS[trade.ticker]))

    def deliver(self, now_ns: int, order: list[int]) -> None:
        """All that waits, in any order, twice where a number comes twice; of the newest states none is lost."""
        rows = self.waiting
        mixed = [rows[place % len(rows)] for place in order] if rows else []
        newest = {(row.symbol, row.interval_begin): row for row in rows}
        for row in [*mixed, *newest.values(), *mixed[:2]]:
            self.keeper.take([row], now_ns)
        self.waiting = []

    def cut(self) -> None:
        self.waiting, self.is_up = [], False
        self.keeper.miss()

    def connect(self, now_ns: int, rows_told: int) -> None:
        """With a snapshot of the last candles in which anything was traded."""
        self.is_up = True
        for ticker, symbol in enumerate(SYMBOLS):
            begins = sorted({t.time_ns - t.time_ns % SPAN_NS for t in self.trades if t.ticker == ticker})
            last = begins[len(begins) - min(rows_told, len(begins)) :]
            self.keeper.take([wire_row(self.trades, ticker, begin, symbol) for begin in last], now_ns)


seconds = st.integers(0, SPANS * 20 - 1).map(lambda place: place * 15)
events = st.one_of(
    st.tuples(st.just("trade"), seconds, st.integers(0, 1), st.integers(90, 110), st.integers(1, 9)),
    st.tuples(st.just("cut"), seconds),
    st.tuples(st.just("connect"), seconds, st.integers(0, 3)),
    st.tuples(st.just("deliver"), seconds, st.lists(st.integers(0, 99), max_size=6)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(events, max_size=60))
def test_what_is_known_is_what_was_traded(drawn: list[tuple[object, ...]]) -> None:
    keeper = CandleKeeper(SYMBOLS, T0)
    line = Line(keeper)
    closes = [("close", (number + 1) * 300 + GRACE_NS // SECOND, number) for number in range(SPANS)]
    for event in sorted([*drawn, *closes], key=lambda event: (int(str(event[1])), str(event[0]))):
        play(line, event)


def play(line: Line, event: tuple[object, ...]) -> None:
    match event:
        case ("trade", int(second), int(ticker), int(price), int(amount)):
            line.trade(Trade(T0 + second * SECOND, ticker, float(price), float(amount)))
        case ("cut", _):
            line.cut()
        case ("connect", int(second), int(rows)) if not line.is_up:
            line.connect(T0 + second * SECOND, rows)
        case ("deliver", int(second), [*order]):
            line.deliver(T0 + second * SECOND, [int(str(place)) for place in order])
        case ("close", int(second), int(number)):
            line.deliver(T0 + second * SECOND, [])
            closing = line.keeper.close(T0 + number * SPAN_NS, in_time=line.is_up)
            for ticker in range(len(SYMBOLS)):
                expected = reference(line.trades, ticker, closing.open_ns)
                if closing.known[ticker]:
                    assert told(closing, ticker) == expected
                else:
                    assert np.isnan(closing.close[ticker]) and np.isnan(closing.volume[ticker])


trades = st.lists(st.tuples(seconds, st.integers(0, 1), st.integers(90, 110), st.integers(1, 9)), max_size=40)


@settings(max_examples=150, deadline=None)
@given(trades, st.lists(st.integers(0, 99), max_size=8))
def test_on_a_line_that_holds_everything_is_known(drawn: list[tuple[int, int, int, int]], order: list[int]) -> None:
    line = Line(CandleKeeper(SYMBOLS, T0))
    for ticker in range(len(SYMBOLS)):
        line.trade(Trade(T0 - 1000 * SECOND, ticker, 100.0, 1.0))
    line.connect(T0 - SECOND, 1)
    for number in range(SPANS):
        for second, ticker, price, amount in sorted(drawn, key=lambda trade: trade[0]):
            if number * 300 <= second < (number + 1) * 300:
                line.trade(Trade(T0 + second * SECOND, ticker, float(price), float(amount)))
        line.deliver(T0 + (number + 1) * SPAN_NS, order)
        closing = line.keeper.close(T0 + number * SPAN_NS)
        assert closing.known.all()
        for ticker in range(len(SYMBOLS)):
            assert told(closing, ticker) == reference(line.trades, ticker, closing.open_ns)


def row(**fields: object) -> CandleRow:
    usual: dict[str, object] = {
        "symbol": "BTC/USD", "open": 10.0, "high": 12.0, "low": 9.0, "close": 11.0, "volume": 5.0, "trades": 3,
        "interval_begin": begin_text(T0),
    }  # fmt: skip
    return CandleRow(**(usual | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fields",
    [
        {"open": None}, {"volume": None}, {"close": 13.0}, {"low": -1.0}, {"high": float("inf")}, {"volume": -1.0},
        {"volume": float("nan")}, {"low": float("nan")}, {"interval_begin": ""}, {"interval_begin": "text"},
        {"interval_begin": begin_text(T0 + 60 * SECOND)}, {"interval_begin": begin_text(T0 + 9 * SPAN_NS)},
    ],
)  # fmt: skip
def test_a_row_that_is_no_candle_puts_its_ticker_in_doubt_until_the_next(fields: dict[str, object]) -> None:
    keeper = CandleKeeper(SYMBOLS, T0)
    keeper.take([row(), row(symbol="DOGE/USD"), row(symbol="NOPE/USD"), row(trades=4, **fields)], T0 + SECOND)
    assert keeper.close(T0).known.tolist() == [False, True]
    keeper.take([row(interval_begin=begin_text(T0 + SPAN_NS))], T0 + SPAN_NS + SECOND)
    assert keeper.close(T0 + SPAN_NS).known.tolist() == [True, True]


def test_what_arrives_after_the_closing_makes_the_next_span_unknown_and_is_counted() -> None:
    keeper = CandleKeeper(SYMBOLS, T0)
    both = [row(), row(symbol="DOGE/USD")]
    keeper.take(both, T0 + SECOND)
    first = keeper.close(T0)
    keeper.take(both, T0 + SPAN_NS + 3 * SECOND)
    assert keeper.late == 0, "the same again is not late"
    keeper.take([row(trades=4, close=12.0)], T0 + SPAN_NS + 3 * SECOND)
    assert keeper.late == 1
    assert first.close.tolist() == [11.0, 11.0], "what was told stands"
    assert keeper.close(T0 + SPAN_NS).known.tolist() == [False, True]
    assert keeper.close(T0 + 2 * SPAN_NS).close.tolist() == [12.0, 11.0]


def test_nothing_is_known_of_a_span_whose_end_was_not_heard() -> None:
    keeper = CandleKeeper(SYMBOLS, T0)
    keeper.take([row(), row(symbol="DOGE/USD")], T0 + SECOND)
    assert not keeper.close(T0, in_time=False).known.any()
    assert keeper.close(T0 + SPAN_NS).known.all(), "the line held: what follows is flat"
