"""What an engine tells its memory: rows that say what the account's own figures say, unknown where it was not seen."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from kraken_tui.clock import PacedClock
from kraken_tui.model.memory import (
    AdoptionRecord,
    BlockReturn,
    DecisionRecord,
    ErrorRecord,
    LearningState,
    ParameterChange,
    TradeRecord,
    TrialRecord,
    Utterance,
)
from kraken_tui.model.trading import Fill, Side, Trade
from kraken_tui.model.vote import Call
from kraken_tui.store.memory_recorder import MemoryRecorder, record_of
from kraken_tui.store.telemetry_reading import MemoryFile
from tests.samples import D, fill
from tests.store.decisions import evaluation
from tests.store.memories import START_NS, block, opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trading_memory.db"


def closed(first: Fill, last: Fill, *, owner: str = "autopilot", reason: str = "stop hit") -> Trade:
    sign = first.side.sign
    return Trade(
        symbol=first.symbol, side=first.side, amount=first.amount, entry_price=first.price, exit_price=last.price,
        gross=(last.cost - first.cost) * sign, fees=first.fee + last.fee, opened_ns=first.time_ns,
        closed_ns=last.time_ns, reason=reason, owner=owner, entered_for="trend following: EMA 20 is over EMA 50",
    )  # fmt: skip


@pytest.mark.parametrize("side", list(Side))
def test_a_trade_is_told_with_what_was_seen_while_it_was_open(path: Path, side: Side) -> None:
    sign = side.sign
    first, last = fill(1, side, "1", "100", fee="0.4"), fill(9, side.opposite, "1", str(100 + 3 * sign), fee="0.4")
    with opened(path) as memory:
        recorder = MemoryRecorder(memory, PacedClock(START_NS), {"BTC/USD": "Majors"}.__getitem__)
        recorder.entered(first, is_first=True, decided=D("100") - D("0.25") * sign, regime="TREND_UP")
        for away in (2, -4, 5, 1):
            recorder.seen("BTC/USD", D(100 + away * sign))
        recorder.seen("ETH/USD", D(1))
        told = recorder.record_trade(closed(first, last), exit_orders=["X1"], decided=D(100) + D("3.5") * sign)
    (found,) = MemoryFile(path, "paper").records(TradeRecord)
    assert found == told
    assert (found.worst_price, found.best_price) == (D(100 - 4 * sign), D(100 + 5 * sign))
    assert found.slippage == D("0.25") + D("0.5")
    assert (found.strategy, found.regime, found.symbol_group, found.exit_kind) == (
        "trend following", "TREND_UP", "Majors", "stop"
    )  # fmt: skip
    assert (found.entry_orders, found.exit_orders) == (("O1",), ("X1",))
    assert found.net == found.gross - found.fees == D("2.2")
    assert found.trade == closed(first, last)


def test_a_position_from_before_the_start_has_no_excursions_and_no_regime(path: Path) -> None:
    first, last = fill(1, Side.BUY, "1", "100"), fill(9, Side.SELL, "1", "103")
    with opened(path) as memory:
        recorder = MemoryRecorder(memory, PacedClock(START_NS), lambda symbol: "Majors")
        recorder.seen("BTC/USD", D(90))
        recorder.entered(fill(2, Side.BUY, "1", "101"), is_first=False, decided=D(101))
        recorder.record_trade(closed(first, last))
    (found,) = MemoryFile(path, "paper").records(TradeRecord)
    assert (found.worst_price, found.best_price, found.slippage, found.regime) == (None, None, None, "")


def test_slippage_of_which_a_part_is_not_known_is_not_known(path: Path) -> None:
    first, second, last = (
        fill(1, Side.BUY, "1", "100"), fill(2, Side.BUY, "1", "104"), fill(9, Side.SELL, "2", "103"),
    )  # fmt: skip
    with opened(path) as memory:
        recorder = MemoryRecorder(memory, PacedClock(START_NS), lambda symbol: "")
        recorder.entered(first, is_first=True, decided=D(100))
        recorder.entered(second, is_first=False)
        recorder.record_trade(closed(first, last), decided=D(103))
    (found,) = MemoryFile(path, "paper").records(TradeRecord)
    assert (found.slippage, found.best_price, found.entry_orders) == (None, D(104), ("O1", "O2"))


def test_the_journals_trades_at_a_start_complete_nothing_away(path: Path) -> None:
    first, last = fill(1, Side.BUY, "1", "100"), fill(9, Side.SELL, "1", "103")
    with opened(path) as memory:
        recorder = MemoryRecorder(memory, PacedClock(START_NS), lambda symbol: "Majors")
        recorder.entered(first, is_first=True, decided=D(100), regime="RANGE")
        whole = recorder.record_trade(closed(first, last), decided=D(103))
    with opened(path) as memory:
        again = MemoryRecorder(memory, PacedClock(START_NS), lambda symbol: "Majors")
        again.record_trade(closed(first, last))
        again.record_trade(closed(fill(11, Side.BUY, "1", "100"), fill(19, Side.SELL, "1", "99")))
    found = MemoryFile(path, "paper").records(TradeRecord)
    assert found[0] == whole
    assert [row.net for row in found] == [Decimal(3), Decimal(-1)]


def test_what_entered_is_the_strategy_or_the_owner() -> None:
    first, last = fill(1, Side.BUY, "1", "100"), fill(9, Side.SELL, "1", "103")
    names = {owner: record_of(closed(first, last, owner=owner)).strategy for owner in ("autopilot", "scanner", "")}
    assert names == {"autopilot": "trend following", "scanner": "scanner", "": ""}
    assert record_of(closed(first, last, reason="momentum has faded")).exit_kind == "exit"


def test_everything_else_is_told_as_it_was(path: Path) -> None:
    call = Call(
        symbol="BTC/USD", time_ns=START_NS, strategy="breakout", symbol_regime="RANGE", side=Side.SELL, votes=(),
        price=60_000.5, stop_distance=1.0, expected_move=1.0, maker=False, text="below the band",
    )  # fmt: skip
    weighed = evaluation(1)
    with opened(path) as memory:
        recorder = MemoryRecorder(memory, PacedClock(START_NS), lambda symbol: "")
        recorder.record_decision(weighed, candle_ns=7, regime="RANGE", parameters="p")
        left = msgspec.structs.replace(call, side=None, strategy="scalper")
        recorder.record_shadow([(call, "enter short", "breakout@1"), (left, "exit", "scalper@1")])
        recorder.record_shadow([(call, "enter short", "breakout@1")])
        recorder.record_error("feed", "gone")
        recorder.record_said("chat", "user", "buy 1 btc")
        recorder.record_parameter("RISK_PER_TRADE", 0.5, 0.4, author="operator", reason="asked")
        recorder.record_trials([TrialRecord(
            study="s", number=1, time_ns=1, parameters="{}", seed=1, data_hash="d", code_hash="c", status="done",
        )])  # fmt: skip
        adoption = AdoptionRecord(id="a", time_ns=1, what="breakout", before="p0", after="p1", evidence="{}")
        recorder.record_adoption(adoption)
        recorder.record_adoption(msgspec.structs.replace(adoption, reverted_ns=5, reverted_for="drift"))
        recorder.record_blocks([block(1)], [LearningState(name="allocation", time_ns=1, state=b"x")])
        recorder.record_insights([])
    file = MemoryFile(path, "paper")
    decided, entered, ended = sorted(file.records(DecisionRecord), key=lambda row: (row.shadow, row.action))
    assert (decided.id, decided.verdict, decided.candle_ns, decided.price) == (weighed.id, "block", 7, "60000.5")
    assert (entered.action, ended.action) == ("enter short", "exit")
    assert (ended.strategy, ended.shadow, ended.price, ended.parameters) == ("scalper", True, "60000.5", "scalper@1")
    assert file.records(ErrorRecord) == [ErrorRecord(time_ns=START_NS, source="feed", text="gone")]
    assert [row.text for row in file.records(Utterance)] == ["buy 1 btc"]
    assert [(row.before, row.after) for row in file.records(ParameterChange)] == [("0.5", "0.4")]
    assert [row.reverted_for for row in file.records(AdoptionRecord)] == ["drift"]
    assert file.records(BlockReturn) == [block(1)]
    assert len(file.records(TrialRecord)) == 1
