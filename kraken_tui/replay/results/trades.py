"""Closed trades, and what they are counted under: regime, hour, symbol, strategy."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from kraken_tui.clock import SECOND
from kraken_tui.model.errors import UsageError
from kraken_tui.model.intent import AUTOPILOT
from kraken_tui.model.trading import Trade

Key = Callable[[Trade], str]

UNKNOWN = "unknown"


class Regimes:
    """Which regime reigned when: a line of changes for the whole market, or one for each symbol.

    Tell the changes in order of time; the same one again is no harm.
    """

    def __init__(self) -> None:
        self._lines: dict[str, tuple[list[int], list[str]]] = {}

    def tell(self, time_ns: int, regime: str, symbol: str = "") -> None:
        """From `time_ns` on it is `regime`, for `symbol` or, without one, for every symbol that has no line."""
        times, names = self._lines.setdefault(symbol, ([], []))
        if times and time_ns < times[-1]:
            raise UsageError(f"the regime of {symbol or 'the market'} was told out of order; in order of time is right")
        if not names or names[-1] != regime:
            times.append(time_ns)
            names.append(regime)

    def at(self, time_ns: int, symbol: str = "") -> str:
        """What it was; `unknown` before the first one told."""
        times, names = self._lines.get(symbol) or self._lines.get("") or ([], [])
        at = bisect_right(times, time_ns) - 1
        return names[at] if at >= 0 else UNKNOWN

    def of(self, trade: Trade) -> str:
        """The regime in which a trade was opened."""
        return self.at(trade.opened_ns, trade.symbol)


def strategy_of(trade: Trade) -> str:
    """Who entered: the strategy for the autopilot (its reasons begin with it), else the owner."""
    name = trade.entered_for.partition(":")[0].strip() if trade.owner == AUTOPILOT else trade.owner
    return name or trade.owner or UNKNOWN


def symbol_of(trade: Trade) -> str:
    """What was traded."""
    return trade.symbol


def hour_of(trade: Trade) -> str:
    """The hour of the day in which it was opened, UTC, such as `09`."""
    return f"{datetime.fromtimestamp(trade.opened_ns // SECOND, UTC):%H}"


def grouped(trades: Sequence[Trade], key: Key) -> Mapping[str, tuple[Trade, ...]]:
    """Trades by a key, in the order of the keys."""
    groups: dict[str, list[Trade]] = {}
    for trade in trades:
        groups.setdefault(key(trade), []).append(trade)
    return {name: tuple(groups[name]) for name in sorted(groups)}


def quote_of(trades: Sequence[Trade]) -> str:
    """The currency that all trades are in; empty without any.

    Raises:
        UsageError: there are several: their profits can't be summed.
    """
    quotes = sorted({trade.symbol.rpartition("/")[2] for trade in trades})
    if len(quotes) > 1:
        raise UsageError(f"trades in {', '.join(quotes)} can't be summed; symbols of one quote currency are right")
    return quotes[0] if quotes else ""
