"""What comes of a replay: its trades, and what they came to."""

import hashlib
from decimal import Decimal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Trade
from kraken_tui.replay.fast.paper_gate import trade_of

Ints = NDArray[np.int64]


class Replayed(Struct, frozen=True, kw_only=True, eq=False):
    """What came of it."""

    rows: Ints
    """[trade, `paper_rows.Closed`], in the order in which they ended."""
    instruments: tuple[Instrument, ...]
    scans: int
    entries: int
    asked: int
    """Questions that only the engine's own code could answer."""
    realised: Decimal
    fees: Decimal
    unrealised: Decimal = Decimal(0)
    """Of what is open at the end, before fees, at the prices at which it could be closed."""
    open: tuple[str, ...]

    @property
    def trades(self) -> list[Trade]:
        """The same as the engine's values."""
        return [trade_of(row, self.instruments) for row in self.rows]

    @property
    def fingerprint(self) -> str:
        """A digest of every number of every trade: the same on every machine."""
        return hashlib.blake2b(self.rows.astype("<i8").tobytes(), digest_size=8).hexdigest()
