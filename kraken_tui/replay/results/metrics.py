"""What a run's trades and its equity curve come to.

Every public function of this module that yields a figure has that figure's definition as its docstring: the report
shows it as it stands. Sums of money are exact; undefined is None, never 0.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from kraken_tui.learning import equity_curve as curves
from kraken_tui.learning.equity_curve import YEAR, Curve, mean_equity
from kraken_tui.model.trading import Trade
from kraken_tui.replay.results.trades import quote_of

ZERO = Decimal(0)
BPS = 10_000


class TradeFigures(Struct, frozen=True, kw_only=True):
    """What closed trades come to; each figure is defined at the function of its name."""

    count: int
    gross: Decimal
    fees: Decimal
    net: Decimal
    traded: Decimal
    win_share: float | None
    profit_factor: float | None
    payoff: float | None
    expectancy: Decimal | None
    fees_bps: float | None
    mean_hold_ns: int | None


class Figures(Struct, frozen=True, kw_only=True):
    """What a whole run comes to; each figure is defined at the function of its name."""

    quote: str
    """The currency of all money here; empty without a trade."""
    start_ns: int
    end_ns: int
    trades: TradeFigures
    total_return: float
    annual_return: float | None
    volatility: float | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    max_drawdown: float
    longest_drawdown_ns: int
    time_in_market: float | None
    exposure: float | None
    turnover: float | None


def gross(trades: Sequence[Trade]) -> Decimal:
    """Gross P&L: what the closed trades made before fees, at the prices they got. Unit: quote currency."""
    return sum((trade.gross for trade in trades), ZERO)


def fees(trades: Sequence[Trade]) -> Decimal:
    """Fees: what the exchange took for the closed trades, entries and exits. Unit: quote currency."""
    return sum((trade.fees for trade in trades), ZERO)


def net(trades: Sequence[Trade]) -> Decimal:
    """Net P&L: gross less fees of the closed trades; what is still open is in the equity, not here.
    Unit: quote currency.
    """
    return sum((trade.net for trade in trades), ZERO)


def traded(trades: Sequence[Trade]) -> Decimal:
    """Traded: amount times price of all entries and exits. Unit: quote currency."""
    return sum((trade.amount * (trade.entry_price + trade.exit_price) for trade in trades), ZERO)


def win_share(trades: Sequence[Trade]) -> float | None:
    """Winners: trades whose net P&L is above 0, over all trades. Unit: fraction. Undefined without a trade."""
    return sum(trade.net > 0 for trade in trades) / len(trades) if trades else None


def profit_factor(trades: Sequence[Trade]) -> float | None:
    """Profit factor: sum of the net gains over the sum of the net losses. Unit: none; 1 is break-even. Source:
    Kaufman (2013), Trading Systems and Methods. Undefined without a losing trade.
    """
    won, lost = _won_and_lost(trades)
    return _ratio(won, lost)


def payoff(trades: Sequence[Trade]) -> float | None:
    """Payoff ratio: mean net gain of the winners over mean net loss of the losers. Unit: none. Source: Kaufman (2013),
    Trading Systems and Methods. Undefined without a winner or without a loser.
    """
    won, lost = _won_and_lost(trades)
    winners, losers = sum(trade.net > 0 for trade in trades), sum(trade.net < 0 for trade in trades)
    return float(Fraction(won) / winners / (Fraction(lost) / losers)) if winners and losers else None


def expectancy(trades: Sequence[Trade]) -> Decimal | None:
    """Expectancy: mean net P&L of a trade. Unit: quote currency a trade. Source: Tharp (1998), Trade Your Way to
    Financial Freedom, there over the mean loss, here in money. Undefined without a trade.
    """
    return net(trades) / len(trades) if trades else None


def fees_bps(trades: Sequence[Trade]) -> float | None:
    """Fee rate: fees over what was traded. Unit: basis points (0.01 %) of amount times price. Undefined where
    nothing was traded.
    """
    rate = _ratio(fees(trades), traded(trades))
    return rate * BPS if rate is not None else None


def mean_hold(trades: Sequence[Trade]) -> int | None:
    """Mean holding time: from a trade's first fill to its last. Unit: time. Undefined without a trade."""
    return sum(trade.closed_ns - trade.opened_ns for trade in trades) // len(trades) if trades else None


