"""Recorded amounts in lots, as the engine reads them."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from kraken_tui.model.instrument import Instrument

Ints = NDArray[np.int64]


class Lots:
    """Amounts by their shortest decimal, cut to the lot; each different one is asked of the instrument once a part."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self._instruments = tuple(instruments)

    def of(self, i: int, amounts: NDArray[np.float64]) -> Ints:
        """Amounts of ticker `i`; 0 where nothing is told."""
        instrument = self._instruments[i]
        different, places = np.unique(np.maximum(amounts, 0.0), return_inverse=True)
        lots = [
            int(instrument.amount_down(Decimal(repr(each))).scaleb(instrument.lot_decimals)) if each > 0 else 0
            for each in different.tolist()
        ]
        return np.array(lots, np.int64)[places] if len(amounts) else np.zeros(0, np.int64)
