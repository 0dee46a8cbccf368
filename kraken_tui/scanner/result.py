"""What a scan found."""

from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.model.intent import Intent
from kraken_tui.model.scan import Reason, Regime, State

Column = NDArray[np.int64]


class Transition(NamedTuple):
    """A ticker that changed its state."""

    ticker: int
    """Its place in every array."""
    before: State
    after: State
    reason: Reason


class ScanResult(Struct, frozen=True, kw_only=True, eq=False):
    """One scan.

    Arrays are the scanner's own, int64, one entry per ticker: only to be read, and valid until the next scan.
    """

    scan: int
    """Number of the scan, as given."""
    time_ns: int
    skipped: int
    """Scans that the clock passed over before this one, at most the look-back."""
    threshold_ppm: int
    regime: Regime | None
    """None while the window fills: WARMING."""
    price: Column
    """Believed mid in ticks; 0 = missing."""
    velocity_ppm: Column
    """Ppm over the look-back; `state.MISSING` = none."""
    range_sum: Column
    """Sum of the last `bars` true ranges, ticks: the ATR is `range_sum / atr_period` once `bars == atr_period`."""
    bars: Column
    atr_period: int
    state: Column
    """`State`."""
    reason: Column
    """`Reason`."""
    action: Column
    """`Action`."""
    arm_count: Column
    arm_direction: Column
    """+1 up, -1 down in ARM and ENTRY; else 0."""
    cooldown_left: Column
    """Scans."""
    wanted_stop: Column
    """Ticks; 0 = none."""
    intents: list[Intent]
    transitions: list[Transition]
