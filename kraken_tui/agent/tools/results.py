"""What closed trades came to, in any span of time and by whatever they are counted under."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from kraken_tui.agent.answers import profit_line
from kraken_tui.agent.requests import PerformanceQuestion
from kraken_tui.agent.tools.accounts import account_facts
from kraken_tui.agent.tools.sources import Sources
from kraken_tui.agent.tools.tool import Facts, answered
from kraken_tui.agent.turns import TurnContext
from kraken_tui.clock import SECOND, generator, iso
from kraken_tui.config.moments import zone_of
from kraken_tui.learning.trade_analyzer import Slice, slices
from kraken_tui.learning.trade_figures import TradeFigures
from kraken_tui.model.fact import ToolResult
from kraken_tui.model.trade_columns import TradeColumns

BEGINNING_NS, END_NS = -(1 << 63), (1 << 63) - 1
FEW = 30
"""Trades below which a line is marked: they say next to nothing."""
SEED = 1
"""Of the intervals: the same trades have the same."""
MOST_SLICES = 40
WHY = ("strategy", "symbol", "exit")


async def performance(question: PerformanceQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """What the trades of a time came to."""
    zone = zone_of(sources.settings.RESET_TIMEZONE)
    now_ns = sources.now_ns()
    from_ns, to_ns = span_ns(question.span, now_ns, zone)
    return await asyncio.to_thread(_performance, question, sources, (from_ns, to_ns, now_ns), zone)


def _performance(
    question: PerformanceQuestion, sources: Sources, times: tuple[int, int, int], zone: tzinfo
) -> ToolResult:
    from_ns, to_ns, now_ns = times
    columns = sources.records.trades(from_ns, to_ns)
    named = span_words(question.span)
    since = "" if from_ns == BEGINNING_NS else f", since {iso(from_ns)[:16]}Z"
    standing, facts = _standing(sources, to_ns, now_ns)
    if not columns.count:
        lines = [f"{named}{since}: no trade was closed.", *standing]
        return answered(lines, facts.all, {"span": question.span, "trades": "0"})
    total = slices(columns, [], generator(SEED), zone)
    lines = [f"{named}{since}:", *(_line(row, "all trades") for row in total)]
    for row in total:
        slice_facts(facts, row, question.span, "")
    parts = _parts(columns, list(question.by), zone)
    lines += _told(parts, question.by, question.span, facts)
    if question.why:
        lines += _why(columns, zone, question.span, facts)
    if any(row.figures.trades < FEW for row in (*total, *parts)):
        lines.append(f"* fewer than {FEW} trades: the intervals say how little is known")
    lines += standing
    data: dict[str, object] = {
        "span": question.span, "from_ns": str(from_ns), "by": list(question.by),
        "all": [_data(row) for row in total], "slices": [_data(row) for row in parts],
    }  # fmt: skip
    return answered(lines, facts.all, data)


def _standing(sources: Sources, to_ns: int, now_ns: int) -> tuple[list[str], Facts]:
    """Where a time lasts until now, the account as it stands: what is open is in no closed trade."""
    snapshot = sources.snapshot() if to_ns == END_NS else None
    if snapshot is None:
        return [], Facts(now_ns)
    count = snapshot.account.open_trades
    is_open = f"{count} {'position' if count == 1 else 'positions'} open"
    return [f"Since the ledger began, with {is_open}: {profit_line(snapshot.account)}"], account_facts(snapshot)


def _parts(columns: TradeColumns, by: list[str], zone: tzinfo) -> list[Slice]:
    return slices(columns, by, generator(SEED), zone)[:MOST_SLICES] if by else []


def _told(parts: Sequence[Slice], by: Sequence[str], span: str, facts: Facts) -> list[str]:
    for row in parts:
        symbol = row.of.get("symbol", "")
        slice_facts(facts, row, span, symbol, ", ".join(word for key, word in row.of.items() if key != "symbol"))
    return [f"  {_line(row, ', '.join(row.of.values()))}" for row in parts]


def _why(columns: TradeColumns, zone: tzinfo, span: str, facts: Facts) -> list[str]:
    """The best and the worst of each key: where it came from, and no more than that."""
    lines = []
    for key in WHY:
        rows = sorted(_parts(columns, [key], zone), key=lambda row: row.figures.net)
        shown = rows if len(rows) <= 4 else [*rows[:2], *rows[-2:]]
        lines += [f"by {key}:", *_told(list(reversed(shown)), (key,), span, facts)]
    return lines


def _line(row: Slice, name: str) -> str:
    figures, unit = row.figures, row.of.get("quote", "USD")
    few = "*" if figures.trades < FEW else ""
    between = _between(figures)
    return (
        f"{name}: {figures.trades}{few} trades, {figures.win_share:.0%} won, net {figures.net:+,.2f} {unit} = gross "
        f"{figures.gross:+,.2f} - fees {figures.fees:,.2f}; per trade {figures.expectancy:+.2f}{between}, "
        f"deepest fall {figures.drawdown:,.2f}"
    )


def _between(figures: TradeFigures) -> str:
    if figures.expectancy_low is None or figures.expectancy_high is None:
        return ""
    return f" (95 %: {figures.expectancy_low:+.2f} to {figures.expectancy_high:+.2f})"


def slice_facts(facts: Facts, row: Slice, span: str, symbol: str, of: str = "") -> None:
    """Facts of some trades."""
    figures, unit = row.figures, row.of.get("quote", symbol.rpartition("/")[2] or "USD")
    when = f"{span_words(span).lower()}{f', {of}' if of else ''}"
    facts.add("count", f"trades {when}", figures.trades, asset=symbol)
    facts.add("rate", f"share of winning trades {when}", round(figures.win_share * 100, 1), asset=symbol, unit="%")
    for kind, name, value in (
        ("profit", "net result", figures.net), ("profit", "gross result", figures.gross), ("fee", "fees", figures.fees),
        ("profit", "net result per trade", figures.expectancy), ("loss", "deepest fall", figures.drawdown),
    ):  # fmt: skip
        facts.add(kind, f"{name} {when}", round(value, 2), asset=symbol, unit=unit)


def _data(row: Slice) -> dict[str, object]:
    figures = row.figures
    money = {name: f"{getattr(figures, name):.2f}" for name in ("net", "gross", "fees", "expectancy", "drawdown")}
    factor = None if figures.profit_factor is None else f"{figures.profit_factor:.2f}"
    return {**row.of, "trades": str(figures.trades), "win_percent": f"{figures.win_share * 100:.1f}", **money,
            "profit_factor": factor, "mean_bps": f"{figures.mean_bps:.1f}"}  # fmt: skip


def span_words(span: str) -> str:
    """A span in words."""
    told = {"all": "All of it", "week": "This week", "month": "This month", "year": "This year", "today": "Today"}
    return told.get(span, f"The last {span[:-1]} {'hours' if span[-1] == 'h' else 'days'}" if span[0].isdigit() else
                    span.capitalize())  # fmt: skip


def span_ns(span: str, now_ns: int, zone: tzinfo) -> tuple[int, int]:
    """First nanosecond of a span, and the one after the last; days, weeks and months begin at midnight in `zone`."""
    if span == "all":
        return BEGINNING_NS, END_NS
    if span[0].isdigit():
        hours = int(span[:-1]) * (24 if span[-1] == "d" else 1)
        return now_ns - hours * 3_600 * SECOND, END_NS
    midnight = datetime.fromtimestamp(now_ns // SECOND, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight.replace(day=1)
    monday = midnight - timedelta(days=midnight.weekday())
    began, ended = {
        "today": (midnight, None), "yesterday": (midnight - timedelta(days=1), midnight), "week": (monday, None),
        "last week": (monday - timedelta(days=7), monday), "month": (first, None),
        "last month": ((first - timedelta(days=1)).replace(day=1), first), "year": (first.replace(month=1), None),
    }[span]  # fmt: skip
    return _ns(began), END_NS if ended is None else _ns(ended)


def _ns(moment: datetime) -> int:
    """Of the same wall time, whatever clocks did since."""
    return round((moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * SECOND
