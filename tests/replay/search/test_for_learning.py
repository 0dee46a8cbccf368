"""What a search may try so that learning can adopt whatever wins."""

import itertools

import pytest

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.learning.adoptable import faults
from kraken_tui.learning.consider import candidate_of
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.search.for_learning import adoptable_texts
from kraken_tui.replay.search.parameters import Parameter, parameters_for

STRATEGIES = ["trend_following", "mean_reversion", "breakout"]
TODAY = [
    TradingConfig(), TradingConfig(TREND_GAP=0.2, TREND_RSI=75, BREAKOUT_VOLUME=1, CHANNEL_PERIOD=276, REVERSION_RSI=44)
]  # fmt: skip


def searched(strategy: str, config: TradingConfig) -> tuple[Parameter, ...]:
    return parameters_for([strategy], adoptable_texts([strategy], config))


@pytest.mark.parametrize("config", TODAY)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_whatever_wins_may_replace_what_trades_today(strategy: str, config: TradingConfig) -> None:
    plain = config.model_dump(mode="json")
    champion = candidate_of(strategy, "", plain)
    rows = searched(strategy, config)
    assert len(rows) >= 2
    values = [[row.value(at / (row.steps or 1)) for at in range((row.steps or 0) + 1)] for row in rows]
    count = 0
    for chosen in itertools.product(*values):
        won = candidate_of(strategy, "", {**plain, **dict(zip([row.name for row in rows], chosen, strict=True))})
        count += won.id != champion.id
        assert won.id == champion.id or not faults(champion, won)
    assert count >= 5


@pytest.mark.parametrize("config", TODAY)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_todays_own_values_are_among_them(strategy: str, config: TradingConfig) -> None:
    for row in searched(strategy, config):
        assert row.point(getattr(config, row.name)) is not None


@pytest.mark.parametrize("strategies", [["scanner"], ["my_own"], STRATEGIES])
def test_what_learning_takes_no_result_of_is_said(strategies: list[str]) -> None:
    with pytest.raises(UsageError, match="learning takes one strategy's result; trend_following, mean_reversion"):
        adoptable_texts(strategies, TradingConfig())


def test_a_value_where_learning_never_goes_is_named() -> None:
    with pytest.raises(UsageError, match=r"TREND_VOLUME is 0\.25; learning may change it within 0\.5 to 3\.0"):
        adoptable_texts(["trend_following"], TradingConfig(TREND_VOLUME=0.25))
