"""Adopted parameters at work: which strategy decides by which thresholds on which symbol."""

import hashlib
from collections.abc import Sequence

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.learning.consider import with_own
from kraken_tui.learning.views import InForce


class AdoptedConfigs:
    """The thresholds that adopted candidates have; a share of a sleeve is a share of the symbols, drawn by name.

    Args:
        config: the operator's.
        rows: what was let in, the newest first.
    """

    def __init__(self, config: TradingConfig, rows: Sequence[InForce] = ()) -> None:
        self.rows = tuple(rows)
        self._rows = [(row, with_own(config, row.candidate)) for row in rows]
        self._known: dict[tuple[str, str], tuple[InForce, TradingConfig] | None] = {}

    def own(self, strategy: str, symbol: str) -> TradingConfig | None:
        """What a strategy decides by on a symbol; None where the operator's choices hold."""
        found = self._found(strategy, symbol)
        return found[1] if found is not None else None

    def row(self, strategy: str, symbol: str) -> InForce | None:
        """The candidate that decides for a strategy on a symbol; None where it is the operator's own."""
        found = self._found(strategy, symbol)
        return found[0] if found is not None else None

    def _found(self, strategy: str, symbol: str) -> tuple[InForce, TradingConfig] | None:
        if not self._rows:
            return None
        key = (strategy, symbol)
        if key not in self._known:
            mine = (each for each in self._rows if each[0].candidate.strategy == strategy)
            self._known[key] = next((each for each in mine if is_of(each[0], symbol)), None)
        return self._known[key]


def is_of(row: InForce, symbol: str) -> bool:
    """Whether a symbol belongs to the share that a candidate has; one that it has stays with it as the share grows."""
    drawn = hashlib.blake2b(f"{row.candidate.id} {symbol}".encode(), digest_size=4).digest()
    return int.from_bytes(drawn) < row.share * 2**32
