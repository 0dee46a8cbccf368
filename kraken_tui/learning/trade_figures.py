"""What some trades come to, each figure with how many trades it rests on.

Every figure has its definition at its field. Money is in quote units, a signal here: exact sums are in the memory's
table `performance`.
"""

import math

import numpy as np
from msgspec import Struct

from kraken_tui.clock import SECOND, Generator
from kraken_tui.learning.bootstrap import intervals
from kraken_tui.model.trade_columns import Floats, Mask, TradeColumns


class TradeFigures(Struct, frozen=True, kw_only=True):
    """Undefined is None, never 0."""

    trades: int
    win_share: float
    """Trades whose net result is above 0, over all."""
    gross: float
    fees: float
    net: float
    expectancy: float
    """Mean net result of a trade."""
    expectancy_low: float | None
    """Its confidence interval of 95 %, by the stationary bootstrap; none of a single trade."""
    expectancy_high: float | None
    mean_bps: float
    """Mean net result of a trade in basis points of what was put in, each trade counting the same."""
    low_bps: float | None
    high_bps: float | None
    profit_factor: float | None
    """Sum of the gains over the sum of the losses, net; none without a loss."""
    payoff: float | None
    """Mean gain of the winners over the mean loss of the losers; none without either."""
    drawdown: float
    """The largest fall of the sum of net results from a high to a later low, in the order in which they closed."""
    longest_wins: int
    longest_losses: int
    """Most in a row; a result of 0 ends both."""
    fees_bps: float | None
    """Fees over amount times price of entries and exits."""
    slippage_bps: float | None
    """What entry and exit cost more than at the prices decided on, over what was put in; above 0 is a cost."""
    slippage_trades: int
    """Of how many it is known."""
    adverse_bps: float | None
    """Mean of how far the price went against a trade while it was open (MAE)."""
    favourable_bps: float | None
    """Mean of how far it went in its favour (MFE)."""
    excursion_trades: int
    holding_s: float
    """Mean time from the first fill to the last."""


def trade_figures(columns: TradeColumns, chance: Generator) -> TradeFigures:
    """All figures of one trade or more, of one quote currency.

    Args:
        columns: in the order in which they closed.
        chance: draws for the intervals.
    """
    net, bps = columns.net, columns.net_bps
    money, relative = intervals((net, bps), chance)
    won, lost = float(net[net > 0].sum()), float(-net[net < 0].sum())
    wins, losses = int((net > 0).sum()), int((net < 0).sum())
    exits = columns.put_in + columns.gross * columns.side  # amount times exit price
    slipped, seen = ~np.isnan(columns.slippage), ~np.isnan(columns.adverse_bps)
    return TradeFigures(
        trades=columns.count, win_share=wins / columns.count, gross=float(columns.gross.sum()),
        fees=float(columns.fees.sum()), net=float(net.sum()), expectancy=float(net.mean()),
        expectancy_low=_known(money.low), expectancy_high=_known(money.high), mean_bps=float(bps.mean()),
        low_bps=_known(relative.low), high_bps=_known(relative.high), profit_factor=won / lost if lost > 0 else None,
        payoff=(won / wins) / (lost / losses) if wins and losses and lost > 0 else None, drawdown=drawdown(net),
        longest_wins=longest(net > 0), longest_losses=longest(net < 0),
        fees_bps=_ratio_bps(columns.fees, columns.put_in + exits),
        slippage_bps=_ratio_bps(columns.slippage[slipped], columns.put_in[slipped]), slippage_trades=int(slipped.sum()),
        adverse_bps=_mean(columns.adverse_bps[seen]), favourable_bps=_mean(columns.favourable_bps[seen]),
        excursion_trades=int(seen.sum()),
        holding_s=float((columns.closed_ns - columns.opened_ns).mean()) / SECOND,
    )  # fmt: skip


def drawdown(net: Floats) -> float:
    """The largest fall of the running sum, which begins at 0, from a high to a later low."""
    curve = np.concatenate(([0.0], np.cumsum(net)))
    return float((np.maximum.accumulate(curve) - curve).max())


def longest(holds: Mask) -> int:
    """Most in a row."""
    framed = np.concatenate(([False], holds, [False]))
    lengths = np.flatnonzero(framed[:-1] & ~framed[1:]) - np.flatnonzero(~framed[:-1] & framed[1:])
    return int(lengths.max(initial=0))


def _ratio_bps(above: Floats, below: Floats) -> float | None:
    total = float(below.sum())
    return float(above.sum()) / total * 10_000 if total > 0 else None


def _mean(values: Floats) -> float | None:
    return _known(float(values.mean())) if len(values) else None


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
