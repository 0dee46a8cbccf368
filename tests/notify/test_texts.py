"""What is said: every figure from a value, never more than two SMS."""

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.model.trading import Side
from kraken_tui.notify.events import (
    Alert,
    Closed,
    DailyReport,
    EngineBack,
    EngineDown,
    Event,
    Executed,
    KillSwitch,
    OutcomeUnknown,
)
from kraken_tui.notify.gsm import ALPHABET, LONGEST, fit, parts
from kraken_tui.notify.texts import digest, text_of
from tests.notify.samples import START_NS, fill, trade

LABEL = "kraken-tui PAPER demo:"
AMOUNTS = st.decimals("0.00000001", "99999999", places=8)
SIGNED = st.decimals("-99999999", "99999999", places=4)


def test_an_entry_in_several_fills_is_told_once_with_its_average_price() -> None:
    event = Executed(fills=(fill("A", "60000"), fill("B", "61000")), opens=True, stop_price=Decimal("59000.5"))
    assert text_of(event, LABEL) == (f"{LABEL} entry BTC/USD: bought 0.02 at 60500 in 2 fills, fee 4.84, stop 59000.5")


def test_an_entry_without_a_stop_says_so_and_a_part_that_was_sold_is_no_entry() -> None:
    assert "NO STOP seen yet" in text_of(Executed(fills=(fill(),), opens=True), LABEL)
    sold = text_of(Executed(fills=(fill(side=Side.SELL),), opens=False), LABEL)
    assert "partial exit BTC/USD: sold 0.01 at 60000" in sold
    assert "STOP" not in sold


def test_a_closed_trade_names_gross_fees_and_net() -> None:
    told = text_of(Closed(trade=trade(), by_stop=False, last_fill="F2"), LABEL)
    assert told == f"{LABEL} exit BTC/USD long 0.01: 60000 to 60900, gross +9.00, fees 4.80, net +4.20 (target hit)"
    by_stop = text_of(Closed(trade=trade("-9", side=Side.SELL, reason="stop hit"), by_stop=True, last_fill="F2"), LABEL)
    assert "STOP HIT BTC/USD short" in by_stop and "net -9.00" in by_stop


def test_a_report_adds_up() -> None:
    trades = (trade("10"), trade("-30", "ETH/USD"), trade("1", "SOL/USD"))
    event = DailyReport(
        begin_ns=0, end_ns=START_NS, date="2026-01-01", trades=trades, open_positions=("XRP/USD",),
        unrealised=Decimal("-1.5"),
    )  # fmt: skip
    assert text_of(event, LABEL) == (
        f"{LABEL} report 2026-01-01: net -19.00 (gross -4.60, fees 14.40), 3 trades, 2 won; best BTC/USD +10.00, "
        "worst ETH/USD -30.00; 1 open (XRP/USD), -1.50"
    )
    empty = DailyReport(
        begin_ns=0, end_ns=START_NS, date="2026-01-01", trades=(), open_positions=(), unrealised=Decimal(0)
    )
    assert text_of(empty, LABEL) == f"{LABEL} report 2026-01-01: no trade closed; 0 open"


def test_a_digest_counts_and_adds() -> None:
    rows = [("entry", "BTC/USD", None), ("exit", "ETH/USD", Decimal("2")), ("stop", "BTC/USD", Decimal("-5.5"))]
    told = digest([*rows, ("alert", "", None)], LABEL)
    assert told == (
        f"{LABEL} 4 messages that waited: 1 entries, 1 exits, 1 stops hit, 1 alerts; 2 closed, net -3.50; "
        "BTC/USD, ETH/USD"
    )


def test_an_engine_that_is_down_and_back() -> None:
    down = EngineDown(pid=7, last_ns=START_NS, hangs=False, restarts=True)
    assert "ENGINE is DOWN (pid 7), last seen 2026-01-01T00:00:00Z: it is started again" in text_of(down, LABEL)
    back = EngineBack(pid=8, since_ns=START_NS, now_ns=START_NS + 14 * SECOND)
    assert "engine is back (pid 8) after 14 s" in text_of(back, LABEL)


symbols = st.sampled_from(["BTC/USD", "FARTCOIN/USD", "ABCDEFGHIJ12345/USDT"])
fills = st.builds(
    lambda price, amount, symbol, side: fill("X", str(price), str(amount), symbol=symbol, side=side),
    AMOUNTS, AMOUNTS, symbols, st.sampled_from(Side),
)  # fmt: skip
trades = st.builds(lambda net, symbol, reason: trade(str(net), symbol, reason=reason), SIGNED, symbols, st.text())
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        Executed, fills=st.lists(fills, min_size=1, max_size=4).map(tuple), opens=st.booleans(),
        stop_price=st.none() | AMOUNTS,
    ),
    st.builds(Closed, trade=trades, by_stop=st.booleans(), last_fill=st.text()),
    st.builds(KillSwitch, why=st.text(), tripped_ns=st.just(0)),
    st.builds(OutcomeUnknown, symbol=symbols, what=st.text(), client_id=st.text()),
    st.builds(
        DailyReport, begin_ns=st.just(0), end_ns=st.just(1), date=st.just("2026-01-01"),
        trades=st.lists(trades, max_size=9).map(tuple), open_positions=st.lists(symbols, max_size=9).map(tuple),
        unrealised=SIGNED,
    ),
    st.builds(Alert, text=st.text(max_size=2000)),
)  # fmt: skip


@given(events)
def test_whatever_happens_fits_two_messages_of_the_plain_alphabet(event: Event) -> None:
    told = text_of(event, LABEL)
    assert len(told) <= LONGEST and parts(told) <= 2
    assert set(told) <= ALPHABET and "\n" not in told and "\x1b" not in told
    assert told.startswith(LABEL)


@given(trades)
def test_no_figure_of_a_closed_trade_is_cut_off(closed: object) -> None:
    told = text_of(Closed(trade=closed, by_stop=False, last_fill=""), LABEL)  # type: ignore[arg-type]
    assert re.search(r"gross [+-]\d+\.\d\d, fees \d+\.\d\d, net [+-]\d+\.\d\d \(", told)


@given(st.text(max_size=1000))
def test_fitting_twice_changes_nothing(text: str) -> None:
    assert fit(fit(text)) == fit(text)


def test_the_length_of_one_two_and_three_parts() -> None:
    assert [parts("a" * length) for length in (0, 160, 161, 306, 307)] == [1, 1, 2, 2, 3]
