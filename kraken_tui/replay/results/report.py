"""A run as one HTML file that needs nothing else: no network, no script; light or dark as the reader's screen is."""

from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

from msgspec import Struct

from kraken_tui.learning.equity_curve import Curve, Floats, drawdown_line
from kraken_tui.model.trading import Trade
from kraken_tui.replay.results.metrics import Figures, figures
from kraken_tui.replay.results.report_markup import Html, joined, tag
from kraken_tui.replay.results.report_plots import line_plot
from kraken_tui.replay.results.report_tables import breakdowns, coloured, definitions, measures, trade_list
from kraken_tui.replay.results.report_words import UNDEFINED, duration, moment, percent, plain_number
from kraken_tui.replay.results.trades import Regimes
from kraken_tui.store.atomic import write_atomically

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""A browser loads and runs nothing on this page, whatever stands in it."""


class Fact(Struct, frozen=True):
    """A line of what was tested, or of how far it can be believed."""

    name: str
    value: str
    meaning: str = ""


class Report(Struct, frozen=True, kw_only=True):
    """What a report is made from."""

    title: str
    tested: Sequence[Fact]
    """Strategies, symbols, time, fees, slippage, settings, where the data is from, fingerprints."""
    trades: Sequence[Trade]
    """The closed ones, in order of their closing."""
    curve: Curve
    regimes: Regimes
    luck: Sequence[Fact] = ()
    """How likely the result is luck; nothing where it is not the best of a search."""


def write_report(report: Report, path: Path) -> None:
    """Write the report to `path`, whole or not at all."""
    write_atomically(path, page(report).encode(), mode=0o644)


def page(report: Report) -> str:
    """The report as HTML.

    Raises:
        UsageError: the trades are in several quote currencies.
    """
    found = figures(report.trades, report.curve)
    return document(
        report.title, facts((*_span(found), *report.tested)), tiles(found), plots(report.curve, found.quote),
        _luck(report.luck), measures(found), breakdowns(report.trades, report.regimes),
        trade_list(report.trades, report.regimes), definitions(),
    )  # fmt: skip


def document(title: str, *parts: Html) -> str:
    """A whole page."""
    style = resources.files("kraken_tui.replay.results").joinpath("report.css").read_text("utf-8")
    head = tag(
        "head", tag("meta", charset="utf-8"), tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"), tag("title", title),
        tag("style", Html(style)),
    )  # fmt: skip
    return "<!DOCTYPE html>\n" + tag("html", head, tag("body", tag("h1", title), *parts), lang="en") + "\n"


def facts(rows: Sequence[Fact]) -> Html:
    """Facts below each other."""
    pairs = (
        joined((tag("dt", tag("span", row.name, title=row.meaning) if row.meaning else row.name), tag("dd", row.value)))
        for row in rows
    )
    return tag("dl", *pairs, class_="facts")


def _span(found: Figures) -> tuple[Fact, ...]:
    span = f"{moment(found.start_ns)} to {moment(found.end_ns)} UTC ({duration(found.end_ns - found.start_ns)})"
    return (Fact("Time", span), Fact("Currency", found.quote or UNDEFINED))


def tiles(found: Figures) -> Html:
    """What one looks at first."""
    shown = (
        ("Net P&L", coloured(found.trades.net)), ("Total return", percent(found.total_return)),
        ("Sharpe ratio", plain_number(found.sharpe)), ("Maximum drawdown", percent(found.max_drawdown)),
        ("Profit factor", plain_number(found.trades.profit_factor)), ("Trades", f"{found.trades.count:,}"),
    )  # fmt: skip
    return tag("ul", *(tag("li", tag("small", name), tag("b", value)) for name, value in shown), class_="tiles")


def plots(curve: Curve, quote: str) -> Html:
    """Equity and drawdown over time."""
    times, start = curve.times_ns, float(curve.equity[0])
    equity = line_plot(
        times, curve.equity, name="Equity over time", word=axis_money(curve.equity), height=300, base=start
    )
    fallen = line_plot(
        times, -drawdown_line(curve), name="Drawdown over time", word=_axis_percent, height=170, base=0.0
    )
    title = f"Equity ({quote})" if quote else "Equity"
    return joined(
        (
            tag("h2", title),
            tag("div", equity, class_="wide"),
            tag("h2", "Drawdown"),
            tag("div", fallen, class_="wide drawdown"),
        )
    )


def _axis_percent(value: float) -> str:
    return f"{value * 100:.3g} %".replace("-", "−") if value else "0 %"


def axis_money(values: Floats) -> Callable[[float], str]:
    """Whole units, unless the values differ too little for these."""
    spread = float(values.max() - values.min())
    places = 0 if spread >= 10 else 2 if spread >= 0.1 else 4
    return lambda value: f"{value:,.{places}f}".replace("-", "−")


def _luck(rows: Sequence[Fact]) -> Html:
    if not rows:
        return Html()
    return joined((tag("h2", "How likely this is luck"), facts(rows)))
