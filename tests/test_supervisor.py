"""Workers die; the supervisor brings them back, says so, and never dies itself."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.model.snapshot import WorkerRow
from kraken_tui.supervisor import Supervisor


class HandClock:
    """Time that passes when the test says so; it notes every pause that is asked for."""

    def __init__(self) -> None:
        self.time_ns = 0
        self.pauses: list[float] = []
        self.asleep = asyncio.Event()
        self._wake: asyncio.Future[None] | None = None

    def now_ns(self) -> int:
        return self.time_ns

    async def sleep_until(self, time_ns: int) -> None:
        await self.sleep((time_ns - self.time_ns) / SECOND)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._wake = asyncio.get_running_loop().create_future()
        self.asleep.set()
        await self._wake

    async def pass_pause(self) -> None:
        """Let the pause that is being slept, or the next one, be over."""
        async with asyncio.timeout(5):
            await self.asleep.wait()
        self.asleep.clear()
        self.time_ns += int(self.pauses[-1] * SECOND)
        assert self._wake is not None
        self._wake.set_result(None)


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


class Worker:
    """Raises whatever is put into it; runs on while there is nothing."""

    def __init__(self) -> None:
        self.starts = 0
        self.let_go = False
        self.fate: asyncio.Queue[BaseException | None] = asyncio.Queue()

    async def __call__(self) -> None:
        self.starts += 1
        try:
            if error := await self.fate.get():
                raise error
        except asyncio.CancelledError:
            self.let_go = True
            raise


async def test_a_worker_that_fails_is_started_again_with_growing_pauses() -> None:
    clock, worker, rows = HandClock(), Worker(), list[WorkerRow]()
    supervisor = Supervisor(clock, rows.append)
    supervisor.start("feed", worker)
    for _ in range(9):
        worker.fate.put_nowait(ValueError("boom"))
        await clock.pass_pause()
    await turns()
    assert clock.pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert worker.starts == 10
    assert supervisor.rows() == (WorkerRow(name="feed", state="running", restarts=9, error="ValueError: boom"),)
    assert [row.state for row in rows[:4]] == ["running", "restarting", "running", "restarting"]
    await supervisor.close()
    assert worker.let_go


async def test_a_minute_of_health_brings_the_pause_back() -> None:
    clock, worker = HandClock(), Worker()
    supervisor = Supervisor(clock)
    supervisor.start("feed", worker)
    for healthy in (False, False, True, False):
        await turns()
        clock.time_ns += MINUTE if healthy else 0
        worker.fate.put_nowait(ValueError())
        await clock.pass_pause()
    assert clock.pauses == [0.5, 1, 0.5, 1]
    await supervisor.close()


async def test_a_worker_that_returns_is_done_and_one_that_may_not_restart_has_failed() -> None:
    once, never = Worker(), Worker()
    supervisor = Supervisor(HandClock())
    supervisor.start("once", once)
    supervisor.start("never", never, restart=False, fatal=True)
    once.fate.put_nowait(None)
    never.fate.put_nowait(KeyError("gone"))
    async with asyncio.timeout(5):
        error = await supervisor.failure()
    assert isinstance(error, KeyError)
    await turns()
    assert [(row.state, row.error) for row in supervisor.rows()] == [("done", ""), ("failed", "KeyError: 'gone'")]
    await supervisor.close()


async def test_a_job_is_no_worker_any_more_once_it_is_done() -> None:
    clock, job, rows = HandClock(), Worker(), list[WorkerRow]()
    supervisor = Supervisor(clock, rows.append)
    supervisor.start("memory", job, once=True)
    job.fate.put_nowait(ValueError("boom"))
    await clock.pass_pause()
    await turns()
    assert [row.state for row in supervisor.rows()] == ["running"]
    job.fate.put_nowait(None)
    await turns()
    assert (supervisor.rows(), rows[-1].state) == ((), "done")
    await supervisor.close()


async def test_a_worker_that_can_not_even_begin_or_cancels_itself_is_a_failure_too() -> None:
    def no_coroutine() -> None:
        raise TypeError("cannot begin")

    async def cancels_itself() -> None:
        raise asyncio.CancelledError

    supervisor = Supervisor(HandClock())
    supervisor.start("one", no_coroutine, restart=False)  # type: ignore[arg-type]
    supervisor.start("two", cancels_itself, restart=False)
    await turns()
    assert [row.state for row in supervisor.rows()] == ["failed", "failed"]
    await supervisor.close()


async def test_closing_cancels_workers_that_run_and_those_that_wait_for_their_restart() -> None:
    clock, running, waiting = HandClock(), Worker(), Worker()
    supervisor = Supervisor(clock)
    supervisor.start("running", running)
    supervisor.start("waiting", waiting)
    waiting.fate.put_nowait(ValueError())
    await turns()
    before = asyncio.all_tasks()
    await supervisor.close()
    assert running.let_go
    assert len(before) - len(asyncio.all_tasks()) == 3


async def test_a_name_that_runs_can_not_be_taken() -> None:
    supervisor = Supervisor(HandClock())
    supervisor.start("feed", Worker())
    with pytest.raises(ValueError, match="runs already"):
        supervisor.start("feed", Worker())
    await supervisor.close()


INTERRUPTED = """
import asyncio
from kraken_tui.clock import SystemClock, real_sleep
from kraken_tui.supervisor import Supervisor

async def work():
    print("working", flush=True)
    try:
        await real_sleep(60)
    finally:
        print("let go", flush=True)

async def main():
    supervisor = Supervisor(SystemClock())
    supervisor.start("work", work)
    try:
        await supervisor.failure()
    finally:
        await supervisor.close()

asyncio.run(main())
"""


def test_an_interrupt_ends_the_program_and_the_worker_lets_go() -> None:
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=-1, stderr=-1, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert out == "let go\n"
    assert err.rstrip().endswith("KeyboardInterrupt")
