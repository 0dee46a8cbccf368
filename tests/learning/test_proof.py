"""The protocol's own figures: exact intervals, pass lines that can be missed, and a simulation that is the engine."""

import subprocess
import sys

import numpy as np
import pytest

from benchmarks.learning import noise, power
from benchmarks.learning.figures import interval_of, mean, median, share


@pytest.mark.parametrize(
    ("count", "runs", "low", "high"),
    [(0, 100, 0.0, 0.0362), (5, 100, 0.0164, 0.1128), (50, 100, 0.3983, 0.6017), (100, 100, 0.9638, 1.0)],
)
def test_exact_intervals(count: int, runs: int, low: float, high: float) -> None:
    """Tables of Clopper and Pearson's limits."""
    assert interval_of(count, runs) == pytest.approx((low, high), abs=5e-5)


def test_the_worse_end_has_to_pass() -> None:
    flags = np.arange(100) < 3
    assert not share("x", flags, most=0.05).passed
    assert share("x", flags, most=0.1).passed
    assert not share("x", ~flags, least=0.95).passed
    values = np.array([1.0, 2.0, 3.0])
    assert not mean("x", values, least=1.5).passed
    assert mean("x", values, least=0.5).passed
    assert not median("x", np.array([]), most=3).passed


@pytest.mark.parametrize("name", list(noise.NULLS))
def test_noise_has_no_mean_and_keeps_the_bound(name: str) -> None:
    days = np.array(list(noise.NULLS[name](np.random.default_rng(1), 400, (300,))))
    assert days.min() >= -noise.BOUND
    assert abs(days.mean()) < 4 * days.std() / days.size**0.5 * (5 if name == "regime-local" else 1)
    assert 0.8 < days.std() < 1.1


def test_the_engine_decides_what_the_simulation_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power, "WHOLE", 2)
    assert power.same_decisions().passed


def test_a_part_runs_and_a_missed_line_ends_with_one() -> None:
    """With so few runs the interval of a share is wide, and its line is missed."""
    command = [sys.executable, "-m", "benchmarks.learning", "leaks", "--runs", "100"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert found.returncode == 1
    assert "| refused: an honest trend | 0.00 % | 0.00 .. 30.85 % | <= 5 % | **missed** |" in found.stdout
    assert "missed: refused: a strategy that knows tomorrow's return" in found.stdout
