"""The ticker table's columns: how wide, which give way first, and what a row says in each."""

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.model.scan import Reason, State
from kraken_tui.ui.columns import UNPRICED, Columns
from kraken_tui.ui.text import MISSING, cut, money, percent, price, span, spark

Cell = tuple[str, str]
"""Text and tone: `up`, `down`, `soft-up`, `bold-up`, …, `arm`, `hold`, `cool`, `dim`, `bold` or empty for plain."""


class Column(Struct, frozen=True, kw_only=True):
    """One column of the table."""

    name: str
    head: str
    least: int
    """Cells below which it is dropped."""
    most: int
    """Cells beyond which more is of no use."""
    right: bool = False
    sort: str = ""
    """The sort that a click on the head chooses."""


COLUMNS = (
    Column(name="symbol", head="SYMBOL", least=10, most=13, sort="symbol"),
    Column(name="price", head="PRICE", least=11, most=13, right=True, sort="price"),
    Column(name="pnl", head="NET P&L", least=9, most=12, right=True, sort="pnl"),
    Column(name="velocity", head="VELOCITY", least=9, most=11, right=True, sort="velocity"),
    Column(name="state", head="STATE", least=7, most=10, sort="state"),
    Column(name="advice", head="ADVICE", least=17, most=26, sort="state"),
    Column(name="spark", head="TREND", least=5, most=16),
    Column(name="age", head="AGE", least=4, most=5, right=True, sort="age"),
    Column(name="group", head="GROUP", least=7, most=10, sort="group"),
)

WHICH = {
    "all": frozenset(column.name for column in COLUMNS),
    "trading": frozenset({"symbol", "price", "pnl", "state", "advice"}),
    "market": frozenset({"symbol", "price", "velocity", "spark", "age", "group"}),
}
"""What may stand in the table, for each of `COLUMN_SETS`."""

DROPPED_FIRST = ("group", "age", "state", "spark", "pnl")
"""Which columns a narrow table loses, in this order; symbol, price, velocity and advice stay."""

GROWS_FIRST = ("symbol", "state", "spark", "price", "pnl", "velocity", "age", "group", "advice")

STATES: dict[State, Cell] = {
    State.WAIT: ("· WAIT", "dim"),
    State.ARM: ("◎ ARM", "arm"),
    State.ENTRY: ("» ENTRY", "hold"),
    State.HOLD: ("■ HOLD", "hold"),
    State.EXIT: ("◀ EXIT", "arm"),
    State.COOLDOWN: ("◌ COOLDOWN", "cool"),
}

ADVERSE = ("BLOCKED", "REFUSED", "JUMP", "HOLD placing stop")
"""Beginnings of advice that tells of something that stands in the way."""


def fit(width: int, symbol: int = 13, price: int = 13, which: str = "all") -> list[tuple[Column, int]]:
    """The columns for a table of `width` cells, each with its width; one cell stands between two.

    Args:
        width: cells of the table.
        symbol: cells of the longest symbol.
        price: cells of the longest price.
        which: one of `WHICH`.
    """
    needs = {"symbol": min(16, max(8, symbol)), "price": min(16, max(7, price))}
    chosen = [
        replace(column, least=min(column.least, need), most=need) if (need := needs.get(column.name)) else column
        for column in COLUMNS
        if column.name in WHICH[which]
    ]
    for name in DROPPED_FIRST:
        if sum(column.least + 1 for column in chosen) <= width:
            break
        chosen = [column for column in chosen if column.name != name]
    widths = {column.name: column.least for column in chosen}
    room = width - sum(value + 1 for value in widths.values())
    for column in sorted(chosen, key=lambda column: GROWS_FIRST.index(column.name)):
        more = max(0, min(room, column.most - column.least))
        widths[column.name] += more
        room -= more
    return [(column, widths[column.name]) for column in chosen]


def longest(columns: Columns) -> tuple[int, int]:
    """Cells of the longest symbol and of the longest price."""
    most: dict[int, float] = {}
    for value, decimals in zip(columns.price, columns.roster.price_decimals, strict=True):
        if value > most.get(decimals, 0.0):
            most[decimals] = value
    prices = [len(price(value, decimals)) for decimals, value in most.items()]
    return max(map(len, columns.roster.symbols), default=0), max(prices, default=0)


