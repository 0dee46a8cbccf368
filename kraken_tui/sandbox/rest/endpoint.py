"""What an endpoint is: a function of the parts and the parameters, and who may call it at what cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from kraken_tui.sandbox.access.keys import ApiKey
    from kraken_tui.sandbox.parts import Parts
    from kraken_tui.sandbox.rest.forms import Params

    PublicEndpoint = Callable[[Parts, Params], Any]
    """Gives what becomes `result`; raises an ExchangeError with Kraken's string to refuse."""
    PrivateCall = Callable[[Parts, ApiKey, Params], Any]
    """The same, for the owner of a key."""


class PrivateEndpoint(Struct, frozen=True):
    """A private method."""

    call: PrivateCall
    any_of: frozenset[str] = frozenset()
    """Permissions of which one suffices; empty: every key may call it."""
    cost: float | Literal["history"] = 1
    """What it adds to the REST counter; `history` is the policy's `history_cost`, 0 is never counted or limited."""
    all_of: frozenset[str] = frozenset()
    """Permissions that are all needed besides, such as those to place and to cancel for a batch."""
