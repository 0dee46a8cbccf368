"""What Health says of the line to the exchange."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.exchange.live.budgets import PRO, Budgets
from kraken_tui.exchange.live.private_stream import PrivateStream
from kraken_tui.execution.terms import KRAKEN, PAPER
from kraken_tui.execution.trader import Trader
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.outcome import Accepted, Declined, Receipt, Unknown
from kraken_tui.runtime.line import budget_words, reconciliation_words, stream_words
from kraken_tui.store.answer_times import answer_times
from kraken_tui.store.journal import Journal


def test_both_rate_counters_are_told_with_the_busiest_pair() -> None:
    budgets = Budgets(PRO)
    budgets.charge_rest(3.0, MINUTE)
    budgets.begin_trading("ETH/USD", 8.0)
    budgets.end_trading("ETH/USD", 8.0, MINUTE)
    assert budget_words(budgets, ["BTC/USD", "ETH/USD"], MINUTE) == (
        "rate counters (pro): REST 3.0 of 20, trading 8.0 of 180 (ETH/USD, the busiest)"
    )


def test_a_stream_that_is_not_in_sync_says_so_and_why() -> None:
    told = SimpleNamespace(in_sync=True, why_down="", heard_ns=MINUTE, connections=3, doubts=1)
    stream = cast(PrivateStream, told)
    assert stream_words(stream, MINUTE + SECOND) == (
        "private stream in sync, heard 1.0 s ago, connection 3, 1 given up in doubt"
    )
    told.in_sync, told.why_down, told.heard_ns = False, "refused", 0
    assert stream_words(stream, MINUTE).startswith("private stream NOT IN SYNC: refused, nothing heard yet")


def test_what_is_unknown_is_counted() -> None:
    trader = SimpleNamespace(brackets=SimpleNamespace(read_ns=MINUTE), gateway=SimpleNamespace(unsettled=lambda: [1]))
    assert reconciliation_words(cast(Trader, trader), KRAKEN, 2 * MINUTE) == (
        "reconciliation: everything was last told 60 s ago; 1 outcomes are unknown"
    )
    assert reconciliation_words(cast(Trader, trader), PAPER, 2 * MINUTE) == (
        "reconciliation: not needed, the exchange is in this process; 1 outcomes are unknown"
    )


async def test_answers_are_timed_from_the_intent_and_unknown_ones_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    assert answer_times(path) == {}
    journal = await Journal.open(path, "paper")
    try:
        for number in range(100):
            id, client_id = await journal.record_intent("stop", "BTC/USD", {}, "scanner", SECOND)
            receipt = Receipt(intent_id=str(id), client_id=client_id, order_id=f"O{number}", description="", time_ns=0)
            await journal.record_outcome(id, Accepted(receipt), SECOND + (number + 1) * 1_000_000)
        id, client_id = await journal.record_intent("enter", "BTC/USD", {}, "scanner", SECOND)
        await journal.record_outcome(id, Unknown(client_id, "no answer"), 30 * SECOND)
        id, _ = await journal.record_intent("exit", "BTC/USD", {}, "scanner", SECOND)
        await journal.record_outcome(id, Declined("EOrder:Insufficient funds"), SECOND - 5)
    finally:
        await journal.close()
    told = answer_times(path)
    assert set(told) == {"stop", "exit"}
    assert (told["stop"].count, told["stop"].median_ns, told["stop"].p99_ns) == (100, 50_000_000, 99_000_000)
    assert told["stop"].worst_ns == 100_000_000 and told["exit"].worst_ns == 0, "a clock that steps back"


def test_a_damaged_journal_is_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"\x00" * 5_000)
    with pytest.raises(SafetyRefusal, match=r"journal\.db"):
        answer_times(path)
