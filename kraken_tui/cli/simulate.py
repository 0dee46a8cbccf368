"""`kraken-tui simulate`: the engine in virtual time, seed after seed, under everything that can go wrong."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kraken_tui.cli.early import ended_as_by_ctrl_c
from kraken_tui.model.errors import UsageError
from kraken_tui.model.plain import plain

if TYPE_CHECKING:
    from kraken_tui.simulation.many import Report
    from kraken_tui.simulation.schedule import Result
    from kraken_tui.simulation.style import Policy

ENOUGH = 200
"""Schedules under each policy, by default; with fewer some fault is likely to be missing."""
POLICIES: "dict[str, tuple[Policy, ...]]" = {"none": ("none",), "full": ("full",), "both": ("none", "full")}


def simulate(
    seeds: Annotated[int, typer.Option(metavar="N", help="How many schedules under each policy.")] = ENOUGH,
    first: Annotated[int, typer.Option(metavar="S", help="The first of their seeds.")] = 1,
    jobs: Annotated[int | None, typer.Option(metavar="J", help="Processes; one per core by default.")] = None,
    policy: Annotated[
        str, typer.Option(metavar="none|full|both", help="Whether a waiting stop holds its coins.")
    ] = "both",
    seed: Annotated[int | None, typer.Option(metavar="S", help="Only this one, as it was.")] = None,
    trace: Annotated[bool, typer.Option("--trace", help="With --seed: every step of it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Simulate engine, disk and exchange with faults and crashes; fails where an invariant broke. Sends nothing."""
    policies = _policies(policy)
    if seed is None:
        if trace:
            raise UsageError("--trace shows one schedule: name its --seed as well")
        _check("--seeds", seeds, 1)
        _check("--first", first, 0)
        _check("--jobs", jobs, 1)
        is_good = _many(range(first, first + seeds), policies, jobs, as_json=as_json)
    else:
        _check("--seed", seed, 0)
        results = [_one(seed, each, trace=trace, as_json=as_json) for each in policies]
        is_good = not any(result.broken for result in results)
        if as_json:
            rows = [_told(result, each) for result, each in zip(results, policies, strict=True)]
            print(json.dumps({"failed": not is_good, "schedules": rows}, ensure_ascii=False))
    if not is_good:
        raise typer.Exit(1)


def _policies(word: str) -> "tuple[Policy, ...]":
    if word not in POLICIES:
        raise UsageError(f"--policy is {word!r}; it must be one of {', '.join(POLICIES)}")
    return POLICIES[word]


def _check(option: str, value: int | None, least: int) -> None:
    if value is not None and value < least:
        raise UsageError(f"{option} is {value}; it must be {least} or more")


def _many(seeds: range, policies: "tuple[Policy, ...]", jobs: int | None, *, as_json: bool) -> bool:
    """Whether nothing broke, and nothing is missing that would have had to happen."""
    from kraken_tui.simulation.many import lines_of, simulate

    total = len(seeds) * len(policies)

    def progress(done: int, failed: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done == total else ""
            print(f"\r{done:,} of {total:,}, {failed:,} failed ", end=end, file=sys.stderr, flush=True)

    with ended_as_by_ctrl_c():
        report = simulate(seeds, policies, jobs, progress)
    if as_json:
        print(json.dumps(_summary(report), ensure_ascii=False))
    else:
        print("\n".join(plain(line) for line in lines_of(report)))
        for failure in report.failures[:1]:
            print(f"Replay it: kraken-tui simulate --seed {failure.seed} --policy {failure.policy} --trace")
        if report.missing and len(seeds) < ENOUGH:
            print(f"MISSING is no fault found: few schedules can't contain every fault; try --seeds {ENOUGH}")
    return not report.failures and not report.missing


def _summary(report: "Report") -> dict[str, Any]:
    return {
        "failed": bool(report.failures or report.missing),
        "schedules": report.schedules,
        "seconds": round(report.seconds, 3),
        "schedules_per_second": round(report.rate, 2),
        "virtual_seconds": round(report.virtual_s, 3),
        "requests": report.requests,
        "contents": dict(sorted(report.contents.items())),
        "missing": report.missing,
        "failures": [{"seed": each.seed, "policy": each.policy, "what": each.what} for each in report.failures],
    }


def _one(seed: int, policy: "Policy", *, trace: bool, as_json: bool) -> "Result":
    from loguru import logger

    from kraken_tui.simulation.schedule import run_schedule

    logger.remove()
    result = run_schedule(seed, policy, traced=trace)
    if not as_json:
        print("\n".join(map(plain, result.lines)), end="\n" if result.lines else "")
        how = "; ".join(each.what for each in result.broken) if result.broken else "everything held"
        print(plain(f"seed {seed} ({policy}): {result.seconds:.1f} virtual seconds, {result.steps:,} steps: {how}"))
    return result


def _told(result: "Result", policy: str) -> dict[str, Any]:
    return {
        "seed": result.seed,
        "policy": policy,
        "virtual_seconds": round(result.seconds, 6),
        "steps": result.steps,
        "requests": result.requests,
        "digest": result.digest,
        "contents": dict(sorted(result.contents.items())),
        "broken": [{"time_ns": each.time_ns, "what": each.what} for each in result.broken],
        "trace": result.lines,
    }
