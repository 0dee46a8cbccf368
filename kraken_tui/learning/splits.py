"""Where to learn and where to test: spans of time that tell each other nothing (López de Prado 2018, ch. 7)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.model.errors import UsageError

Times = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Span(Struct, frozen=True):
    """A stretch of time from its start up to, but without, its end."""

    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        """How long it is."""
        return self.end_ns - self.start_ns


class Split(Struct, frozen=True):
    """Where to learn, and where to test what was learned."""

    train: tuple[Span, ...]
    """Labels (trades, outcomes) that begin here may be learned from."""
    test: Span


class Gap(Struct, frozen=True):
    """What is left out between learning and testing.

    Purge: how long the longest label lives. A label that begins at t is known at t + purge, so what begins in the last
    `purge_ns` before a test, or in the last of a test, reaches over the border (section 7.4.1).
    Embargo: what is left out besides, because prices near the border have much in common (section 7.4.2).
    """

    purge_ns: int = 0
    embargo_ns: int = 0

    @property
    def length_ns(self) -> int:
        """Both together."""
        return self.purge_ns + self.embargo_ns


def walk_forward(whole: Span, train_ns: int, test_ns: int, gap: Gap, *, anchored: bool = False) -> tuple[Split, ...]:
    """Learn, then test on what follows, then move on by one test: as it would have been done at the time.

    The tests lie side by side up to the end of `whole`, of equal length, none over another; so their results make
    one record. Learning ends `gap` before its test. A book's embargo is about learning *after* a test; here, where
    nothing after a test is learned for it, it widens the distance before it.

    Args:
        whole: all there is.
        train_ns: how long to learn; the least of it where `anchored`.
        test_ns: how long to test.
        gap: what is left out between the two.
        anchored: always learn from the very start, instead of from the last `train_ns`.

    Raises:
        UsageError: a length is not positive, or not one test fits.
    """
    _check(whole, gap, train_ns=train_ns, test_ns=test_ns)
    before = train_ns + gap.length_ns
    count = (whole.length_ns - before) // test_ns
    if count < 1:
        raise UsageError(
            f"learning {train_ns} ns, a gap of {gap.length_ns} ns and a test of {test_ns} ns do not fit into "
            f"{whole.length_ns} ns; shorter ones, or more history, are right"
        )
    first = whole.end_ns - count * test_ns
    tests = [Span(first + at * test_ns, first + (at + 1) * test_ns) for at in range(count)]
    starts = [whole.start_ns if anchored else test.start_ns - before for test in tests]
    return tuple(
        Split((Span(start, test.start_ns - gap.length_ns),), test) for start, test in zip(starts, tests, strict=True)
    )


def purged_folds(whole: Span, folds: int, gap: Gap) -> tuple[Split, ...]:
    """Test each of `folds` equal parts, learn from all the others less what reaches over: purged k-fold.

    López de Prado 2018, snippet 7.3: before the test its last `purge_ns` are left out, after it the time that labels
    which began in the test still live, and the embargo. A side that is left empty is no span.

    Raises:
        UsageError: less than two folds, or nothing remains to learn from.
    """
    if folds < 2:
        raise UsageError(f"{folds} folds were asked for; 2 or more are right")
    _check(whole, gap, fold_ns=whole.length_ns // folds)
    edges = [whole.start_ns + whole.length_ns * at // folds for at in range(folds + 1)]
    splits = []
    for start, end in pairwise(edges):
        sides = (Span(whole.start_ns, start - gap.purge_ns), Span(end + gap.length_ns, whole.end_ns))
        train = tuple(side for side in sides if side.length_ns > 0)
        if not train:
            raise UsageError(f"a gap of {gap.length_ns} ns leaves nothing of {whole.length_ns} ns to learn from")
        splits.append(Split(train, Span(start, end)))
    return tuple(splits)


def may_train(begins: Times, ends: Times, tests: Sequence[Span], embargo_ns: int = 0) -> Mask:
    """Which labels may be learned from, given what is tested: those that touch no test and no embargo after one.

    Use it where the labels' own lives are known, such as trades from entry to exit (López de Prado 2018, snippet
    7.1): exact, where `Gap.purge_ns` has to take the longest life for all.

    Args:
        begins: shape (N,), when each label's first information is from.
        ends: shape (N,), when it was known; at or after its begin.
        tests: what is tested.
        embargo_ns: what is left out after each test.

    Returns:
        shape (N,), True for those that may be learned from.
    """
    if begins.shape != ends.shape or (ends < begins).any():
        raise UsageError("a label ends before it begins, or has no end; an end at or after each begin is right")
    allowed = np.ones(begins.shape, np.bool_)
    for test in tests:
        allowed &= (ends < test.start_ns) | (begins >= test.end_ns + embargo_ns)
    return allowed


def _check(whole: Span, gap: Gap, **lengths: int) -> None:
    for name, length in (lengths | {"whole": whole.length_ns}).items():
        if length <= 0:
            raise UsageError(f"{name} is {length} ns long; more than 0 is right")
    for name, length in (("purge_ns", gap.purge_ns), ("embargo_ns", gap.embargo_ns)):
        if length < 0:
            raise UsageError(f"{name} is {length}; 0 or more is right")
