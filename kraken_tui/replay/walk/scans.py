"""The scans of an input log, made again."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from kraken_tui.market.feed import Frame
from kraken_tui.model.errors import UsageError
from kraken_tui.model.market import FeedState
from kraken_tui.model.scan import Regime
from kraken_tui.replay.walk.difference import Difference
from kraken_tui.replay.walk.settings import settings_of
from kraken_tui.scanner import outputs
from kraken_tui.scanner.inputs import AccountColumns
from kraken_tui.scanner.outputs import DECIDED, SUMMED, SUMS, WANTED_STOP, word_of
from kraken_tui.scanner.result import ScanResult
from kraken_tui.scanner.scanner import Scanner
from kraken_tui.scanner.state import MISSING
from kraken_tui.store.inputs import BarsSeen, Kept, Scan, Start

NEEDED = frozenset({"bid", "ask", "listed", "account", *outputs.COLUMNS})
"""Columns that a walk reads."""

PRICES = 3
"""How many of SUMMED are prices: bid, ask, and what is believed."""


class Scans:
    """One engine's scanner.

    Args:
        start: what the engine began with.
        known: whether the log holds its beginning; else it waits for the next `Kept`.
    """

    def __init__(self, start: Start, *, known: bool) -> None:
        settings = settings_of(start.settings)
        margin = settings.account == "margin"
        shortable = np.array([margin and bool(row.leverage_sell) for row in start.instruments])
        self._scanner = Scanner(start.instruments, settings, shortable)
        self._account = AccountColumns(len(start.instruments))
        self._nothing = np.zeros(len(start.instruments))
        self.known = known
        self.next = 0
        """Number of the scan that comes next."""
        self.count = self.proven = self.unproven = self.passed = 0
        """Scans made again; those that were as recorded; those of which nothing was recorded; those left out."""
        self.transitions: Counter[str] = Counter()

    def bars(self, record: BarsSeen) -> None:
        """Warm an indicator."""
        self._scanner.warm(record.index, record.bars)

    def kept(self, record: Kept) -> Difference | None:
        """Begin from what was kept, or see that it is what came out here."""
        if not self.known or record.scan != self.next:
            self._scanner.state.restore(record.scanner)
            self.known, self.next = True, record.scan
            return None
        if self._scanner.state.save() == record.scanner:
            return None
        return Difference(
            what="scanner's memory", time_ns=record.time_ns, symbol="", recorded="other numbers", replayed="these"
        )

    def scan(self, record: Scan) -> Difference | None:
        """Scan again."""
        if record.scan != self.next:
            self.known = False
        if not self.known:
            self.passed += 1
            return None
        self.next = record.scan + 1
        frame, account = self._frame(record), self._columns(record)
        result = self._scanner.scan(frame, account, record.heat_ppm, record.paused, record.scan)
        self.count += 1
        for change in result.transitions:
            self.transitions[f"{change.before.name}->{change.after.name}"] += 1
        if DECIDED not in record.columns:
            self.unproven += 1
            return None
        made, told = outputs.outputs(frame, result), record.columns
        is_ours = len(told[SUMS]) == len(made[SUMS])
        if all(made[name] == told[name] for name in outputs.COLUMNS if is_ours or name != SUMS):
            self.proven += 1
            return None
        return self._difference(record, made, frame, result)

    def _frame(self, record: Scan) -> Frame:
        bid, ask = (_ints(record.columns[name], self._nothing.size) for name in ("bid", "ask"))
        return Frame(
            time_ns=record.time_ns, bid=bid, ask=ask, last=bid, bid_amount=self._nothing, ask_amount=self._nothing,
            changed_ns=bid, listed=np.frombuffer(record.columns["listed"], np.bool_), state=FeedState(record.state),
            note=record.note, heard_ns=record.heard_ns,
        )  # fmt: skip

    def _columns(self, record: Scan) -> AccountColumns:
        matrix = self._account.matrix
        matrix[:] = _ints(record.columns["account"], matrix.size).reshape(matrix.shape)
        return self._account

    def _difference(self, record: Scan, made: dict[str, bytes], frame: Frame, result: ScanResult) -> Difference:
        """The cause before its effects: a price, then a decision, then the numbers between them."""
        sums, again = (np.frombuffer(columns[SUMS], np.int64) for columns in (record.columns, made))
        if sums.size != again.size:  # another version's, which adds up other numbers: the decisions are compared
            sums = again
        rows = (frame.bid, frame.ask, result.price, result.velocity_ppm, result.range_sum)
        found = [
            self._summed(record, name, row, sums[2 * place :], again[2 * place :])
            for place, (name, row) in enumerate(zip(SUMMED, rows, strict=True))
        ]
        rest = [
            Difference(what=name, time_ns=record.time_ns, symbol="", recorded=_told(name, a), replayed=_told(name, b))
            for name, a, b in zip(outputs.REST, sums[-3:].tolist(), again[-3:].tolist(), strict=True)
            if a != b
        ]
        order = [*found[:PRICES], self._decision(record, made), self._stop(record, made), *rest, *found[PRICES:]]
        return next(each for each in order if each is not None)

    def _decision(self, record: Scan, made: dict[str, bytes]) -> Difference | None:
        told, again = (np.frombuffer(columns[DECIDED], np.int16) for columns in (record.columns, made))
        if told.size != again.size or not (told != again).any():
            return None
        place = int(np.flatnonzero(told != again)[0])
        before, after = (word_of(int(row[place])) for row in (told, again))
        names = [name for name in ("state", "reason", "action") if getattr(before, name) != getattr(after, name)]
        recorded, replayed = (" ".join(getattr(word, name).name for name in names) for word in (before, after))
        return self._of(record, place, " and ".join(names), recorded, replayed)

    def _stop(self, record: Scan, made: dict[str, bytes]) -> Difference | None:
        told, again = (np.frombuffer(columns[WANTED_STOP], np.int64) for columns in (record.columns, made))
        if told.size != again.size or not (told != again).any():
            return None
        place = int(np.flatnonzero(told != again)[0])
        return self._of(record, place, "wanted stop", *(self._price(place, int(row[place])) for row in (told, again)))

    def _summed(
        self, record: Scan, name: str, values: NDArray[np.int64], told: NDArray[np.int64], again: NDArray[np.int64]
    ) -> Difference | None:
        """By both sums of a column: which ticker differs, if it is one alone, and what was recorded of it."""
        plain, weighted = (int(again[k]) - int(told[k]) for k in (0, 1))
        if not plain and not weighted:
            return None
        place = weighted // plain if plain and weighted % plain == 0 else -1
        if not 0 <= place < values.size:
            return Difference(
                what=name, time_ns=record.time_ns, symbol="", recorded="others", replayed="these, of several tickers"
            )
        value = int(values[place])
        return self._of(record, place, name, *(self._number(name, place, one) for one in (value - plain, value)))

    def _of(self, record: Scan, place: int, what: str, recorded: str, replayed: str) -> Difference:
        symbol = self._scanner.instruments[place].symbol
        return Difference(what=what, time_ns=record.time_ns, symbol=symbol, recorded=recorded, replayed=replayed)

    def _number(self, name: str, place: int, value: int) -> str:
        if name == "velocity":
            return "none" if value == MISSING else f"{value} ppm"
        return self._price(place, value)

    def _price(self, place: int, ticks: int) -> str:
        return f"{self._scanner.instruments[place].price_of(ticks):f}" if ticks else "none"


def _ints(data: bytes, size: int) -> NDArray[np.int64]:
    numbers: NDArray[np.int64] = np.frombuffer(data, np.int64)
    if numbers.size != size:
        raise UsageError(f"a scan of the log has {numbers.size} numbers where {size} are right")
    return numbers


def _told(name: str, number: int) -> str:
    if name != "market regime":
        return str(number)
    return Regime(number).name if number >= 0 else "WARMING"
