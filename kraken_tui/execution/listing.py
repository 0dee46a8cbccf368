"""The trades that REST listed when it was last asked."""

from msgspec import Struct

from kraken_tui.model.trading import Fill


class Listing(Struct, frozen=True):
    """What REST knew then, at least: it may lag."""

    ids: frozenset[str] = frozenset()
    since_ns: int = 0
    """Older ones were not asked for."""

    def may_hold(self, fill: Fill) -> bool:
        """Whether REST may have known of a trade then."""
        return fill.id in self.ids or fill.time_ns < self.since_ns
