"""Kernel and reference side by side on the same inputs."""

from collections import Counter
from typing import Any

import numpy as np

from kraken_tui.model.scan import Action, Reason, Regime, State
from kraken_tui.scanner import bars as minute_bars
from kraken_tui.scanner import kernel
from kraken_tui.scanner.inputs import Account, AccountColumns, Quote
from kraken_tui.scanner.parameters import Parameters, record
from kraken_tui.scanner.state import MISSING, Market, Row, ScannerState
from tests.scanner.reference import Reference, Told

SECOND = 1_000_000_000
START = 1_767_225_600 * SECOND

QUICK = Parameters(
    interval_ns=10 * SECOND, lookback=3, threshold=2_000, threshold_rise=1_000_000, persistence=2, max_jump=250_000,
    atr_period=3, atr_multiple=2_000, atr_multiple_below_one=3_000, stop_distance_min=2_500, ratchet_entry=7_500,
    breakeven_gap=1_000, ratchet_lock=30_000, lock_profit=15_000, trail_distance=10_000, trail_step=1_000,
    decay_ratio=200_000, decay_scans=8, reversal_scans=2, cooldown=4, regime_window=4, regime_low_vol=200,
    regime_dispersion=800, regime_mix=600_000,
)  # fmt: skip
"""Short windows, so that a test sees everything within a few dozen scans."""


class Kernel:
    """The compiled kernel, told in the same words as the reference."""

    def __init__(self, parameters: Parameters, dollars: list[int], shortable: list[bool]) -> None:
        self.parameters = parameters
        self.values = record(parameters)
        self.state = ScannerState.empty(len(dollars), parameters)
        self.state.columns[Row.DOLLAR] = dollars
        self.state.columns[Row.SHORTABLE] = shortable
        self.account = AccountColumns(len(dollars))
        self.quotes = np.zeros((len(Quote), len(dollars)), dtype=np.int64)

    def warm(self, index: int, bars: list[tuple[int, int, int, int]]) -> None:
        state = self.state
        minute_bars.warm(index, np.array(bars, dtype=np.int64), state.columns, state.history, state.market, self.values)

    def scan(self, told: list[Told], time_ns: int, live: bool = True, heat: int = 0, paused: bool = False) -> list[int]:
        for i, t in enumerate(told):
            self.quotes[:, i] = t.bid, t.ask, t.listed
            self.account.matrix[:, i] = (
                t.side, t.entry, t.breakeven, t.stop, t.busy, t.last_net, t.closed, t.blocked,
            )  # fmt: skip
        state = self.state
        count = kernel.scan(
            self.quotes, self.account.matrix, state.columns, state.history, state.market, self.values,
            time_ns, live, heat, paused,
        )  # fmt: skip
        return [int(i) for i in state.columns[Row.CHANGED, :count]]

    def row(self, index: int, *rows: Row) -> tuple[int, ...]:
        return tuple(int(self.state.columns[row, index]) for row in rows)

    def get(self, row: Row, index: int = 0) -> int:
        return int(self.state.columns[row, index])

    @property
    def regime(self) -> Regime | None:
        number = int(self.state.market[Market.REGIME])
        return Regime(number) if number >= 0 else None

    def picture(self, index: int) -> dict[str, Any]:
        """What a decision is made of, and the decision, in the reference's words."""
        get = self.state.columns[:, index].tolist()
        velocity = get[Row.VELOCITY]
        return {
            "state": State(get[Row.STATE]),
            "reason": Reason(get[Row.REASON]),
            "action": Action(get[Row.ACTION]),
            "count": get[Row.COUNT],
            "direction": get[Row.DIRECTION],
            "cooldown": get[Row.COOLDOWN],
            "wanted_stop": get[Row.WANTED_STOP],
            "price": get[Row.PRICE] or None,
            "velocity": None if velocity == MISSING else velocity,
            "bars": get[Row.BARS],
            "range_sum": get[Row.RANGE_SUM],
            "best": get[Row.BEST] or None,
            "fading": get[Row.FADING],
            "reversing": get[Row.REVERSING],
        }


def picture(reference: Reference, index: int) -> dict[str, Any]:
    """The same of the reference."""
    ticker = reference.tickers[index]
    names = ("state", "reason", "action", "count", "direction", "cooldown", "wanted_stop", "price", "velocity")
    own: dict[str, Any] = {name: getattr(ticker, name) for name in names}
    own |= {"bars": len(ticker.bars.ranges), "range_sum": sum(ticker.bars.ranges)}
    return own | {"best": ticker.best, "fading": ticker.fading, "reversing": ticker.reversing}


class Both:
    """Kernel and reference; every scan is compared, and what occurred is counted."""

    def __init__(self, parameters: Parameters, dollars: list[int], shortable: list[bool]) -> None:
        self.kernel = Kernel(parameters, dollars, shortable)
        self.reference = Reference(parameters, dollars, shortable)
        self.edges: Counter[tuple[State, State]] = Counter()
        self.reasons: Counter[Reason] = Counter()
        self.actions: Counter[Action] = Counter()
        self.regimes: Counter[Regime | None] = Counter()

    def warm(self, index: int, bars: list[tuple[int, int, int, int]]) -> None:
        self.kernel.warm(index, bars)
        self.reference.warm(index, bars)

    def scan(self, told: list[Told], time_ns: int, live: bool = True, heat: int = 0, paused: bool = False) -> None:
        before = [ticker.state for ticker in self.reference.tickers]
        changed = self.kernel.scan(told, time_ns, live, heat, paused)
        self.reference.scan(told, time_ns, live, heat, paused)
        assert self.kernel.regime == self.reference.regime
        assert int(self.kernel.state.market[Market.THRESHOLD]) == self.reference.threshold
        noteworthy = []
        for i, (ticker, was) in enumerate(zip(self.reference.tickers, before, strict=True)):
            assert self.kernel.picture(i) == picture(self.reference, i), f"ticker {i} at {time_ns}, told {told[i]}"
            self.reasons[ticker.reason] += 1
            self.actions[ticker.action] += 1
            if ticker.state is not was:
                self.edges[was, ticker.state] += 1
            if ticker.state is not was or ticker.action is not Action.NONE:
                noteworthy.append(i)
        assert changed == noteworthy
        self.regimes[self.reference.regime] += 1


__all__ = ["QUICK", "START", "Account", "Both", "Kernel", "Reference", "Told", "picture"]
