"""The packed ticker columns, opened without copying, and the order in which rows are shown."""

import sys
from array import array
from collections.abc import Sequence
from functools import lru_cache
from math import isnan

from kraken_tui.model.advice import advice
from kraken_tui.model.scan import Reason, State
from kraken_tui.model.snapshot import NO_VELOCITY, SPARK_WIDTH, Roster, Snapshot

SORTS = ("state", "velocity", "pnl", "price", "age", "symbol", "group")
"""What the table can be sorted by, in the order in which the key goes through them."""

URGENCY = (0, 2, 4, 3, 5, 1)
"""Rank of each `State` when sorted by state: EXIT first, then ENTRY, HOLD, ARM, COOLDOWN, WAIT."""

COLUMN_SETS = ("all", "trading", "market")
"""What of the table can be shown, in the order in which the key goes through them."""

UNPRICED = frozenset({Reason.NO_PRICE, Reason.STALE_FEED, Reason.DELISTED})
"""Reasons for which a row is greyed."""


class Columns:
    """One snapshot's tickers: typed views into the packed bytes. A row is decoded when it is painted.

    Args:
        roster: what stays the same.
        snapshot: the picture; its columns are little-endian and in the order of the roster.

    Raises:
        ValueError: a column does not have one entry per ticker.
    """

    def __init__(self, roster: Roster, snapshot: Snapshot) -> None:
        packed = snapshot.tickers
        self.roster = roster
        self.regime = snapshot.regime
        self.count = len(roster.symbols)
        self.notes = packed.notes
        self.price = self._open(packed.price, "d")
        self.bid = self._open(packed.bid, "d")
        self.ask = self._open(packed.ask, "d")
        self.velocity = self._open(packed.velocity, "i")
        self.threshold = self._open(packed.threshold, "i")
        self.state = self._open(packed.state, "B")
        self.reason = self._open(packed.reason, "B")
        self.detail = self._open(packed.detail, "B")
        self.left_s = self._open(packed.left_s, "H")
        self.age_s = self._open(packed.age_s, "H")
        self.side = self._open(packed.side, "b")
        self.pnl = self._open(packed.pnl, "d")
        self.sparks = packed.spark

    def _open(self, packed: bytes, code: str) -> Sequence[float]:
        column: Sequence[float] = memoryview(packed).cast(code)  # type: ignore[call-overload]
        if len(column) != self.count:
            raise ValueError(f"a ticker column has {len(column)} entries for {self.count} tickers")
        if sys.byteorder == "big":
            swapped = array(code, packed)
            swapped.byteswap()
            column = swapped
        return column

    def spark(self, index: int) -> bytes:
        """Block heights of the row's sparkline."""
        return self.sparks[index * SPARK_WIDTH : (index + 1) * SPARK_WIDTH]

    def profit(self, index: int) -> float | None:
        """Unrealised P&L of the row, or None while it is flat."""
        value = self.pnl[index]
        return None if isnan(value) else value

    def speed(self, index: int) -> float | None:
        """Velocity of the row, parts per million, or None where there is none to tell."""
        value = self.velocity[index]
        return value if self.price[index] and value != NO_VELOCITY else None

    def row(self, index: int) -> tuple[object, ...]:
        """Everything that the painted row depends on; equal rows look equal."""
        return (
            index,
            self.price[index],
            self.profit(index),
            self.velocity[index],
            self.threshold[index],
            self.state[index],
            self.reason[index],
            self.detail[index],
            self.left_s[index],
            self.age_s[index],
            self.side[index],
            self.spark(index),
            self.regime,
        )

    def advice(self, index: int) -> str:
        """The advisor's words: `ARM 2/3`, `BLOCKED memes 2/2`, `COOLDOWN 41 s`."""
        reason, detail = Reason(int(self.reason[index])), int(self.detail[index])
        note = self.regime if reason is Reason.REGIME else ""
        if reason is Reason.BLOCKED and detail < len(self.notes):
            note = self.notes[detail]
        armed = detail if reason is Reason.ARMING else 0
        return advice(
            State(int(self.state[index])), reason, armed, self.roster.arm_persistence, note, int(self.left_s[index])
        )

    def arranged(self, sort: str, descending: bool, wanted: str) -> list[int]:
        """Indices of the rows that match the filter, sorted; a row without the value sorted by comes last.

        Rows that are equal in it stand by symbol, so that they keep their places from scan to scan.

        Args:
            sort: one of `SORTS`.
            descending: largest first.
            wanted: words that must all occur in symbol, group or state.
        """
        rows = self._matching(wanted)
        keys, missing = self._keys(sort)
        rows.sort(key=keys.__getitem__, reverse=descending)
        if missing is not None:
            rows.sort(key=missing.__getitem__)
        return rows

    def _matching(self, wanted: str) -> list[int]:
        words = wanted.lower().split()
        if not words:
            return list(by_symbol(self.roster.symbols))
        symbols, groups, state = self.roster.symbols, self.roster.groups, self.state
        names = [member.name.lower() for member in State]

        def text(index: int) -> str:
            return f"{symbols[index]} {groups[index]} ".lower() + names[int(state[index])]

        return [index for index in by_symbol(self.roster.symbols) if all(word in text(index) for word in words)]

    def _keys(self, sort: str) -> tuple[Sequence[float] | Sequence[str], Sequence[bool] | None]:
        if sort == "velocity":
            return self.velocity, [self.speed(index) is None for index in range(self.count)]
        if sort == "pnl":
            flat = [isnan(value) for value in self.pnl]
            return [0.0 if isnan(value) else value for value in self.pnl], flat
        if sort == "price":
            return self.price, [not value for value in self.price]
        if sort == "age":
            return self.age_s, None
        if sort == "symbol":
            return self.roster.symbols, None
        if sort == "group":
            return self.roster.groups, None
        return [URGENCY[int(state)] for state in self.state], None


@lru_cache(maxsize=2)
def by_symbol(symbols: tuple[str, ...]) -> tuple[int, ...]:
    """The rows in the order of their symbols."""
    return tuple(sorted(range(len(symbols)), key=symbols.__getitem__))
