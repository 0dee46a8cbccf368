"""Many trades as columns, for statistics: `float64` signals, names as codes. Exact money stays in the rows."""

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Names(Struct, frozen=True):
    """A column of names."""

    codes: NDArray[np.int32]
    """Index into `names`."""
    names: tuple[str, ...]


class TradeColumns(Struct, frozen=True, kw_only=True):
    """Closed trades in the order in which they closed; every array has an entry per trade."""

    opened_ns: Ints
    closed_ns: Ints
    side: Ints
    """+1 long, -1 short."""
    put_in: Floats
    """Amount times entry price; quote units."""
    gross: Floats
    fees: Floats
    net: Floats
    slippage: Floats
    """Quote units, above 0 is a cost; NaN where it is not known."""
    adverse_bps: Floats
    """How far the price went against it, basis points of the entry price, 0 or more; NaN where it is not known."""
    favourable_bps: Floats
    symbol: Names
    strategy: Names
    regime: Names
    group: Names
    exit: Names
    """How it ended: the kind, else the reason."""

    @property
    def count(self) -> int:
        """How many trades."""
        return len(self.net)

    @property
    def net_bps(self) -> Floats:
        """Net result of each, basis points of what was put in; 0 where nothing was."""
        return np.divide(self.net * 10_000, self.put_in, out=np.zeros_like(self.net), where=self.put_in > 0)

    def take(self, which: Mask | Ints) -> "TradeColumns":
        """Some of the trades, in their order."""
        taken: dict[str, Any] = {
            name: Names(column.codes[which], column.names) if isinstance(column, Names) else column[which]
            for name, column in ((name, getattr(self, name)) for name in self.__struct_fields__)
        }
        return TradeColumns(**taken)
