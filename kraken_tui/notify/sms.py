"""SMS through Twilio's own client. It blocks, so that each call has a thread of its own.

Sources: Twilio's Message resource (POST and GET /2010-04-01/Accounts/{sid}/Messages), its error codes 20003
(credentials), 20429 (too many requests), and 21xxx (this message).
"""

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kraken_tui.clock import SECOND
from kraken_tui.config.notify_keys import TwilioKeys
from kraken_tui.config.notifying import is_loopback
from kraken_tui.model.excerpt import excerpt
from kraken_tui.notify.channel import Answer, Later, Letter, Never, Sent
from kraken_tui.notify.threads import Threads

if TYPE_CHECKING:
    from twilio.base.exceptions import TwilioException
    from twilio.rest.api.v2010.account.message import MessageInstance

    from kraken_tui.notify.twilio_wire import Wire

CONNECT_WITHIN_S, READ_WITHIN_S = 5.0, 10.0
CALL_WITHIN_S = 25.0
"""Each answer may come in drops; two calls may be needed, and the client is imported once."""
CREDENTIALS = frozenset({20003, 20004, 20005, 20006, 20008, 20010, 20101})
"""Twilio's codes for an account or a token that may not send anything."""
CLOCKS_NS = 60 * SECOND
"""How far our clock and Twilio's may be apart."""


class Sms:
    """Sends to phone numbers.

    Args:
        keys: Twilio's.
        sender: a number, a messaging service's id or a name.
        url: Twilio's, or an imitation's on loopback.
    """

    def __init__(self, keys: TwilioKeys, sender: str, url: str, *, read_within_s: float = READ_WITHIN_S) -> None:
        self._keys = keys
        self._sender = sender
        self._url = url
        self._read_within_s = read_within_s
        self._threads = Threads("twilio")
        self._wire: Wire | None = None

    async def send(self, letter: Letter) -> Answer:
        """Hand a message to Twilio; one whose answer was lost is first looked for among those that it took."""
        try:
            return await self._threads.do(lambda: self._send(letter), CALL_WITHIN_S)
        except TimeoutError as error:
            return Later(why=str(error) or f"no answer within {CALL_WITHIN_S:g} s", maybe=True)

    async def status(self, sid: str) -> Sent | None:
        """What Twilio says of a message now."""
        try:
            return await self._threads.do(lambda: self._status(sid), CALL_WITHIN_S)
        except TimeoutError:
            return None

    async def close(self) -> None:
        """Nothing is held but threads that end by themselves."""

    def _client(self) -> "Wire":
        """Made at first use: importing Twilio's client takes a while."""
        if self._wire is None:
            from kraken_tui.notify.twilio_wire import Wire

            loopback = is_loopback(urlsplit(self._url))
            self._wire = Wire(
                self._keys, self._url, timeout=(CONNECT_WITHIN_S, self._read_within_s), use_proxies=not loopback
            )
        return self._wire

    def _send(self, letter: Letter) -> Answer:
        import requests
        from twilio.base.exceptions import TwilioException

        wire = self._client()
        try:
            if letter.since_ns and (known := self._taken(letter)) is not None:
                return _sent(known)
            service = self._sender.startswith("MG")
            from_ = {"messaging_service_sid": self._sender} if service else {"from_": self._sender}
            return _sent(wire.client.messages.create(to=letter.target, body=letter.text, **from_))
        except TwilioException as error:
            return _refusal(error, wire.retry_after_s)
        except requests.ConnectTimeout:
            return Later(why=f"Twilio does not answer within {CONNECT_WITHIN_S:g} s")
        except requests.ConnectionError as error:
            return Later(why=f"Twilio can't be reached: {_root(error)}", maybe=not _never_left(error))
        except (requests.RequestException, ValueError, TypeError, KeyError) as error:
            # The request has left: a lost or unreadable answer says nothing of what became of it.
            return Later(why=f"Twilio's answer was lost: {type(error).__name__}: {_root(error)}", maybe=True)

    def _taken(self, letter: Letter) -> "MessageInstance | None":
        """The same text to the same number, taken since it was first tried."""
        since = datetime.fromtimestamp((letter.since_ns - CLOCKS_NS - 300 * SECOND) // SECOND, UTC)
        found = self._client().client.messages.list(to=letter.target, limit=50, page_size=50)  # newest first
        rows = [row for row in found if row.body == letter.text]
        return next((row for row in rows if row.date_created is None or row.date_created >= since), None)

    def _status(self, sid: str) -> Sent | None:
        import requests
        from twilio.base.exceptions import TwilioException

        with contextlib.suppress(TwilioException, requests.RequestException, ValueError, TypeError, KeyError):
            return _sent(self._client().client.messages(sid).fetch())
        return None


def _sent(row: "MessageInstance") -> Sent:
    note = f"error {row.error_code}: {excerpt(row.error_message or '')}" if row.error_code else ""
    return Sent(sid=str(row.sid or ""), status=str(row.status or "sent"), note=note)


def _refusal(error: "TwilioException", retry_after_s: float) -> Answer:
    """What Twilio's own word means for this message and the next."""
    status, code = int(getattr(error, "status", 0) or 0), getattr(error, "code", None)
    said = getattr(error, "detail", None) or getattr(error, "msg", None) or getattr(error, "title", None) or error
    why = f"HTTP {status}" + (f", Twilio error {code}" if code else "") + f": {excerpt(said)}"
    if status == 429 or code == 20429:
        return Later(why=why, after_s=retry_after_s)
    if status >= 500:
        return Later(why=why, after_s=retry_after_s, maybe=True)
    if status == 401 or (status == 403 and (code is None or code in CREDENTIALS)):
        return Never(why=f"{why} (are TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN right?)", everything=True)
    if status == 0:
        return Later(why=why, maybe=True)
    return Never(why=why)


def _never_left(error: Exception) -> bool:
    """Whether nothing was sent: there was no connection to send it over."""
    return "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)


def _root(error: Exception) -> str:
    """The plainest of what caused it; addresses of objects in memory say nothing."""
    reason = getattr(error.args[0] if error.args else error, "reason", None) or error
    return excerpt(str(reason).rpartition(": ")[2])
