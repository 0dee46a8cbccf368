"""A market of three tickers that is warm, trending and quiet, for tests that change one thing."""

from dataclasses import replace

from kraken_tui.model.scan import Action, Reason, Regime, State
from kraken_tui.scanner.parameters import Parameters
from kraken_tui.scanner.state import MISSING, Row
from tests.scanner.harness import QUICK, SECOND, START, Both, Told

PRICE = 100_000
SPREAD = 10


class Stage:
    """Ticker 0 plays; tickers 1 and 2 drift apart, so that the regime is TRENDING. Kernel and reference must agree."""

    def __init__(
        self,
        parameters: Parameters = QUICK,
        *,
        shortable: bool = True,
        wobble: int = 20,
        regime: Regime = Regime.TRENDING,
    ) -> None:
        self.both = Both(parameters, [100] * 3, [shortable] * 3)
        self.parameters = parameters
        self.time = START
        self.mid = PRICE
        self.told = Told()
        self.apart = PRICE
        self.wobble = wobble
        for k in range(parameters.atr_period * 6 + 8):
            self.scan(PRICE + wobble * (k % 2))
        assert (self.state, self.reason, self.both.reference.regime) == (State.WAIT, Reason.QUIET, regime)

    def scan(
        self,
        mid: int | None = None,
        *,
        quote: tuple[int, int] | None = None,
        live: bool = True,
        paused: bool = False,
        seconds: float | None = None,
        listed: bool = True,
    ) -> None:
        """One scan, an interval (or `seconds`) later; without a price the last one stands."""
        interval = self.parameters.interval_ns / SECOND
        self.time += int((interval if seconds is None else seconds) * SECOND)
        self.mid = mid if mid is not None else self.mid
        self.apart = self.apart + 60 if self.apart < 2 * PRICE else PRICE
        bid, ask = quote if quote is not None else (self.mid - SPREAD // 2, self.mid + SPREAD // 2)
        others = [Told(bid=price, ask=price + 1) for price in (self.apart, 3 * PRICE - self.apart)]
        self.both.scan([replace(self.told, bid=bid, ask=ask, listed=listed), *others], self.time, live, 0, paused)

    def burst(self, scans: int, way: int = 1) -> None:
        """Move by more than the threshold, scan after scan."""
        for _ in range(scans):
            self.scan(self.mid + way * self.mid * 3 // 1000)

    def armed(self, way: int = 1) -> "Stage":
        """One scan into ARM."""
        self.burst(1, way)
        assert self.state == State.ARM
        return self

    def hold(self, side: int = 1, gain_ppm: int = 0, stop: int | None = None, breakeven: int | None = None) -> None:
        """Take a position entered `gain_ppm` away from the current exit price."""
        x = self.mid - side * SPREAD // 2
        entry = x - side * (x * gain_ppm // 1_000_000)
        stop = entry - side * 2_000 if stop is None else stop
        even = entry + side * 800 if breakeven is None else breakeven
        self.told = Told(side=side, entry=entry, breakeven=even, stop=stop)
        self.scan()
        assert self.state == State.HOLD

    @property
    def state(self) -> State:
        return State(self.both.kernel.get(Row.STATE))

    @property
    def reason(self) -> Reason:
        return Reason(self.both.kernel.get(Row.REASON))

    @property
    def action(self) -> Action:
        return Action(self.both.kernel.get(Row.ACTION))

    @property
    def wanted_stop(self) -> int:
        return self.both.kernel.get(Row.WANTED_STOP)

    @property
    def velocity(self) -> int | None:
        velocity = self.both.kernel.get(Row.VELOCITY)
        return None if velocity == MISSING else velocity

    @property
    def bars(self) -> int:
        return self.both.kernel.get(Row.BARS)

    @property
    def cooldown(self) -> int:
        return self.both.kernel.get(Row.COOLDOWN)
