"""Twilio's client with time-outs of its own, pointed where the settings say. Heavy: imported when it is used."""

import logging
from collections.abc import Mapping
from typing import Any

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from kraken_tui.config.notify_keys import TwilioKeys


class Wire:
    """Twilio's client.

    Args:
        keys: Twilio's.
        url: where its API is.
        timeout: seconds to connect, and between two pieces of an answer.
        use_proxies: whether proxies that the environment names are used; nothing on this machine needs one.
    """

    def __init__(self, keys: TwilioKeys, url: str, *, timeout: tuple[float, float], use_proxies: bool) -> None:
        self._http = _Http(timeout, use_proxies=use_proxies)
        # An empty mapping would be taken for none, and the environment read: region and edge are in the URL.
        self.client = Client(keys.account, keys.token, http_client=self._http, environment={"TWILIO": "ours"})
        self.client.api.base_url = url.rstrip("/")

    @property
    def retry_after_s(self) -> float:
        """As long as the last answer asks to be left alone; 0 where it does not, or in words."""
        text = str(self._http.last_headers.get("Retry-After", ""))
        return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0.0


class _Http(TwilioHttpClient):  # type: ignore[misc]
    """Keeps the headers of the last answer, and follows no redirect with the token in hand."""

    def __init__(self, timeout: tuple[float, float], *, use_proxies: bool) -> None:
        quiet = logging.getLogger("kraken_tui.twilio")
        quiet.disabled = True  # it would log each request with its parameters
        super().__init__(logger=quiet, max_retries=0)
        self.timeout = timeout  # in the call Twilio's client takes one number alone
        self.last_headers: Mapping[str, Any] = {}
        assert self.session is not None
        self.session.trust_env = use_proxies

    def request(self, *args: Any, **given: Any) -> Response:
        """As Twilio's own, with our time-outs."""
        self.last_headers = {}
        given["timeout"] = None
        given["allow_redirects"] = False
        response = super().request(*args, **given)
        self.last_headers = response.headers or {}
        return response
