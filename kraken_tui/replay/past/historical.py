"""The scanner over the past: what it would have seen and thought, as `trajectory.csv` tells it, scan by scan.

Nobody trades here. The scanner is told of a flat account without heat, and nothing takes up what it asks for: an
entry is there for one scan (ENTRY, BURST) and gone with the next (WAIT, REFUSED).
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from msgspec import Struct

from kraken_tui.clock import SECOND, Progress
from kraken_tui.config.moments import shown
from kraken_tui.config.settings import Settings
from kraken_tui.engine.records import trajectory_rows
from kraken_tui.market.feed import Frame
from kraken_tui.market.recorded_prices import RecordedPrices, bars_before
from kraken_tui.market.recorded_timeline import Ints, Prints, Quotes, lay_out
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.past.survey import SURVEY_SHARE, Survey
from kraken_tui.replay.past.tables import Past
from kraken_tui.scanner.inputs import AccountColumns
from kraken_tui.scanner.result import ScanResult
from kraken_tui.scanner.scanner import Scanner, compile_scanner
from kraken_tui.scanner.state import MISSING
from kraken_tui.store.trajectory import COLUMNS, Keep, Keeping, RowText, TrajectoryRows

TOLD_EVERY = 500
"""Scans between two words about the progress."""


class PairSummary(Struct, frozen=True, kw_only=True):
    """What became of one pair."""

    symbol: str
    trades: int
    """Read in the span; candles or quotes where no trades are known."""
    priced: int
    """Scans with a price that the scanner believed."""
    least_velocity: float | None
    """Percent over the look-back; None where there was none."""
    greatest_velocity: float | None
    transitions: dict[str, int]
    """Counts by kind, such as `WAIT->ARM`."""


class Summary(Struct, frozen=True, kw_only=True):
    """What a replay did."""

    first: str
    last: str
    """UTC, as `first`; not scanned any more."""
    scans: int
    rows: int
    """In the file."""
    regimes: dict[str, float]
    """Percent of the scans in each market regime; WARMING until its window was full."""
    pairs: list[PairSummary]


class Watch:
    """Counts what a replay saw.

    Args:
        count: of the tickers.
    """

    def __init__(self, count: int) -> None:
        self.scans = 0
        self.regimes: Counter[str] = Counter()
        self.transitions: tuple[Counter[str], ...] = tuple(Counter() for _ in range(count))
        self.priced: Ints = np.zeros(count, np.int64)
        self.least: Ints = np.full(count, -MISSING)
        self.greatest: Ints = np.full(count, MISSING)

    def see(self, result: ScanResult) -> None:
        """Take in a scan."""
        self.scans += 1
        self.regimes["WARMING" if result.regime is None else result.regime.name] += 1
        velocity = result.velocity_ppm
        self.priced += result.price > 0
        np.minimum(self.least, velocity, out=self.least, where=velocity != MISSING)
        np.maximum(self.greatest, velocity, out=self.greatest)
        for change in result.transitions:
            self.transitions[change.ticker][f"{change.before.name}->{change.after.name}"] += 1


class Replay:
    """Scans the past.

    Args:
        past: the tables.
        surveyed: what `survey` found in it.
        settings: of the scanner, the spread of pairs without quotes, and which rows are kept.
        progress: told how far it has come.
    """

    def __init__(self, past: Past, surveyed: Survey, settings: Settings, progress: Progress) -> None:
        self._past = past
        self._found = surveyed
        self._settings = settings
        self._progress = progress
        self._interval_ns = int(settings.POLL_INTERVAL * SECOND)
        margin = settings.account == "margin"
        shortable = np.array([margin and bool(each.leverage_sell) for each in surveyed.instruments])
        self._scanner = Scanner(surveyed.instruments, settings, shortable)
        self._prices = RecordedPrices(surveyed.quoted, surveyed.windows, surveyed.windows[-1][1])
        self._scans = 0
        count = len(surveyed.instruments)
        self._account, self._no_profits = AccountColumns(count), np.full(count, np.nan)
        self._watch = Watch(count)

    def run(self, write: Callable[[TrajectoryRows], None]) -> Watch:
        """Scan every POLL_INTERVAL, and hand each scan's rows to `write`; they hold until the next scan.

        Raises:
            UsageError: a file is damaged.
        """
        compile_scanner(lambda text, done: None)
        found, due_ns = self._found, self._found.first_ns
        for until_ns, prints, quotes in self._days():
            if self._scans == 0:
                self._warm(prints)
            self._prices.add(prints, quotes)
            while due_ns < min(until_ns, found.last_ns):
                self._scan(self._prices.read(due_ns), write)
                due_ns += self._interval_ns
                if self._scans % TOLD_EVERY == 0:
                    share = (due_ns - found.first_ns) / max(1, found.last_ns - found.first_ns)
                    self._progress("Scanning", SURVEY_SHARE + (1 - SURVEY_SHARE) * min(1.0, share))
        self._progress("Scanned", 1.0)
        return self._watch

    def _days(self) -> Iterator[tuple[int, Prints, Quotes]]:
        found, spread = self._found, self._settings.RECORDED_SPREAD
        for until_ns, tables in self._past.days(found.first_ns, found.last_ns):
            yield until_ns, *lay_out(found.instruments, list(tables.values()), spread)

    def _warm(self, prints: Prints) -> None:
        """Give every ticker what its first day holds before the first scan, as the engine does at its start."""
        for index in range(len(self._found.instruments)):
            bars = bars_before(prints, index, self._found.first_ns, self._settings.ATR_PERIOD + 1)
            self._scanner.warm(index, bars)

    def _scan(self, frame: Frame, write: Callable[[TrajectoryRows], None]) -> None:
        result = self._scanner.scan(frame, self._account, 0, False, self._scans)
        self._scans += 1
        self._watch.see(result)
        write(
            trajectory_rows(
                frame, result, self._account, heat_ppm=0, interval=self._settings.POLL_INTERVAL, notes=("",),
                profits=self._no_profits,
            )
        )  # fmt: skip


def replay_to(path: Path, past: Past, surveyed: Survey, settings: Settings, progress: Progress) -> Summary:
    """Replay the past into a file with the columns of `trajectory.csv`; it appears when it is whole.

    Raises:
        UsageError: the file can't be written, or one that is read is damaged.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    keep: Keep = "active" if settings.TRAJECTORY == "active" else "all"
    keeping, text = Keeping(keep), RowText(surveyed.instruments, settings.ARM_PERSISTENCE)
    rows = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("w", encoding="utf-8", buffering=1 << 20) as file:

            def write(seen: TrajectoryRows) -> None:
                nonlocal rows
                which = keeping.rows_of(seen)
                rows += len(which)
                file.writelines(text.lines(seen, which))

            file.write(",".join(COLUMNS) + "\n")
            watch = Replay(past, surveyed, settings, progress).run(write)
        unfinished.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: can't be written: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()
    return summary_of(surveyed, watch, rows)


def summary_of(surveyed: Survey, watch: Watch, rows: int) -> Summary:
    """What is told at the end."""
    pairs = [
        PairSummary(
            symbol=instrument.symbol,
            trades=surveyed.trades[index],
            priced=int(watch.priced[index]),
            least_velocity=_percent(int(watch.least[index])),
            greatest_velocity=_percent(int(watch.greatest[index])),
            transitions=dict(sorted(watch.transitions[index].items())),
        )
        for index, instrument in enumerate(surveyed.instruments)
    ]
    shares = {word: round(100 * count / watch.scans, 2) for word, count in watch.regimes.most_common()}
    return Summary(
        first=shown(surveyed.first_ns), last=shown(surveyed.last_ns), scans=watch.scans, rows=rows, regimes=shares,
        pairs=pairs,
    )  # fmt: skip


def _percent(ppm: int) -> float | None:
    return None if abs(ppm) >= -MISSING else ppm / 10_000
