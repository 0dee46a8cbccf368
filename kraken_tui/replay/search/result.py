"""What a search found, as one JSON object, as lines for people, and as a page."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from kraken_tui.clock import day, iso
from kraken_tui.learning.equity_curve import DAY, Curve, curve_of
from kraken_tui.learning.splits import Span
from kraken_tui.model.trading import Trade
from kraken_tui.replay.results.report import Fact, Report
from kraken_tui.replay.results.report_luck import luck_facts
from kraken_tui.replay.results.report_words import duration
from kraken_tui.replay.results.trades import Regimes
from kraken_tui.replay.search.judging import LIMITS, Verdict
from kraken_tui.replay.search.parameters import Parameter, Values
from kraken_tui.replay.search.plan import Plan
from kraken_tui.replay.search.search import Searched, Trial
from kraken_tui.replay.search.trials import Outcome, Stretch

KIND = "kraken-tui search"


class Result(Struct, frozen=True, kw_only=True):
    """A finished search."""

    name: str
    about: dict[str, Any]
    """What its trials belong to: data, program, settings."""
    parameters: tuple[Parameter, ...]
    present_values: Values
    plan: Plan
    searched: tuple[Searched, ...]
    present: tuple[Outcome, ...]
    verdict: Verdict
    notes: tuple[str, ...]

    @property
    def proposal(self) -> Trial:
        """What the last split froze: the newest, and tested like the others."""
        return self.searched[-1].best


def as_object(result: Result, *, whole: bool) -> dict[str, Any]:
    """As one JSON object; `whole` adds every trial with its daily returns."""
    verdict, best = result.verdict, result.proposal
    told: dict[str, Any] = {
        "kind": KIND, "name": result.name, "accepted": verdict.accepted, "doubts": list(verdict.doubts),
        "proposal": best.values, "present": result.present_values,
        "changes": {key: value for key, value in best.values.items() if value != result.present_values[key]},
        "parameters": [str(row) for row in result.parameters],
        "out_of_sample": {
            "days": [day(start) for row in result.searched for start in _days(row.fold.test)],
            "returns": verdict.returns, "present_returns": verdict.present, "net": verdict.net,
            "present_net": verdict.present_net if verdict.present else None, "net_at_higher_costs": verdict.stressed,
            "trades": verdict.trades, "present_trades": verdict.present_trades, "better": verdict.better,
        },
        "luck": _luck(verdict),
        "plan": {
            "train_days": result.plan.train_days, "test_days": result.plan.test_days,
            "purge_ns": result.plan.gap.purge_ns, "embargo_ns": result.plan.gap.embargo_ns,
        },
        "splits": [_split(row, outcome) for row, outcome in zip(result.searched, result.present, strict=True)],
        "notes": list(result.notes), "about": result.about,
    }  # fmt: skip
    if whole:
        told["trials"] = [
            {"split": number, **_trial(trial)} for number, row in enumerate(result.searched) for trial in row.trials
        ]
    return told


def _luck(verdict: Verdict) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(verdict.luck, overfitting=None))
    found = verdict.luck.overfitting
    told["overfitting"] = None if found is None else {
        "probability": found.probability, "loss": found.loss, "degradation": found.degradation,
        "halvings": found.halvings,
    }  # fmt: skip
    return told


def _split(row: Searched, present: Outcome) -> dict[str, Any]:
    return {
        "train": _span(row.fold.train), "test": _span(row.fold.test), "trials": len(row.trials),
        "failed": sum(bool(trial.outcome.failed) for trial in row.trials), "ended": row.why_ended,
        "frozen": {"number": row.best.number, "values": row.best.values, "score": row.best.train.score,
                   "train": _stretch(row.best.train), "test": _stretch(row.best.test)},
        "present": None if present.failed else _stretch(present.stretches[0]),
    }  # fmt: skip


def _trial(trial: Trial) -> dict[str, Any]:
    told: dict[str, Any] = {"number": trial.number, "values": trial.values}
    if trial.outcome.failed:
        return {**told, "failed": trial.outcome.failed}
    stretches = {"train": trial.train, "test": trial.test}
    return {
        **told, "score": trial.train.score,
        **{name: {**_stretch(each), "returns": each.returns} for name, each in stretches.items()},
    }  # fmt: skip


def _stretch(made: Stretch) -> dict[str, Any]:
    return {"net": made.net, "trades": made.trades, "open": made.open, "longest_ns": made.longest_ns}


def _span(span: Span) -> list[str]:
    return [iso(span.start_ns), iso(span.end_ns)]


def _days(span: Span) -> range:
    return range(span.start_ns, span.end_ns, DAY)


def lines(result: Result) -> list[str]:
    """For people."""
    plan, verdict = result.plan, result.verdict
    gap = f"purged by {duration(plan.gap.purge_ns)} and {duration(plan.gap.embargo_ns)} more"
    told = [
        f"{len(plan.folds)} splits: {plan.train_days} days to learn, {plan.test_days} to test, {gap}",
        f"{'test':24}{'trials':>8}{'on train':>10}{'net':>10}{'trades':>8}{'present':>10}{'trades':>8}",
    ]
    told += [_split_line(row, outcome) for row, outcome in zip(result.searched, result.present, strict=True)]
    present = f"{verdict.present_net:+.2%}" if verdict.present else "unknown"
    told.append(f"out of sample net of fees {verdict.net:+.2%}, the present settings {present}")
    told += [f"{fact.name}: {fact.value}" for fact in luck_facts(verdict.luck, LIMITS)[1:]]
    told += ["Proposed: " + ", ".join(_change(result, name, value) for name, value in result.proposal.values.items())]
    told += [f"Note: {note}" for note in result.notes]
    if verdict.accepted:
        return [*told, "Nothing speaks against it: an improvement as far as this history tells"]
    return [*told, "Refused as an improvement:", *(f"  {doubt}" for doubt in verdict.doubts)]


def _split_line(row: Searched, present: Outcome) -> str:
    test, best = row.fold.test, row.best
    when = f"{day(test.start_ns)} {day(test.end_ns - 1)}"
    theirs = f"{'unknown':>10}{'':>8}"
    if not present.failed:
        theirs = f"{present.stretches[0].net:+10.2%}{present.stretches[0].trades:8,}"
    mine = f"{best.train.score:10.2f}{best.test.net:+10.2%}{best.test.trades:8,}"
    return f"{when:24}{len(row.trials):8,}{mine}{theirs}"


def _change(result: Result, name: str, value: float) -> str:
    now = result.present_values[name]
    return f"{name} {value:g}" + ("" if value == now else f" (now {now:g})")


def report_of(result: Result, trades: Sequence[Trade], equity: float) -> Report:
    """A page of the joined tests.

    Args:
        result: of the search.
        trades: of all tests, in order of their closing.
        equity: at the start.
    """
    tested = [
        Fact("Search", result.name), Fact("Traded by", ", ".join(result.about["strategies"])),
        Fact("Searched", "; ".join(map(str, result.parameters))),
        Fact("Shown", "the tests of what each split froze, joined; nobody searched in them"),
        *(Fact("Note", note) for note in result.notes),
    ]  # fmt: skip
    luck = [Fact("Refused because", doubt) for doubt in result.verdict.doubts]
    facts = luck_facts(result.verdict.luck, LIMITS)
    return Report(
        title=f"Search {result.name}", tested=tested, trades=trades, curve=_curve(result, equity), regimes=Regimes(),
        luck=[*(facts if result.verdict.accepted else facts[1:]), *luck],
    )  # fmt: skip


def _curve(result: Result, equity: float) -> Curve:
    """By day; each test begins with the same equity, so that its returns add up."""
    starts = [start for row in result.searched for start in _days(row.fold.test)]
    values = equity * (1 + np.cumsum((0.0, *result.verdict.returns)))
    return curve_of([starts[0], *(start + DAY for start in starts)], values)
