"""A recorded market as columns on disk: written once, a day at a time, then mapped into every process that needs it.

Scan for scan it is what `market.recorded_prices` shows the engine, without a frame for each.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from kraken_tui.clock import SECOND, Progress
from kraken_tui.config.settings import Settings
from kraken_tui.market.recorded_candles import LONGEST_HOLE
from kraken_tui.market.recorded_timeline import NO_PRINTS, NO_QUOTES, Prints, Quotes, lay_out
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.fast.paper_books import Tape
from kraken_tui.replay.fast.tape import FRESH_NS, MOST_TICKS
from kraken_tui.replay.past.survey import SURVEY_SHARE, Survey
from kraken_tui.replay.past.tables import Past
from kraken_tui.replay.search.amounts import Lots
from kraken_tui.replay.search.minutes import Minutes

Ints = NDArray[np.int64]
Array = NDArray[Any]
INT32, INT64, BOOL = (np.dtype(kind) for kind in ("<i4", "<i8", "?"))
BY_SCAN: Mapping[str, np.dtype[Any]] = {"time_ns": INT64, "live": BOOL, "fresh": BOOL}
BY_TICKER: Mapping[str, np.dtype[Any]] = {
    "bid": INT32, "ask": INT32, "last": INT32, "changed_ns": INT64, "bid_amount": INT64, "ask_amount": INT64,
}  # fmt: skip


class Columns:
    """Writes the columns of a market.

    Args:
        folder: where; it must exist.
        found: what `survey` found in the past.
        settings: `POLL_INTERVAL` and the spread of pairs without quotes.
    """

    def __init__(self, folder: Path, found: Survey, settings: Settings) -> None:
        self._folder, self._found, self._settings = folder, found, settings
        self._interval_ns = round(settings.POLL_INTERVAL * SECOND)
        self._scans = max(0, -(-(found.last_ns - found.first_ns) // self._interval_ns))
        count = len(found.instruments)
        self._lots = Lots(found.instruments)
        self._kept = {name: np.zeros(count, np.int64) for name in (*BY_TICKER, "quoted_ns")}
        self._heard_ns = 0
        self._at = 0

    def write(self, past: Past, progress: Progress) -> None:
        """Read the past once, day by day.

        Raises:
            UsageError: a file is damaged, or a price is too large for the fast replay.
        """
        found, count = self._found, len(self._found.instruments)
        shapes = {**dict.fromkeys(BY_SCAN, (self._scans,)), **dict.fromkeys(BY_TICKER, (self._scans, count))}
        arrays = {
            name: open_memmap(self._folder / f"{name}.npy", mode="w+", dtype=kind, shape=shapes[name])
            for name, kind in {**BY_SCAN, **BY_TICKER}.items()
        }
        minutes = Minutes(self._folder, found.first_ns, found.last_ns, count)
        for until_ns, tables in past.days(found.first_ns, found.last_ns):
            prints, quotes = lay_out(found.instruments, list(tables.values()), self._settings.RECORDED_SPREAD)
            minutes.add(prints, until_ns)
            self._write_until(min(until_ns, found.last_ns), prints, quotes, arrays)
            progress("Reading", SURVEY_SHARE + (1 - SURVEY_SHARE) * min(1.0, self._at / max(1, self._scans)))
        self._write_until(found.last_ns, NO_PRINTS, NO_QUOTES, arrays)
        for array in arrays.values():
            array.flush()

    def _write_until(self, until_ns: int, prints: Prints, quotes: Quotes, arrays: Mapping[str, Array]) -> None:
        last = min(self._scans, -(-(until_ns - self._found.first_ns) // self._interval_ns))
        times = self._found.first_ns + np.arange(self._at, max(self._at, last), dtype=np.int64) * self._interval_ns
        made = self._grid(times, prints, quotes)
        for name, array in arrays.items():
            array[self._at : self._at + len(times)] = made[name]
        self._at += len(times)

    def _grid(self, times: Ints, prints: Prints, quotes: Quotes) -> Mapping[str, Array]:
        """What is known at each of these times, given the rows of this part."""
        rows = (len(times), len(self._found.instruments))
        known = {name: np.empty(rows, np.int64) for name in self._kept}
        for i in range(rows[1]):
            for name, (row_times, values) in self._series(i, prints, quotes).items():
                before = np.append(self._kept[name][i], values)
                known[name][:, i] = before[np.searchsorted(row_times, times, "right")]
                self._kept[name][i] = before[-1]
        spoken = np.sort(np.concatenate((prints.time_ns, quotes.time_ns)))
        heard = np.append(self._heard_ns, spoken)
        self._heard_ns = int(heard[-1])
        return self._believed(times, known, heard[np.searchsorted(spoken, times, "right")])

    def _series(self, i: int, prints: Prints, quotes: Quotes) -> dict[str, tuple[Ints, Ints]]:
        """Times and values of everything told of ticker `i`."""
        mine, shown = prints.ticker == i, quotes.ticker == i
        times, bid, ask = quotes.time_ns[shown], quotes.bid[shown], quotes.ask[shown]
        kept = self._kept
        changed = quotes.changed[shown].copy()
        if len(changed):  # the first row of a part does not know the one before
            changed[0] = bid[0] != kept["bid"][i] or ask[0] != kept["ask"][i]
        since = np.maximum.accumulate(np.append(kept["changed_ns"][i], np.where(changed, times, 0)))[1:]
        amounts = np.zeros((len(times), 2)) if quotes.amounts is None else quotes.amounts[shown]
        return {
            "last": (prints.time_ns[mine], prints.ticks[mine]),
            "bid": (times, bid), "ask": (times, ask), "quoted_ns": (times, times), "changed_ns": (times, since),
            "bid_amount": (times, self._lots.of(i, amounts[:, 0])),
            "ask_amount": (times, self._lots.of(i, amounts[:, 1])),
        }  # fmt: skip

    def _believed(self, times: Ints, known: dict[str, Ints], heard_ns: Ints) -> Mapping[str, Array]:
        """As `RecordedPrices.read` tells it: what is too old, or known by half, is nothing."""
        quoted, quoted_ns = self._found.quoted, known.pop("quoted_ns")
        live = np.zeros(len(times), np.bool_)
        for begin, end in self._found.windows:
            live |= (begin <= times) & (times <= end)
        if quoted.any():
            live &= times - quoted_ns[:, quoted].max(axis=1) <= LONGEST_HOLE
        dark = quoted & (times[:, None] - quoted_ns > LONGEST_HOLE) | (known["bid"] == 0) | (known["last"] == 0)
        for name in ("bid", "ask", "last"):
            known[name][dark] = 0
        if known["ask"].size and max(int(known[name].max()) for name in ("bid", "ask", "last")) >= MOST_TICKS:
            raise UsageError("a price of 2^31 ticks or more: the fast replay, and so the search, can't take it")
        return {**known, "time_ns": times, "live": live, "fresh": times - heard_ns <= FRESH_NS}


def mapped(folder: Path) -> Tape:
    """The columns as a tape that lies on disk: pages are shared by all processes that read them."""
    arrays = {name: _mapped(folder / f"{name}.npy") for name in (*BY_SCAN, *BY_TICKER)}
    return Tape(**arrays, listed=np.zeros((0, 0), np.bool_))


def part_of(tape: Tape, begin: int, end: int) -> Tape:
    """The scans from `begin` up to, but without, `end`."""
    arrays: Mapping[str, Array] = tape._asdict()
    return Tape(**{name: array[begin:end] if array.size else array for name, array in arrays.items()})


def _mapped(path: Path) -> Array:
    """Copy-on-write, which nobody does: a read-only array would be compiled for anew."""
    array: Array = np.load(path, mmap_mode="c").view(np.ndarray)
    return array
