"""Learning and testing tell each other nothing: proved label by label, instant by instant."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.learning.splits import Gap, Span, Split, may_train, purged_folds, walk_forward
from kraken_tui.model.errors import UsageError

GAPS = st.builds(Gap, st.integers(0, 12), st.integers(0, 12))


def told(split: Split, purge: int) -> list[tuple[int, int]]:
    """Every label, of any life up to the purge, that may be learned from: (begin, end)."""
    return [
        (begin, begin + life)
        for span in split.train
        for begin in range(span.start_ns, span.end_ns)
        for life in range(purge + 1)
    ]


def check(split: Split, whole: Span, gap: Gap) -> None:
    """No label learned from is alive where a tested one may be alive, nor begins in the embargo after that."""
    test = split.test
    assert whole.start_ns <= test.start_ns < test.end_ns <= whole.end_ns
    for span in split.train:
        assert whole.start_ns <= span.start_ns < span.end_ns <= whole.end_ns
    for begin, end in told(split, gap.purge_ns):
        assert end < test.start_ns or begin >= test.end_ns + gap.length_ns


class TestWalkForward:
    @given(st.integers(0, 50), st.integers(1, 150), st.integers(1, 40), st.integers(1, 40), GAPS, st.booleans())
    def test_learning_ends_a_gap_before_its_test(
        self, start: int, length: int, train: int, test: int, gap: Gap, anchored: bool
    ) -> None:
        whole = Span(start, start + length)
        if length < train + test + gap.length_ns:
            with pytest.raises(UsageError, match="do not fit"):
                walk_forward(whole, train, test, gap, anchored=anchored)
            return
        splits = walk_forward(whole, train, test, gap, anchored=anchored)
        for split in splits:
            check(split, whole, gap)
            (learned,) = split.train
            assert learned.end_ns + gap.length_ns == split.test.start_ns
            assert learned.length_ns >= train if anchored else learned.length_ns == train
            assert split.test.length_ns == test

    @given(st.integers(70, 400), st.integers(1, 20), st.integers(1, 20), GAPS)
    def test_tests_lie_side_by_side_to_the_end_and_none_more_would_fit(
        self, length: int, train: int, test: int, gap: Gap
    ) -> None:
        splits = walk_forward(Span(0, length), train, test, gap)
        tested = [at for split in splits for at in range(split.test.start_ns, split.test.end_ns)]
        assert tested == list(range(length - len(splits) * test, length))
        left = tested[0] - train - gap.length_ns
        assert 0 <= left < test

    def test_anchored_learns_from_the_start(self) -> None:
        splits = walk_forward(Span(0, 100), 40, 20, Gap(5, 5), anchored=True)
        assert [(split.train[0], split.test) for split in splits] == [
            (Span(0, 50), Span(60, 80)),
            (Span(0, 70), Span(80, 100)),
        ]


class TestPurgedFolds:
    @given(st.integers(0, 50), st.integers(2, 200), st.integers(2, 8), GAPS)
    def test_nothing_reaches_over(self, start: int, length: int, folds: int, gap: Gap) -> None:
        whole = Span(start, start + length)
        if length < folds:
            with pytest.raises(UsageError, match="fold_ns"):
                purged_folds(whole, folds, gap)
            return
        try:
            splits = purged_folds(whole, folds, gap)
        except UsageError as error:
            assert "nothing of" in str(error)
            return
        tested = [at for split in splits for at in range(split.test.start_ns, split.test.end_ns)]
        assert tested == list(range(whole.start_ns, whole.end_ns))
        for split in splits:
            check(split, whole, gap)
            learned = {at for span in split.train for at in range(span.start_ns, span.end_ns)}
            forbidden = range(split.test.start_ns - gap.purge_ns, split.test.end_ns + gap.length_ns)
            assert learned == set(range(whole.start_ns, whole.end_ns)) - set(forbidden)


class TestMayTrain:
    @given(
        st.lists(st.tuples(st.integers(0, 60), st.integers(0, 15)), max_size=20),
        st.lists(st.tuples(st.integers(0, 60), st.integers(1, 15)), max_size=3),
        st.integers(0, 10),
    )
    def test_instant_by_instant(
        self, labels: list[tuple[int, int]], tests: list[tuple[int, int]], embargo: int
    ) -> None:
        """A label alive from its begin to its end, both included, meets no tested instant and no embargoed one."""
        begins = np.array([begin for begin, _ in labels], np.int64)
        ends = begins + np.array([life for _, life in labels], np.int64)
        spans = [Span(begin, begin + length) for begin, length in tests]
        closed = {at for span in spans for at in range(span.start_ns, span.end_ns + embargo)}
        expected = [closed.isdisjoint(range(begin, begin + life + 1)) for begin, life in labels]
        assert may_train(begins, ends, spans, embargo).tolist() == expected

    def test_a_label_without_an_end_is_refused(self) -> None:
        with pytest.raises(UsageError, match="ends before it begins"):
            may_train(np.array([5]), np.array([4]), ())


@pytest.mark.parametrize(
    ("train", "test", "gap", "words"),
    [
        (0, 5, Gap(), "train_ns"),
        (5, -1, Gap(), "test_ns"),
        (5, 5, Gap(-1), "purge_ns"),
        (5, 5, Gap(0, -1), "embargo_ns"),
    ],
)
def test_impossible_lengths_are_refused(train: int, test: int, gap: Gap, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        walk_forward(Span(0, 100), train, test, gap)


def test_a_single_fold_is_refused() -> None:
    with pytest.raises(UsageError, match="2 or more"):
        purged_folds(Span(0, 100), 1, Gap())
