"""Limits over everything: how often a day may trade, how often it may lose in a row, and how much it may lose."""

from datetime import UTC, tzinfo
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.clock import SECOND
from kraken_tui.model.errors import UsageError
from kraken_tui.model.evaluation import Check
from kraken_tui.model.trading import Trade
from kraken_tui.risk.state_file import StateFile
from kraken_tui.risk.trading_day import trading_day

KEPT_DAYS = 8
"""Days whose counts are remembered: one that a wrong clock leaves and comes back to is no new day."""
PAST_NS = 48 * 3600 * SECOND
"""A trade that ended so long ago concerns no day that still counts."""


class Limits(Struct, frozen=True, kw_only=True):
    """What a day allows; None limits nothing. Raises UsageError where the limits contradict each other."""

    trades: int | None = None
    """Most entries a day."""
    symbol_trades: int | None = None
    """Most entries a day in one symbol."""
    losses: int | None = None
    """Most losing trades in a row within a day."""
    zone: tzinfo = UTC
    """Where midnight begins a day."""

    def __post_init__(self) -> None:
        named = {
            "MAX_TRADES_PER_DAY": self.trades,
            "MAX_TRADES_PER_SYMBOL": self.symbol_trades,
            "MAX_LOSSES_IN_A_ROW": self.losses,
        }
        for key, value in named.items():
            if value is not None and value < 1:
                raise UsageError(f"{key} is {value}; at least 1 is right, or null for no limit")
        if self.trades is not None and self.symbol_trades is not None and self.symbol_trades > self.trades:
            raise UsageError(
                f"MAX_TRADES_PER_SYMBOL {self.symbol_trades} is more than MAX_TRADES_PER_DAY {self.trades}; "
                "it must be at most that"
            )


class Entry(Struct, frozen=True):
    """An entry that counts."""

    id: str
    """Names it, so that it counts once however often it is told."""
    symbol: str


class Result(Struct, frozen=True, order=True):
    """How a trade ended."""

    closed_ns: int
    symbol: str
    lost: bool


class Day(Struct, frozen=True, kw_only=True):
    """What a trading day has seen."""

    date: str
    entries: tuple[Entry, ...] = ()
    results: tuple[Result, ...] = ()
    """In the order in which the trades ended."""

    @property
    def losses_in_a_row(self) -> int:
        """Losing trades since the last one that did not lose."""
        count = 0
        for result in reversed(self.results):
            if not result.lost:
                break
            count += 1
        return count


class Tally(Struct, frozen=True):
    """The counts of the last days, by date: a day is what its date says, so none begins twice and none is left out."""

    days: tuple[Day, ...] = ()
    """The one that changed last is last."""

    def day(self, now_ns: int, zone: tzinfo) -> Day:
        """The counts of the day that `now_ns` falls into."""
        date = trading_day(now_ns, zone)
        return next((day for day in self.days if day.date == date), Day(date=date))

    def with_day(self, day: Day) -> "Tally":
        """The same with new counts of one day; the oldest days are forgotten."""
        others = tuple(each for each in self.days if each.date != day.date)
        return Tally((*others, day)[-KEPT_DAYS:])


def after_entry(tally: Tally, symbol: str, entry_id: str, now_ns: int, zone: tzinfo) -> Tally:
    """The tally once an entry is sent; one that is counted already changes nothing."""
    if any(entry.id == entry_id for day in tally.days for entry in day.entries):
        return tally
    day = tally.day(now_ns, zone)
    return tally.with_day(replace(day, entries=(*day.entries, Entry(entry_id, symbol))))


def without_entry(tally: Tally, entry_id: str) -> Tally:
    """The tally once an entry turned out to have done nothing: it was refused, or ended without a fill."""
    return Tally(
        tuple(replace(day, entries=tuple(entry for entry in day.entries if entry.id != entry_id)) for day in tally.days)
    )


def after_trade(tally: Tally, trade: Trade, now_ns: int, zone: tzinfo) -> Tally:
    """The tally once a trade has ended, in the day in which it did; told again, or days late, it changes nothing.

    A trade loses where its net, after fees, is below zero.
    """
    if now_ns - trade.closed_ns > PAST_NS:
        return tally
    day, result = tally.day(trade.closed_ns, zone), Result(trade.closed_ns, trade.symbol, trade.net < 0)
    if any((each.closed_ns, each.symbol) == (result.closed_ns, result.symbol) for each in day.results):
        return tally
    return tally.with_day(replace(day, results=tuple(sorted((*day.results, result)))))


def block(tally: Tally, limits: Limits, symbol: str, now_ns: int) -> str:
    """Why `symbol` may not be entered for the rest of the day; empty when it may.

    Args:
        tally: the counts.
        limits: what a day allows.
        symbol: the ticker.
        now_ns: the time.
    """
    day = tally.day(now_ns, limits.zone)
    if limits.trades is not None and len(day.entries) >= limits.trades:
        return f"{len(day.entries)} of {limits.trades} trades of the day are made"
    if limits.losses is not None and day.losses_in_a_row >= limits.losses:
        return f"{day.losses_in_a_row} losses in a row have reached the day's limit of {limits.losses}"
    made = sum(entry.symbol == symbol for entry in day.entries)
    if limits.symbol_trades is not None and made >= limits.symbol_trades:
        return f"{made} of {limits.symbol_trades} trades of the day in {symbol} are made"
    return ""


def check(tally: Tally, limits: Limits, symbol: str, now_ns: int) -> Check:
    """The gatekeeper's check of the limits, with the day's counts."""
    if why := block(tally, limits, symbol, now_ns):
        return Check("limits", False, f"{why}; they begin anew at midnight ({limits.zone})")
    day = tally.day(now_ns, limits.zone)
    made = sum(entry.symbol == symbol for entry in day.entries)
    return Check(
        "limits",
        True,
        f"{len(day.entries)}{_of(limits.trades)} trades today, {made}{_of(limits.symbol_trades)} in {symbol}, "
        f"{day.losses_in_a_row}{_of(limits.losses)} losses in a row",
    )


def _of(most: int | None) -> str:
    return "" if most is None else f" of {most}"


class TallyFile:
    """Keeps the tally over restarts.

    While its file can't be read nobody knows what the day has seen: entries stop, and the file stays as it is.

    Args:
        path: `trading_limits.json` in the books' folder.
        limits: what a day allows.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self._file = StateFile(path, Tally())
        self.limits = limits

    @property
    def tally(self) -> Tally:
        """The counts as of now."""
        return self._file.state

    @property
    def damage(self) -> str:
        """Why the counts are not known, and what would help; empty where they are."""
        return self._file.damage and f"{self._file.damage}; entries stop until it is moved away and the engine restarts"

    @property
    def problem(self) -> str:
        """What is wrong with the file; empty where nothing is."""
        return self.damage or self._file.problem

    def entered(self, symbol: str, entry_id: str, now_ns: int) -> None:
        """Count an entry that is about to be sent."""
        self._file.keep(after_entry(self.tally, symbol, entry_id, now_ns, self.limits.zone))

    def refused(self, entry_id: str) -> None:
        """Take back an entry that did nothing."""
        self._file.keep(without_entry(self.tally, entry_id))

    def ended(self, trade: Trade, now_ns: int) -> None:
        """Count a trade that has ended."""
        self._file.keep(after_trade(self.tally, trade, now_ns, self.limits.zone))

    def check(self, symbol: str, now_ns: int) -> Check:
        """The gatekeeper's check; it blocks while the counts are not known."""
        if self.damage:
            return Check("limits", False, self.damage)
        return check(self.tally, self.limits, symbol, now_ns)
