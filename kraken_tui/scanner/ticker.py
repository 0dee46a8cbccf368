"""One ticker as a record: what the state machine reads and writes, gathered from the arrays and put back.

Only tickers that are looked at pay for the copying; every rule then says `ticker.stop` where it means the stop, and is
compiled once, for one pointer.
"""

import numpy as np

from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account, Matrix, Quote, Vector
from kraken_tui.scanner.state import Row

_KEPT = [Row.DOLLAR, Row.SHORTABLE, Row.PRICE, Row.VELOCITY, Row.RANGE_SUM, Row.BARS]
_KEPT += list(Row)[Row.STATE : Row.CHANGED]

NAMES = [word.name.lower() for word in (*_KEPT, *Quote, *Account)]

ROWS = np.array(_KEPT)
"""Rows of the state that a ticker has."""

WRITTEN = _KEPT.index(Row.STATE)
"""Those from this one on belong to the state machine."""

QUOTES = len(Quote)

TICKER = np.dtype(
    {
        "names": [*NAMES, "words"],
        "formats": [np.int64] * len(NAMES) + [(np.int64, len(NAMES))],
        "offsets": [8 * k for k in range(len(NAMES))] + [0],
    },
    align=True,
)
"""The fields of a ticker, and all of them once more as `words`, so that loops can copy them."""


class Ticker:
    """The fields of `TICKER`, for whoever reads the rules: of `Row`, then of `Quote`, then of `Account`."""

    dollar: int
    shortable: int
    price: int
    velocity: int
    range_sum: int
    bars: int
    state: int
    reason: int
    action: int
    direction: int
    count: int
    wanted_stop: int
    cooldown: int
    best: int
    fading: int
    reversing: int
    held_side: int
    seen_closed: int
    exit_asked: int
    before: int

    bid: int
    ask: int
    listed: int

    side: int
    entry: int
    breakeven: int
    stop: int
    busy: int
    last_net: int
    closed: int
    blocked: int

    words: Vector


@part
def gather(i: int, quotes: Matrix, account: Matrix, columns: Matrix, ticker: Ticker) -> None:
    """Fill `ticker` with the values of ticker `i`."""
    words = ticker.words
    for k in range(ROWS.size):
        words[k] = columns[ROWS[k], i]
    for k in range(quotes.shape[0]):
        words[ROWS.size + k] = quotes[k, i]
    for k in range(account.shape[0]):
        words[ROWS.size + QUOTES + k] = account[k, i]


@part
def put_back(i: int, ticker: Ticker, columns: Matrix) -> None:
    """Write what the state machine may have changed."""
    words = ticker.words
    for k in range(WRITTEN, ROWS.size):
        columns[ROWS[k], i] = words[k]
