"""The state machine's words. The numbers are what arrays and logs hold; they never change."""

from enum import IntEnum


class State(IntEnum):
    """Where a ticker stands."""

    WAIT = 0
    ARM = 1
    ENTRY = 2
    HOLD = 3
    EXIT = 4
    COOLDOWN = 5


class Regime(IntEnum):
    """What the market as a whole does, from the cross-section of velocities (`market_regime`)."""

    LOW_VOL = 0
    CHOP = 1
    TRENDING = 2


class Action(IntEnum):
    """What a scan wants done for a ticker."""

    NONE = 0
    ENTER_LONG = 1
    ENTER_SHORT = 2
    EXIT = 3
    MOVE_STOP = 4


class Reason(IntEnum):
    """Why a ticker is where it is, or why a scan acted. `reason_text` says it in words."""

    NONE = 0
    QUIET = 1
    """Velocity is below the threshold."""
    WARMING = 2
    """ATR or the look-back has too few prices."""
    NO_PRICE = 3
    STALE_FEED = 4
    DELISTED = 5
    REGIME = 6
    """CHOP or LOW_VOL: no entries."""
    BLOCKED = 7
    """Risk says no; the row carries which limit."""
    NO_SHORTS = 8
    ARMING = 9
    """Over the threshold, counting scans."""
    BURST = 10
    """Armed long enough: entry."""
    IN_FLIGHT = 11
    """An order is on its way; the account decides what comes next."""
    HOLDING = 12
    RATCHET_ENTRY = 13
    """Stop raised to the entry price."""
    RATCHET_BREAKEVEN = 14
    """Stop raised to breakeven after fees."""
    RATCHET_LOCK = 15
    """Stop locks profit."""
    TRAIL = 16
    """Stop follows the best price."""
    FADE = 17
    """Exit: momentum faded."""
    REVERSAL = 18
    """Exit: momentum turned against the position."""
    STOPPED = 19
    """The account closed it: a stop, the operator, or a flatten."""
    EXITED = 20
    """The account closed it after our exit."""
    LOSS = 21
    """Cooling down after a loss."""
    REFUSED = 22
    """The entry did not become a position."""
    JUMP = 23
    """The price jumped past the sanity bound: not believed for entries until it has aged out of the look-back."""
    PAUSED = 24
    """The operator paused entries."""
    STOP_CROSSED = 25
    """Exit: the price is already past the stop."""
    NO_STOP = 26
    """The ATR is wider than the price: no stop could rest, so no entry."""
    UNPROTECTED = 27
    """No stop rests: a fresh one is placed."""
    OPERATORS = 28
    """Told of what was bought by hand: whatever the scanner would do with it, it does not. No scan decides it."""
    AUTOPILOTS = 29
    """The same of what the autopilot entered."""
