"""What a scan came to, in a few columns that prove a replay of it.

`decided` and `wanted_stop` are the decisions themselves. `sums` stands for the numbers beneath them: of each row in
SUMMED it holds Σv and Σi·v over the tickers i, modulo 2^64. One or two tickers that differ show for certain, and where
it is one alone, the two differences name it and its value: i = Δ(Σi·v) / Δ(Σv). That takes a few microseconds where a
hash of so many bytes would take a hundred, and could name nobody.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.market.feed import Frame
from kraken_tui.model.scan import Action, Reason, State
from kraken_tui.scanner.compiled import compiled, part
from kraken_tui.scanner.inputs import Vector
from kraken_tui.scanner.result import ScanResult

Words = NDArray[np.int16]

DECIDED, WANTED_STOP, SUMS = "decided", "wanted_stop", "sums"
COLUMNS = (DECIDED, WANTED_STOP, SUMS)
SUMMED = ("bid", "ask", "price", "velocity", "true ranges")
"""Each has two of the sums; behind them are threshold, regime (-1 for none) and the scans that were skipped."""
REST = ("threshold, ppm", "market regime", "skipped scans")


class Word(Struct, frozen=True):
    """A ticker's decision."""

    state: State
    reason: Reason
    action: Action


@part
def _sum_up(row: Vector, into: Vector) -> None:
    plain = weighted = 0
    for i in range(row.size):
        plain += row[i]
        weighted += row[i] * i
    into[0], into[1] = plain, weighted


@compiled
def fold(
    state: Vector,
    reason: Vector,
    action: Vector,
    bid: Vector,
    ask: Vector,
    price: Vector,
    velocity: Vector,
    range_sum: Vector,
    words: Words,
    sums: Vector,
) -> None:
    """Pack every ticker's decision into a word, and add up the numbers beneath them."""
    for i in range(state.size):
        words[i] = state[i] | (reason[i] << 3) | (action[i] << 8)
    _sum_up(bid, sums[0:2])
    _sum_up(ask, sums[2:4])
    _sum_up(price, sums[4:6])
    _sum_up(velocity, sums[6:8])
    _sum_up(range_sum, sums[8:10])


def outputs(frame: Frame, result: ScanResult) -> dict[str, bytes]:
    """The columns that the input log keeps of what a scan of `frame` gave."""
    words, sums = np.empty(result.state.size, np.int16), np.zeros(2 * len(SUMMED) + len(REST), np.int64)
    # A feed's arrays may be read-only, which to numba is another type.
    fold(
        result.state, result.reason, result.action, frame.bid.copy(), frame.ask.copy(), result.price,
        result.velocity_ppm, result.range_sum, words, sums,
    )  # fmt: skip
    sums[-3], sums[-1] = result.threshold_ppm, result.skipped
    sums[-2] = -1 if result.regime is None else result.regime
    return {DECIDED: words.tobytes(), WANTED_STOP: result.wanted_stop.tobytes(), SUMS: sums.tobytes()}


def word_of(number: int) -> Word:
    """A packed decision.

    Raises:
        ValueError: it is none.
    """
    return Word(State(number & 7), Reason(number >> 3 & 31), Action(number >> 8))
