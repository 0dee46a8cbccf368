"""What may become of a setting: which are never proposed, and a change of another with what it means. Pure.

Whoever proposes one, in exact words or in his own, gets the same answer at once; the operator's own command is only
held to what a setting may be.
"""

import difflib
import json
from decimal import Decimal

from kraken_tui.config.faults import faults_in
from kraken_tui.config.settings import Settings
from kraken_tui.model.errors import UsageError

BY_HAND = (
    "MODE", "MARKET", "EXCHANGE_REST_URL", "EXCHANGE_WS_URL", "EXCHANGE_WS_AUTH_URL", "ALLOW_UNKNOWN_KEY", "VALIDATE",
)  # fmt: skip
"""Settings that decide whose money it is: nobody proposes them, they are written by hand."""
OPERATORS = ("ASSISTANT", "OPERATOR", "NOTIFY")
"""What the names of settings begin with that only the operator sets: the assistant's limits, and who is told what."""


def proposed_lines(settings: Settings, name: str, value: str) -> tuple[str, str]:
    """What the card of a proposed change says: the change, and what the setting means.

    Raises:
        UsageError: it is never proposed, or it can't be; says why, and what would be right.
    """
    if name in Settings.model_fields and name.startswith(OPERATORS):
        raise UsageError(f"{name} is never proposed: only the operator sets it, by set {name} VALUE in his own chat")
    before, after = changed_setting(settings, name, value)
    meaning = Settings.model_fields[name].description or name
    return f"set {name} to {after} in config.json (was {before}); it holds from the next start on", meaning


def changed_setting(settings: Settings, name: str, value: str) -> tuple[str, str]:
    """A setting before and after a change, in words.

    Raises:
        UsageError: there is no such setting, the value is out of bounds, or it is changed by hand only.
    """
    if name not in Settings.model_fields:
        near = difflib.get_close_matches(name.upper(), Settings.model_fields, 3)
        told = f"; near it: {', '.join(near)}" if near else ""
        raise UsageError(f"{name[:60]} is no setting{told}")
    if name in BY_HAND:
        raise UsageError(f"{name} is changed in config.json by hand: it decides whose money it is")
    made, faults = faults_in({**settings.model_dump(exclude_unset=True), name: value_of(value)})
    if made is None:
        raise UsageError("; ".join(faults))
    return _in_words(getattr(settings, name)), _in_words(getattr(made, name))


def value_of(text: str) -> object:
    """A value as JSON has it; whatever is no JSON is text."""
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        return text


def _in_words(value: object) -> str:
    return "not set" if value in (None, "") else str(value)
