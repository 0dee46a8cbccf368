"""Cells of trades: every combination of what is known at an entry, each with a name, a sentence and a query."""

from collections.abc import Iterator
from datetime import UTC
from itertools import combinations

from msgspec import Struct

from kraken_tui.learning.time_context import WEEKDAYS
from kraken_tui.learning.trade_analyzer import KEYS, UNKNOWN, split
from kraken_tui.model.trade_columns import Ints, TradeColumns

CROSSED = ("strategy", "symbol", "regime", "hour")
"""These alone, and each two and three of them."""
ALONE = ("group", "side", "weekday")
MOST_CROSSED = 3
_COLUMNS = {"strategy": "strategy", "symbol": "symbol", "regime": "regime", "group": "symbol_group"}


class Cell(Struct, frozen=True, kw_only=True):
    """Some trades that have something in common."""

    of: dict[str, str]
    """What, by key; nothing for all trades."""
    which: Ints
    """Their places, in the order in which they closed."""

    @property
    def id(self) -> str:
        """Its name."""
        return ", ".join(f"{key}={word}" for key, word in self.of.items()) or "all trades"

    @property
    def words(self) -> str:
        """The same in a sentence."""
        return described(self.of)


def cells(columns: TradeColumns, least: int) -> Iterator[Cell]:
    """Every cell with `least` trades or more; hours and weekdays are of the opening, UTC.

    Two cells with the same trades count twice: it is looked at both.
    """
    groups = [keys for size in range(MOST_CROSSED + 1) for keys in combinations(CROSSED, size)]
    groups += [(key,) for key in ALONE]
    named = {key: KEYS[key](columns, UTC) for key in (*CROSSED, *ALONE)}
    for keys in groups:
        for words, which in split([named[key] for key in keys], columns.count, least):
            if UNKNOWN not in words:
                yield Cell(of=dict(zip(keys, words, strict=True)), which=which)


def described(of: dict[str, str]) -> str:
    """A cell in a sentence."""
    told = {
        "strategy": "of {}", "symbol": "in {}", "regime": "in the regime {}", "hour": "opened at {}:00 to {}:59 UTC",
        "group": "in {}", "side": "{}", "weekday": "opened on a {}, UTC",
    }  # fmt: skip
    return " ".join(["trades", *(told[key].replace("{}", word) for key, word in of.items())]) if of else "all trades"


def query_of(of: dict[str, str], quote: str, from_ns: int, to_ns: int) -> str:
    """Selects the rows of a cell from the trading memory: those closed from `from_ns` to `to_ns`, both in it.

    A look is at trades of one quote currency; the memory may hold others.
    """
    ending = f"/{quote}"
    where = [f"closed_ns BETWEEN {from_ns} AND {to_ns}", f"substr(symbol, -{len(ending)}) = {_quoted(ending)}"]
    for key, word in of.items():
        if key == "hour":
            where.append(f"opened_ns / 3600000000000 % 24 = {int(word)}")
        elif key == "weekday":
            where.append(f"(opened_ns / 86400000000000 + 3) % 7 = {WEEKDAYS.index(word)}")
        elif key == "side":
            where.append(f"side = '{'buy' if word == 'long' else 'sell'}'")
        else:
            where.append(f"{_COLUMNS[key]} = {_quoted(word)}")
    return f"SELECT * FROM trades WHERE {' AND '.join(where)} ORDER BY closed_ns"


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
