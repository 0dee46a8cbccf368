"""Records of the trading memory, made up, and a memory that is closed in any case."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from hypothesis import strategies as st

from kraken_tui import clock
from kraken_tui.clock import PacedClock
from kraken_tui.model.memory import (
    AdoptionRecord,
    BlockReturn,
    DecisionRecord,
    ErrorRecord,
    InsightRecord,
    LearningState,
    ParameterChange,
    TradeRecord,
    TrialRecord,
    Utterance,
)
from kraken_tui.model.trading import Side
from kraken_tui.store.telemetry_db import TelemetryDb
from tests.store.decisions import Problems

START_NS = clock.SEEDED_START_NS
DAY_NS = 86_400 * clock.SECOND

texts = st.text(max_size=12)
times = st.integers(0, 2**63 - 2)
floats = st.floats(allow_nan=False, allow_infinity=False)
money = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=10)
"""No finer than any fee of Kraken's: twelve digits before the point and ten behind it add up without rounding."""
prices = st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("0.0000001"), max_value=10**9)
names = st.lists(texts, max_size=3).map(tuple)
wholes = st.integers(-(2**63), 2**63 - 1)

trades = st.builds(
    TradeRecord, id=texts, symbol=texts, side=st.sampled_from(Side), amount=prices, entry_price=prices,
    exit_price=prices, gross=money, fees=money, net=money, opened_ns=times, closed_ns=times, owner=texts,
    strategy=texts, entered_for=texts, reason=texts, exit_kind=texts, symbol_group=texts, regime=texts,
    entry_orders=names, exit_orders=names, slippage=st.none() | money, worst_price=st.none() | prices,
    best_price=st.none() | prices,
)  # fmt: skip
others = st.one_of(
    st.builds(
        DecisionRecord, id=texts, time_ns=times, candle_ns=times, symbol=texts, owner=texts, strategy=texts,
        action=texts, reason=texts, verdict=texts, shadow=st.booleans(), price=texts, regime=texts, parameters=texts,
    ),
    st.builds(
        InsightRecord, id=texts, status=st.sampled_from(["candidate", "confirmed", "retired"]), text=texts,
        query=texts, test=texts, trades=wholes, mean_bps=floats, low_bps=floats, high_bps=floats, q=floats,
        cells=wholes, from_ns=times, found_ns=times, tested_ns=times, later_trades=wholes, later_mean_bps=floats,
        history=names,
    ),
    st.builds(ErrorRecord, time_ns=times, source=texts, text=texts),
    st.builds(Utterance, time_ns=times, author=texts, kind=texts, text=texts),
    st.builds(
        ParameterChange, time_ns=times, name=texts, before=texts, after=texts, author=texts, reason=texts
    ),
    st.builds(
        TrialRecord, study=texts, number=wholes, time_ns=times, parameters=texts, seed=wholes, data_hash=texts,
        code_hash=texts, status=texts, value=st.none() | floats, returns=st.binary(max_size=32),
    ),
    st.builds(
        AdoptionRecord, id=texts, time_ns=times, what=texts, before=texts, after=texts, evidence=texts,
        previous=texts, reverted_ns=st.none() | times, reverted_for=texts,
    ),
    st.builds(
        BlockReturn, time_ns=times, strategy=texts, parameters=texts,
        source=st.sampled_from(["live", "paper", "shadow", "backtest"]), regime=texts, net=floats, gross=floats,
        cost=floats,
    ),
    st.builds(LearningState, name=texts, time_ns=times, state=st.binary(max_size=64)),
)  # fmt: skip


def trade(number: int = 1, *, symbol: str = "BTC/USD", net: str = "1.25", strategy: str = "breakout") -> TradeRecord:
    closed_ns = START_NS + number * 600 * clock.SECOND
    return TradeRecord(
        id=f"{symbol} {number}", symbol=symbol, side=Side.BUY if number % 2 else Side.SELL, amount=Decimal("0.01"),
        entry_price=Decimal(60_000), exit_price=Decimal(60_125), gross=Decimal(net) + 2, fees=Decimal(2),
        net=Decimal(net), opened_ns=closed_ns - 300 * clock.SECOND, closed_ns=closed_ns, owner="autopilot",
        strategy=strategy, entered_for=f"{strategy}: RSI", reason="stop hit", exit_kind="stop",
        symbol_group="Majors", regime="TREND_UP", entry_orders=(f"O-{number}",), exit_orders=(f"X-{number}",),
        slippage=Decimal("0.5"), worst_price=Decimal(59_940), best_price=Decimal(60_300),
    )  # fmt: skip


def decision(number: int = 1, *, shadow: bool = True) -> DecisionRecord:
    time_ns = START_NS + number * 300 * clock.SECOND
    return DecisionRecord(
        id=f"{time_ns} BTC/USD breakout", time_ns=time_ns, candle_ns=time_ns, symbol="BTC/USD", owner="autopilot",
        strategy="breakout", action="enter long", reason="RSI 71 is over 70", verdict="", shadow=shadow,
    )  # fmt: skip


def block(number: int, strategy: str = "breakout") -> BlockReturn:
    return BlockReturn(
        time_ns=START_NS + number * DAY_NS, strategy=strategy, parameters="p1", source="shadow", regime="TREND_UP",
        net=0.1 * number, gross=0.2 * number, cost=0.1 * number,
    )  # fmt: skip


@contextmanager
def opened(path: Path, mode: str = "paper") -> Iterator[TelemetryDb]:
    problems = Problems()
    memory = TelemetryDb.open(path, mode, PacedClock(START_NS), problems, retry_s=0.02)
    try:
        yield memory
    finally:
        memory.close()
    assert [text for text in problems.told if text] == []
