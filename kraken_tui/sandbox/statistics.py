"""What the sandbox was asked, what it refused, and which faults it made: for the summary at the end."""

from collections import Counter


class Statistics:
    """Counts since the start."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        """By endpoint or method, such as `rest:AddOrder` or `ws:add_order`."""
        self.refusals: Counter[tuple[str, str]] = Counter()
        """By endpoint or method, and Kraken's error string."""
        self.faults: Counter[str] = Counter()
        """By kind."""

    def request(self, where: str) -> None:
        """Count a request that arrived."""
        self.requests[where] += 1

    def refusal(self, where: str, error: str) -> None:
        """Count a request that was answered with `error`."""
        self.refusals[where, error] += 1

    def fault(self, kind: str) -> None:
        """Count a fault that was made."""
        self.faults[kind] += 1
