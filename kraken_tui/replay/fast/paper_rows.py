"""The arrays of the compiled paper account, by name: what is fixed for a run, and what changes."""

from enum import IntEnum

MOST_SLICES = 10
"""Levels that a ladder has (`Impact.slices`), and so lots that an entry can have."""


class Term(IntEnum):
    """Rows of int64 [Term, ticker]: a pair's rules as whole numbers."""

    TICK = 0
    """In units of the last decimal of a price."""
    SCALE = 1
    """Such units times lots in one quote unit: 10 to the power of price and lot decimals."""
    COST = 2
    """The same in one unit of cost."""
    MONEY = 3
    """Units of the account's money in one unit of cost."""
    LEVERAGE_LONG = 4
    LEVERAGE_SHORT = 5
    RANK = 6
    """Place of its symbol in the order of the alphabet."""
    GROUP = 7
    """Its row in the limits; 0 where no group's limit binds it."""
    LEAST = 8
    """Smallest order, lots."""
    LEAST_COST = 9
    """Smallest cost, in ticks' units times lots."""
    MOST_LONG = 10
    """Largest margin position, lots."""
    MOST_SHORT = 11


class Rule(IntEnum):
    """Entries of int64 [Rule]: rules of the account. A share is a fraction in lowest terms."""

    FEE = 0
    FEE_OF = 1
    OPENING = 2
    OPENING_OF = 3
    DEPTH = 4
    """Quote units at the best price where none are shown, over `DEPTH_OF`."""
    DEPTH_OF = 5
    COOLDOWN_NS = 6
    ROLLOVER_NS = 7
    START = 8
    """Money at the start."""
    UNIT = 9
    """Units of money in one quote unit."""
    RISK = 10
    """Of the capital, that an entry puts at risk."""
    RISK_OF = 11
    MARGIN = 12
    """1 on a margin account."""
    ASKS = 13
    """1: every entry is left to the gate itself."""
    MAKER = 14
    """The maker's fee."""
    MAKER_OF = 15


class Held(IntEnum):
    """Rows of int64 [Held, ticker]: the position, what of the book was taken, what is remembered."""

    LOTS = 0
    """Fills that it was opened with; 0 = flat."""
    AMOUNT = 1
    COST = 2
    """Units of cost."""
    FEES = 3
    """Of all its fills; units of cost."""
    LEVERAGE = 4
    OPENED_NS = 5
    ROLLS_NS = 6
    """When the first of its lots pays for the next period."""
    SEEN = 7
    """Row of the quote that the venue has."""
    BID_TAKEN = 8
    ASK_TAKEN = 9
    COOLS_NS = 10


class Lot(IntEnum):
    """Entries of a lot in int64 [ticker, MOST_SLICES, Lot]."""

    AMOUNT = 0
    """What is left of it."""
    COST = 1
    STOP = 2
    """Lots behind the stop that its fill spawned."""
    ROLLS_NS = 3
    """When it pays for the next period."""


class Purse(IntEnum):
    """Entries of int64 [Purse]: the account in money."""

    REALISED = 0
    FEES = 1
    """Rollovers included."""
    OTHER_FEES = 2
    """Rollovers alone."""
    OPEN = 3
    """Positions."""
    CLOSED = 4
    """Trades in the buffer."""
    FULL = 5
    """Limits that are full, a bit each; the lowest is the one over everything."""
    HEAT = 6
    REFUSED = 7
    """`Refusal`; 0 = none."""
    REFUSED_TICKER = 8
    ENTRIES = 9
    """Entries that were sent."""
    ASKED = 10
    """Questions that only Decimals could answer."""
    DIRTY = 11
    """1 where something was opened or closed since heat was measured."""
    NEXT_DAY_NS = 12
    """When the kill switch is to be asked for a new day; far away without a limit."""
    TRIP = 13
    """`Trip`."""
    ROLLS_NS = 14
    """When the first of the positions that were valued last pays for its next period."""
    TAKEN = 15
    """Not 0 where one of them took something of a quote that may still stand."""


class Trip(IntEnum):
    """How the kill switch stands."""

    ARMED = 0
    TRIPPED = 1
    """With this scan: everything is to be closed."""
    FLAT = 2
    """Everything was closed; entries are paused."""


class Closed(IntEnum):
    """Columns of int64 [trade, Closed]; money in units of the pair's cost."""

    TICKER = 0
    SIDE = 1
    OPENED_NS = 2
    CLOSED_NS = 3
    AMOUNT = 4
    COST = 5
    """What its opening fills cost."""
    PROCEEDS = 6
    GROSS = 7
    FEES = 8
    REASON = 9
    """`Reason` of our exit; STOPPED for a stop."""


class Cursor(IntEnum):
    """Entries of int64 [Cursor]: where the loop stands, and what it asks or was answered."""

    SCAN = 0
    PHASE = 1
    PLACE = 2
    """In the list of tickers that want something."""
    COUNT = 3
    """Length of that list."""
    TICKER = 4
    ANSWER = 5
    """Heat in ppm, or lots (0: declined)."""
    FULL = 6
    STOP = 7
    """Ticks: of the entry that is asked about."""


class Phase(IntEnum):
    """What the loop does next."""

    BEGIN = 0
    HEAT = 1
    ENTRIES = 2
    LOOKED = 3
    """The kill switch was asked; heat comes next."""
    STOP = 4
    """An entry's stop was asked for, and stands in `Cursor.STOP`."""


class Stop(IntEnum):
    """Why the loop came back."""

    DONE = 0
    ASKS_HEAT = 1
    ASKS_ENTRY = 2
    DRAIN = 3
    REFUSED = 4
    ASKS_DAY = 5
    """Whether the day's loss has reached its limit."""
    ASKS_STOP = 6


class Refusal(IntEnum):
    """What the compiled account can't do exactly; the words are in `limits.REFUSALS`."""

    NONE = 0
    WIDE = 1
    DEEP = 2
    TIE = 3
    SMALL = 4
    PASSED = 5
    LIMIT = 6
    FUNDS = 7
    MONEY = 8
    UNPRICED = 9