def time_in_market(trades: Sequence[Trade], start_ns: int, end_ns: int) -> float | None:
    """Time in market: the part of the time tested in which one closed trade or more was open. Unit: fraction.
    Undefined where no time was tested.
    """
    if end_ns <= start_ns:
        return None
    covered, until = 0, start_ns
    for opened, closed in sorted((trade.opened_ns, trade.closed_ns) for trade in trades):
        begin, end = max(opened, until), min(closed, end_ns)
        covered += max(0, end - begin)
        until = max(until, end)
    return covered / (end_ns - start_ns)


def exposure(trades: Sequence[Trade], curve: Curve) -> float | None:
    """Exposure: money in open trades (amount times entry price, longs and shorts added), its mean over the time tested,
    over the mean equity of that time. A trade counts whole from its first fill to its last. Unit: fraction; above 1 is
    leverage. Undefined where no time was tested or the mean equity is not above 0.
    """
    start, end, base = int(curve.times_ns[0]), int(curve.times_ns[-1]), mean_equity(curve)
    if end <= start or base <= 0:
        return None
    held = sum(
        (t.amount * t.entry_price * max(0, min(t.closed_ns, end) - max(t.opened_ns, start)) for t in trades), ZERO
    )
    return float(held / (end - start)) / base


def turnover(trades: Sequence[Trade], curve: Curve) -> float | None:
    """Turnover: what was traded, entries and exits both, over the mean equity, by the year of 365 days. Unit: times a
    year; fees cost this much times the fee rate of the equity each year. Undefined where no time was tested or the mean
    equity is not above 0.
    """
    base = mean_equity(curve)
    if curve.span_ns <= 0 or base <= 0:
        return None
    return float(traded(trades)) / base * (YEAR / curve.span_ns)


def trade_figures(trades: Sequence[Trade]) -> TradeFigures:
    """All figures that need nothing but closed trades, of one quote currency."""
    quote_of(trades)
    return TradeFigures(
        count=len(trades), gross=gross(trades), fees=fees(trades), net=net(trades), traded=traded(trades),
        win_share=win_share(trades), profit_factor=profit_factor(trades), payoff=payoff(trades),
        expectancy=expectancy(trades), fees_bps=fees_bps(trades), mean_hold_ns=mean_hold(trades),
    )  # fmt: skip


def figures(trades: Sequence[Trade], curve: Curve) -> Figures:
    """All figures of a run.

    Args:
        trades: the closed ones, all in the curve's currency.
        curve: the account's equity from the start to the end of what was tested.

    Raises:
        UsageError: the trades are in several quote currencies.
    """
    start, end = int(curve.times_ns[0]), int(curve.times_ns[-1])
    returns = curves.returns_of(curve)
    return Figures(
        quote=quote_of(trades), start_ns=start, end_ns=end, trades=trade_figures(trades),
        total_return=curves.total_return(curve), annual_return=curves.annual_return(curve),
        volatility=curves.volatility(returns), sharpe=curves.sharpe(returns), sortino=curves.sortino(returns),
        calmar=curves.calmar(curve), max_drawdown=curves.max_drawdown(curve),
        longest_drawdown_ns=curves.longest_drawdown(curve), time_in_market=time_in_market(trades, start, end),
        exposure=exposure(trades, curve), turnover=turnover(trades, curve),
    )  # fmt: skip


def _won_and_lost(trades: Sequence[Trade]) -> tuple[Decimal, Decimal]:
    won = sum((trade.net for trade in trades if trade.net > 0), ZERO)
    return won, -sum((trade.net for trade in trades if trade.net < 0), ZERO)


def _ratio(above: Decimal, below: Decimal) -> float | None:
    return float(above / below) if below else None
