"""Who runs the trials: this process, or as many as there are cores. What a lost process had begun is run again."""

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Protocol

from kraken_tui.model.errors import KrakenTuiError
from kraken_tui.orphans import end_with_parent
from kraken_tui.replay.search.bench import Runner
from kraken_tui.replay.search.trials import Job, Outcome

MOST_LOSSES = 3
"""Processes that may die before the search gives up: a trial that kills each one would go on for ever."""


class Workers(Protocol):
    """Runs jobs."""

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """Every job with its outcome, each as soon as it is there, in any order."""
        ...

    def close(self) -> None:
        """End at once; what runs is given up."""
        ...


class Here:
    """One after the other, in this process.

    Args:
        runner: of the bench.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """See `Workers.run`."""
        for job in jobs:
            yield job, self._runner.run(job)

    def close(self) -> None:
        """Nothing is held."""


class Processes:
    """In several processes, each of which opens the bench once; the market's pages are shared.

    Args:
        folder: of the bench.
        count: of processes.
    """

    def __init__(self, folder: Path, count: int) -> None:
        self._folder, self._count = folder, count
        self._losses = 0
        self._pool = self._begin()

    def _begin(self) -> ProcessPoolExecutor:
        # Not forked: threads of this process may hold locks that a copy of it would wait for.
        pool = ProcessPoolExecutor(
            self._count, multiprocessing.get_context("spawn"), initializer=_open, initargs=(str(self._folder),)
        )
        # Ctrl+C is sent to all of them; those that are not quite up yet inherit that they do not hear it.
        heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            pool.submit(os.getpid)
        finally:
            signal.signal(signal.SIGINT, heard)
        return pool

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """See `Workers.run`.

        Raises:
            KrakenTuiError: processes die again and again.
        """
        left = list(jobs)
        while left:
            try:
                for job, outcome in self._run(left):
                    left.remove(job)
                    yield job, outcome
            except BrokenProcessPool as error:
                self._losses += 1
                self.close()
                if self._losses >= MOST_LOSSES:
                    raise KrakenTuiError(
                        f"{self._losses} times a process that runs trials died; is there enough memory? --jobs 1 needs "
                        "least, and what was finished is kept"
                    ) from error
                self._pool = self._begin()

    def _run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        waiting: dict[Future[Outcome], Job] = {self._pool.submit(_run, job): job for job in jobs}
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield waiting.pop(future), future.result()

    def close(self) -> None:
        """See `Workers.close`."""
        processes = list((self._pool._processes or {}).values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()
        for process in processes:
            process.join()


_runner: Runner | None = None


def _open(folder: str) -> None:
    global _runner
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked for trials ends this process
    end_with_parent()
    _runner = Runner(Path(folder))


def _run(job: Job) -> Outcome:
    assert _runner is not None
    return _runner.run(job)
