"""How likely the best of a search is luck, and why it is refused as an improvement where it is."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.learning import luck
from kraken_tui.learning.luck import Record
from kraken_tui.learning.neighbours import Neighbours, neighbours
from kraken_tui.learning.overfitting import Overfitting, overfitting
from kraken_tui.model.errors import UsageError

Floats = NDArray[np.float64]


class Limits(Struct, frozen=True, kw_only=True):
    """From where on a result is believed."""

    confidence: float = 0.95
    """The least deflated Sharpe ratio."""
    overfitting: float = 0.2
    """The largest probability of backtest overfitting, and of a loss in the half that was not chosen on. Both have
    to be above it: on a plateau of settings that all earn, the chosen one ranks anywhere and yet earns."""
    rank: float = 0.6
    """The least mean rank of the neighbours; 0.5 is no better than any other trial."""


class Luck(Struct, frozen=True, kw_only=True):
    """What is known of the best of a search."""

    best: int
    """Which trial."""
    trials: int
    independent: float
    """How many independent trials they amount to."""
    record: Record | None
    """The best one's; None where its returns do not vary."""
    expected: float
    """The Sharpe ratio that luck alone would give the best of so many, per observation."""
    probabilistic: float | None
    deflated: float | None
    needed: float | None
    """How many observations would prove a true Sharpe ratio above 0, were it the only trial."""
    overfitting: Overfitting | None
    """None with less than two trials."""
    neighbours: Neighbours | None

    def doubts(self, limits: Limits) -> tuple[str, ...]:
        """Why it is no improvement; empty where nothing speaks against it. What could not be told speaks against it."""
        found = []
        if self.deflated is None:
            found.append("the deflated Sharpe ratio is undefined: too few returns, or they do not vary")
        elif self.deflated < limits.confidence:
            found.append(
                f"the deflated Sharpe ratio is {self.deflated:.3f} after {self.trials} trials; "
                f"{limits.confidence:g} or more is believed"
            )
        if self.overfitting and min(self.overfitting.probability, self.overfitting.loss) > limits.overfitting:
            found.append(
                f"the probability of backtest overfitting is {self.overfitting.probability:.2f}, that of a loss where "
                f"it was not chosen {self.overfitting.loss:.2f}; one of them up to {limits.overfitting:g} is believed"
            )
        if self.neighbours and self.neighbours.rank < limits.rank:
            found.append(
                f"settings near the best one rank at {self.neighbours.rank:.2f} of all; {limits.rank:g} or more "
                "is believed"
            )
        return tuple(found)


def judge(returns: Floats, points: Floats | None = None, *, earlier: int = 0, blocks: int = 16) -> Luck:
    """How likely the trial with the best Sharpe ratio is luck.

    Args:
        returns: shape (T, N), a column per trial, for the same T periods; out of sample where there is a choice.
        points: shape (N, P), the trials' parameters, each scaled to 0..1; None where neighbours mean nothing.
        earlier: trials of earlier searches over the same history, whose returns are not at hand; each counts whole.
        blocks: see `overfitting`; fewer where there are less than two periods a block.
    """
    if returns.ndim != 2 or 0 in returns.shape:
        raise UsageError(f"returns of shape {returns.shape}; a row per period and a column per trial are right")
    records = [luck.record_of(column) for column in returns.T]
    sharpes = np.array([record.sharpe if record else 0.0 for record in records])
    best = int(sharpes.argmax())
    record, spread = records[best], luck.spread_of(sharpes)
    independent = luck.effective_trials(returns) + earlier
    # One trial has no spread of its own: that of a Sharpe ratio without skill over so many returns.
    spread = spread if spread is not None else len(returns) ** -0.5
    blocks = min(blocks, len(returns) // 4 * 2)
    return Luck(
        best=best, trials=len(records) + earlier, independent=independent, record=record,
        expected=luck.expected_maximum(independent, spread),
        probabilistic=luck.probabilistic_sharpe(record) if record else None,
        deflated=luck.deflated_sharpe(record, independent, spread) if record else None,
        needed=luck.minimum_track_record(record) if record else None,
        overfitting=overfitting(returns, blocks) if len(records) > 1 and blocks >= 4 else None,
        neighbours=neighbours(points, sharpes) if points is not None else None,
    )  # fmt: skip
