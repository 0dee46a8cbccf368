"""trading.json: defaults where nothing is written, every fault named at once."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kraken_tui.config.home import Home
from kraken_tui.config.trading_config import TradingConfig, load_trading, trading_text
from kraken_tui.model.errors import UsageError


def faults(home: Path, text: str) -> list[str]:
    (home / "trading.json").write_text(text)
    with pytest.raises(UsageError) as raised:
        load_trading(Home(home))
    return str(raised.value).replace(f"{home / 'trading.json'}: ", "").splitlines()


def test_without_a_file_the_defaults_hold_and_nothing_is_written(tmp_path: Path) -> None:
    assert load_trading(Home(tmp_path)) == TradingConfig()
    assert list(tmp_path.iterdir()) == []


def test_what_is_shown_reads_back(tmp_path: Path) -> None:
    config = TradingConfig(FAST_MEAN=20, SLOW_MEAN=50, DENY=["SGB/USD"], MAX_SPREAD=0.125)
    (tmp_path / "trading.json").write_text(trading_text(config))
    assert load_trading(Home(tmp_path)) == config
    (tmp_path / "trading.json").write_text('{"RSI_PERIOD": 9}')
    assert load_trading(Home(tmp_path)) == TradingConfig(RSI_PERIOD=9)


WRONG = {
    '{"RSI_PERIOD": 0}': "RSI_PERIOD is 0; it should be greater than or equal to 2",
    '{"RSI_PERIOD": 2.5}': "RSI_PERIOD is 2.5; it should be a whole number",
    '{"ATR_PERIOD": 21}': "ATR_PERIOD is 21; it should be less than or equal to 20",
    '{"STOP_ATRS": 0}': "STOP_ATRS is 0; it should be greater than 0",
    '{"STOP_ATRS": -1.5}': "STOP_ATRS is -1.5; it should be greater than 0",
    '{"STOP_ATRS": "3"}': 'STOP_ATRS is "3"; it should be a number',
    '{"STOP_ATRS": true}': "STOP_ATRS is true; it should be a number",
    '{"SLOW_MEAN": 720}': "SLOW_MEAN is 720; it should be less than or equal to 288",
    '{"FAST_MEAN": 200, "SLOW_MEAN": 200}': "FAST_MEAN is 200; it must be below SLOW_MEAN, 200",
    '{"VOLATILITY_PERIOD": 288}': "VOLATILITY_PERIOD is 288; it must be below CALM_PERIOD, 288",
    '{"ALLOW": ["BTC/USD"], "DENY": ["BTC/USD"]}': "ALLOW and DENY both name BTC/USD; keep one",
    '{"DENY": ["bitcoin"]}': 'DENY.0 is "bitcoin"; it should be a pair such as BTC/USD',
    '{"STRATEGIES": ["breakout", "breakout"]}': "STRATEGIES names twice: breakout",
    '{"RSI_PERIODS": 14}': "RSI_PERIODS is no setting; did you mean RSI_PERIOD?",
    '{"MAX_SPREAD": NaN}': "NaN is no number that a setting can have",
    '{"MAX_SPREAD": 1, "MAX_SPREAD": 2}': "MAX_SPREAD is there twice; keep one",
    "[1]": "must be an object, { … }, with a key for each setting",
}


@pytest.mark.parametrize("text", WRONG)
def test_bad_input_names_key_value_and_what_would_be_right(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text) == [WRONG[text]]


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    assert len(faults(tmp_path, '{"RSI_PERIOD": 0, "NOPE": 1, "MAX_SPREAD": "wide"}')) == 3


@given(st.integers(2, 288), st.integers(2, 288), st.integers(2, 20), st.integers(2, 288))
def test_any_config_is_warm_well_within_720_candles(fast: int, slow: int, wilder: int, channel: int) -> None:
    told = {"FAST_MEAN": fast, "SLOW_MEAN": slow, "RSI_PERIOD": wilder, "CHANNEL_PERIOD": channel}
    if fast >= slow:
        with pytest.raises(ValidationError):
            TradingConfig.model_validate(told)
        return
    config = TradingConfig.model_validate(told)
    assert max(slow, channel, config.CALM_PERIOD) < config.warm_up <= 289
    assert json.loads(trading_text(config))["FAST_MEAN"] == fast
