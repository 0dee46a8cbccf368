"""Kraken's temporary lockout of a key after repeated authentication errors."""

from collections import deque

from kraken_tui.clock import MINUTE

FAILURES = 10
WITHIN_NS = MINUTE
LASTS_NS = 15 * MINUTE
"""Ten failures within a minute lock for 15 minutes. The duration is what users report; the count is ours, as Kraken
names none. All are times of the exchange's clock."""
MOST_KEYS = 1000


class Lockouts:
    """Counts unknown keys, bad signatures and bad nonces by what the API-Key header said; successes forgive none."""

    def __init__(self) -> None:
        self._failures: dict[str, deque[int]] = {}
        self._until_ns: dict[str, int] = {}

    def is_locked(self, key: str, now_ns: int) -> bool:
        """Whether requests with this key are answered with `EGeneral:Temporary lockout`."""
        if not self._until_ns:
            return False
        return now_ns < self._until_ns.get(key, 0)

    def failed(self, key: str, now_ns: int) -> None:
        """Count a failure; the last of too many begins a lockout."""
        if key not in self._failures and len(self._failures) >= MOST_KEYS:
            self._forget_oldest()
        recent = self._failures.setdefault(key, deque(maxlen=FAILURES))
        recent.append(now_ns)
        if len(recent) == FAILURES and now_ns - recent[0] <= WITHIN_NS:
            self._until_ns[key] = now_ns + LASTS_NS

    def lift(self) -> None:
        """Forget every failure and lockout."""
        self._failures.clear()
        self._until_ns.clear()

    def _forget_oldest(self) -> None:
        oldest = next(iter(self._failures))
        del self._failures[oldest]
        self._until_ns.pop(oldest, None)
