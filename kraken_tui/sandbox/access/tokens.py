"""WebSocket tokens: short-lived stand-ins for a key, as GetWebSocketsToken gives them."""

import base64

from kraken_tui.clock import SECOND, Clock, Generator
from kraken_tui.model.errors import RetryLater
from kraken_tui.sandbox.access.keys import ApiKey

LIFETIME_S = 900
"""Kraken's: a token must be used within 15 minutes."""


class Tokens:
    """The tokens that are good.

    Args:
        clock: the exchange's.
        generator: what tokens are made of.
        lifetime_s: seconds from issue within which a token must be used; tokens issued before keep theirs when it
            changes.
    """

    def __init__(self, clock: Clock, generator: Generator, lifetime_s: float = LIFETIME_S) -> None:
        self.lifetime_s = lifetime_s
        self._clock = clock
        self._generator = generator
        self._good: dict[str, tuple[ApiKey, int]] = {}
        """With the time of its end; in the order of issue."""

    def issue(self, key: ApiKey) -> str:
        """A new token for `key`; earlier ones stay good."""
        now_ns = self._clock.now_ns()
        self._forget_expired(now_ns)
        token = base64.b64encode(self._generator.randbytes(33)).decode().replace("+", "x").replace("/", "y")
        self._good[token] = key, now_ns + int(self.lifetime_s * SECOND)
        return token

    def key_of(self, token: str) -> ApiKey:
        """Whose token it is.

        Raises:
            RetryLater: `ESession:Invalid session`: unknown, too old, or taken back.
        """
        found = self._good.get(token)
        if found is None or found[1] <= self._clock.now_ns():
            raise RetryLater("ESession:Invalid session")
        return found[0]

    def expire_all(self) -> int:
        """Make every token invalid at once (a fault); returns how many were good."""
        self._forget_expired(self._clock.now_ns())
        count = len(self._good)
        self._good.clear()
        return count

    def _forget_expired(self, now_ns: int) -> None:
        for token in [token for token, (_, ends_ns) in self._good.items() if ends_ns <= now_ns]:
            del self._good[token]
