"""The first answer waits for nothing that could have been read before it."""

import pytest

from kraken_tui.agent.llm.models import Wire
from kraken_tui.agent.llm.warming import warm
from kraken_tui.agent.truth.evidence import weights
from kraken_tui.agent.truth.vocabulary import vocabulary


@pytest.mark.parametrize("wire", list(Wire))
def test_words_and_weights_of_the_gate_are_read_beforehand(wire: Wire) -> None:
    weights.cache_clear()
    vocabulary.cache_clear()
    warm(wire)
    assert weights.cache_info().currsize == vocabulary.cache_info().currsize == 1
    assert len(weights()) > 10_000
