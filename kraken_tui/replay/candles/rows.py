"""The arrays of a run over candles, by name, besides those of the paper account."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kraken_tui.model.scan import Regime
from kraken_tui.replay.candles.bits import Bits, Maps
from kraken_tui.scanner.inputs import Matrix, Vector

Floats = NDArray[np.float64]
Signs = NDArray[np.int8]
Flags = NDArray[np.bool_]


class Wait(IntEnum):
    """Rows of int64 [Wait, ticker]: an entry that waits at its price, and who is in charge of what is held."""

    SIDE = 0
    """+1, -1; 0 where none waits."""
    LIMIT = 1
    """Ticks."""
    LEFT = 2
    """Lots that are not filled."""
    STOP = 3
    """Ticks: behind what is filled."""
    HOLD = 4
    """What it holds of the account's money, in units of cost: on spot alone."""
    LEVERAGE = 5
    STRATEGY = 6
    """Who entered last, whether it waited or not."""
    BUSY = 7
    """The last row in which something was held as a closing was heard, or waited, plus 1: nothing is entered in it."""
    CALM = 8
    """Of what is held: the first closing before which its stop may be within reach."""
    AGAINST = 9
    """The first closing at which its strategy may be against it."""
    EXIT = 10
    """Twice the row, on the way to the closing that is looked at, in which it is left, plus 1 if by its strategy."""


class Note(IntEnum):
    """Entries of int64 [Note]: what belongs to no ticker."""

    WAITING = 0
    """Entries that wait."""
    HOLDS = 1
    """What they hold of the account's money."""
    KNOWN = 2
    """The same as it was when the engine last read its balance: after each fill and each fee."""
    CLOSING = 3
    """Place of the next closing, among all, of which the market's regime is to be looked at where it goes by trades."""
    BELIEVED = 4
    """Of the market's regime, plus 1; as `regimes.Belief`."""
    SEEN = 5
    RUN = 6
    AGE = 7
    TURNED = 8
    """Candles in the list of those that were turned."""
    CALL = 9
    """The ticker whose call is looked at, or the first to be looked at, of closing `HEARD`."""
    COUNTED = 10
    """Trades in the buffer that are counted among the moves."""
    PASSED = 11
    """Closings, of all, that are over for what is held."""
    MARKED = 12
    """How many of them `State.held` tells of."""
    HEARD = 13
    """Place of the closing whose calls are looked at, plus 1."""
    ALIVE = 14
    """Strategies whose trades do not forbid further ones, a bit each; see `exits.count_trades`."""


HYSTERESIS, MEMORY, LOOKS, ASKS = range(4)
"""Entries of `Rules.numbers`."""
SEEN_REGIMES = len(Regime) + 1
"""What the scanner may tell of the market: none, or one of its regimes."""
UNSURE, UNTOLD = -1, -2
"""Of a belief: it goes by who trades; it can't be told."""


class Foreseen(NamedTuple):
    """What of the market's regime does not go by who trades."""

    regimes: Vector
    """[closing]: the regime while nobody trades; -1 none, NOT_TOLD where it can't be told."""
    sure: Flags
    """[closing]: whether that holds whoever trades; see `sure_regimes`."""
    beliefs: Vector
    """[closing]: what is believed, as `Note.BELIEVED`, UNSURE or UNTOLD."""
    anchors: Vector
    """[closing]: the last one at which a regime was surely believed anew; -1 for none."""
    noted: Flags
    """[closing]: whether it matters to an unsure belief which candles turned on the way to it."""


class Calls(NamedTuple):
    """Every entry that a strategy may want; what else is to be known of one is looked up when the loop gets there."""

    wanted: Maps
    """[strategy, closing, word of tickers]."""
    believed: Maps
    """[regime, word of candles]: what is believed of the ticker."""
    table: Floats
    """[candle, column]: close and ATR in quote units, then measures that strategies expect a move by."""
    sources: Vector
    """[strategy]: the column that it goes by; 0 where it always expects the same; below 0 for a row of `own`, counted
    from -1 on.
    """
    times: Floats
    """[strategy]: by what that is multiplied, or what it always expects."""
    own: Floats
    """[row, candle]: what strategies expect that declare nothing, in percent."""
    ticks: Floats
    """[ticker]: quote units."""
    atrs: Floats
    """One entry: from the close to the stop."""


class Rules(NamedTuple):
    """What of settings and strategies the loop goes by."""

    ends: Maps
    """[strategy and side, word of candles]: where it is against a long (0, 2, ...) or against a short (1, 3, ...)."""
    enter: Maps
    """The same of where it would enter."""
    choices: Matrix
    """[believed market, regime]: the strategy that may enter; below 0 for none."""
    offsets: Vector
    """[ticker]: what to add to a span for its place among the candles."""
    maker: Flags
    """[strategy]: whether its entries wait."""
    least: Floats
    """[strategy]: percent that any of its round trips needs."""
    foreseen: Foreseen
    scanner: Vector
    """Of the scanner: look-back, window, low volatility, dispersion, mix."""
    numbers: Vector
    """Hysteresis, memory, whether any strategy looks at the market, and 1 where every entry is left to the gate."""


class State(NamedTuple):
    """What changes."""

    wait: Matrix
    order: Vector
    """The tickers that wait, by symbol."""
    note: Vector
    turned: Matrix
    """[turn, 2]: ticker and row of candles whose extremes were exchanged."""
    held: Maps
    """[closing, side, word of tickers]: whose candles up to it, from the closing before, are turned against a long (0)
    or against a short (1), as they were passed without a look at each row."""
    free: Bits
    """[word of tickers]: room to tell which are not held."""
    mids: Matrix
    """[2, ticker]: room to count a scan's velocities in."""
    moves: Floats
    """[2, strategy]: trades, and the sum of their moves in percent."""
