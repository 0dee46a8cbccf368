"""Decisions, made up, and a log that is closed in any case."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from sqlite3 import connect

from hypothesis import strategies as st

from kraken_tui import clock
from kraken_tui.model.evaluation import Check, Evaluation, Executed
from kraken_tui.model.vote import Vote
from kraken_tui.store.database import Row
from kraken_tui.store.evaluation_log import EvaluationLog

NAMES = (
    "mode armed", "kill switch", "limits", "heat", "owner", "regime", "market filters", "spread", "staleness",
    "minimum size", "slippage", "fees", "exchange status", "unknown orders", "cooldown",
)  # fmt: skip

texts = st.text(max_size=12)
"""Lone surrogates apart: what is ours is UTF-8."""
numbers = st.floats()
evaluations = st.builds(
    Evaluation,
    id=texts, time_ns=st.integers(0, 2**63 - 1), symbol=texts, owner=texts, action=texts, strategy=texts,
    verdict=texts, reason=texts, price=texts,
    checks=st.lists(st.builds(Check, texts, st.booleans(), texts), max_size=3).map(tuple),
    votes=st.lists(st.builds(Vote, texts, numbers, numbers, st.sampled_from([-1, 0, 1]), texts), max_size=3).map(tuple),
)  # fmt: skip


def evaluation(number: int = 1, symbol: str = "BTC/USD") -> Evaluation:
    checks = tuple(Check(name, name != "heat", f"{name}: {number} of {k}, at most {k + 1}") for k, name in
                   enumerate(NAMES))  # fmt: skip
    return Evaluation(
        id=f"autopilot-{number}", time_ns=clock.SEEDED_START_NS + number * clock.SECOND, symbol=symbol,
        owner="autopilot", action="enter long", strategy="breakout", verdict="block", reason=checks[3].text,
        price="60000.5", checks=checks, votes=(Vote("RSI", 71.25, 70.0, 1, "RSI 71.25 is over 70"),),
    )  # fmt: skip


def executed(number: int = 1, outcome: str = "accepted") -> Executed:
    return Executed(
        evaluation_id=f"autopilot-{number}", time_ns=clock.SEEDED_START_NS + number * clock.SECOND, outcome=outcome,
        client_id=f"kt{number}", order_id=f"O-{number}", text="buy 1 BTC/USD",
    )  # fmt: skip


class Problems:
    """What the log tells, as it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def __call__(self, text: str) -> None:
        self.told.append(text)


@contextmanager
def opened(
    path: Path, mode: str = "paper", most_waiting: int = 6_000, retry_s: float = 0.02
) -> Iterator[EvaluationLog]:
    problems = Problems()
    log = EvaluationLog.open(path, mode, problems, most_waiting=most_waiting, retry_s=retry_s)
    try:
        yield log
    finally:
        log.close()
    assert [text for text in problems.told if text] == []


def write(path: Path, count: int, start: int = 1) -> None:
    """A batch each, so that the head is written after each."""
    for number in range(start, start + count):
        with opened(path) as log:
            log.record([evaluation(number)])


def rows(path: Path, sql: str = "SELECT * FROM entries ORDER BY id") -> list[Row]:
    with closing(connect(path)) as connection:
        return connection.execute(sql).fetchall()


def until(condition: Callable[[], bool], within_s: float = 10.0) -> None:
    began = clock.stopwatch_ns()
    pause = threading.Event()
    while not condition():
        assert clock.stopwatch_ns() - began < within_s * clock.SECOND, "waited in vain"
        pause.wait(0.002)
