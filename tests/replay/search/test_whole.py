"""Searches from end to end over made-up markets: the scanner's own replay, walk-forward, verdict."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from kraken_tui.clock import SECOND
from kraken_tui.learning.equity_curve import DAY
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.results.report import page
from kraken_tui.replay.search.bench import Runner
from kraken_tui.replay.search.plan import whole_days
from kraken_tui.replay.search.prepare import open_bench
from kraken_tui.replay.search.result import as_object, lines, report_of
from kraken_tui.replay.search.search import Budget
from kraken_tui.replay.search.trials import Job
from kraken_tui.replay.search.whole import Done, Lengths, carry_out, order_of
from kraken_tui.replay.search.workers import Here, Processes
from tests.replay.search.market import START, THRESHOLD, asked, chance, recording, trending

DAYS = 40


def nothing(text: str, share: float) -> None:
    pass


def searched(
    root: Path, steps: Any, *, jobs: int = 1, trials: int = 24, name: str | None = None, **changes: Any
) -> Done:
    folder = root / "data"
    if not folder.exists():
        recording(folder, steps, DAYS)
    lengths, budget = Lengths(train=12, test=8, purge=2), Budget(trials=trials)
    parameters = [THRESHOLD, "TRAIL_DISTANCE=0.5..2:0.5"]
    order = order_of(asked(folder, root, **changes), parameters, lengths, budget, name)
    return carry_out(order, lambda market, runner: Here(runner) if jobs == 1 else Processes(market, jobs), nothing)


@pytest.mark.thorough
def test_chance_is_refused_as_an_improvement(tmp_path: Path) -> None:
    result = searched(tmp_path, chance).result
    assert not result.verdict.accepted
    assert any("Sharpe" in doubt for doubt in result.verdict.doubts)
    assert "Refused as an improvement:" in lines(result)


def test_a_planted_edge_is_accepted_and_told(tmp_path: Path) -> None:
    done = searched(tmp_path, trending)
    result, verdict = done.result, done.result.verdict
    assert verdict.accepted, verdict.doubts
    assert verdict.net > 0.05 and verdict.net > verdict.present_net
    assert verdict.stressed is not None and verdict.stressed < verdict.net
    assert float(result.proposal.values["VELOCITY_THRESHOLD"]) > 0.5
    told = as_object(result, whole=True)
    again = msgspec.json.decode(msgspec.json.encode(told))
    assert again["proposal"] == result.proposal.values and again["accepted"] is True
    assert len(told["trials"]) == sum(len(split.trials) for split in result.searched) == told["luck"]["trials"]
    assert len(told["out_of_sample"]["days"]) == len(verdict.returns) == 24
    assert sum(row.best.test.trades for row in result.searched) == len(done.trades)
    assert sum(verdict.returns) == pytest.approx(verdict.net)
    text = page(report_of(result, done.trades, 10_000.0))
    assert "How likely this is luck" in text and "nothing speaks against it" in text
    assert not (tmp_path / "searches" / result.name / "market").exists()


@pytest.mark.thorough
def test_processes_find_what_one_finds(tmp_path: Path) -> None:
    alone = searched(tmp_path, trending, trials=9, name="alone")
    together = searched(tmp_path, trending, trials=9, name="together", jobs=2)
    one, two = as_object(alone.result, whole=True), as_object(together.result, whole=True)
    for told in (one, two):
        del told["name"], told["luck"], told["doubts"], told["accepted"]  # the second counts the first one's trials
    assert one == two
    assert alone.result.verdict.luck.trials == 27
    assert together.result.verdict.luck.trials == 27 + alone.trials_run


def test_what_a_day_made_is_what_its_trades_made(tmp_path: Path) -> None:
    folder, root = recording(tmp_path / "data", trending, 8), tmp_path / "home"
    opened = open_bench(asked(folder, root), tmp_path / "market", nothing)
    runner = Runner(tmp_path / "market")
    span = whole_days(opened.begin_ns, opened.end_ns)
    assert (span.start_ns, span.length_ns) == (START * SECOND, 7 * DAY)
    values = {"VELOCITY_THRESHOLD": 0.9}
    (made,) = runner.run(Job(split=0, number=0, values=values, spans=(span,))).stretches
    trades = runner.trades(values, span)
    assert made.trades == len(trades) > 10
    assert made.longest_ns == max(trade.closed_ns - trade.opened_ns for trade in trades)
    for at, value in enumerate(made.returns[:-1]):
        mine = [trade for trade in trades if (trade.closed_ns - span.start_ns) // DAY == at]
        assert value * 10_000 == pytest.approx(float(sum(trade.net for trade in mine)))
    assert "MIN_AGE 288 counts as 1 here" in opened.notes[1]


def test_costs_make_less_of_the_same(tmp_path: Path) -> None:
    folder = recording(tmp_path / "data", trending, 6)
    opened = open_bench(asked(folder, tmp_path), tmp_path / "market", nothing)
    runner, span = Runner(tmp_path / "market"), whole_days(opened.begin_ns, opened.end_ns)
    usual, dear = (
        runner.run(Job(split=0, number=0, values={}, spans=(span,), costs=costs)).stretches[0] for costs in (1, 1.5)
    )
    assert dear.net < usual.net and usual.trades > 10


def test_values_that_contradict_each_other_fail_by_name(tmp_path: Path) -> None:
    folder = recording(tmp_path / "data", chance, 3)
    open_bench(asked(folder, tmp_path), tmp_path / "market", nothing)
    outcome = Runner(tmp_path / "market").run(Job(split=0, number=0, values={"RATCHET_LOCK": 0.5}, spans=()))
    assert outcome.failed == "RATCHET_LOCK must be above RATCHET_ENTRY"


def test_another_search_of_the_same_name_is_refused(tmp_path: Path) -> None:
    searched(tmp_path, chance, trials=2, name="mine")
    with pytest.raises(UsageError, match="a search with other settings:"):
        searched(tmp_path, chance, trials=2, name="mine", PAPER_TAKER_FEE="0.1")
    (tmp_path / "data" / "SOLUSD.csv").write_text(f"{START},20,1\n")
    with pytest.raises(UsageError, match="a search with other data:"):
        searched(tmp_path, chance, trials=2, name="mine")
