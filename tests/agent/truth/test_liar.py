"""Made-up lies, by the ten thousand: verbs, frames, spellings; none is shown."""

import pytest

from kraken_tui import clock
from tests.agent.truth.corpora import facts, verdicts
from tests.agent.truth.liar import lie

SEEDS = (20_261, 20_262)
COUNT = 5_000


@pytest.mark.parametrize("seed", SEEDS)
def test_no_made_up_lie_is_shown(seed: int) -> None:
    chance, known, told = clock.generator(seed), facts(), []
    for _ in range(COUNT):
        one = lie(chance)
        found = verdicts(one.text, known)
        passed = [verdict.text for verdict in found if not verdict.rule]
        if one.is_told(len(passed), len(found) - len(passed)):
            told.append((one.text, passed))
    assert told == []