def cells(columns: Columns, index: int, layout: list[tuple[Column, int]], *, stale: bool) -> list[Cell]:
    """What a row says, padded to the layout; grey where it is not to be trusted."""
    grey = stale or Reason(int(columns.reason[index])) in UNPRICED
    row = []
    for column, width in layout:
        text, tone = MAKERS[column.name](columns, index, width)
        text = cut(text, width)
        row.append((text.rjust(width) if column.right else text.ljust(width), "dim" if grey else tone))
    return row


def heads(layout: list[tuple[Column, int]], sort: str, descending: bool) -> list[Cell]:
    """The table's head; the column sorted by carries the direction."""
    row, marked = [], False
    for column, width in layout:
        sorted_by = column.sort == sort and not marked
        marked = marked or sorted_by
        text = _marked(column.head, descending, width) if sorted_by else cut(column.head, width)
        row.append((text.rjust(width) if column.right else text.ljust(width), "bold" if sorted_by else "head"))
    return row


def _marked(head: str, descending: bool, width: int) -> str:
    """A head with the direction of the sort, which stays where the head gives way."""
    mark = "▾" if descending else "▴"
    return f"{head} {mark}" if len(head) + 2 <= width else head[: width - 1] + mark


def column_at(layout: list[tuple[Column, int]], x: int) -> Column | None:
    """The column under the cell `x`."""
    for column, width in layout:
        if x <= width:
            return column
        x -= width + 1
    return None


def _symbol(columns: Columns, index: int, _: int) -> Cell:
    held = columns.side[index] != 0 or State(int(columns.state[index])) is not State.WAIT
    return columns.roster.symbols[index], "bold" if held else ""


def _price(columns: Columns, index: int, _: int) -> Cell:
    text = price(columns.price[index], columns.roster.price_decimals[index])
    return text, "dim" if text == MISSING else ""


def _pnl(columns: Columns, index: int, width: int) -> Cell:
    value = columns.profit(index)
    text = money(value)
    if value is not None and len(text) > width:
        text = f"{text[0]} {value:+,.0f}"
    return text, "dim" if value is None else "up" if value > 0 else "down" if value < 0 else ""


def _velocity(columns: Columns, index: int, width: int) -> Cell:
    value = columns.speed(index)
    if value is None:
        return MISSING, "dim"
    tone = "up" if value > 0 else "down" if value < 0 else "dim"
    loud = abs(value) >= columns.threshold[index] > 0
    text = percent(value / 10_000)
    if len(text) > width:
        text = f"{text[0]} {value / 10_000:+.0f} %"
    return text, f"bold-{tone}" if loud and tone != "dim" else tone


def _state(columns: Columns, index: int, width: int) -> Cell:
    state, side = State(int(columns.state[index])), columns.side[index]
    text, tone = STATES[state]
    text = text.replace("COOLDOWN", "COOL") if width < len(text) else text
    return (f"{'▲' if side > 0 else '▼'}{text[1:]}" if side and state is State.HOLD else text), tone


def _advice(columns: Columns, index: int, _: int) -> Cell:
    text, state = columns.advice(index), State(int(columns.state[index]))
    return text, "down" if text.startswith(ADVERSE) else STATES[state][1]


def _spark(columns: Columns, index: int, width: int) -> Cell:
    heights = columns.spark(index)
    known = [height for height in heights[-width:] if height]
    return spark(heights, width), "dim" if len(known) < 2 else "soft-up" if known[-1] >= known[0] else "soft-down"


def _age(columns: Columns, index: int, _: int) -> Cell:
    return span(columns.age_s[index]) if columns.price[index] else MISSING, "dim"


def _group(columns: Columns, index: int, _: int) -> Cell:
    return columns.roster.groups[index], "dim"


MAKERS: dict[str, Callable[[Columns, int, int], Cell]] = {
    "symbol": _symbol,
    "price": _price,
    "pnl": _pnl,
    "velocity": _velocity,
    "state": _state,
    "advice": _advice,
    "spark": _spark,
    "age": _age,
    "group": _group,
}
