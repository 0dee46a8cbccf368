"""Pauses of entries into a part of the market, or for a time: the operator's, and no day's or price's business."""

from collections.abc import Sequence
from datetime import tzinfo

from msgspec import Struct

from kraken_tui.config.moments import shown
from kraken_tui.model.evaluation import Check

NEVER_NS = 1 << 63


class PartPause(Struct, frozen=True):
    """One of them."""

    only: str
    """A group or a ticker; empty: everything."""
    until_ns: int = 0
    """When it ends by itself; 0: when it is resumed."""

    def __post_init__(self) -> None:
        if not 0 <= self.until_ns < NEVER_NS:
            raise ValueError(f"{self.until_ns} is no moment at which a pause could end")


class Pauses:
    """Those that hold.

    Args:
        zone: in which their ends are told.
        rows: from an earlier run.
    """

    def __init__(self, zone: tzinfo, rows: Sequence[PartPause] = ()) -> None:
        self.rows = tuple(rows)
        self._zone = zone

    def pause(self, row: PartPause) -> PartPause:
        """One more; of two of the same part the longer holds, as a pause may be asked for by who may not resume."""
        same = [one for one in (*self.rows, row) if one.only == row.only]
        longest = max(same, key=lambda one: one.until_ns or NEVER_NS)
        self.rows = (*(one for one in self.rows if one.only != row.only), longest)
        return longest

    def resume(self, only: str = "") -> tuple[PartPause, ...]:
        """End that of a part, or all of them; returns what was ended."""
        ended = tuple(row for row in self.rows if not only or row.only == only)
        self.rows = tuple(row for row in self.rows if row not in ended)
        return ended

    def drop_ended(self, now_ns: int) -> tuple[PartPause, ...]:
        """Forget those whose end has come; returns them."""
        ended = tuple(row for row in self.rows if _is_over(row, now_ns))
        self.rows = tuple(row for row in self.rows if row not in ended)
        return ended

    def everything(self, now_ns: int) -> str:
        """Why nothing may be entered at all; empty where something may."""
        return next((self.words(row) for row in self.rows if not row.only and not _is_over(row, now_ns)), "")

    def why(self, symbol: str, group: str, now_ns: int) -> str:
        """Why a ticker may not be entered; empty where it may."""
        parts = ("", symbol, group)
        return next((self.words(row) for row in self.rows if row.only in parts and not _is_over(row, now_ns)), "")

    def check(self, before: Check, symbol: str, group: str, now_ns: int) -> Check:
        """The gate's check of the limits, with the operator's pauses as the first of them."""
        why = self.why(symbol, group, now_ns)
        return Check(before.name, False, why) if why else before

    def lines(self, now_ns: int) -> tuple[str, ...]:
        """Those that hold, a sentence each."""
        return tuple(self.words(row) for row in self.rows if not _is_over(row, now_ns))

    def words(self, row: PartPause) -> str:
        """One of them as a sentence."""
        what = f"entries into {row.only} are paused" if row.only else "entries are paused"
        return f"{what} until {shown(row.until_ns, self._zone)} {self._zone}" if row.until_ns else f"{what}: resume"


def _is_over(row: PartPause, now_ns: int) -> bool:
    return 0 < row.until_ns <= now_ns
