"""A ticker's standing in words."""

import pytest

from kraken_tui.model.advice import advice, reason_text
from kraken_tui.model.scan import Reason, State


@pytest.mark.parametrize(
    ("state", "reason", "note", "said"),
    [
        (State.WAIT, Reason.QUIET, "", "SCANNING"),
        (State.WAIT, Reason.WARMING, "", "WARMING"),
        (State.WAIT, Reason.NO_PRICE, "", "NO PRICE"),
        (State.WAIT, Reason.REFUSED, "", "REFUSED"),
        (State.ARM, Reason.ARMING, "", "ARM 2/3"),
        (State.ARM, Reason.BLOCKED, "Memes 2/2", "BLOCKED memes 2/2"),
        (State.ARM, Reason.REGIME, "CHOP", "BLOCKED chop"),
        (State.ARM, Reason.REGIME, "WARMING", "BLOCKED regime"),
        (State.ARM, Reason.PAUSED, "", "BLOCKED paused"),
        (State.ENTRY, Reason.BURST, "", "ENTRY"),
        (State.HOLD, Reason.HOLDING, "", "HOLD"),
        (State.HOLD, Reason.RATCHET_ENTRY, "", "HOLD stop@entry"),
        (State.HOLD, Reason.STALE_FEED, "", "HOLD stale feed"),
        (State.HOLD, Reason.FADE, "", "EXIT faded"),
        (State.HOLD, Reason.OPERATORS, "", "HOLD yours"),
        (State.EXIT, Reason.STOPPED, "", "EXIT"),
        (State.COOLDOWN, Reason.LOSS, "", "COOLDOWN 41 s"),
    ],
)
def test_advice(state: State, reason: Reason, note: str, said: str) -> None:
    assert advice(state, reason, 2, 3, note, 41) == said


def test_every_state_and_reason_has_words() -> None:
    for reason in Reason:
        assert reason_text(reason)
        assert reason_text(reason, "CHOP").endswith("(CHOP)")
        for state in State:
            assert 0 < len(advice(state, reason, 1, 3, "", 9)) <= 17, "the narrowest advice column holds it"
