"""Schedules of the whole engine: each is its seed's, and many of them are told as one."""

import os
import subprocess
import sys
from typing import get_args

import pytest

from kraken_tui.simulation.many import MUST_CONTAIN, lines_of, simulate
from kraken_tui.simulation.schedule import run_schedule
from kraken_tui.simulation.style import Policy, style_of

TOLD = "from kraken_tui.simulation.schedule import run_schedule as run; print(run(3, 'full', traced=True).digest)"


@pytest.mark.thorough
def test_a_seed_is_the_same_schedule_in_every_process() -> None:
    here = run_schedule(3, "full", traced=True).digest
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed, "LOGURU_AUTOINIT": "0"}
        made = subprocess.run([sys.executable, "-c", TOLD], env=environment, capture_output=True, text=True, check=True)
        assert made.stdout.strip() == here


@pytest.mark.parametrize("policy", ["none", "full"])
def test_the_style_comes_from_the_seed_and_the_policy_is_asked_for(policy: Policy) -> None:
    styles = [style_of(seed, policy) for seed in range(200)]
    assert styles == [style_of(seed, policy) for seed in range(200)]
    assert all(f"hold_untriggered={policy}" in style.terms.policies for style in styles)
    assert {style.manner.margin for style in styles} == {False, True}
    assert {style.terms.tier for style in styles} == {"starter", "intermediate", "pro"}
    assert {"BTC" in style.terms.balances for style in styles} == {False, True}


def test_a_trace_is_only_watching() -> None:
    watched, alone = run_schedule(4, "none", traced=True), run_schedule(4, "none")
    assert (watched.steps, watched.requests, watched.contents) == (alone.steps, alone.requests, alone.contents)
    assert watched.lines and not alone.lines


def test_many_are_told_as_one() -> None:
    told: list[tuple[int, int]] = []
    report = simulate(
        range(1, 4), ("none", "full"), jobs=1, on_progress=lambda done, failed: told.append((done, failed))
    )
    assert report.schedules == 6
    assert told[-1] == (6, len(report.failures))
    lines = list(lines_of(report))
    assert lines[0].startswith("6 schedules in ")
    missing = [name for name in MUST_CONTAIN if not report.contents[name]]
    assert missing and sum(line.startswith("MISSING") for line in lines) == len(missing)
    assert sum(line.startswith("FAILED") for line in lines) == len(report.failures)


FIXED = range(1, 9)


@pytest.mark.parametrize("seed", FIXED)
def test_everything_holds(seed: int) -> None:
    for policy in get_args(Policy):
        assert run_schedule(seed, policy).broken == ()


@pytest.mark.parametrize(
    ("seed", "policy"),
    [
        (1172, "full"),
        (203497, "none"),
        (206777, "none"),
        (207681, "full"),
        (212055, "none"),
        (212782, "none"),
        (300264, "full"),
        (302691, "none"),
        (302819, "none"),
        (303713, "full"),
        (320159, "full"),
        (340774, "none"),
        (360484, "full"),
        (380672, "none"),
        (388439, "none"),
        (400497, "none"),
        (400900, "none"),
        (424989, "none"),
        (427556, "full"),
        (434690, "full"),
        (436019, "none"),
        (450001, "none"),
        (462081, "full"),
        (463485, "none"),
        (473506, "none"),
        (483637, "none"),
        (484515, "full"),
        (503619, "none"),
        (520639, "full"),
        (535380, "none"),
        (540627, "full"),
        (543982, "none"),
        (544889, "none"),
        (549416, "none"),
        (550130, "none"),
        (550995, "none"),
        (559264, "none"),
        (561504, "none"),
        (584454, "full"),
        (586461, "none"),
        (606284, "none"),
        (608409, "full"),
        (635554, "none"),
    ],
)
def test_what_longer_runs_found_stays_mended(seed: int, policy: Policy) -> None:
    assert run_schedule(seed, policy).broken == ()


@pytest.mark.long
def test_everything_holds_in_two_thousand_schedules() -> None:
    report = simulate(range(1, 1001))
    assert report.schedules == 2000
    assert report.failures == ()
    assert report.missing == ()
