"""An account's trades as one page for a person, and as a line for a message."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from kraken_tui.replay.results.performance import Performance
from kraken_tui.replay.results.report import Fact, axis_money, document, facts, plots, tiles
from kraken_tui.replay.results.report_bars import bar_plot
from kraken_tui.replay.results.report_markup import Html, tag
from kraken_tui.replay.results.report_tables import breakdown, definitions, measures, trade_list
from kraken_tui.replay.results.report_words import duration, is_utc, moment, money, percent, plain_number
from kraken_tui.replay.results.trades import Key, grouped

HOUR, DAY = re.compile(r"\d\d"), re.compile(r"\d{4}-\d\d-\d\d")
NOTE = (
    "The equity here is realised: it moves when a trade closes, by what is left of it after all fees. What is still "
    "open, deposits and withdrawals are not in it."
)


def performance_page(found: Performance, title: str, about: Sequence[Fact]) -> str:
    """The page: figures, curves, bars and tables, every trade.

    Args:
        found: the trades, and what they come to.
        title: of the page.
        about: where the trades are from.
    """
    figures, trades = found.figures, found.trades
    zone = str(found.zone)
    named = {
        "day": f"day of the close ({zone})", "hour": f"hour of entry ({zone})", "weekday": f"weekday of entry ({zone})",
        "symbol": "symbol", "strategy": "strategy", "regime": "regime at entry", "exit": "exit",
    }  # fmt: skip
    parts = [_by(found, named[name], key, figures.quote) for name, key in found.keys.items()]
    return document(
        title, facts((*_spans(found), *about)), tiles(figures), plots(found.curve, figures.quote),
        tag("p", NOTE, class_="note"), measures(figures), tag("h2", "Breakdowns"), *parts,
        trade_list(trades, found.regimes, found.zone), definitions(),
    )  # fmt: skip


def summary(found: Performance) -> str:
    """The same in a message's length, every number of it from the trades."""
    figures = found.figures
    sums = {
        name: sum(trade.net for trade in some) for name, some in grouped(found.trades, found.keys["symbol"]).items()
    }
    best, worst = max(sums, key=lambda name: sums[name]), min(sums, key=lambda name: sums[name])
    sides = f"; best {best} {money(sums[best])}, worst {worst} {money(sums[worst])}" if best != worst else ""
    t = figures.trades
    return (
        f"{t.count:,} trades closed, net {money(t.net)} {figures.quote} "
        f"(gross {money(t.gross)}, fees {money(t.fees)}), {percent(t.win_share)} won, "
        f"profit factor {plain_number(t.profit_factor)}, maximum drawdown {percent(figures.max_drawdown)}{sides}"
    )


def _spans(found: Performance) -> tuple[Fact, ...]:
    begin, end = int(found.curve.times_ns[0]), int(found.curve.times_ns[-1])
    told = [Fact("Time (UTC)", f"{moment(begin)} to {moment(end)} ({duration(end - begin)})")]
    if not is_utc(found.zone):
        told.append(Fact(f"Time ({found.zone})", f"{moment(begin, found.zone)} to {moment(end, found.zone)}"))
    return (*told, Fact("Currency", found.figures.quote))


def _by(found: Performance, name: str, key: Key, quote: str) -> Html:
    """A chart and a table."""
    sums = {label: float(sum(trade.net for trade in some)) for label, some in grouped(found.trades, key).items()}
    bars = [(label, sums.get(label, 0.0)) for label in _without_holes(list(sums))]
    word = axis_money(np.array([0.0, *sums.values()]))
    drawn = bar_plot(bars, name=f"Net P&L by {name}, {quote}", word=word)
    return breakdown(found.trades, name, key, tag("div", drawn, class_="wide"))


def _without_holes(labels: list[str]) -> list[str]:
    """Hours and days in which nothing was closed have their place in a chart too."""
    if all(HOUR.fullmatch(label) for label in labels):
        return [f"{hour:02d}" for hour in range(24)]
    if not all(DAY.fullmatch(label) for label in labels):
        return labels
    first, last = date.fromisoformat(labels[0]), date.fromisoformat(labels[-1])
    return [str(first + timedelta(days=day)) for day in range((last - first).days + 1)]
