"""Figures with their uncertainty, and whether they pass."""

import math
from collections.abc import Callable

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LIKELY = 0.95
"""Confidence of every interval."""


class Line(Struct, frozen=True, kw_only=True):
    """One figure of the table."""

    what: str
    found: str
    interval: str = ""
    """95 % confidence."""
    wanted: str = ""
    """The pass line; empty where it is only told."""
    passed: bool = True


def share(what: str, flags: Flags, *, most: float | None = None, least: float | None = None) -> Line:
    """How often, with the exact interval (Clopper & Pearson 1934); its worse end has to pass."""
    low, high = interval_of(int(flags.sum()), flags.size)
    wanted = f"<= {100 * most:g} %" if most is not None else f">= {100 * least:g} %" if least is not None else ""
    passed = (most is None or high <= most) and (least is None or low >= least)
    return Line(
        what=what, found=f"{100 * flags.mean():.2f} %", interval=f"{100 * low:.2f} .. {100 * high:.2f} %",
        wanted=wanted, passed=bool(passed),
    )  # fmt: skip


def mean(what: str, values: Floats, *, digits: int = 2, least: float | None = None, most: float | None = None) -> Line:
    """The mean over the runs with its interval; its worse end has to pass."""
    centre, reach = float(values.mean()), 1.96 * float(values.std(ddof=1)) / math.sqrt(values.size)
    wanted = f">= {least:g}" if least is not None else f"<= {most:g}" if most is not None else ""
    passed = (least is None or centre - reach >= least) and (most is None or centre + reach <= most)
    return Line(
        what=what, found=f"{centre:.{digits}f}", interval=f"{centre - reach:.{digits}f} .. {centre + reach:.{digits}f}",
        wanted=wanted, passed=bool(passed),
    )  # fmt: skip


def median(what: str, values: Floats, *, most: float | None = None, unit: str = "d") -> Line:
    """The median with the interval that the order of the values gives."""
    if not values.size:
        return Line(what=what, found="never", passed=most is None)
    ordered, half = np.sort(values), 0.98 * math.sqrt(values.size)
    low = ordered[max(0, int(values.size / 2 - half))]
    high = ordered[min(values.size - 1, math.ceil(values.size / 2 + half))]
    return Line(
        what=what, found=f"{np.median(values):.0f} {unit}", interval=f"{low:.0f} .. {high:.0f} {unit}",
        wanted=f"<= {most:g} {unit}" if most is not None else "", passed=bool(most is None or high <= most),
    )  # fmt: skip


def check(what: str, found: str, wanted: str, *, passed: bool) -> Line:
    """A fact that holds or does not."""
    return Line(what=what, found=found, wanted=wanted, passed=passed)


def told(what: str, found: str) -> Line:
    """A fact without a pass line."""
    return Line(what=what, found=found)


def interval_of(count: int, runs: int) -> tuple[float, float]:
    """Clopper & Pearson's exact interval for a share."""
    tail = (1 - LIKELY) / 2
    low = 0.0 if count == 0 else _solve(lambda p: 1 - _at_most(count - 1, runs, p), tail)
    high = 1.0 if count == runs else _solve(lambda p: -_at_most(count, runs, p), -tail)
    return low, high


def _solve(rising: Callable[[float], float], wanted: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return (low + high) / 2


def _at_most(count: int, runs: int, chance: float) -> float:
    """P(X <= count) of the binomial distribution."""
    k = np.arange(count + 1)
    logs = np.array([math.lgamma(runs + 1) - math.lgamma(each + 1) - math.lgamma(runs - each + 1) for each in k])
    return float(np.exp(logs + k * math.log(chance) + (runs - k) * math.log1p(-chance)).sum())
