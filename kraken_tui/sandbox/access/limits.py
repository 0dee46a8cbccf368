"""Kraken's rate counters: of REST calls per key, of order actions per pair, of public calls per address.

Each counter rises with every call and falls by a fixed amount a second. Source: Kraken's documentation of API rate
limits and of trading rate limits.
"""

from collections.abc import Iterable

from kraken_tui.clock import SECOND
from kraken_tui.model.errors import RetryLater
from kraken_tui.sandbox.access.tiers import Tier

PUBLIC_BURST = 5.0
"""Public calls that an address may make at once before it is held to one a second. Our figure: Kraken names none."""

_AMEND = ((5, 3), (10, 2), (15, 1))
_EDIT = ((5, 6), (10, 5), (15, 4), (45, 2), (90, 1))
_CANCEL = ((5, 8), (10, 6), (15, 5), (45, 4), (90, 2), (300, 1))
"""What an action adds for an order younger than so many seconds."""


class Counters:
    """Counters that fall with time, by name; one that has fallen to nothing is forgotten now and then."""

    def __init__(self, decay: float) -> None:
        self._decay = decay
        self._counters: dict[str, tuple[float, int]] = {}

    def value(self, name: str, now_ns: int) -> float:
        """What a counter shows now."""
        found = self._counters.get(name)
        if found is None:
            return 0.0
        value, counted_ns = found
        return max(0.0, value - self._decay * max(0, now_ns - counted_ns) / SECOND)

    def set(self, name: str, value: float, now_ns: int) -> None:
        """Let a counter show `value` now."""
        self._counters[name] = value, now_ns
        if len(self._counters) > 10_000:
            self._counters = {each: found for each, found in self._counters.items() if self.value(each, now_ns) > 0}

    def clear(self) -> None:
        """Forget every counter."""
        self._counters.clear()


class RestLimits:
    """The counter of private REST calls, per key.

    A call that would lift the counter above the threshold is refused and counts all the same, so that calls made
    while limited make the block longer; never beyond twice the threshold.
    """

    def __init__(self, tier: Tier) -> None:
        self.maximum = tier.rest_max
        self._counters = Counters(tier.rest_decay)

    def charge(self, key: str, cost: float, now_ns: int) -> None:
        """Count a call of `key` that adds `cost`; nothing is not limited either (orders have their own counter).

        Raises:
            RetryLater: `EAPI:Rate limit exceeded`.
        """
        if not cost:
            return
        value = self._counters.value(key, now_ns) + cost
        self._counters.set(key, min(value, 2 * self.maximum), now_ns)
        if value > self.maximum:
            raise RetryLater("EAPI:Rate limit exceeded")

    def counter(self, key: str, now_ns: int) -> float:
        """What the counter of `key` shows."""
        return self._counters.value(key, now_ns)

    def clear(self) -> None:
        """Begin anew."""
        self._counters.clear()


class PublicLimits:
    """About one public call a second per address; a burst of `PUBLIC_BURST` is let through."""

    def __init__(self) -> None:
        self._counters = Counters(decay=1.0)

    def charge(self, address: str, now_ns: int) -> None:
        """Count a call.

        Raises:
            RetryLater: `EGeneral:Too many requests`; the call was not counted.
        """
        value = self._counters.value(address, now_ns) + 1
        if value > PUBLIC_BURST:
            raise RetryLater("EGeneral:Too many requests")
        self._counters.set(address, value, now_ns)


class TradingLimits:
    """The counter of order actions, per pair, shared by REST and WebSocket.

    An action that would lift the counter above the threshold is refused and not counted. Only the cancels of a batch
    are taken even then. Ages are nanoseconds since the order was placed or last amended; None where the order is not
    known, so that only the fixed part counts. Call before the arguments are checked: Kraken charges the fixed part
    even for what it then refuses.
    """

    def __init__(self, tier: Tier) -> None:
        self.maximum = tier.trading_max
        self._counters = Counters(tier.trading_decay)

    def counter(self, symbol: str, now_ns: int) -> float:
        """What the pair's counter shows."""
        return self._counters.value(symbol, now_ns)

    def clear(self) -> None:
        """Begin anew."""
        self._counters.clear()

    def add(self, symbol: str, now_ns: int) -> None:
        """Count an order; raises `EOrder:Rate limit exceeded`, as all that follow but the last."""
        self._charge(symbol, 1, now_ns)

    def amend(self, symbol: str, age_ns: int | None, now_ns: int) -> None:
        """Count an amendment."""
        self._charge(symbol, 1 + _penalty(_AMEND, age_ns), now_ns)

    def edit(self, symbol: str, age_ns: int | None, now_ns: int) -> None:
        """Count a replacement (EditOrder)."""
        self._charge(symbol, 1 + _penalty(_EDIT, age_ns), now_ns)

    def cancel(self, symbol: str, age_ns: int | None, now_ns: int) -> None:
        """Count a cancel."""
        self._charge(symbol, _penalty(_CANCEL, age_ns), now_ns)

    def batch_add(self, symbol: str, count: int, now_ns: int) -> None:
        """Count a batch of `count` orders."""
        self._charge(symbol, count / 2, now_ns)

    def batch_cancel(self, symbol: str, ages_ns: Iterable[int | None], now_ns: int) -> None:
        """Count the cancels of a batch in one pair: never refused, and the counter may go beyond its threshold."""
        cost = sum(_penalty(_CANCEL, age_ns) for age_ns in ages_ns)
        self._counters.set(symbol, self.counter(symbol, now_ns) + cost, now_ns)

    def _charge(self, symbol: str, cost: float, now_ns: int) -> None:
        if not cost:
            return
        value = self._counters.value(symbol, now_ns) + cost
        if value > self.maximum:
            raise RetryLater("EOrder:Rate limit exceeded")
        self._counters.set(symbol, value, now_ns)


def _penalty(table: Iterable[tuple[int, int]], age_ns: int | None) -> int:
    if age_ns is None:
        return 0
    return next((cost for seconds, cost in table if age_ns < seconds * SECOND), 0)
