"""A page of the instrument: what a screen shows beside the command center, asked for by name.

The engine lays a page out as text, tables and series; a screen sorts, filters and draws it, and knows no more of it.
"""

from msgspec import Struct


class Column(Struct, frozen=True):
    """A column of a table."""

    name: str
    kind: str = "text"
    """text, number, money, percent, time or state: how it is aligned, coloured and sorted; up or down: so coloured."""


class Table(Struct, frozen=True, kw_only=True):
    """Rows as text, rendered from exact values; numbers are plain decimal text so that they can be sorted."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int
    """How many there are; more than `rows` where only the newest are told."""
    keys: tuple[str, ...] = ()
    """Of each row: asked for with the page again, it tells more of that row; none where there is no more."""
    empty: str = "Nothing yet."
    """What to say where there are no rows."""


class Curve(Struct, frozen=True, kw_only=True):
    """A line over time."""

    name: str
    unit: str
    time_ns: tuple[int, ...]
    values: tuple[float, ...]


class Candlesticks(Struct, frozen=True, kw_only=True):
    """Candles, oldest first, with what is drawn over them."""

    name: str
    open_ns: tuple[int, ...]
    span_ns: int
    open: tuple[float, ...]
    high: tuple[float, ...]
    low: tuple[float, ...]
    close: tuple[float, ...]
    volume: tuple[float, ...]
    levels: tuple["Level", ...] = ()
    marks: tuple["Mark", ...] = ()


class Level(Struct, frozen=True):
    """A price that matters now."""

    name: str
    """entry, stop, target or ratchet."""
    price: float


class Mark(Struct, frozen=True):
    """Something that happened at a price."""

    time_ns: int
    price: float
    name: str
    """entry or exit."""
    side: str
    """buy or sell."""


class Bars(Struct, frozen=True, kw_only=True):
    """A value for each of some names."""

    name: str
    unit: str
    names: tuple[str, ...]
    values: tuple[float, ...]
    notes: tuple[str, ...] = ()
    """Beside each bar, such as how many trades it rests on."""


class Page(Struct, frozen=True, kw_only=True):
    """One page as it stands at a time."""

    name: str
    title: str
    time_ns: int
    lines: tuple[str, ...] = ()
    """What matters most, first."""
    tables: tuple[Table, ...] = ()
    curves: tuple[Curve, ...] = ()
    candles: tuple[Candlesticks, ...] = ()
    bars: tuple[Bars, ...] = ()
    notes: tuple[str, ...] = ()
    """How it was counted, and what is not known."""


class Look(Struct, frozen=True, tag=True):
    """Ask for a page."""

    page: str
    """One of `PAGES`."""
    about: str = ""
    """A symbol, or the key of a row; empty: the page itself."""


PAGES = {
    "symbol": "Symbol",
    "trades": "Trades",
    "performance": "Performance",
    "decisions": "Decisions",
    "orders": "Brackets and orders",
    "learning": "Learning",
    "health": "Health",
    "settings": "Settings",
}
"""Name and title of each."""
