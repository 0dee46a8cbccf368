"""The WebSocket token: used again while it is young, fetched anew when Kraken takes it no more."""

from collections.abc import Awaitable, Callable

from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.waits import within
from kraken_tui.model.errors import ExchangeUnreachable

TOKEN_S = 600.0
"""A token is used again for so long; Kraken's are good for 15 minutes."""
PATIENCE_S = 30.0
"""Bound for getting one: the request waits its turn behind orders."""


class TokenKeeper:
    """Keeps one token, and never shows it.

    Args:
        fetch: gets a token (GetWebSocketsToken); may raise an ExchangeError.
        clock: the token's age is measured on it.
    """

    def __init__(self, fetch: Callable[[], Awaitable[str]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._token = ""
        self._fetched_ns = 0
        self._uses = 0

    async def get(self) -> str:
        """A token that should be good.

        Raises:
            ExchangeUnreachable: none came in time.
            ExchangeError: as `fetch` raises it.
        """
        if not self._token or self._clock.now_ns() - self._fetched_ns > TOKEN_S * SECOND:
            self._token = ""
            try:
                self._token = await within(self._clock, PATIENCE_S, self._fetch())
            except TimeoutError as error:
                raise ExchangeUnreachable(f"no token for the private stream within {PATIENCE_S:g} s") from error
            self._fetched_ns, self._uses = self._clock.now_ns(), 0
        self._uses += 1
        return self._token

    def refuse(self) -> bool:
        """Kraken took it no more: forget it. Whether it had been good before, so that a new one may well be."""
        was_used, self._token = self._uses > 1, ""
        return was_used

    def hide(self, text: str) -> str:
        """`text` without the token."""
        return text.replace(self._token, "***") if self._token else text
