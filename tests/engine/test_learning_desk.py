"""The learning desk: an event that can't be kept has not happened."""

from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from kraken_tui.clock import PacedClock
from kraken_tui.engine.learning_desk import LearningDesk
from kraken_tui.learning.learner import after, new_learner
from kraken_tui.learning.operations import Mode
from tests.learning.test_learner import considered, enrol


def test_an_event_that_can_not_be_kept_changes_nothing_and_what_follows_is_kept() -> None:
    kept: list[Any] = []
    desk: Any = LearningDesk.__new__(LearningDesk)
    desk.state, _ = after(new_learner(Mode.PAPER), enrol(), {})
    desk.is_on, desk._clock, desk._tell = True, PacedClock(5), lambda author, text: None
    desk._recorder = SimpleNamespace(record_blocks=lambda rows, states: kept.extend(states))
    desk._decider = SimpleNamespace(adopt=lambda rows: None)
    before, good = desk.state, considered(5)
    bad = replace(good, choice=replace(good.choice, sane=(replace(good.choice.sane[0], trades=10**30),)))
    with pytest.raises(OverflowError):
        desk.take(bad)
    assert desk.state is before and not kept
    desk.take(good)
    assert desk.state.adoption.campaigns == 1
    assert [row.name for row in kept] == ["event 00000002", "learner"]
