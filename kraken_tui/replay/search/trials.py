"""A trial: parameters and spans in, what each day of each span made out. Values only, so that anybody may run it."""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.learning.equity_curve import DAY
from kraken_tui.learning.luck import record_of
from kraken_tui.learning.splits import Span
from kraken_tui.replay.search.parameters import Values

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST = 30
"""Trades from which on a record counts whole: below, a few lucky ones make any Sharpe ratio."""


class Job(Struct, frozen=True, kw_only=True):
    """What is to be tried."""

    split: int
    number: int
    values: Values
    spans: tuple[Span, ...]
    """Each is run for itself, from a fresh account."""
    costs: float = 1.0
    """Fees and slippage of the settings are multiplied by it."""


class Stretch(Struct, frozen=True, kw_only=True):
    """What one span made."""

    returns: tuple[float, ...]
    """Per day of 24 hours from its start, net of fees, as fractions of the equity at its start: trades on the day of
    their closing. What was still open at its end counts there at its marks, with the fees paid for it; and so do
    fees that belong to no single trade (rollovers)."""
    trades: int
    open: int
    longest_ns: int
    """The longest time that a trade was held."""

    @property
    def net(self) -> float:
        """All of it."""
        return math.fsum(self.returns)

    @property
    def score(self) -> float:
        """What is searched for: the Sharpe ratio of the daily returns by the year, times trades over `FEWEST` where
        there are fewer. 0 where nothing was traded.
        """
        record = record_of(np.array(self.returns))
        sharpe = record.sharpe if record else 0.0
        return sharpe * math.sqrt(365) * min(1.0, self.trades / FEWEST)


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of a job."""

    stretches: tuple[Stretch, ...] = ()
    failed: str = ""
    """Why it could not be run; empty where it was."""


def stretch(
    span: Span, equity: float, opened_ns: Ints, closed_ns: Ints, net: Floats, change: float, still_open: int
) -> Stretch:
    """What a run over a span made, by day.

    Args:
        span: its time.
        equity: at its start.
        opened_ns: of each trade.
        closed_ns: the same.
        net: the same, less fees.
        change: of the equity from start to end, open positions at their marks.
        still_open: positions at the end.
    """
    days = math.ceil(span.length_ns / DAY)
    at = np.clip((closed_ns - span.start_ns) // DAY, 0, days - 1)
    made = np.bincount(at, weights=net, minlength=days) if len(at) else np.zeros(days)
    made[-1] += change - net.sum()
    return Stretch(
        returns=tuple((made / equity).tolist()), trades=len(at), open=still_open,
        longest_ns=int((closed_ns - opened_ns).max(initial=0)),
    )  # fmt: skip


def matrix(columns: Sequence[Sequence[float]]) -> Floats:
    """Returns as a column per trial."""
    return np.array(columns, np.float64).T
