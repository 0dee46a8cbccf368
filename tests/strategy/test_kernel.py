"""Counting many rows side by side gives each the very bits that counting it alone gives."""

from typing import Any

import numpy as np
import pytest

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.strategy.generated import generated_candles
from kraken_tui.strategy.history import WINDOW, cut
from kraken_tui.strategy.indicators import MANY, chosen, looked_up, measure


@pytest.mark.parametrize(
    "periods",
    [
        {},
        {"FAST_MEAN": 5, "SLOW_MEAN": 17, "VOLUME_PERIOD": 2, "VOLATILITY_PERIOD": 9, "CALM_PERIOD": 40,
         "CHOPPINESS_PERIOD": 31, "CHANNEL_PERIOD": 3},
        {"FAST_MEAN": 8, "SLOW_MEAN": 16, "VOLUME_PERIOD": 64, "VOLATILITY_PERIOD": 7, "CALM_PERIOD": 8,
         "CHOPPINESS_PERIOD": 2, "CHANNEL_PERIOD": 256},
    ],
)  # fmt: skip
def test_many_rows_are_counted_as_each_alone(periods: dict[str, Any]) -> None:
    config = TradingConfig.model_validate(periods)
    candles = generated_candles(3, MANY + 700)
    together = measure(candles, config)
    alone = measure(candles, config, 1)  # from the second candle on, row by row
    rows = np.arange(1, together.rows)
    for name in type(together).__struct_fields__:
        mine, theirs = getattr(chosen(together, rows), name), getattr(alone, name)
        assert np.array_equal(mine.view(np.int64), theirs.view(np.int64)), name


def test_a_window_shows_what_the_history_shows() -> None:
    config, candles = TradingConfig(), generated_candles(4, MANY + 900)
    together = measure(candles, config)
    for row in (MANY, MANY + 450, MANY + 899):
        window = measure(cut(candles, row + 1 - WINDOW, row + 1), config, WINDOW - 1)
        for name in type(together).__struct_fields__:
            assert getattr(window, name)[0] == getattr(together, name)[row], name


def test_columns_that_are_looked_up_are_those_that_are_chosen() -> None:
    whole, rows = measure(generated_candles(4, 900), TradingConfig()), np.array([880, 300, 641])
    few = looked_up(whole, rows)
    assert few.rows == 3
    for name in type(whole).__struct_fields__:
        assert np.array_equal(getattr(few, name), getattr(chosen(whole, rows), name), equal_nan=True), name
