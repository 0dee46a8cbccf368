"""What a scan leaves in the log stands for all of it: one number that differs shows, and is named by its sums."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.model.scan import Action, Reason, State
from kraken_tui.scanner.outputs import SUMMED, Word, fold, word_of

ROWS = {name: place + 3 for place, name in enumerate(SUMMED)}


def folded(rows: list[np.ndarray[tuple[int], np.dtype[np.int64]]]) -> tuple[list[int], list[int]]:
    words, sums = np.empty(rows[0].size, np.int16), np.zeros(2 * len(SUMMED), np.int64)
    fold(*rows, words, sums)  # type: ignore[arg-type, call-arg]
    return words.tolist(), sums.tolist()


@settings(deadline=None, max_examples=60)
@given(
    count=st.integers(1, 1500), seed=st.integers(0, 99), row=st.sampled_from(SUMMED),
    place=st.integers(0, 1499), step=st.integers(-(1 << 30), 1 << 30).filter(bool),
)  # fmt: skip
def test_one_number_that_differs_is_named_by_both_sums(count: int, seed: int, row: str, place: int, step: int) -> None:
    place %= count
    chance = np.random.default_rng(seed)
    rows = [chance.integers(0, 4, count) for _ in range(3)] + [chance.integers(0, 1 << 33, count) for _ in SUMMED]
    words, sums = folded(rows)
    rows[ROWS[row]][place] += step
    again, others = folded(rows)
    assert again == words
    first = 2 * SUMMED.index(row)
    differ = [k for k, (one, other) in enumerate(zip(sums, others, strict=True)) if one != other]
    assert differ == ([first, first + 1] if place else [first])
    plain, weighted = (others[k] - sums[k] for k in (first, first + 1))
    assert (weighted // plain, plain) == (place, step)


def test_a_word_holds_every_state_reason_and_action() -> None:
    words = [Word(state, reason, action) for state in State for reason in Reason for action in Action]
    rows = [np.array([getattr(word, name) for word in words], np.int64) for name in ("state", "reason", "action")]
    packed, _ = folded([*rows, *(np.zeros(len(words), np.int64) for _ in SUMMED)])
    assert [word_of(number) for number in packed] == words
