"""Performance: the curve of what was made, by day, symbol, strategy, hour and reason, each with what it rests on."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from kraken_tui.clock import generator
from kraken_tui.learning.equity_curve import DAY, curve_of, returns_of, sharpe, sortino
from kraken_tui.learning.trade_analyzer import Slice, slices
from kraken_tui.learning.trade_figures import TradeFigures, trade_figures
from kraken_tui.model.page import PAGES, Bars, Curve, Page
from kraken_tui.model.plain import counted
from kraken_tui.model.trade_columns import TradeColumns

SEED = 1
"""Of the intervals: the same trades have the same."""
FEW = 30
MONTH_NS = 30 * DAY
MOST_BARS = 12
BY = {
    "day": "By day of the close", "symbol": "By symbol", "strategy": "By strategy", "hour": "By hour of the opening",
    "regime": "By regime at the entry",
}  # fmt: skip


def performance_page(columns: TradeColumns, start: Decimal, now_ns: int) -> Page:
    """What closed trades came to.

    Args:
        columns: in the order in which they closed.
        start: equity before the first; quote units.
        now_ns: the engine's time.
    """
    title = PAGES["performance"]
    if not columns.count:
        return Page(name="performance", title=title, time_ns=now_ns, lines=("No trade was closed yet.",))
    figures = trade_figures(columns, generator(SEED))
    return Page(
        name="performance", title=title, time_ns=now_ns, lines=(*_lines(figures), *_ratios(columns, float(start))),
        curves=_curves(columns, float(start)),
        bars=tuple(_bars(columns, key) for key in BY),
        notes=(
            f"Net of all fees, closed trades alone; intervals of 95 % by the stationary bootstrap. * fewer than {FEW} "
            "trades say next to nothing. Hours and days are UTC; `kraken-tui stats` has every figure and other keys.",
        ),
    )  # fmt: skip


def _lines(figures: TradeFigures) -> tuple[str, ...]:
    factor = "no loss yet" if figures.profit_factor is None else f"{figures.profit_factor:.2f}"
    payoff = "unknown" if figures.payoff is None else f"{figures.payoff:.2f}"
    between = "unknown"
    if figures.expectancy_low is not None and figures.expectancy_high is not None:
        between = f"{figures.expectancy_low:+,.2f} to {figures.expectancy_high:+,.2f}"
    fees = "" if figures.fees_bps is None else f" ({figures.fees_bps:.1f} bps)"
    return (
        f"{counted(figures.trades, 'trade')}, {figures.win_share:.0%} won; gross {figures.gross:+,.2f} - fees "
        f"{figures.fees:,.2f}{fees} = net {figures.net:+,.2f}",
        f"expectancy {figures.expectancy:+,.2f} a trade (95 %: {between}), profit factor {factor}, payoff {payoff}",
        f"largest drawdown {figures.drawdown:,.2f}; in a row {figures.longest_wins} won, "
        f"{figures.longest_losses} lost; held {figures.holding_s / 60:,.0f} min on average",
    )


def _ratios(columns: TradeColumns, start: float) -> tuple[str, ...]:
    """Sharpe and Sortino of the days, from equity after each close; undefined for less than a month."""
    if start <= 0 or columns.closed_ns[-1] - columns.closed_ns[0] < MONTH_NS:
        return ("Sharpe and Sortino ratios need a month of trades.",)
    at = np.concatenate(([columns.opened_ns[0]], columns.closed_ns))
    equity = np.concatenate(([start], start + np.cumsum(columns.net)))
    keep = np.append(np.diff(at) > 0, True)  # of several trades closed at one time, the last
    returns = returns_of(curve_of(at[keep], equity[keep]))
    words = [
        f"{name} {'unknown' if value is None else f'{value:.2f}'}"
        for name, value in (("Sharpe ratio", sharpe(returns)), ("Sortino ratio", sortino(returns)))
    ]
    return (f"{', '.join(words)} a year, of {len(returns)} daily returns on closed trades",)


def _curves(columns: TradeColumns, start: float) -> tuple[Curve, ...]:
    """From the start, at the opening of the first trade, on."""
    equity = start + np.concatenate(([0.0], np.cumsum(columns.net)))
    below = equity - np.maximum.accumulate(equity)
    times = (int(columns.opened_ns[0]), *columns.closed_ns.tolist())
    return (
        Curve(name="Equity after each close", unit="USD", time_ns=times, values=tuple(equity.tolist())),
        Curve(name="Below the highest so far", unit="USD", time_ns=times, values=tuple(below.tolist())),
    )


def _bars(columns: TradeColumns, key: str) -> Bars:
    found = slices(columns, [key], generator(SEED))
    shown = found[-MOST_BARS:] if key == "day" else found if key == "hour" else _largest(found)
    return Bars(
        name=BY[key] if len(shown) == len(found) else f"{BY[key]}, {len(shown)} of {len(found)}", unit="USD",
        names=tuple(row.of[key] for row in shown), values=tuple(row.figures.net for row in shown),
        notes=tuple(f"{row.figures.trades:,} trades{' *' if row.figures.trades < FEW else ''}" for row in shown),
    )  # fmt: skip


def _largest(found: Sequence[Slice]) -> list[Slice]:
    """Those that matter most, the best first."""
    chosen = sorted(found, key=lambda row: -abs(row.figures.net))[:MOST_BARS]
    return sorted(chosen, key=lambda row: -row.figures.net)
