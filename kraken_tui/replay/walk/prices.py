"""The scanner alone over the prices of a trajectory: what a file of rows for people can still tell."""

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TextIO, cast

import numpy as np
from msgspec import Struct, field

from kraken_tui.clock import SECOND
from kraken_tui.config.instruments import derived_instrument, load_instruments
from kraken_tui.config.settings import Settings
from kraken_tui.market.feed import Frame
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import FeedState
from kraken_tui.model.scan import State
from kraken_tui.scanner.inputs import AccountColumns
from kraken_tui.scanner.result import ScanResult
from kraken_tui.scanner.scanner import Scanner
from kraken_tui.store.trajectory import COLUMNS

UNKNOWN = (
    "the minutes before its first row: the ATR warms first",
    "orders under way, breakeven prices, results of trades, and what the heat limits blocked",
    "pauses, and whether the feed was live",
    "the settings of then: those of now are taken",
)
"""What a trajectory does not hold."""

TIME, SCAN, SYMBOL, BID, ASK, VELOCITY, HEAT, STATE, SIDE, ENTRY, STOP = (
    COLUMNS.index(name)
    for name in ("time", "scan", "symbol", "bid", "ask", "velocity", "heat", "state", "side", "entry", "stop")
)
SIDES = {"LONG": 1, "SHORT": -1, "": 0}
Row = list[str]


class Rescanned(Struct, kw_only=True):
    """What scanning it again gave."""

    tickers: int
    scans: int = 0
    rows: int = 0
    velocities: int = 0
    """Rows with a velocity, both then and now."""
    same_velocities: int = 0
    same_states: int = 0
    transitions: Counter[str] = field(default_factory=Counter)


def is_trajectory(path: Path) -> bool:
    """Whether a file begins as a trajectory does; columns of others may follow."""
    try:
        with _opened(path) as lines:
            return tuple(next(iter(lines), "").strip().split(",")[: len(COLUMNS)]) == COLUMNS
    except (OSError, EOFError, UnicodeDecodeError):
        return False


def rescan(path: Path, settings: Settings) -> Rescanned:
    """Scan the prices of `trajectory.csv`, or of a `trajectory-DATE.csv.gz`, again.

    Raises:
        UsageError: a row can't be read, or there is none.
    """
    instruments = _instruments(path)
    margin = settings.account == "margin"
    scanner = Scanner(instruments, settings, np.array([margin and bool(row.leverage_sell) for row in instruments]))
    found, prices = Rescanned(tickers=len(instruments)), _Prices(instruments)
    for (time, scan), rows in groupby(_rows(path), key=lambda row: (row[TIME], row[SCAN])):
        told = list(rows)
        try:
            frame = prices.take(told)
            heat_ppm = round(float(told[0][HEAT]) * 10_000)
            result = scanner.scan(frame, prices.account, heat_ppm, False, int(scan))
            _compare(found, told, result, prices.index)
        except (ValueError, KeyError, OverflowError) as error:
            raise UsageError(f"{path}, rows of scan {scan!r} at {time!r}: no trajectory has them ({error})") from error
    return found


class _Prices:
    """Rows as the columns that a scan is given."""

    def __init__(self, instruments: list[Instrument]) -> None:
        self.index = {row.symbol: place for place, row in enumerate(instruments)}
        self.account = AccountColumns(len(instruments))
        self._units = [int(row.tick.scaleb(row.price_decimals)) for row in instruments]
        self._listed, self._nothing = np.ones(len(instruments), np.bool_), np.zeros(len(instruments))

    def take(self, rows: list[Row]) -> Frame:
        """The market and the account of one scan; what has no row is missing, and flat."""
        account, before = self.account, self.account.side.copy()
        bid, ask = np.zeros(len(self.index), np.int64), np.zeros(len(self.index), np.int64)
        account.side[:] = account.entry[:] = account.stop[:] = 0
        for row in rows:
            place = self.index[row[SYMBOL]]
            bid[place], ask[place] = self._ticks(place, row[BID]), self._ticks(place, row[ASK])
            if row[SIDE]:
                account.side[place] = SIDES[row[SIDE]]
                account.entry[place], account.stop[place] = (self._ticks(place, row[k]) for k in (ENTRY, STOP))
        account.closed[(before != 0) & (account.side != before)] += 1
        time_ns = _time_ns(rows[0][TIME])
        return Frame(
            time_ns=time_ns, bid=bid, ask=ask, last=bid, bid_amount=self._nothing, ask_amount=self._nothing,
            changed_ns=bid, listed=self._listed, state=FeedState.LIVE, note="", heard_ns=time_ns,
        )  # fmt: skip

    def _ticks(self, place: int, text: str) -> int:
        return int(text.replace(".", "")) // self._units[place] if text else 0


def _compare(found: Rescanned, rows: list[Row], result: ScanResult, index: dict[str, int]) -> None:
    velocity, states = result.velocity_ppm.tolist(), result.state.tolist()
    found.scans += 1
    found.rows += len(rows)
    for change in result.transitions:
        found.transitions[f"{change.before.name}->{change.after.name}"] += 1
    for row in rows:
        place = index[row[SYMBOL]]
        found.same_states += State(states[place]).name == row[STATE]
        if row[VELOCITY] and abs(velocity[place]) < 1 << 40:
            found.velocities += 1
            found.same_velocities += velocity[place] == round(float(row[VELOCITY]) * 10_000)


def _instruments(path: Path) -> list[Instrument]:
    """Today's rules of each pair, or those that its prices show, where their decimals are others."""
    decimals: dict[str, int] = {}
    for row in _rows(path):
        if (text := row[BID]) or row[SYMBOL] not in decimals:
            decimals[row[SYMBOL]] = len(text.partition(".")[2])
    if not decimals:
        raise UsageError(f"{path} holds no rows")
    if wrong := [symbol for symbol in decimals if symbol.count("/") != 1]:
        raise UsageError(f"{path}: {wrong[0]!r} is no pair; BTC/USD is right")
    known = load_instruments()
    return [
        known[symbol]
        if symbol in known and known[symbol].price_decimals == count
        else derived_instrument(symbol, count)
        for symbol, count in decimals.items()
    ]


def _rows(path: Path) -> Iterator[Row]:
    for number, line in enumerate(_lines(path), 1):
        row = line.split(",", STOP + 1)
        if len(row) != STOP + 2:
            raise UsageError(f"{path}, line {number}: {line[:60]!r} is no row of a trajectory")
        if number > 1:
            yield row


def _lines(path: Path) -> Iterator[str]:
    try:
        with _opened(path) as lines:
            yield from lines
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise UsageError(f"{path} can't be read: {error}") from error


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return cast(TextIO, gzip.open(path, "rt", encoding="utf-8-sig"))
    return path.open(encoding="utf-8-sig")


def _time_ns(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int(moment.timestamp()) * SECOND + moment.microsecond * 1000
