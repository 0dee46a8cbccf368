"""The control API from code that has no event loop, and the market that the clients' tests trade on."""

from typing import Any

import requests

BID, ASK, LAST = "59999.9", "60000.1", "60000.0"
"""Where BTC/USD stands at the begin of each test; two coins on each side."""
ETH_BID, ETH_ASK, ETH_LAST = "2999.99", "3000.01", "3000.00"
STANDS = "2"


class Steering:
    """A running sandbox, moved by hand.

    Args:
        url: of its control API.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, path: str, /, **body: Any) -> dict[str, Any]:
        """One POST; what is answered."""
        answer = requests.post(self._url + path, json=body, timeout=10)
        told: dict[str, Any] = answer.json()
        assert answer.status_code == 200, told
        return told

    def begin(self) -> None:
        """A fresh account, nothing wrong, and prices that stand still."""
        self.ask("/pause")
        self.ask("/reset")
        requests.delete(self._url + "/faults", timeout=10)
        self.price()
        self.price("ETH/USD", ETH_BID, ETH_ASK, ETH_LAST)

    def price(
        self,
        pair: str = "BTC/USD",
        bid: str = BID,
        ask: str = ASK,
        last: str = LAST,
        *,
        bid_amount: str = STANDS,
        ask_amount: str = STANDS,
    ) -> None:
        """Move a pair's market, at once."""
        self.ask("/price", pair=pair, bid=bid, ask=ask, last=last, bid_amount=bid_amount, ask_amount=ask_amount)

    def to(self, last: int, pair: str = "BTC/USD") -> None:
        """Move a pair's market to a round price, a tick around it."""
        self.price(pair, f"{last - 1}.9", f"{last}.1", f"{last}.0")

    def wait(self, seconds: float) -> None:
        """Let so much of the exchange's time pass; rate counters decay by it."""
        self.ask("/time", seconds=seconds)

    def fault(self, **rule: Any) -> None:
        """Arm a fault."""
        self.ask("/faults", **rule)

    def status(self) -> dict[str, Any]:
        """How the exchange stands."""
        told: dict[str, Any] = requests.get(self._url + "/status", timeout=10).json()
        return told
