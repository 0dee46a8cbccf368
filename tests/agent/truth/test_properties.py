"""What holds for any text: no crash, the same verdicts however it is cut, one spelling, nothing printed by accident."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.agent.truth.normalising import plain
from kraken_tui.agent.truth.untrusted import Untrusted, revealed
from tests.agent.truth.corpora import answers, facts, gate, verdicts

FACTS = facts()
SAID = [*answers("honest_dev.txt"), *answers("lies_dev.txt")]
WORDS = st.sampled_from(
    [
        *("I", "you", "the", "your", "a", "order", "stop", "BTC", "64010.5", "is", "was", "bought", "filled", "if"),
        *("when", ",", ".", "?", "!", ":", "-", "\n", ";", "now", "that", "would", "not", "in", "place", "and", "to"),
    ]
)
ANYTHING = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(SAID), min_size=1, max_size=4).map(" ".join),
    st.lists(WORDS, max_size=25).map(" ".join),
)


@given(ANYTHING)
@settings(max_examples=400, deadline=None)
def test_any_text_gets_verdicts(text: str) -> None:
    for verdict in verdicts(text, FACTS):
        assert bool(verdict.rule) == (verdict.withheld is not None)
        assert not (verdict.rule and verdict.text)


@given(ANYTHING, st.lists(st.integers(1, 40), min_size=1, max_size=60))
@settings(max_examples=300, deadline=None)
def test_the_verdicts_are_the_same_however_the_answer_is_cut(text: str, sizes: list[int]) -> None:
    judge, found, at = gate(FACTS), [], 0
    while at < len(text):
        size = sizes[at % len(sizes)]
        found += judge.feed(Untrusted(text[at : at + size]))
        at += size
    found += judge.end(complete=True)
    whole = verdicts(text, FACTS)
    assert [(one.text, one.rule) for one in found] == [(one.text, one.rule) for one in whole]
    kept = [revealed(one.withheld) for one in found if one.withheld]
    assert kept == [revealed(one.withheld) for one in whole if one.withheld]


@given(st.text(max_size=200))
@settings(max_examples=400, deadline=None)
def test_a_normalised_text_is_normal(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def test_escape_sequences_and_invisible_characters_are_gone() -> None:
    assert plain("\x1b[31mI wou\u200bld\x1b]0;title\x07 wait.\u202e\x07") == "I would wait."


@pytest.mark.parametrize("show", [str, repr, format, "{}".format, "{!r}".format, "%s".__mod__, pickle.dumps, print])
def test_untrusted_text_can_not_be_shown(show: object) -> None:
    with pytest.raises(TypeError, match="untrusted"):
        show(Untrusted("I sold it."))  # type: ignore[operator]


def test_untrusted_text_tells_its_length() -> None:
    assert Untrusted("I sold it.").length == 10
