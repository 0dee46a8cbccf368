"""What trades came to by strategy, symbol, group, regime, hour, weekday, session, holding time, reason of the exit."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, tzinfo

import numpy as np
from msgspec import Struct

from kraken_tui.clock import Generator
from kraken_tui.learning.trade_figures import TradeFigures, trade_figures
from kraken_tui.learning.trade_times import dates, holdings, hours, sessions, weekdays
from kraken_tui.model.errors import UsageError
from kraken_tui.model.trade_columns import Ints, Names, TradeColumns

Key = Callable[[TradeColumns, tzinfo], Names]

UNKNOWN = "unknown"


def quotes(columns: TradeColumns) -> Names:
    """The currency in which a trade's money is."""
    names = tuple(symbol.rpartition("/")[2] for symbol in columns.symbol.names)
    known = {name: place for place, name in enumerate(dict.fromkeys(names))}
    table = np.array([known[name] for name in names], np.int32)
    return Names(table[columns.symbol.codes] if len(table) else columns.symbol.codes, tuple(known))


KEYS: Mapping[str, Key] = {
    "strategy": lambda columns, zone: columns.strategy,
    "symbol": lambda columns, zone: columns.symbol,
    "group": lambda columns, zone: columns.group,
    "regime": lambda columns, zone: columns.regime,
    "hour": lambda columns, zone: hours(columns.opened_ns, zone),
    "weekday": lambda columns, zone: weekdays(columns.opened_ns, zone),
    "session": lambda columns, zone: sessions(columns.opened_ns),
    "holding": lambda columns, zone: holdings(columns.closed_ns - columns.opened_ns),
    "exit": lambda columns, zone: columns.exit,
    "side": lambda columns, zone: Names((columns.side < 0).astype(np.int32), ("long", "short")),
    "day": lambda columns, zone: dates(columns.closed_ns, zone),
    "month": lambda columns, zone: dates(columns.closed_ns, zone, 7),
    "quote": lambda columns, zone: quotes(columns),
}
"""What trades are counted under: hours, weekdays and sessions of the opening, days and months of the close."""


class Slice(Struct, frozen=True, kw_only=True):
    """Trades that have something in common, and what they come to."""

    of: dict[str, str]
    """What they have in common, by key; nothing for all trades."""
    figures: TradeFigures


def slices(columns: TradeColumns, by: Sequence[str], chance: Generator, zone: tzinfo = UTC) -> list[Slice]:
    """What the trades of each combination of keys come to, in the order of their names; nothing of no trade.

    Money of several quote currencies is never summed: then `quote` is a key too.

    Args:
        columns: in the order in which they closed.
        by: of KEYS.
        chance: draws for the intervals.
        zone: of hours, weekdays, days and months.

    Raises:
        UsageError: there is no such key.
    """
    if unknown := [key for key in by if key not in KEYS]:
        raise UsageError(f"{', '.join(unknown)}: no key of trades; {', '.join(KEYS)} are")
    keys = list(dict.fromkeys([*by, *(["quote"] if len(quotes(columns).names) > 1 else [])]))
    named = [KEYS[key](columns, zone) for key in keys]
    found = [
        Slice(of=dict(zip(keys, words, strict=True)), figures=trade_figures(columns.take(which), chance))
        for words, which in split(named, columns.count)
    ]
    order = {word: place for key in ("weekday", "holding") for place, word in enumerate(_names_of(key, keys, named))}
    return sorted(found, key=lambda row: [(order.get(word, 0), word) for word in row.of.values()])


def split(named: Sequence[Names], count: int, least: int = 1) -> Iterator[tuple[tuple[str, ...], Ints]]:
    """Each combination of names that `least` trades or more have, with their places, in order.

    Args:
        named: columns of names.
        count: of all trades.
        least: trades.
    """
    if not count:
        return
    cells = np.zeros(count, np.int64)
    for column in named:
        cells = cells * len(column.names) + column.codes
    order = np.argsort(cells, kind="stable")
    begins = np.flatnonzero(np.diff(cells[order], prepend=cells[order[0]] - 1))
    ends = np.append(begins[1:], count)
    enough = ends - begins >= least
    for begin, end in zip(begins[enough].tolist(), ends[enough].tolist(), strict=True):
        which: Ints = order[begin:end]
        yield tuple(column.names[column.codes[which[0]]] or UNKNOWN for column in named), which


def _names_of(key: str, keys: Sequence[str], named: Sequence[Names]) -> tuple[str, ...]:
    return named[keys.index(key)].names if key in keys else ()
