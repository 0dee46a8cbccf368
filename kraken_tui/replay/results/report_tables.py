"""A report's tables: the metrics, what they break down to, every trade."""

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from decimal import Decimal
from inspect import getdoc

from msgspec import Struct

from kraken_tui.learning import equity_curve as curves
from kraken_tui.model.trading import Side, Trade
from kraken_tui.replay.results import metrics
from kraken_tui.replay.results.metrics import Figures, trade_figures
from kraken_tui.replay.results.report_markup import Html, joined, table, tag
from kraken_tui.replay.results.report_words import (
    UNDEFINED,
    duration,
    is_utc,
    moment,
    money,
    percent,
    plain_number,
    price,
)
from kraken_tui.replay.results.trades import Key, Regimes, grouped, hour_of, strategy_of, symbol_of


class Row(Struct, frozen=True):
    """A figure of the table: what defines it, and how it is spelled."""

    definition: Callable[..., object]
    """Its docstring is the definition."""
    value: Callable[[Figures], str]

    @property
    def meaning(self) -> str:
        """The whole definition on one line; its name stands before the first colon."""
        return " ".join((getdoc(self.definition) or "").split())

    @property
    def name(self) -> str:
        """What it is called."""
        return self.meaning.partition(":")[0]


def _with(value: str, unit: str) -> str:
    return value if value == UNDEFINED else f"{value} {unit}"


ROWS = (
    Row(metrics.net, lambda f: money(f.trades.net)),
    Row(metrics.gross, lambda f: money(f.trades.gross)),
    Row(metrics.fees, lambda f: money(f.trades.fees)),
    Row(metrics.fees_bps, lambda f: _with(plain_number(f.trades.fees_bps), "bps")),
    Row(curves.total_return, lambda f: percent(f.total_return)),
    Row(curves.annual_return, lambda f: percent(f.annual_return)),
    Row(curves.volatility, lambda f: percent(f.volatility)),
    Row(curves.sharpe, lambda f: plain_number(f.sharpe)),
    Row(curves.sortino, lambda f: plain_number(f.sortino)),
    Row(curves.calmar, lambda f: plain_number(f.calmar)),
    Row(curves.max_drawdown, lambda f: percent(f.max_drawdown)),
    Row(curves.longest_drawdown, lambda f: duration(f.longest_drawdown_ns)),
    Row(metrics.win_share, lambda f: percent(f.trades.win_share)),
    Row(metrics.profit_factor, lambda f: plain_number(f.trades.profit_factor)),
    Row(metrics.payoff, lambda f: plain_number(f.trades.payoff)),
    Row(metrics.expectancy, lambda f: money(f.trades.expectancy)),
    Row(metrics.mean_hold, lambda f: duration(f.trades.mean_hold_ns)),
    Row(metrics.time_in_market, lambda f: percent(f.time_in_market)),
    Row(metrics.exposure, lambda f: percent(f.exposure)),
    Row(metrics.traded, lambda f: money(f.trades.traded)),
    Row(metrics.turnover, lambda f: _with(plain_number(f.turnover), "times a year")),
)

TRADE_HEADS = (
    "Opened (UTC)", "Held", "Strategy", "Symbol", "Side", "Amount", "Entry", "Exit", "Gross", "Fees", "Net",
    "Regime", "Entered for", "Closed for",
)  # fmt: skip
TRADE_KINDS = ("word",) * 5 + ("number",) * 6 + ("word",) * 3


def measures(found: Figures) -> Html:
    """All metrics, two beside each other, each with its definition as title."""
    half = -(-len(ROWS) // 2)
    cells: list[tuple[str, str]] = [(tag("span", row.name, title=row.meaning), row.value(found)) for row in ROWS]
    cells += [("", "")] * (2 * half - len(cells))
    lines = [(*left, *right) for left, right in zip(cells[:half], cells[half:], strict=True)]
    kinds = ("word", "number", "word", "number")
    return joined((tag("h2", "Metrics"), table(("Metric", "Value", "Metric", "Value"), kinds, lines)))


def breakdowns(trades: Sequence[Trade], regimes: Regimes) -> Html:
    """What the trades come to by strategy, symbol, regime and hour."""
    keys: tuple[tuple[str, Key], ...] = (
        ("strategy", strategy_of), ("symbol", symbol_of), ("regime at entry", regimes.of),
        ("hour of entry (UTC)", hour_of),
    )  # fmt: skip
    if not trades:
        return Html()
    return joined((tag("h2", "Breakdowns"), *(breakdown(trades, name, key) for name, key in keys)))


def breakdown(trades: Sequence[Trade], name: str, key: Key, chart: str = "") -> Html:
    """What the trades come to by a key, with a chart above it or without."""
    first = name[0].upper() + name[1:]
    heads = (first, "Trades", "Winners", "Gross", "Fees", "Net", "Profit factor", "Expectancy", "Mean hold")
    rows = []
    for label, some in grouped(trades, key).items():
        f = trade_figures(some)
        counts = (label, f"{f.count:,}", percent(f.win_share))
        sums = (money(f.gross), money(f.fees), coloured(f.net))
        rows.append((*counts, *sums, plain_number(f.profit_factor), money(f.expectancy), duration(f.mean_hold_ns)))
    return joined((tag("h3", f"By {name}"), chart, table(heads, ("word",) + ("number",) * 8, rows)))


def trade_list(trades: Sequence[Trade], regimes: Regimes, zone: tzinfo = UTC) -> Html:
    """Every trade, with why it was entered and why it was closed; beside UTC in the operator's zone, if another."""
    if not trades:
        return joined((tag("h2", "Trades"), tag("p", "Not one trade was closed.", class_="note")))
    rows = (_trade(trade, regimes.of(trade)) for trade in trades)
    listed = table(TRADE_HEADS, TRADE_KINDS, rows)
    if not is_utc(zone):
        local = ((*_trade(trade, regimes.of(trade)), moment(trade.opened_ns, zone)) for trade in trades)
        listed = table((*TRADE_HEADS, f"Opened ({zone})"), (*TRADE_KINDS, "word"), local)
    return joined((tag("h2", "Trades"), tag("div", listed, class_="trades")))


def _trade(trade: Trade, regime: str) -> tuple[str, ...]:
    return (
        moment(trade.opened_ns), duration(trade.closed_ns - trade.opened_ns), strategy_of(trade), trade.symbol,
        "long" if trade.side is Side.BUY else "short", price(trade.amount), price(trade.entry_price),
        price(trade.exit_price), money(trade.gross), money(trade.fees), coloured(trade.net),
        regime, trade.entered_for, trade.reason,
    )  # fmt: skip


def coloured(value: Decimal) -> Html:
    """Money, green above 0 and red below."""
    return tag("span", money(value), class_="up" if value > 0 else "down" if value < 0 else "level")


def definitions() -> Html:
    """What each metric means, for who can't point at it."""
    pairs = (joined((tag("dt", row.name), tag("dd", row.meaning.partition(":")[2].strip()))) for row in ROWS)
    return tag("details", tag("summary", "Definitions, units and sources of the metrics"), tag("dl", *pairs))
