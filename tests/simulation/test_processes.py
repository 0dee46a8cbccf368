"""A killed process never runs again, whatever it was doing; others go on."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui import clock
from kraken_tui.simulation.loop import VirtualLoop, virtual_loop
from kraken_tui.simulation.processes import Process, current


async def busy(log: list[str], name: str, inbox: asyncio.Queue[str]) -> None:
    """Tasks, timers, locks, time-outs, `except` and `finally`, all of which tell when they run."""
    lock = asyncio.Lock()

    async def part(number: int) -> None:
        try:
            async with lock:
                await clock.real_sleep(0.3)
                log.append(f"{name} {number}")
        except BaseException:
            log.append(f"{name} except")
            raise
        finally:
            log.append(f"{name} finally")

    try:
        while True:
            async with asyncio.TaskGroup() as group:
                for number in range(3):
                    group.create_task(part(number))
            asyncio.get_running_loop().call_later(0.1, log.append, f"{name} timer")
            try:
                async with asyncio.timeout(0.5):
                    log.append(f"{name} got {await inbox.get()}")
            except TimeoutError:
                log.append(f"{name} nothing")
    finally:
        log.append(f"{name} ends")


def run_two(loop: VirtualLoop, log: list[str], doomed: Process, seconds: float) -> list[str]:
    """Run two busy processes, one of which is to die; what is in the log when it dies."""
    other, then = Process("other"), list[str]()

    async def main() -> None:
        inbox: asyncio.Queue[str] = asyncio.Queue()
        doomed.on_death.append(lambda: then.extend(log))
        other.spawn(busy(log, "other", asyncio.Queue()))
        doomed.spawn(busy(log, "doomed", inbox))
        other.call_later(1, inbox.put_nowait, "a word from the other")
        await clock.real_sleep(seconds)

    loop.run(main())
    return then


@given(after=st.integers(0, 120))
def test_it_dies_at_any_await_and_is_silent_from_then_on(after: int) -> None:
    log: list[str] = []
    with virtual_loop() as loop:
        doomed = Process("doomed")
        doomed.kill_in(after)
        then = run_two(loop, log, doomed, 20)
        lived = [each for each in log if each.startswith("doomed")]
        assert not doomed.alive
        assert doomed.steps == after
        assert lived == [each for each in then if each.startswith("doomed")]
        assert log[-1].startswith("other") and len(log) > len(then), "the other one goes on"


def test_every_number_of_callbacks_ends_somewhere_else() -> None:
    seen = set()
    for after in range(40):
        log: list[str] = []
        with virtual_loop() as loop:
            doomed = Process("doomed")
            doomed.kill_in(after)
            seen.add((tuple(run_two(loop, log, doomed, 20)), loop.steps))
    assert len(seen) == 40


def test_the_dead_are_not_closed_while_the_loop_runs() -> None:
    log: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            log.append("finally")

    with virtual_loop() as loop:
        process = Process("engine")

        async def main() -> None:
            process.spawn(waits())
            await clock.real_sleep(1)
            process.kill()
            for number in range(300):  # enough new tasks for finished ones to be let go
                Process(str(number)).spawn(clock.real_sleep(0))
            await clock.real_sleep(1)

        loop.run(main())
        assert log == []


def test_what_it_starts_is_its_own_and_a_callback_may_be_anothers() -> None:
    owners: list[str] = []

    def note() -> None:
        owner = current()
        owners.append(owner.name if owner is not None else "nobody")

    async def starts(other: Process) -> None:
        note()
        asyncio.get_running_loop().call_soon(note)
        asyncio.get_running_loop().create_task(noted(note))
        other.call_later(0, note)
        await clock.real_sleep(1)

    with virtual_loop() as loop:

        async def main() -> None:
            Process("one").spawn(starts(Process("another")))
            note()
            await clock.real_sleep(2)

        loop.run(main())
    assert owners == ["nobody", "one", "one", "one", "another"]


async def noted(note: Callable[[], None]) -> None:
    note()


def test_a_date_with_death_is_only_moved_forward() -> None:
    process = Process("engine")
    process.kill_in(10)
    process.kill_in(50)
    assert process.dies_at == 11
    process.kill_in(3)
    assert process.dies_at == 4


def test_death_is_told_once() -> None:
    told: list[int] = []
    process = Process("engine")
    process.on_death.append(lambda: told.append(1))
    process.kill()
    process.kill()
    assert told == [1]


def test_a_kill_from_its_own_code_takes_effect_with_the_next_await() -> None:
    log: list[str] = []

    async def suicidal() -> None:
        owner = current()
        assert owner is not None
        owner.kill()
        log.append("the same callback runs to its end")
        await clock.real_sleep(0)
        log.append("never")

    with virtual_loop() as loop:

        async def main() -> None:
            Process("engine").spawn(suicidal())
            await clock.real_sleep(1)

        loop.run(main())
    assert log == ["the same callback runs to its end"]


@pytest.mark.parametrize("count", [1, 5])
def test_steps_are_counted_per_process(count: int) -> None:
    async def steps() -> None:
        for _ in range(count):
            await clock.real_sleep(0)

    with virtual_loop() as loop:
        process = Process("engine")

        async def main() -> None:
            process.spawn(steps())
            await clock.real_sleep(1)

        loop.run(main())
        assert process.steps == count + 1
