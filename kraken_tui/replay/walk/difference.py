"""Where a replay first differs from what was recorded."""

from msgspec import Struct

from kraken_tui import clock


class Difference(Struct, frozen=True, kw_only=True):
    """One thing that came out otherwise."""

    what: str
    """Such as `price`, `state`, `call`, `size`."""
    time_ns: int
    symbol: str
    """Empty where it belongs to no single ticker."""
    recorded: str
    replayed: str

    @property
    def text(self) -> str:
        """As a sentence."""
        where = f" of {self.symbol}" if self.symbol else ""
        return f"{clock.iso(self.time_ns)}: {self.what}{where}: recorded {self.recorded}, replayed {self.replayed}"
