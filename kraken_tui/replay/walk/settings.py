"""The settings that a log was written with."""

import json

from kraken_tui.config.settings import Settings
from kraken_tui.model.errors import GARBLED, UsageError


def settings_of(text: str) -> Settings:
    """The settings in a log's `Start`, as they took effect.

    A log holds every key, and some that must agree may contradict each other where nobody wrote them: what is the
    default anyhow is left out, so that it is not taken for something that was written.

    Raises:
        UsageError: another version knew other keys, or other values of them.
    """
    defaults = Settings().model_dump(mode="json")
    try:
        values = json.loads(text)
        return Settings.model_validate({key: values[key] for key in values if values[key] != defaults.get(key, text)})
    except (LookupError, TypeError, *GARBLED) as error:
        raise UsageError(f"the settings in this log are another version's: {error}") from error
