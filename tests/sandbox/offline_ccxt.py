"""Unmodified ccxt with the network cut out: what it would send goes to the endpoints of a stand."""

import json
from typing import Any
from urllib.parse import urlsplit

import ccxt

from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.rest.bodies import parse_body
from tests.sandbox.order_stand import Stand


class OfflineKraken(ccxt.kraken):  # type: ignore[misc]
    """ccxt's Kraken client; signing, encoding, parsing and error mapping are ccxt's own."""

    def __init__(self, stand: Stand) -> None:
        super().__init__({"apiKey": "K", "secret": "c2VjcmV0", "enableRateLimit": False})
        self.stand = stand

    def fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        """Instead of the network."""
        name = urlsplit(url).path.rsplit("/", 1)[-1]
        answer: dict[str, Any] = {"error": [], "result": None}
        try:
            answer["result"] = self._result(name, headers or {}, body)
        except ExchangeError as error:
            answer = {"error": [error.text]}
        text = json.dumps(answer)
        self.last_http_response = text
        response = json.loads(text)
        self.handle_errors(200, "OK", url, method, {}, text, response, headers, body)
        return response

    def _result(self, name: str, headers: dict[str, str], body: Any) -> Any:
        pairs = self.stand.parts.pairs
        if name == "Assets":
            return pairs.assets_answer()
        if name == "AssetPairs":
            return pairs.pairs_answer()
        fields = parse_body((body or "").encode(), headers.get("Content-Type", ""))
        return self.stand.call(name, fields)
