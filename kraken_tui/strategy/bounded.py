"""An operator's own code gets so long at a close and no longer: the engine's loop waits for it, and so do the stops."""

from collections.abc import Callable
from types import TracebackType
from typing import Any

from msgspec.structs import replace

from kraken_tui.clock import interrupting
from kraken_tui.strategy.contract import Strategy

AT_MOST_S = 2.0


class TookTooLong(Exception):
    """A strategy was interrupted; it is not asked again before the engine starts anew."""


class _Interrupt(BaseException):
    """Passes through an operator's own `except Exception`."""


def bounded(strategy: Strategy, at_most_s: float = AT_MOST_S) -> Strategy:
    """The same strategy, which fails once and for all where it takes longer than `at_most_s` seconds."""
    limit = _Limit(at_most_s)
    return replace(
        strategy,
        ballots=None if strategy.ballots is None else limit.on(strategy.ballots),
        votes=None if strategy.votes is None else limit.on(strategy.votes),
    )


class _Limit:
    """Shared by all that a strategy is asked."""

    def __init__(self, at_most_s: float) -> None:
        self._at_most_s = at_most_s
        self._at: TracebackType | None = None
        """Where it was interrupted."""

    def on(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            if self._at is None:
                try:
                    with interrupting(self._at_most_s, _Interrupt()):
                        return function(*given)
                except _Interrupt as interrupt:
                    self._at = interrupt.__traceback__
            text = f"took longer than {self._at_most_s:g} s and is not asked again before a restart"
            raise TookTooLong(text).with_traceback(self._at)

        return call
