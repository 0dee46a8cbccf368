"""A search from its order to its result."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from kraken_tui.clock import SECOND, Progress, stopwatch_ns
from kraken_tui.learning.splits import Gap, Span
from kraken_tui.model.trading import Trade
from kraken_tui.replay.search.bench import Runner
from kraken_tui.replay.search.judging import judge
from kraken_tui.replay.search.log import TrialLog
from kraken_tui.replay.search.parameters import Parameter, parameters_for
from kraken_tui.replay.search.plan import HOUR, Plan, plan_of, whole_days
from kraken_tui.replay.search.prepare import Asked, Opened, count_trials, open_bench, present_values
from kraken_tui.replay.search.result import Result
from kraken_tui.replay.search.resume import about_search, folder_name
from kraken_tui.replay.search.search import PRESENT, STRESS, STRESSED, Budget, Search, Searched
from kraken_tui.replay.search.trials import Job, Outcome
from kraken_tui.replay.search.workers import Workers

WorkersOf = Callable[[Path, Runner], Workers]
"""Makes those who run the trials of a bench, given its folder and what runs it in this process."""


class Lengths(Struct, frozen=True, kw_only=True):
    """Days to learn and to test; hours between them. What is None follows from the history."""

    train: int | None = None
    test: int | None = None
    purge: float | None = None
    embargo: float = 1.0


class Order(Struct, frozen=True, kw_only=True):
    """What is to be searched, and where it is kept."""

    asked: Asked
    parameters: tuple[Parameter, ...]
    lengths: Lengths
    budget: Budget
    about: dict[str, Any]
    name: str

    @property
    def searches(self) -> Path:
        """All searches of the home."""
        return self.asked.home / "searches"

    @property
    def folder(self) -> Path:
        """Where it is kept itself."""
        return self.searches / self.name


class Done(Struct, frozen=True, kw_only=True):
    """A finished search, and what it took."""

    result: Result
    trades: tuple[Trade, ...]
    """Of the joined tests."""
    trials_run: int
    """Now, and not found on disk."""
    seconds: float


def order_of(
    asked: Asked, parameters: Sequence[str], lengths: Lengths, budget: Budget, name: str | None = None
) -> Order:
    """An order; its name, where none is given, is one that only the same search has.

    Raises:
        UsageError: a parameter or the name is wrong.
    """
    found = parameters_for(asked.strategies, parameters)
    about = about_search(asked, found, lengths, budget.seed)
    return Order(
        asked=asked, parameters=found, lengths=lengths, budget=budget, about=about,
        name=folder_name(name, asked.path, about),
    )  # fmt: skip


def carry_out(order: Order, workers_of: WorkersOf, progress: Progress) -> Done:
    """Search to the end, or go on where the same search was interrupted.

    Raises:
        UsageError: the folder is another search's, the history is too short, or not one trial can be run.
    """
    log = TrialLog(order.folder, order.about)
    try:
        market = order.folder / "market"
        opened, runner = open_bench(order.asked, market, progress), Runner(market)
        plan = _plan(order.lengths, opened, runner)
        workers = workers_of(market, runner)
        try:
            done = _search(order, plan, opened, log, workers, runner, progress)
        finally:
            workers.close()
    finally:
        log.close()
    shutil.rmtree(market, ignore_errors=True)
    return done


def _plan(lengths: Lengths, opened: Opened, runner: Runner) -> Plan:
    whole = whole_days(opened.begin_ns, opened.end_ns)
    purge_ns = longest_holding(runner, whole) if lengths.purge is None else int(lengths.purge * HOUR)
    return plan_of(whole, lengths.train, lengths.test, Gap(purge_ns, int(lengths.embargo * HOUR)))


def longest_holding(runner: Runner, whole: Span) -> int:
    """How long the present settings held the longest trade of the whole history, in full hours; one at least."""
    outcome = runner.run(Job(split=PRESENT, number=-1, values={}, spans=(whole,)))
    longest_ns = 0 if outcome.failed else outcome.stretches[0].longest_ns
    return max(1, -(-longest_ns // HOUR)) * HOUR


def _search(
    order: Order, plan: Plan, opened: Opened, log: TrialLog, workers: Workers, runner: Runner, progress: Progress
) -> Done:
    present = present_values(order.asked, [row.name for row in order.parameters])
    began_ns = stopwatch_ns()
    search = Search(plan, order.parameters, present, order.budget, log, workers, progress)
    searched = search.run()
    seconds = (stopwatch_ns() - began_ns) / SECOND
    earlier = count_trials(order.searches, order.name, order.about["data"])
    today, stressed = _tested(search, searched)
    result = Result(
        name=order.name, about=order.about, parameters=order.parameters, present_values=present, plan=plan,
        searched=searched, present=today, verdict=judge(searched, today, stressed, earlier), notes=opened.notes,
    )  # fmt: skip
    trades = [trade for row in searched for trade in runner.trades(row.best.values, row.fold.test)]
    return Done(result=result, trades=tuple(trades), trials_run=search.run_now, seconds=seconds)


def _tested(search: Search, searched: Sequence[Searched]) -> tuple[tuple[Outcome, ...], tuple[Outcome, ...]]:
    """The present settings over every test, and what was frozen at higher costs."""
    today, stressed = [], []
    for number, row in enumerate(searched):
        spans = (row.fold.test,)
        today.append(Job(split=PRESENT, number=number, values={}, spans=spans))
        stressed.append(Job(split=STRESSED, number=number, values=row.best.values, spans=spans, costs=STRESS))
    return search.apart(PRESENT, today), search.apart(STRESSED, stressed)
