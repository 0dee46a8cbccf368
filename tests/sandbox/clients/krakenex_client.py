"""krakenex, pointed at a sandbox."""

from typing import Any

import krakenex

from tests.sandbox.programs import SandboxProcess


class Api(krakenex.API):  # type: ignore[misc]
    """As it ships, but for its nonce, which is the millisecond: two requests over loopback may fall in the same one."""

    last_nonce = 0

    def _nonce(self) -> int:
        self.last_nonce = max(super()._nonce(), self.last_nonce + 1)
        return self.last_nonce


class Kraken:
    """krakenex returns the whole envelope, errors included, and raises only on HTTP errors."""

    def __init__(self, process: SandboxProcess, key: str = "full") -> None:
        self.api = Api(*process.key(key))
        self.api.uri = process.rest

    def public(self, method: str, **data: Any) -> Any:
        return self._result(self.api.query_public(method, data))

    def private(self, method: str, **data: Any) -> Any:
        return self._result(self.api.query_private(method, data))

    def refusal(self, method: str, **data: Any) -> str:
        answer = self.api.query_private(method, data)
        assert set(answer) == {"error"}
        (text,) = answer["error"]
        return str(text)

    def add(self, **order: Any) -> str:
        (id,) = self.private("AddOrder", **({"pair": "XXBTZUSD", "type": "buy", "volume": "0.01"} | order))["txid"]
        return str(id)

    def order(self, id: str) -> dict[str, Any]:
        told: dict[str, Any] = self.private("QueryOrders", txid=id, trades="true")[id]
        return told

    @staticmethod
    def _result(answer: dict[str, Any]) -> Any:
        assert answer["error"] == []
        return answer["result"]
