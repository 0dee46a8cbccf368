"""The equity curve, and what can be said of it: returns, ratios, drawdowns.

Every public function of this module that yields a figure has that figure's definition as its docstring: the report
shows it as it stands. Undefined is None, never 0. A year has 365 days: crypto trades on all of them.
"""

import math
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.clock import SECOND
from kraken_tui.model.errors import UsageError

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

DAY = 86_400 * SECOND
YEAR = 365 * DAY
SHORTEST_YEAR_RATE = 30 * DAY
"""Compounding to a year makes thousands of percent of a lucky day: nothing shorter than this is annualised so."""
ROUNDING = 1e-12


class Curve(Struct, frozen=True):
    """An account's equity over time, open positions at their marks; deposits and withdrawals must not show in it."""

    times_ns: Times
    """Shape (N,), rising."""
    equity: Floats
    """Shape (N,), quote units; each holds from its time until the next one's."""

    @property
    def span_ns(self) -> int:
        """From the first point to the last."""
        return int(self.times_ns[-1] - self.times_ns[0])


def curve_of(times_ns: Sequence[int] | Times, equity: Sequence[Decimal] | Sequence[float] | Floats) -> Curve:
    """A curve from its points.

    Raises:
        UsageError: no points, times that do not rise, equity that is no finite number, or none to begin with.
    """
    curve = Curve(np.asarray(times_ns, np.int64), np.array([float(value) for value in equity], np.float64))
    if not len(curve.times_ns) or curve.times_ns.shape != curve.equity.shape:
        raise UsageError(
            f"{len(curve.times_ns)} times for {len(curve.equity)} equities; one each, at least one, is right"
        )
    if (np.diff(curve.times_ns) <= 0).any():
        raise UsageError("the equity curve's times do not rise; each point later than the one before is right")
    if not np.isfinite(curve.equity).all() or curve.equity[0] <= 0:
        raise UsageError("the equity curve has to begin above 0 and to be a finite number at every point")
    return curve


def returns_of(curve: Curve, period_ns: int = DAY) -> Floats:
    """Simple returns of whole periods from the first point on, as fractions; what is left at the end is left out.

    Shape (periods,). Empty where the curve is shorter than a period, or reaches 0: what follows has no return.
    """
    at = np.arange(curve.times_ns[0], curve.times_ns[-1] + 1, period_ns)
    values = curve.equity[np.searchsorted(curve.times_ns, at, "right") - 1]
    if (values <= 0).any():
        return np.empty(0)
    return np.asarray(values[1:] / values[:-1] - 1, np.float64)


def total_return(curve: Curve) -> float:
    """Total return: equity at the end over equity at the start, less 1. Positions still open count at their marks.
    Unit: fraction of the first equity.
    """
    return float(curve.equity[-1] / curve.equity[0] - 1)


def annual_return(curve: Curve) -> float | None:
    """Annual return: the constant yearly rate that compounds to the total return (CAGR), over years of 365 days.
    Unit: fraction a year. Undefined for less than 30 days, for equity that ends at or below 0, and beyond all numbers.
    """
    if curve.span_ns < SHORTEST_YEAR_RATE or curve.equity[-1] <= 0:
        return None
    try:
        return math.expm1(math.log(curve.equity[-1] / curve.equity[0]) * YEAR / curve.span_ns)
    except OverflowError:
        return None


def volatility(returns: Floats, period_ns: int = DAY) -> float | None:
    """Volatility: sample standard deviation (n - 1) of the daily returns, times the square root of 365.
    Unit: fraction a year. Undefined with less than two daily returns.
    """
    return float(returns.std(ddof=1)) * math.sqrt(YEAR / period_ns) if len(returns) > 1 else None


def sharpe(returns: Floats, period_ns: int = DAY) -> float | None:
    """Sharpe ratio: mean of the daily returns over their sample standard deviation (n - 1), times the square root
    of 365. The benchmark is money that earns nothing. Unit: none. Source: Sharpe (1994), The Sharpe Ratio; the root
    holds for returns that do not follow from one another, see Lo (2002), The Statistics of Sharpe Ratios. Undefined
    with less than two daily returns, or where they do not vary.
    """
    if len(returns) < 2:
        return None
    spread = float(returns.std(ddof=1))
    if spread <= ROUNDING * float(np.abs(returns).max()):
        return None
    return float(returns.mean()) / spread * math.sqrt(YEAR / period_ns)


