"""What may be searched, and what is said of what may not."""

import pytest

from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.search.parameters import DEFAULTS, OF_AUTOPILOT, OF_SCANNER, SCANNER, parameters_for


@pytest.mark.parametrize("strategy", [*DEFAULTS, "one_of_my_own"])
def test_the_documented_sets_are_allowed_and_hold_what_is_the_default_today(strategy: str) -> None:
    model = Settings() if strategy == SCANNER else TradingConfig()
    for each in parameters_for([strategy], []):
        assert each.point(getattr(model, each.name)) is not None
        for point in (0.0, 0.31, 1.0):
            type(model).model_validate({each.name: each.value(point)})


def test_every_name_is_a_setting() -> None:
    assert set(OF_SCANNER) <= set(Settings.model_fields) and set(OF_AUTOPILOT) <= set(TradingConfig.model_fields)


def test_values_lie_on_exact_steps() -> None:
    (each,) = parameters_for([SCANNER], ["VELOCITY_THRESHOLD=0.1..0.75:0.1"])
    assert each.steps == 6 and str(each) == "VELOCITY_THRESHOLD=0.1..0.7:0.1"
    assert [each.value(at / 6) for at in range(7)] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    assert each.point(0.3) == pytest.approx(1 / 3)
    assert each.point(0.35) is None and each.point(0.8) is None
    (whole,) = parameters_for([SCANNER], ["decay_scans=5..25:5"])
    assert whole.value(0.5) == 15 and isinstance(whole.value(0.5), int)
    (smooth,) = parameters_for(["breakout"], ["STOP_ATRS=1..3"])
    assert smooth.steps is None and smooth.value(0.25) == 1.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("VELOCITY_TRESHOLD=1..2", "did you mean VELOCITY_THRESHOLD"),
        ("RISK_PER_TRADE=1..2", "RISK_PER_TRADE is nothing to be searched"),
        ("TREND_GAP=1..2", "TREND_GAP is nothing to be searched"),
        ("DECAY_SCANS=9..3", "9 is not below 3"),
        ("DECAY_SCANS=3..3", "3 is not below 3"),
        ("DECAY_SCANS=0..3", "DECAY_SCANS can't be 0; from 1 up to 1000 is right"),
        ("VELOCITY_THRESHOLD=0..3", "VELOCITY_THRESHOLD can't be 0; above 0 up to 50 is right"),
        ("VELOCITY_THRESHOLD=1..51", "VELOCITY_THRESHOLD can't be 51"),
        ("DECAY_SCANS=1..3.5", "DECAY_SCANS is a whole number"),
        ("DECAY_SCANS=1..9:0.5", "DECAY_SCANS is a whole number"),
        ("ATR_MULTIPLE=1..2:3", "a step of 3 is not right"),
        ("ATR_MULTIPLE=1..2:0", "a step of 0 is not right"),
        ("ATR_MULTIPLE", "NAME=LOW..HIGH"),
        ("ATR_MULTIPLE=nan..2", "NAME=LOW..HIGH"),
    ],
)
def test_nonsense_is_named(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("(", "\\(")) as caught:
        parameters_for([SCANNER], [text])
    assert text in str(caught.value)


def test_a_parameter_is_named_once() -> None:
    with pytest.raises(UsageError, match="ATR_MULTIPLE is there twice"):
        parameters_for([SCANNER], ["ATR_MULTIPLE=1..2", "ATR_MULTIPLE=1..3"])
    both = [row.name for row in parameters_for(["mean_reversion", "breakout"], [])]
    assert len(both) == len(set(both)) and "STOP_ATRS" in both
