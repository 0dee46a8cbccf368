"""What the scanner remembers between scans: three arrays that can be copied, kept and compared."""

from enum import IntEnum
from typing import Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from kraken_tui.model.errors import GARBLED, UsageError
from kraken_tui.scanner.inputs import Matrix
from kraken_tui.scanner.parameters import Parameters

MISSING = -(1 << 62)
"""No velocity: this price or the one a look-back ago is missing."""

NO_LOW = 1 << 40
"""Above every price: the low of a minute that has no price yet."""

MAX_TICKS = 1 << 33
"""A price of this many ticks or more is not believed: below it every product of the rules fits 63 bits, and every
quotient's operands fit the 53 bits of a float64."""

MAX_VELOCITY = 1_000_000_000
"""Velocities are clipped to ± this, ppm."""

MOST_TICKERS = 3_000
"""Above it the sum of squared velocities might not fit 63 bits."""


class Row(IntEnum):
    """Rows of `ScannerState.columns`; prices are ticks."""

    DOLLAR = 0
    """The first tick at or above $1.00."""
    SHORTABLE = 1
    """1 where a short may be opened."""
    PRICE = 2
    """This scan's believed mid; 0 = missing."""
    VELOCITY = 3
    """Ppm over the look-back, or MISSING."""
    BELIEVED = 4
    """The last believed mid; 0 = none yet."""
    SUSPECT = 5
    """The last price that was not believed."""
    SUSPECT_SCANS = 6
    """Consecutive scans for which it has agreed with itself; 0 = none is suspected."""
    HIGH = 7
    """Of the minute in progress; 0 = no price yet."""
    LOW = 8
    """Of the minute in progress; NO_LOW = no price yet."""
    PREVIOUS_CLOSE = 9
    """Close of the last closed minute; 0 = none."""
    RANGE_SUM = 10
    """Sum of the true ranges of the last ATR_PERIOD minutes."""
    BARS = 11
    """How many of them there are, at most ATR_PERIOD."""
    EMPTY_MINUTES = 12
    """Closed minutes without a price since the last that had one."""
    WARM_MINUTE = 13
    """Minute (since the epoch) of the last bar given by `warm` before the first scan."""
    STATE = 14
    """`State`."""
    REASON = 15
    """`Reason`."""
    ACTION = 16
    """`Action` that this scan asks for."""
    DIRECTION = 17
    """ARM and ENTRY: +1 up, -1 down; otherwise 0."""
    COUNT = 18
    """ARM: scans over the threshold, at most ARM_PERSISTENCE; otherwise 0."""
    WANTED_STOP = 19
    """ENTRY: the stop that goes with the entry; HOLD: the most protective stop; otherwise 0."""
    COOLDOWN = 20
    """Scans of cooldown left."""
    BEST = 21
    """HOLD: the most favourable exit-side price so far; 0 = none seen."""
    FADING = 22
    """HOLD: consecutive fading scans, at most DECAY_SCANS."""
    REVERSING = 23
    """HOLD: consecutive scans of opposite velocity, at most REVERSAL_SCANS."""
    HELD_SIDE = 24
    """Side of the position that BEST, FADING and REVERSING belong to."""
    SEEN_CLOSED = 25
    """Closed trades when the entry was asked for, or when the hold began."""
    EXIT_ASKED = 26
    """1 after an exit of our own was asked for."""
    BEFORE = 27
    """Scratch: state before this scan, of the tickers in CHANGED."""
    CHANGED = 28
    """Scratch: from the front, the tickers whose state changed or that want an action."""
    LOOK = 29
    """Scratch: above 0 for a ticker that the state machine must look at; below it for one that only cools down."""


