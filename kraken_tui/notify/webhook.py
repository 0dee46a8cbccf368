"""A webhook: each message as JSON, by POST, over TLS or on this machine."""

from typing import TYPE_CHECKING

from kraken_tui.clock import iso
from kraken_tui.notify.channel import Answer, Later, Letter, Never, Sent

if TYPE_CHECKING:
    import aiohttp

WITHIN_S = 10.0
AGAIN = frozenset({408, 425, 429})
"""Refusals that may pass by themselves."""


class Webhook:
    """Posts `{"id", "event", "text", "time"}`; whoever gets an id twice may drop the second.

    Args:
        url: https, or http on loopback.
        token: shown as bearer token; empty where there is none.
    """

    def __init__(self, url: str, token: str = "", *, within_s: float = WITHIN_S) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._within_s = within_s
        self._session: aiohttp.ClientSession | None = None

    async def send(self, letter: Letter) -> Answer:
        """Post it; any 2xx is a yes."""
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._within_s))
        told = {"id": letter.id, "event": letter.kind, "text": letter.text, "time": iso(letter.time_ns)}
        try:
            async with self._session.post(
                self._url, json=told, headers=self._headers, allow_redirects=False
            ) as response:
                return _answer(response.status, response.headers.get("Retry-After", ""))
        except aiohttp.ClientConnectorError as error:
            said = error.os_error.strerror or type(error.os_error).__name__
            return Later(why=f"the webhook can't be reached: {said}")
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return Later(why=f"the webhook did not answer: {type(error).__name__}", maybe=True)

    async def status(self, sid: str) -> Sent | None:
        """A webhook tells nothing more."""
        return None

    async def close(self) -> None:
        """Hang up."""
        if self._session is not None:
            await self._session.close()


def _answer(status: int, retry_after: str) -> Answer:
    if 200 <= status < 300:
        return Sent(status="delivered")
    why = f"the webhook answered HTTP {status}"
    if status in AGAIN or status >= 500:
        after_s = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0
        return Later(why=why, after_s=min(after_s, 86_400.0))
    if status in (401, 403):
        return Never(why=f"{why} (is KRAKEN_TUI_WEBHOOK_TOKEN right?)", everything=True)
    return Never(why=why)
