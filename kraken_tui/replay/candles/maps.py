"""Bit maps put together word by word, compiled: in one pass, where numpy would write a map after every step."""

from kraken_tui.replay.candles.bits import Bits, Maps
from kraken_tui.replay.candles.compiling import loop
from kraken_tui.replay.candles.rows import Flags
from kraken_tui.strategy.regimes import SymbolRegime


@loop
def vote(long: Bits, short: Bits, votes: Maps, enter: Maps, ends: Maps) -> None:
    """Count a rule with a direction of its own.

    Args:
        long: where it is for a long; on both sides at once it is for neither.
        short: the same of a short.
        votes: [side, word]: to be filled with what it says.
        enter: [side, word]: where all rules so far say that; those are left where this one does too.
        ends: [side, word]: where any rule so far is against that; those are added where this one is.
    """
    for at in range(long.size):
        is_long, is_short = long[at] & ~short[at], short[at] & ~long[at]
        votes[0, at], votes[1, at] = is_long, is_short
        enter[0, at] &= is_long
        enter[1, at] &= is_short
        ends[0, at] |= is_short
        ends[1, at] |= is_long


@loop
def vote_like(long: Bits, short: Bits, like: Maps, votes: Maps, enter: Maps) -> None:
    """Count a rule that says what another one says, or nothing: that one was against all that this can be against.

    Args:
        long: where it says it of a long.
        short: where of a short.
        like: [side, word]: what the other one says.
        votes: as in `vote`.
        enter: the same.
    """
    for at in range(long.size):
        is_long, is_short = long[at] & like[0, at], short[at] & like[1, at]
        votes[0, at], votes[1, at] = is_long, is_short
        enter[0, at] &= is_long
        enter[1, at] &= is_short


@loop
def classify(
    known: Bits, still: Bits, untraded: Bits, narrow: Bits, smooth: Bits, rising: tuple[Bits, Bits],
    falling: tuple[Bits, Bits], every: Bits, regimes: Maps,
) -> None:  # fmt: skip
    """Fill `regimes` with which candles are of which.

    Args:
        known: where the measures are known.
        still: where it moves too little for a market that is alive.
        untraded: where it trades too seldom for that.
        narrow: where it moves much less than it used to.
        smooth: where it goes one way rather than to and fro.
        rising: where its means are far enough apart for a rise, and where they rise at all.
        falling: the same of a fall.
        every: all candles.
        regimes: [`SymbolRegime`, word].
    """
    for at in range(known.size):
        quiet = known[at] & (still[at] | untraded[at])
        squeeze = known[at] & ~quiet & narrow[at]
        rest = known[at] & ~quiet & ~squeeze
        up, down = (
            rest & smooth[at] & rising[0][at] & rising[1][at],
            rest & smooth[at] & falling[0][at] & falling[1][at],
        )
        regimes[SymbolRegime.UNKNOWN, at] = every[at] & ~known[at]
        regimes[SymbolRegime.QUIET, at], regimes[SymbolRegime.SQUEEZE, at] = quiet, squeeze
        regimes[SymbolRegime.TREND_UP, at], regimes[SymbolRegime.TREND_DOWN, at] = up, down
        regimes[SymbolRegime.RANGE, at] = rest & ~(up | down)


@loop
def want(enter: Maps, believed: Maps, traded: Flags, filtered: Bits, wide: Bits, wanted: Maps) -> None:
    """Fill `wanted` with where, whatever is believed of the market, each strategy may enter.

    Args:
        enter: [strategy and side, word]: where it would.
        believed: [regime, word]: what is believed of the candle's ticker.
        traded: [strategy, regime]: whether it trades that in any market.
        filtered: where the gate lets anybody enter.
        wide: where a candle was too wide for that.
        wanted: [strategy, word]: to be filled.
    """
    wanted[:] = 0
    for strategy in range(traded.shape[0]):
        for regime in range(traded.shape[1]):
            if traded[strategy, regime]:
                for at in range(wanted.shape[1]):
                    wanted[strategy, at] |= believed[regime, at]
        for at in range(wanted.shape[1]):
            may = (enter[2 * strategy, at] | enter[2 * strategy + 1, at]) & filtered[at] & ~wide[at]
            wanted[strategy, at] &= may
