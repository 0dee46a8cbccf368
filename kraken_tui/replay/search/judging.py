"""What a search is worth: the tests nobody looked at, joined; against today's settings; and how likely it is luck.

Two different questions are asked. Of the joined tests of what each split froze: is it skill, given that so many
settings were tried? And of choosing by the past at all, over every split's trials: does it find anything? Only what
passes both, and earns more than the present settings, is an improvement.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.learning import luck
from kraken_tui.learning.neighbours import Neighbours, neighbours
from kraken_tui.learning.overfitting import Overfitting, overfitting
from kraken_tui.learning.verdict import Limits, Luck
from kraken_tui.replay.search.search import Searched
from kraken_tui.replay.search.trials import FEWEST, Outcome, Stretch, matrix

Floats = NDArray[np.float64]

BLOCKS = 10
"""252 halvings of each split's days; over all splits together that is plenty."""
LIMITS = Limits()


class Verdict(Struct, frozen=True, kw_only=True):
    """What came of a search, and why it is no improvement where it is none."""

    returns: tuple[float, ...]
    """Per day of the joined tests: what each split froze."""
    present: tuple[float, ...]
    """The same days with the present settings; empty where these can't be run."""
    stressed: float | None
    """What the frozen ones earn with costs half as large again, all tests together; None where that can't be run."""
    trades: int
    present_trades: int
    luck: Luck
    better: float | None
    """How likely the frozen ones truly earn more than the present settings: the probabilistic Sharpe ratio of the
    daily difference. None where there is no difference, or nothing to compare with."""
    doubts: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.doubts

    @property
    def net(self) -> float:
        """Of all tests; a fraction of the equity at each test's start, added up."""
        return float(np.sum(self.returns))

    @property
    def present_net(self) -> float:
        """The same of the present settings."""
        return float(np.sum(self.present))


def judge(
    searched: Sequence[Searched], present: Sequence[Outcome], stressed: Sequence[Outcome], earlier: int = 0
) -> Verdict:
    """Whether what a search found is an improvement.

    Args:
        searched: every split, in the order of time.
        present: the present settings over every test.
        stressed: what was frozen over every test, at higher costs.
        earlier: trials of other searches over the same history.
    """
    tests = [split.best.test for split in searched]
    returns, trades = _joined(tests), sum(test.trades for test in tests)
    today = [] if any(each.failed for each in present) else [each.stretches[0] for each in present]
    costly = [] if any(each.failed for each in stressed) else [each.stretches[0] for each in stressed]
    now = _joined(today)
    difference = luck.record_of(np.array(returns) - np.array(now)) if now else None
    found = luck_of(searched, earlier)
    better = luck.probabilistic_sharpe(difference) if difference else None
    doubts = (*found.doubts(LIMITS), *_doubts(returns, now, trades, better, present))
    return Verdict(
        returns=returns, present=now, trades=trades, present_trades=sum(each.trades for each in today), luck=found,
        stressed=sum(each.net for each in costly) if costly else None, better=better, doubts=doubts,
    )  # fmt: skip


def luck_of(searched: Sequence[Searched], earlier: int) -> Luck:
    """How likely the joined tests are luck.

    Trials of several splits have no common days, so they are compared by their place: the first column joins the tests
    of what was best on each train, which is what was frozen, the second those of the second best, and so on. Each
    is a rule that could have been followed at the time. Their number, their likeness and the spread of their
    Sharpe ratios are what the first one's is deflated by (`learning.luck`): the spread up to what chance alone makes of
    so many days, as a larger one is true difference, and nobody chose by these days. Overfitting is asked of each
    split's own trials over its train and test days, and counted over all splits; and so are the neighbours of what
    each froze, by their score on train.
    """
    places = ranked(searched)
    records = [luck.record_of(column) for column in places.T]
    sharpes = np.array([record.sharpe if record else 0.0 for record in records])
    record, independent = records[0], luck.effective_trials(places) + earlier
    by_chance, seen = len(places) ** -0.5, luck.spread_of(sharpes)
    spread = by_chance if seen is None else min(seen, by_chance)
    return Luck(
        best=searched[-1].best.number, trials=sum(len(split.trials) for split in searched) + earlier,
        independent=independent, record=record, expected=luck.expected_maximum(independent, spread),
        probabilistic=luck.probabilistic_sharpe(record) if record else None,
        deflated=luck.deflated_sharpe(record, independent, spread) if record else None,
        needed=luck.minimum_track_record(record) if record else None, overfitting=_overfitting(searched),
        neighbours=_neighbours(searched),
    )  # fmt: skip


def ranked(searched: Sequence[Searched]) -> Floats:
    """Shape (days of all tests, places): the tests joined by the place that a trial had on its train."""
    places = min(len(split.good) for split in searched)
    return np.concatenate([matrix([row.test.returns for row in split.good[:places]]) for split in searched])


def _overfitting(searched: Sequence[Searched]) -> Overfitting | None:
    """Of every split, its halvings counted together; None where days or trials are too few."""
    found = []
    for split in searched:
        days = matrix([(*row.train.returns, *row.test.returns) for row in split.good])
        blocks = min(BLOCKS, len(days) // 4 * 2)
        if days.shape[1] > 1 and blocks >= 4:
            found.append(overfitting(days, blocks))
    if not found:
        return None
    slopes = [each.degradation for each in found if each.degradation is not None]
    return Overfitting(
        probability=float(np.mean([each.probability for each in found])),
        halvings=sum(each.halvings for each in found), loss=float(np.mean([each.loss for each in found])),
        degradation=float(np.mean(slopes)) if slopes else None,
        logits=np.concatenate([each.logits for each in found]),
    )  # fmt: skip


def _neighbours(searched: Sequence[Searched]) -> Neighbours | None:
    """Of every split, on the average; None where trials are too few."""
    found = []
    for split in searched:
        points, scores = [row.points for row in split.good], [row.train.score for row in split.good]
        if near := neighbours(np.array(points), np.array(scores)):
            found.append(near)
    if not found:
        return None
    kept = [near.retained for near in found if near.retained is not None]
    return Neighbours(
        count=sum(near.count for near in found), reach=max(near.reach for near in found),
        rank=float(np.mean([near.rank for near in found])), median=float(np.mean([near.median for near in found])),
        worst=min(near.worst for near in found), retained=float(np.mean(kept)) if kept else None,
    )  # fmt: skip


def _doubts(
    returns: Sequence[float], now: Sequence[float], trades: int, better: float | None, present: Sequence[Outcome]
) -> list[str]:
    found = []
    if trades < FEWEST:
        found.append(f"{trades} trades were made out of sample; {FEWEST} or more are believed")
    if failed := next((each.failed for each in present if each.failed), ""):
        return [*found, f"there is nothing to compare with, as the present settings can't be run: {failed}"]
    mine, theirs = float(np.sum(returns)), float(np.sum(now))
    if mine <= theirs:
        found.append(f"out of sample it made {mine:+.2%} net of fees, the present settings {theirs:+.2%}")
    elif better is None or better < LIMITS.confidence:
        said = "unknown" if better is None else f"{better:.3f}"
        found.append(
            f"how likely it truly earns more than the present settings is {said}; {LIMITS.confidence:g} or more is "
            "believed"
        )
    return found


def _joined(stretches: Sequence[Stretch]) -> tuple[float, ...]:
    return tuple(value for each in stretches for value in each.returns)
