"""Nonces: strictly rising over requests, restarts and steps of the clock, with nothing kept on disk."""

from kraken_tui.clock import Clock

MICROSECOND_NS = 1_000
DAY = 24 * 3_600 * 1_000_000
"""In microseconds."""
JUMPS = (DAY, 8 * DAY, 64 * DAY, 65 * DAY)
"""How far ahead of the clock to go: further than it is set back by, and small enough to be caught up with. More than
one, as an earlier run may have jumped too, to the last but one even, by a clock that was some seconds ahead; no more,
as a key whose nonces have run far ahead is of no use."""


class Nonces:
    """Microseconds since the Unix epoch by `clock`, and always more than the last.

    A restarted engine begins with a later time, so its nonces are higher than all before. Only where the clock was
    set back meanwhile they are not: Kraken then answers `EAPI:Invalid nonce`, has done nothing, and `jump` leads past
    what was used. ccxt's own nonces are milliseconds, so a key that was used with it goes on working; one used with
    python-kraken-sdk (18 digits) does not.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = 0
        self._last = 0

    def next(self) -> int:
        """The nonce of the next request."""
        self._last = max(self._last + 1, self._clock.now_ns() // MICROSECOND_NS + self._ahead)
        return self._last

    def jump(self) -> bool:
        """Go on further ahead of the clock; False where that was done already."""
        further = next((jump for jump in JUMPS if jump > self._ahead), None)
        self._ahead = further or self._ahead
        return further is not None
