"""Virtual time, a fixed order, and an end without a word."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator

import pytest

from kraken_tui import clock
from kraken_tui.clock import SECOND, SEEDED_START_NS
from kraken_tui.simulation.loop import MOST_AT_ONCE, Stuck, VirtualLoop, virtual_loop
from kraken_tui.simulation.virtual_clock import SteppedClock, VirtualClock


def test_a_day_takes_no_time() -> None:
    with virtual_loop() as loop:
        time = VirtualClock(loop)

        async def day() -> int:
            await time.sleep(86_400)
            return time.now_ns()

        assert loop.run(day()) == SEEDED_START_NS + 86_400 * SECOND
        assert loop.time() == 86_400


def test_who_is_due_first_runs_first_and_at_the_same_moment_who_asked_first() -> None:
    ran: list[str] = []
    with virtual_loop() as loop:

        async def main() -> None:
            loop.call_later(2, ran.append, "second")
            loop.call_later(1, ran.append, "first")
            loop.call_later(2, ran.append, "third")
            loop.call_later(1.5, ran.append, "never").cancel()
            loop.call_soon(ran.append, "at once")
            await clock.real_sleep(3)

        loop.run(main())
    assert ran == ["at once", "first", "second", "third"]


def test_timeouts_events_queues_and_gathering_work() -> None:
    with virtual_loop() as loop:

        async def main() -> tuple[object, int, None]:
            event, queue = asyncio.Event(), asyncio.Queue[int]()
            loop.call_later(5, event.set)
            loop.call_later(1, queue.put_nowait, 7)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(3):
                    await event.wait()
            assert loop.time() == 3
            all_of_them = asyncio.gather(event.wait(), queue.get(), asyncio.wait_for(clock.real_sleep(1), 2))
            told, number, nothing = await all_of_them
            return told, number, nothing

        assert loop.run(main()) == (True, 7, None)
        assert loop.time() == 5


def cancelled_in_order(count: int) -> list[int]:
    """The order in which `asyncio.wait` hands back tasks, and in which they end once cancelled one by one."""
    ended: list[int] = []
    with virtual_loop() as loop:

        async def wait(number: int) -> None:
            try:
                await clock.real_sleep(100)
            finally:
                ended.append(number)

        async def main() -> None:
            tasks = [asyncio.ensure_future(wait(number)) for number in range(count)]
            _, pending = await asyncio.wait(tasks, timeout=1)
            for task in pending:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        loop.run(main())
    return ended


def test_sets_of_tasks_have_the_same_order_every_time() -> None:
    kept = []
    first = cancelled_in_order(40)
    for _ in range(5):
        kept.append([object() for _ in range(999)])  # other addresses
        assert cancelled_in_order(40) == first


def test_nothing_left_to_do_is_an_error() -> None:
    with virtual_loop() as loop, pytest.raises(Stuck):
        loop.run(asyncio.Event().wait())


def test_a_circle_is_an_error() -> None:
    with virtual_loop() as loop:

        async def circle() -> None:
            while True:
                await clock.real_sleep(0)

        with pytest.raises(Stuck, match=str(MOST_AT_ONCE)):
            loop.run(circle())


def test_what_callbacks_and_forgotten_tasks_raise_is_kept() -> None:
    with virtual_loop() as loop:

        async def fail() -> None:
            raise ValueError("a task that nobody asks")

        async def main() -> None:
            loop.call_soon(lambda: 1 // 0)
            loop.create_task(fail())
            await clock.real_sleep(1)

        loop.run(main())
        loop.close()
        gc.collect()
        assert [type(error) for error in loop.errors] == [ZeroDivisionError]


def unfinished_work(loop: VirtualLoop, log: list[str]) -> None:
    """Leave a task, a generator and a coroutine behind that all go on waiting when they are told to end."""

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            await clock.real_sleep(1)
            log.append("generator")

    async def stubborn() -> None:
        async for _ in numbers():
            try:
                await clock.real_sleep(1_000)
            finally:
                await clock.real_sleep(1)
                log.append("task")

    async def main() -> None:
        loop.create_task(stubborn())
        await clock.real_sleep(1)

    loop.run(main())


def test_what_is_left_is_dropped_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    log: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with virtual_loop() as loop:
            unfinished_work(loop, log)
        gc.collect()
    assert log == [], "nothing of it may run on"
    assert loop.errors == []
    assert capfd.readouterr() == ("", "")


def test_a_computers_clock_can_be_wrong() -> None:
    with virtual_loop() as loop:
        right, wrong = VirtualClock(loop), SteppedClock(loop)
        wrong.ahead_ns = -5 * SECOND

        async def main() -> float:
            await wrong.sleep_until(right.now_ns())
            return loop.time()

        assert loop.run(main()) == 5