def sortino(returns: Floats, period_ns: int = DAY) -> float | None:
    """Sortino ratio: mean of the daily returns over their downside deviation, times the square root of 365. This
    deviation is the root of the mean square of what falls short of the target, here 0 a day, over all days, those that
    do not fall short as 0. Unit: none. Source: Sortino & van der Meer (1991), Downside Risk. Undefined with less than
    two daily returns, or where none falls short.
    """
    if len(returns) < 2:
        return None
    short = np.minimum(returns, 0.0)
    largest = float(np.abs(short).max())
    if largest <= ROUNDING * float(np.abs(returns).max()):
        return None
    # Scaled by the largest: the square of a tiny return would be 0.
    downside = largest * math.sqrt(float(np.mean((short / largest) ** 2)))
    return float(returns.mean()) / downside * math.sqrt(YEAR / period_ns)


class Drawdown(Struct, frozen=True, kw_only=True):
    """A stretch below an earlier high."""

    peak_ns: int
    """When the high was last seen."""
    trough_ns: int
    end_ns: int
    """When the high was reached again; the curve's end where it was not."""
    depth: float
    """How far it fell, as a fraction of the high."""
    recovered: bool

    @property
    def length_ns(self) -> int:
        """From the high until it was reached again, or until the curve's end."""
        return self.end_ns - self.peak_ns


def drawdown_line(curve: Curve) -> Floats:
    """How far the equity is below its highest so far, at each point; a fraction of that, 0 at a high."""
    return np.asarray(1 - curve.equity / np.maximum.accumulate(curve.equity), np.float64)


def drawdowns(curve: Curve) -> tuple[Drawdown, ...]:
    """Every stretch below an earlier high, in order of time."""
    under = drawdown_line(curve)
    is_low = np.concatenate(([False], under > 0, [False]))
    begins, ends = np.flatnonzero(~is_low[:-1] & is_low[1:]), np.flatnonzero(is_low[:-1] & ~is_low[1:])
    times, last = curve.times_ns, len(under) - 1
    found = []
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        trough = begin + int(under[begin:end].argmax())
        low = Drawdown(
            peak_ns=int(times[begin - 1]), trough_ns=int(times[trough]), end_ns=int(times[min(end, last)]),
            depth=float(under[trough]), recovered=end <= last,
        )  # fmt: skip
        found.append(low)
    return tuple(found)


def max_drawdown(curve: Curve) -> float:
    """Maximum drawdown: the largest fall from a high to a later low, before that high is reached again. Unit: fraction
    of the high, 0 where the equity never fell. Source: Magdon-Ismail & Atiya (2004), Maximum Drawdown. It grows with
    the time that is looked at; it is not annualised.
    """
    return float(drawdown_line(curve).max())


def longest_drawdown(curve: Curve) -> int:
    """Longest drawdown: the longest time from a high until it was reached again, or until the end where it was not.
    Unit: time, 0 where the equity never fell. Source: Magdon-Ismail & Atiya (2004) for the drawdown itself.
    """
    return max((drawdown.length_ns for drawdown in drawdowns(curve)), default=0)


def calmar(curve: Curve) -> float | None:
    """Calmar ratio: annual return over the maximum drawdown, both over the whole time tested (Young takes 36 months;
    the ratio grows with the time that is looked at where there is a profit). Unit: none. Source: Young (1991), Calmar
    Ratio: A Smoother Tool; Magdon-Ismail & Atiya (2004). Undefined where the annual return is, and without a drawdown.
    """
    rate, depth = annual_return(curve), max_drawdown(curve)
    return rate / depth if rate is not None and depth > 0 else None


def mean_equity(curve: Curve) -> float:
    """Mean of the equity over time, each value for as long as it held; quote units."""
    if len(curve.equity) == 1:
        return float(curve.equity[0])
    return float(np.average(curve.equity[:-1], weights=np.diff(curve.times_ns).astype(np.float64)))