class Market(IntEnum):
    """Entries of `ScannerState.market`: what belongs to no single ticker."""

    TIME = 0
    """Of the last scan, ns; meaningless before the first."""
    SCANS = 1
    """Scans so far."""
    SKIPPED = 2
    """Scans that were skipped before this one, at most the look-back."""
    MINUTE = 3
    """The minute in progress, since the epoch; -1 before the first scan."""
    SLOT = 4
    """Row of the look-back ring that holds this scan's prices."""
    SUSPECTS = 5
    """Tickers with a price that is not believed."""
    THRESHOLD = 6
    """Ppm."""
    REGIME = 7
    """`Regime`, or -1 while the window fills."""
    REGIME_SLOT = 8
    REGIME_SCANS = 9
    """Scans with data in the window."""
    ACTIVITY_SUM = 10
    DISPERSION_SUM = 11
    MIX_SUM = 12
    DATALESS = 13
    """Consecutive scans without any velocity, skipped ones among them."""
    WINDOW = 14
    """From here: three windows of REGIME_WINDOW entries each: activity, dispersion, mix."""


FORMAT = 1


class ScannerState:
    """Everything that carries over from scan to scan.

    `columns` is int64 [Row, ticker]; `history` is int64 [LOOKBACK + ATR_PERIOD, ticker]: first the ring of prices, a
    row per scan, then the ring of true ranges, a row per minute; `market` is int64.
    """

    __slots__ = ("columns", "history", "market")

    def __init__(self, columns: Matrix, history: Matrix, market: NDArray[np.int64]) -> None:
        self.columns = columns
        self.history = history
        self.market = market

    @classmethod
    def empty(cls, count: int, parameters: Parameters) -> Self:
        """Nothing seen yet, for `count` tickers; shorts nowhere, every price below $1.00."""
        if count > MOST_TICKERS:
            raise UsageError(f"{count} tickers: the scanner takes at most {MOST_TICKERS}")
        columns = np.zeros((len(Row), count), dtype=np.int64)
        columns[Row.VELOCITY] = MISSING
        columns[Row.LOW] = NO_LOW
        columns[Row.DOLLAR] = MAX_TICKS
        history = np.zeros((parameters.lookback + parameters.atr_period, count), dtype=np.int64)
        market = np.zeros(Market.WINDOW + 3 * parameters.regime_window, dtype=np.int64)
        market[Market.MINUTE] = market[Market.REGIME] = -1
        return cls(columns, history, market)

    def copy(self) -> "ScannerState":
        """The same, sharing nothing."""
        return ScannerState(self.columns.copy(), self.history.copy(), self.market.copy())

    def save(self) -> bytes:
        """As bytes, for `restore`."""
        arrays = (self.columns, self.history, self.market)
        return msgspec.msgpack.encode((FORMAT, [(array.shape, array.astype("<i8").tobytes()) for array in arrays]))

    def restore(self, saved: bytes) -> None:
        """Go on from `saved`, in place; what does not change while an engine runs (dollar, shorts) stays as it is.

        Raises:
            UsageError: it was saved by another version, for other tickers or with other windows.
        """
        try:
            form, arrays = msgspec.msgpack.decode(saved, type=tuple[int, list[tuple[tuple[int, ...], bytes]]])
        except GARBLED as error:
            raise UsageError(f"a saved scanner state is damaged: {error}") from error
        own = (self.columns, self.history, self.market)
        shapes = [shape for shape, _ in arrays]
        if form != FORMAT or shapes != [array.shape for array in own]:
            raise UsageError(
                f"a saved scanner state has form {form} and shapes {shapes}, "
                f"this engine needs form {FORMAT} and {[array.shape for array in own]}"
            )
        loaded = [np.frombuffer(data, dtype="<i8") for _, data in arrays]
        if any(values.size != array.size for values, array in zip(loaded, own, strict=True)):
            raise UsageError("a saved scanner state is damaged: its arrays are cut short")
        fixed = self.columns[[Row.DOLLAR, Row.SHORTABLE]].copy()
        for values, array in zip(loaded, own, strict=True):
            array[...] = values.reshape(array.shape)
        self.columns[[Row.DOLLAR, Row.SHORTABLE]] = fixed

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, ScannerState) and all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in ("columns", "history", "market")
        )

    __hash__ = None  # type: ignore[assignment]
