"""The settings of a log come back as they took effect, whatever was written of them."""

import pytest

from kraken_tui.config.settings import Settings
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.walk.settings import settings_of


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"RISK_PER_TRADE": 5, "MODE": "LIVE", "MAX_CAPITAL": 500},
        {"GROUPS": {"Majors": ["BTC/USD"]}},
        {"PAPER_TAKER_FEE": "0.260", "POLL_INTERVAL": 0.7, "MAX_ACTIVE_RISK": None},
    ],
)
def test_settings_come_back(written: dict[str, object]) -> None:
    settings = Settings.model_validate(written)
    again = settings_of(settings.model_dump_json())
    assert again == settings
    assert again.model_dump_json() == settings.model_dump_json()


def test_a_key_of_another_version_is_told() -> None:
    with pytest.raises(UsageError, match="another version's"):
        settings_of('{"NO_SUCH_KEY": 1}')
