"""A Dask cluster of real processes on loopback: the same answer, also where a worker is killed in the middle."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from kraken_tui.model.errors import UsageError
from kraken_tui.replay.search.bench import Runner
from kraken_tui.replay.search.cluster import Cluster, packed
from kraken_tui.replay.search.prepare import open_bench
from kraken_tui.replay.search.result import as_object
from kraken_tui.replay.search.search import Budget
from kraken_tui.replay.search.trials import Job, Outcome
from kraken_tui.replay.search.whole import Done, Lengths, carry_out, order_of
from kraken_tui.replay.search.workers import Here, Workers
from tests.replay.search.market import THRESHOLD, asked, chance, recording, trending

HAS_DASK = importlib.util.find_spec("distributed") is not None
needs_dask = pytest.mark.skipif(not HAS_DASK, reason="dask.distributed is not installed (the extra `cluster`)")


def nothing(text: str, share: float = 0.0) -> None:
    pass


@contextmanager
def started(*words: str) -> Iterator["subprocess.Popen[str]"]:
    """A Dask process, until it is no longer needed."""
    with subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]], stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def address_of(scheduler: "subprocess.Popen[str]") -> str:
    assert scheduler.stderr is not None
    for line in scheduler.stderr:
        if found := re.search(r"Scheduler at:\s+(tcp://\S+)", line):
            return found[1]
    raise AssertionError("the scheduler ended")


WORKER = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0")


class Killing:
    """Ends a worker once some trials are done."""

    def __init__(self, inner: Workers, victim: "subprocess.Popen[str]", after: int) -> None:
        self._inner, self._victim, self._after = inner, victim, after

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        for job, outcome in self._inner.run(jobs):
            self._after -= 1
            if self._after == 0:
                os.kill(self._victim.pid, signal.SIGKILL)
            yield job, outcome

    def close(self) -> None:
        self._inner.close()


def searched(root: Path, name: str, cluster: str | None, victim: "subprocess.Popen[str] | None" = None) -> Done:
    lengths, budget = Lengths(train=8, test=4, purge=2), Budget(trials=20)
    order = order_of(asked(root / "data", root), [THRESHOLD], lengths, budget, name)

    def workers(folder: Path, runner: Runner) -> Workers:
        if cluster is None or victim is None:
            return Here(runner)
        return Killing(Cluster(cluster, folder, nothing), victim, 12)

    return carry_out(order, workers, nothing)


@needs_dask
def test_a_killed_worker_costs_nothing(tmp_path: Path) -> None:
    recording(tmp_path / "data", trending, 20)
    with started("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard") as scheduler:
        address = address_of(scheduler)
        with started("dask_worker", address, *WORKER) as one, started("dask_worker", address, *WORKER) as two:
            there = searched(tmp_path, "there", address, one)
            assert one.wait(10) == -signal.SIGKILL and two.poll() is None
    here = searched(tmp_path, "here", None)
    mine, theirs = as_object(here.result, whole=True), as_object(there.result, whole=True)
    for told in (mine, theirs):
        del told["name"], told["luck"], told["doubts"], told["accepted"]  # the second counts the first one's trials
    assert mine == theirs and there.trials_run == here.trials_run > 12


@needs_dask
def test_nobody_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no Dask scheduler answers there"):
        Cluster("tcp://127.0.0.1:9", tmp_path, nothing)


@pytest.mark.skipif(HAS_DASK, reason="dask.distributed is installed")
def test_without_dask_it_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--cluster needs dask\.distributed, which is not installed: pip install"):
        Cluster("tcp://127.0.0.1:8786", tmp_path, nothing)


def test_a_bench_is_the_same_piece_wherever_it_lies(tmp_path: Path) -> None:
    folder = recording(tmp_path / "data", chance, 2)
    for name in ("one", "two"):
        open_bench(asked(folder, tmp_path), tmp_path / name, nothing)
    assert packed(tmp_path / "one") == packed(tmp_path / "two")
