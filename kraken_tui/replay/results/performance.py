"""What an account's trades of some time came to: figures, a curve, and what they break down to."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from itertools import groupby
from typing import Any

import msgspec
from msgspec import Struct

from kraken_tui.clock import SECOND
from kraken_tui.learning.equity_curve import Curve, curve_of
from kraken_tui.model.errors import UsageError
from kraken_tui.model.memory import TradeRecord
from kraken_tui.model.trading import Trade
from kraken_tui.replay.results.metrics import ZERO, Figures, figures, trade_figures
from kraken_tui.replay.results.report_words import moment
from kraken_tui.replay.results.trades import UNKNOWN, Key, Regimes, grouped, strategy_of, symbol_of

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Performance(Struct, frozen=True, kw_only=True):
    """The trades that were closed in some time, and what to say of them."""

    records: tuple[TradeRecord, ...]
    """In the order in which they closed; all of one quote currency."""
    curve: Curve
    """Realised equity: it moves where a trade closes."""
    zone: tzinfo
    """The operator's: of days, hours and weekdays."""
    capital: Decimal
    """The equity before the first trade of all."""
    regimes: Regimes
    trades: tuple[Trade, ...]
    """The same trades, alone."""
    figures: Figures

    @property
    def keys(self) -> dict[str, Key]:
        """What trades are counted under: days of the close, hours and weekdays of the entry."""
        exits = {(row.symbol, row.opened_ns, row.closed_ns): row.exit_kind or UNKNOWN for row in self.records}
        return {
            "day": lambda trade: f"{_local(trade.closed_ns, self.zone):%Y-%m-%d}",
            "hour": lambda trade: f"{_local(trade.opened_ns, self.zone):%H}",
            "weekday": lambda trade: _weekday(_local(trade.opened_ns, self.zone)),
            "symbol": symbol_of,
            "strategy": strategy_of,
            "regime": self.regimes.of,
            "exit": lambda trade: exits[trade.symbol, trade.opened_ns, trade.closed_ns],
        }


def performance(
    records: Sequence[TradeRecord], *, from_ns: int | None, to_ns: int | None, capital: Decimal, zone: tzinfo = UTC,
    now_ns: int | None = None,
) -> Performance:  # fmt: skip
    """What the trades that were closed in a time came to.

    Args:
        records: all that were ever closed until then, in the order in which they closed.
        from_ns: None for when the first of them was opened.
        to_ns: not included; None for now. Time that has not passed yet is never counted.
        capital: the account's equity before all of `records`.
        zone: the operator's.
        now_ns: the account's time; None where it is not known, which leaves the last close.

    Raises:
        UsageError: none was closed in that time, they are in several currencies, or the equity begins at or below 0.
    """
    inside = tuple(row for row in records if (from_ns or row.closed_ns) <= row.closed_ns < (to_ns or row.closed_ns + 1))
    if not inside:
        raise UsageError(f"no trade was closed {_span(from_ns, to_ns, zone)}; {_there(records, zone)}")
    earlier = sum((row.net for row in records if row.closed_ns < inside[0].closed_ns), ZERO)
    begin_ns = min(row.opened_ns for row in inside) if from_ns is None else from_ns
    end_ns = min((time_ns for time_ns in (to_ns, now_ns) if time_ns is not None), default=inside[-1].closed_ns)
    if capital + earlier <= 0:
        raise UsageError(f"the equity before is {capital + earlier:.2f}; --capital AMOUNT says what there was at first")
    regimes = Regimes()
    for row in sorted(inside, key=lambda row: row.opened_ns):
        regimes.tell(row.opened_ns, row.regime or UNKNOWN, row.symbol)
    curve = _curve(inside, begin_ns, end_ns, capital + earlier)
    trades = tuple(row.trade for row in inside)
    return Performance(
        records=inside, curve=curve, zone=zone, capital=capital, regimes=regimes, trades=trades,
        figures=figures(trades, curve),
    )  # fmt: skip


def of_quote(records: Sequence[TradeRecord], quote: str | None) -> list[TradeRecord]:
    """The trades of one quote currency: the one that is asked for, or the only one.

    Raises:
        UsageError: there are several, or none of that.
    """
    quotes = sorted({row.symbol.rpartition("/")[2] for row in records})
    if quote is None and len(quotes) > 1:
        raise UsageError(f"the trades are in {', '.join(quotes)}, which can't be summed: --quote {quotes[0]} picks one")
    if quote is not None and quote not in quotes:
        raise UsageError(f"--quote {quote}: no trade was in it; {', '.join(quotes) or 'none at all'} is there")
    return [row for row in records if quote in (None, row.symbol.rpartition("/")[2])]


def as_object(found: Performance) -> dict[str, Any]:
    """All of it for a program: money as text, undefined as null."""
    curve = found.curve
    by = {
        name: [{"name": label, **msgspec.to_builtins(trade_figures(some))} for label, some in groups.items()]
        for name, groups in ((name, grouped(found.trades, key)) for name, key in found.keys.items())
    }
    return {
        "tz": str(found.zone), "capital": str(found.capital), "figures": msgspec.to_builtins(found.figures), "by": by,
        "equity": [list(point) for point in zip(curve.times_ns.tolist(), curve.equity.tolist(), strict=True)],
        "trades": [msgspec.to_builtins(row) for row in found.records],
    }  # fmt: skip


def _curve(rows: Sequence[TradeRecord], begin_ns: int, end_ns: int, equity: Decimal) -> Curve:
    """What closed at the very beginning comes after it: the first point is the equity before."""
    times, values = [begin_ns], [equity]
    for closed_ns, some in groupby(rows, key=lambda row: max(row.closed_ns, begin_ns + 1)):
        equity += sum((row.net for row in some), ZERO)
        times.append(closed_ns)
        values.append(equity)
    if end_ns > times[-1]:
        times.append(end_ns)
        values.append(equity)
    return curve_of(times, values)


def _local(time_ns: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(time_ns // SECOND, zone)


def _weekday(local: datetime) -> str:
    """Such as `1 Monday`, so that they sort."""
    return f"{local.weekday() + 1} {WEEKDAYS[local.weekday()]}"


def _span(from_ns: int | None, to_ns: int | None, zone: tzinfo) -> str:
    begin = f"from {moment(from_ns, zone)} " if from_ns is not None else ""
    end = f"to {moment(to_ns, zone)} " if to_ns is not None else ""
    return f"{begin}{end}({zone})" if begin or end else "at all"


def _there(records: Sequence[TradeRecord], zone: tzinfo) -> str:
    if not records:
        return "the trading memory has none before that"
    first, last = records[0].closed_ns, records[-1].closed_ns
    return f"there are {len(records):,}, closed from {moment(first, zone)} to {moment(last, zone)}"
