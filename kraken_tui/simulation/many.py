"""Many schedules, on all cores, and what they contained together."""

from __future__ import annotations

import gc
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import get_args

from loguru import logger
from msgspec import Struct

from kraken_tui.clock import SECOND, stopwatch_ns
from kraken_tui.orphans import end_with_parent
from kraken_tui.sandbox.faults.fault_plan import Kind
from kraken_tui.simulation.schedule import run_schedule
from kraken_tui.simulation.style import Policy

AT_ONCE = 25
"""Schedules that a worker is handed."""
MUST_CONTAIN = (
    "entry taken", "entry filled", "partial fill", "stop taken", "stop fired", "target taken", "target fired",
    "exit taken", "unknown outcome", "crash: killed", "crash: power cut", "crash: between intent and reply",
    "crash: writing to the disk", "by hand: cancel stop", "by hand: close position", "by hand: earn",
    "by hand: deposit", "by hand: withdraw", "by hand: rest order", "by hand: trade own coins", "asked: flatten",
    "line cut", "line silent", "clock step", "disk full", "system mode", "pair mode", "lag", "skew",
    "expired-tokens", "dropped-socket", "error (done)", "http (done)", "carried out late", *get_args(Kind),
)  # fmt: skip
"""What a run of many schedules must have had: without it, it proves less than it seems to."""


class Failure(Struct, frozen=True):
    """A seed in which something did not hold."""

    seed: int
    policy: Policy
    what: str


class Report(Struct, frozen=True, kw_only=True):
    """What became of many schedules."""

    schedules: int
    seconds: float
    """Real ones."""
    virtual_s: float
    requests: int
    contents: Counter[str]
    failures: tuple[Failure, ...]

    @property
    def rate(self) -> float:
        """Schedules per second."""
        return self.schedules / self.seconds

    @property
    def missing(self) -> tuple[str, ...]:
        """What none of them had."""
        return tuple(name for name in MUST_CONTAIN if not self.contents[name])


class _Part(Struct, frozen=True):
    """What a worker gives back."""

    schedules: int
    virtual_s: float
    requests: int
    contents: Counter[str]
    failures: tuple[Failure, ...]


def simulate(
    seeds: Sequence[int],
    policies: Sequence[Policy] = ("none", "full"),
    jobs: int | None = None,
    on_progress: Callable[[int, int], None] = lambda done, failed: None,
) -> Report:
    """Run the schedules of `seeds` under each policy.

    Args:
        seeds: of the schedules.
        policies: whether an untriggered stop holds its coins.
        jobs: processes; one per core where None.
        on_progress: told how many are done and how many of them failed.
    """
    began_ns, work = stopwatch_ns(), list(_shares(seeds, policies))
    parts: list[_Part] = []
    with _workers(jobs or os.cpu_count() or 1) as pool:
        with _deaf():
            # Not `map`, which cancels what is left: the pool's thread stumbles over such work once it is killed.
            running = [pool.submit(_run_share, share) for share in work]
        for each in running:
            parts.append(each.result())
            on_progress(sum(part.schedules for part in parts), sum(len(part.failures) for part in parts))
    return Report(
        schedules=sum(part.schedules for part in parts),
        seconds=(stopwatch_ns() - began_ns) / SECOND,
        virtual_s=sum(part.virtual_s for part in parts),
        requests=sum(part.requests for part in parts),
        contents=sum((part.contents for part in parts), Counter[str]()),
        failures=tuple(failure for part in parts for failure in part.failures),
    )


@contextmanager
def _workers(count: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that end at once where what uses them is interrupted."""
    with ProcessPoolExecutor(count, initializer=_prepare) as pool:
        try:
            yield pool
        except BaseException:
            for process in list((pool._processes or {}).values()):
                process.kill()
            raise


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes that begin meanwhile never hear what ends the program: whoever began them ends them."""
    heard = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)


def _shares(seeds: Sequence[int], policies: Sequence[Policy]) -> Iterator[tuple[Policy, Sequence[int]]]:
    for begin in range(0, len(seeds), AT_ONCE):
        for policy in policies:
            yield policy, seeds[begin : begin + AT_ONCE]


def _prepare() -> None:
    """What is imported by now is never garbage; to look through it after each schedule would take longer than that."""
    end_with_parent()
    logger.remove()
    run_schedule(0, "none")
    gc.collect()
    gc.freeze()
    gc.disable()


def _run_share(share: tuple[Policy, Sequence[int]]) -> _Part:
    policy, seeds = share
    virtual_s, requests, contents, failures = 0.0, 0, Counter[str](), list[Failure]()
    for seed in seeds:
        result = run_schedule(seed, policy)
        virtual_s, requests = virtual_s + result.seconds, requests + result.requests
        contents += result.contents
        failures += [Failure(seed, policy, broken.what) for broken in result.broken[:1]]
    gc.collect()
    return _Part(len(seeds), virtual_s, requests, contents, tuple(failures))


def lines_of(report: Report) -> Iterator[str]:
    """A report as text."""
    yield (
        f"{report.schedules:,} schedules in {report.seconds:.1f} s ({report.rate:.1f} a second), "
        f"{report.virtual_s / 3600:.1f} hours of the exchange's time, {report.requests:,} requests"
    )
    for name, count in sorted(report.contents.items()):
        yield f"  {count:9,}  {name}"
    for name in report.missing:
        yield f"MISSING: {name}: no schedule had it"
    for failure in report.failures:
        yield f"FAILED: seed {failure.seed} ({failure.policy}): {failure.what}"
