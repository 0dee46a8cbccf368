"""Where a search learns and where it is tested: whole UTC days, walked forward."""

from msgspec import Struct

from kraken_tui.clock import day
from kraken_tui.learning.equity_curve import DAY
from kraken_tui.learning.splits import Gap, Span, walk_forward
from kraken_tui.model.errors import UsageError

HOUR = DAY // 24
PARTS = 8
"""A test is an eighth of the whole and learning three of them, where nothing is said: five tests."""


class Fold(Struct, frozen=True):
    """Learn here, then test there."""

    train: Span
    test: Span


class Plan(Struct, frozen=True, kw_only=True):
    """All of them, in the order of time."""

    whole: Span
    folds: tuple[Fold, ...]
    gap: Gap
    train_days: int
    test_days: int


def whole_days(begin_ns: int, end_ns: int) -> Span:
    """The whole UTC days from `begin_ns` to `end_ns`; what lies before them warms the indicators.

    Raises:
        UsageError: there are none.
    """
    span = Span(-(-begin_ns // DAY) * DAY, end_ns // DAY * DAY)
    if span.length_ns <= 0:
        raise UsageError(f"from {day(begin_ns)} to {day(end_ns)} there is not one whole UTC day; longer is right")
    return span


def plan_of(whole: Span, train: int | None, test: int | None, gap: Gap) -> Plan:
    """The folds of a walk-forward.

    Args:
        whole: all whole days.
        train: days to learn from; three tests by default.
        test: days of each test; an eighth of the whole by default.
        gap: see `learning.splits`.

    Raises:
        UsageError: not one test fits.
    """
    days = whole.length_ns // DAY
    for name, asked in (("--train", train), ("--test", test)):
        if asked is not None and asked < 1:
            raise UsageError(f"{name} {asked}: 1 day or more is right")
    test_days = test if test is not None else max(1, days // PARTS)
    train_days = train if train is not None else 3 * test_days
    if (train_days + test_days) * DAY + gap.length_ns > whole.length_ns:
        raise UsageError(
            f"--train {train_days} and --test {test_days} days with {gap.length_ns / HOUR:g} hours between them do not "
            f"fit into {days} days from {day(whole.start_ns)}; shorter ones, or more history, are right"
        )
    splits = walk_forward(whole, train_days * DAY, test_days * DAY, gap)
    folds = tuple(Fold(split.train[0], split.test) for split in splits)
    return Plan(whole=whole, folds=folds, gap=gap, train_days=train_days, test_days=test_days)
