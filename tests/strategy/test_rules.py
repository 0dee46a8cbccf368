"""Votes that are declared: what is told of them, and numbers as an operator may write them."""

from decimal import Decimal

import numpy as np
import pytest
from msgspec.structs import replace

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.replay.candles.bits import words_for
from kraken_tui.replay.candles.comparing import Comparisons
from kraken_tui.replay.candles.words import count_votes
from kraken_tui.strategy.indicators import Measures
from kraken_tui.strategy.rules import Bound, Rule, ballots_of, checked
from kraken_tui.strategy.signal_engine import vote_of
from kraken_tui.strategy.strategies import trend_following
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN


def measures_of(**columns: list[float]) -> Measures:
    (rows,) = {len(column) for column in columns.values()}
    return Measures(**{name: np.array(columns.get(name, [1.0] * rows)) for name in Measures.__struct_fields__})


@pytest.mark.parametrize(
    ("gap", "rsi", "told"),
    [
        (-2.0, 60.0, "RSI is 60, 45 goes with the trend: for neither"),
        (-2.0, 40.0, "RSI is 40, 45 goes with the trend: for a short"),
        (2.0, 46.0, "RSI is 46, 55 goes with the trend: for neither"),
        (2.0, 60.0, "RSI is 60, 55 goes with the trend: for a long"),
    ],
)
def test_a_filter_tells_the_number_that_decided(gap: float, rsi: float, told: str) -> None:
    ballots = ballots_of(trend_following.rules(TradingConfig()), measures_of(gap=[gap], rsi=[rsi]))
    (vote,) = (vote_of(ballot, 0) for ballot in ballots if ballot.name == "rsi")
    assert vote.text == told


@pytest.mark.parametrize("number", [75, Decimal("75"), np.float32(75), 75.0])
def test_a_number_is_compared_however_it_is_written(number: float) -> None:
    rules = checked(
        [Rule(name="hot", measure="rsi", long=Bound(number, True), short=Bound(number - 25, False), words="")]
    )
    measures = measures_of(rsi=[74.9, 75.0, 50.0])
    (ballot,) = ballots_of(rules, measures)
    assert ballot.sign.tolist() == [0, 1, -1]
    enter, ends = np.zeros((2, 2, words_for(3)), np.uint64)
    count_votes(rules, Comparisons(measures), enter, ends)
    assert enter.tolist() == [[0b010], [0b100]]


def test_a_strategy_gives_votes_or_declares_them_and_not_both() -> None:
    with pytest.raises(ValueError, match="trend_following: it gives votes, or ballots"):
        replace(BUILT_IN[0], ballots=None, votes=lambda candles, config: ())
