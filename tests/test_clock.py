"""The one clock: exact when paced, honest when cancelled."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SECOND, SEEDED_START_NS, PacedClock, Steady, SystemClock, day, generator, iso, wait_for_any


async def test_a_paced_clock_lands_exactly_where_it_was_told() -> None:
    clock = PacedClock(SEEDED_START_NS, speed=float("inf"))
    for number in range(1, 2000):
        await clock.sleep_until(SEEDED_START_NS + number * 2 * SECOND)
        assert clock.now_ns() == SEEDED_START_NS + number * 2 * SECOND


async def test_a_paced_clock_stands_still_while_work_is_done_and_never_goes_back() -> None:
    clock = PacedClock(0, speed=1e9)
    await clock.sleep(5)
    sum(range(100_000))
    assert clock.now_ns() == 5 * SECOND
    await clock.sleep_until(SECOND)
    assert clock.now_ns() == 5 * SECOND


async def test_speed_is_engine_seconds_per_wall_second() -> None:
    clock = PacedClock(0, speed=100)
    began = time.monotonic()
    for _ in range(10):
        await clock.sleep(2)
    assert 0.19 <= time.monotonic() - began < 1.0


async def test_a_cancelled_sleep_advances_by_no_more_than_what_passed() -> None:
    clock = PacedClock(0, speed=10)
    sleep = asyncio.ensure_future(clock.sleep(1000))
    await asyncio.sleep(0.05)
    sleep.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleep
    assert 0 < clock.now_ns() < 1000 * SECOND


async def test_the_system_clock_is_the_wall() -> None:
    clock = SystemClock()
    before = time.time_ns()
    assert before <= clock.now_ns() <= time.time_ns()
    await clock.sleep_until(before - SECOND)


@given(steps=st.lists(st.tuples(st.integers(1, 100 * SECOND), st.integers(-(10**13), 10**13)), min_size=1))
def test_time_never_goes_back_nor_stands_still_whatever_the_clock_is_set_to(steps: list[tuple[int, int]]) -> None:
    steady, wall, beat = Steady(), SEEDED_START_NS, 0
    told = steady.tell(wall, beat)
    for passed, set_by in steps:
        wall, beat, before = wall + passed + set_by, beat + passed, told
        told = steady.tell(wall, beat)
        assert told >= before + passed - passed // 10
        assert told == wall or told == before + passed - passed // 10 > wall


def test_a_clock_that_was_set_back_is_caught_up_with() -> None:
    steady = Steady()
    steady.tell(SEEDED_START_NS, 0)
    assert steady.tell(SEEDED_START_NS - 4 * SECOND, SECOND) == SEEDED_START_NS + 9 * SECOND // 10
    assert steady.tell(SEEDED_START_NS + 55 * SECOND, 60 * SECOND) == SEEDED_START_NS + 55 * SECOND


def test_times_are_written_in_utc() -> None:
    assert iso(SEEDED_START_NS + 2_050_000_000) == "2026-01-01T00:00:02.050Z"
    assert day(SEEDED_START_NS - 1) == "2025-12-31"


def test_a_seed_makes_the_same_chance() -> None:
    assert [generator(7).random() for _ in range(3)] == [generator(7).random() for _ in range(3)]


async def test_waiting_for_any_ends_with_the_first_and_with_the_bound() -> None:
    event = asyncio.Event()
    assert not await wait_for_any(event.wait(), at_most=0.01)
    event.set()
    assert await wait_for_any(event.wait(), asyncio.sleep(60), at_most=5)
