"""One symbol: its candles with what was traded, the prices that matter, its votes, and why it stands where it does."""

from collections.abc import Sequence
from decimal import Decimal

from kraken_tui.engine.engine import Parts
from kraken_tui.market.candles import SPAN_NS
from kraken_tui.model.page import Candlesticks, Column, Level, Mark, Page, Table
from kraken_tui.store.evaluation_rows import Recorded

SHOWN = 288
"""Candles; a screen shows as many as fit."""
VOTES = (Column("vote"), Column("value", "number"), Column("threshold", "number"), Column("for"), Column("says"))
CHECKS = (Column("check"), Column("result", "state"), Column("says"))
SIGNS = {1: "long", -1: "short", 0: "neither"}


def symbol_page(
    symbol: str, parts: Parts, book: Table, why: Sequence[str], recorded: Sequence[Recorded], now_ns: int
) -> Page:
    """As it stands now.

    Args:
        symbol: among the tickers.
        parts: the engine's.
        book: its order book.
        why: where it stands and why.
        recorded: the last decision on it, if any.
        now_ns: the engine's time.
    """
    call = parts.pilot.calls.get(symbol)
    votes = tuple(
        (vote.name, f"{vote.value:.4g}", f"{vote.threshold:.4g}", SIGNS[vote.sign], vote.text)
        for vote in (call.votes if call else ())
    )
    checks = tuple(
        (check.name, "pass" if check.ok else "BLOCK", check.text)
        for one in recorded[:1] for check in one.evaluation.checks
    )  # fmt: skip
    tables = [
        book,
        Table(name="Signals at the last close", columns=VOTES, rows=votes, total=len(votes),
              empty="The autopilot said nothing of it yet."),
    ]  # fmt: skip
    if checks:
        tables.append(Table(name="Checks of the last decision", columns=CHECKS, rows=checks, total=len(checks)))
    return Page(
        name="symbol", title=f"Symbol · {symbol}", time_ns=now_ns, lines=tuple(why), candles=(_candles(symbol, parts),),
        tables=tuple(tables),
    )  # fmt: skip


def _candles(symbol: str, parts: Parts) -> Candlesticks:
    name, window = f"{symbol}, closed candles of five minutes", parts.pilot.window(symbol)
    if window is None:
        return Candlesticks(name=name, span_ns=SPAN_NS, open_ns=(), open=(), high=(), low=(), close=(), volume=())
    first = max(0, len(window.close) - SHOWN)
    return Candlesticks(
        name=name, span_ns=SPAN_NS,
        open_ns=tuple(window.open_ns[first:].tolist()), open=tuple(window.open[first:].tolist()),
        high=tuple(window.high[first:].tolist()), low=tuple(window.low[first:].tolist()),
        close=tuple(window.close[first:].tolist()), volume=tuple(window.volume[first:].tolist()),
        levels=tuple(_levels(symbol, parts)), marks=tuple(_marks(symbol, parts)),
    )  # fmt: skip


def _levels(symbol: str, parts: Parts) -> list[Level]:
    position = parts.account.position(symbol)
    if position is None:
        return []
    levels = [Level("entry", float(position.entry_price))]
    levels += [Level("stop", float(price)) for price in sorted(parts.account.stop_prices(symbol))]
    targets = [order.price for order in parts.account.targets(symbol)] or [_watched(symbol, parts)]
    return levels + [Level("target", float(price)) for price in targets if price]


def _watched(symbol: str, parts: Parts) -> Decimal | None:
    """Where the engine would take a target that does not rest."""
    wish = parts.desk.bracket(symbol)
    return wish.target_price if wish is not None and wish.keep is None else None


def _marks(symbol: str, parts: Parts) -> list[Mark]:
    marks = []
    for trade in parts.account.trades[-200:]:
        if trade.symbol == symbol:
            marks.append(Mark(trade.opened_ns, float(trade.entry_price), "entry", trade.side.value))
            marks.append(Mark(trade.closed_ns, float(trade.exit_price), "exit", trade.side.opposite.value))
    if (position := parts.account.position(symbol)) is not None:
        marks.append(Mark(position.opened_ns, float(position.entry_price), "entry", position.side.value))
    return marks
