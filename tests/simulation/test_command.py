"""`kraken-tui simulate`, as its user runs it."""

import json
import subprocess
import sys
from typing import Any

import pytest

from kraken_tui.simulation.schedule import run_schedule


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "kraken_tui", "simulate", *words)
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.thorough
def test_a_seed_is_replayed_step_for_step() -> None:
    traced = run_schedule(5, "full", traced=True)
    made = run("--seed", "5", "--policy", "full", "--trace")
    assert made.returncode == (1 if traced.broken else 0)
    *lines, last = made.stdout.splitlines()
    assert lines == traced.lines
    assert last.startswith("seed 5 (full): ")


def test_a_seed_as_json_is_one_object() -> None:
    told: dict[str, Any] = json.loads(run("--seed", "5", "--json").stdout)
    assert [row["policy"] for row in told["schedules"]] == ["none", "full"]
    assert all(row["steps"] > 100 and row["trace"] == [] for row in told["schedules"])


@pytest.mark.thorough
def test_what_is_missing_fails_a_run() -> None:
    made = run("--seeds", "2", "--jobs", "1", "--policy", "none", "--json")
    told: dict[str, Any] = json.loads(made.stdout)
    assert made.returncode == 1
    assert told["failed"] and told["missing"] and told["schedules"] == 2
    assert told["schedules_per_second"] > 0
    as_text = run("--seeds", "2", "--jobs", "1", "--policy", "none").stdout
    assert "schedules in" in as_text and f"MISSING: {told['missing'][0]}" in as_text
    assert "few schedules can't contain every fault; try --seeds 200" in as_text.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--policy", "some"), "--policy is 'some'; it must be one of none, full, both"),
        (("--seeds", "0"), "--seeds is 0; it must be 1 or more"),
        (("--jobs", "0"), "--jobs is 0; it must be 1 or more"),
        (("--trace",), "--trace shows one schedule: name its --seed as well"),
    ],
)
def test_what_can_not_be_done_is_said(words: tuple[str, ...], said: str) -> None:
    made = run(*words)
    assert (made.returncode, made.stdout, made.stderr) == (2, "", f"kraken-tui: {said}\n")
