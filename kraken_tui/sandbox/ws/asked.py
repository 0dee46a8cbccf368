"""What a subscription asks for beside its channel and its pairs, read strictly."""

from collections.abc import Collection
from typing import Any

from kraken_tui.sandbox.ws.frames import WsRefused


def flag(params: dict[str, Any], name: str, default: bool) -> bool:
    """A boolean.

    Raises:
        WsRefused: it is something else.
    """
    value = params.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise WsRefused(f"EGeneral:Invalid arguments:{name}")
    return value


def choice(params: dict[str, Any], name: str, default: int, right: Collection[int], refusal: str) -> int:
    """A whole number out of `right`.

    Raises:
        WsRefused: with `refusal`.
    """
    value = params.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value not in right:
        raise WsRefused(refusal)
    return value


def word(params: dict[str, Any], name: str, default: str, right: Collection[str]) -> str:
    """A text out of `right`.

    Raises:
        WsRefused: it is something else.
    """
    value = params.get(name, default)
    if not isinstance(value, str) or value not in right:
        raise WsRefused(f"EGeneral:Invalid arguments:{name}")
    return value
