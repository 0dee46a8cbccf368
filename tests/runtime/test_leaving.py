"""What an engine waits for at its end: whatever is held gets its stop, for so long."""

import asyncio
from collections.abc import Sequence

import pytest

from kraken_tui.clock import SECOND, stopwatch_ns
from kraken_tui.runtime import leaving
from kraken_tui.runtime.leaving import last_words, leave, parting


class Stand:
    """A desk and its brackets, of which something is naked until a moment.

    Args:
        naked_s: for how long.
        busy_s: for how long something is under way.
    """

    def __init__(self, naked_s: float = 0.0, busy_s: float = 0.0) -> None:
        self._began_ns = stopwatch_ns()
        self._naked_s, self._busy_s = naked_s, busy_s

    @property
    def passed_s(self) -> float:
        return (stopwatch_ns() - self._began_ns) / SECOND

    async def idle(self) -> None:
        await asyncio.sleep(self._busy_s)

    def naked(self) -> Sequence[str]:
        return ["BTC/USD"] if self.passed_s < self._naked_s else []

    async def leave(self) -> Sequence[str]:
        return await leave(self, self)  # type: ignore[arg-type]


async def test_an_engine_ends_at_once_where_all_is_done() -> None:
    stand = Stand()
    assert await stand.leave() == []
    assert stand.passed_s < 1


async def test_what_is_under_way_may_end() -> None:
    stand = Stand(busy_s=0.3)
    await stand.leave()
    assert stand.passed_s >= 0.3


async def test_a_stop_that_does_not_rest_is_waited_for() -> None:
    stand = Stand(naked_s=0.3)
    assert await stand.leave() == []
    assert stand.passed_s >= 0.3


async def test_what_got_no_stop_in_time_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "PROTECTED_WITHIN_S", 0.3)
    stand = Stand(naked_s=60)
    assert await stand.leave() == ["BTC/USD"]
    assert 0.3 <= stand.passed_s < 10
    assert "BTC/USD: held without a stop" in last_words(["BTC/USD"])


def test_whoever_ends_an_engine_hears_of_stops_that_do_not_rest() -> None:
    assert parting(()) == "The engine stops; positions stay behind their resting stops."
    assert parting(["BTC/USD"]) == "The engine stops once all of BTC/USD is behind a stop, in 30 s at most."
