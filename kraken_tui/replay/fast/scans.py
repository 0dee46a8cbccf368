"""The scanner over whole matrices at full speed, with an exact paper account: the trades of the engine, byte for byte.

The loop is compiled and calls the live scanner's own step. What its arithmetic can't tell for sure it asks the engine's
own risk code about, and then goes on; what it can't do exactly it refuses (`limits`).
"""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.fast.limits import REFUSALS, unfit, unmodelled
from kraken_tui.replay.fast.loop import advance
from kraken_tui.replay.fast.paper_books import Tape
from kraken_tui.replay.fast.paper_day import PaperDay
from kraken_tui.replay.fast.paper_gate import Around, PaperGate
from kraken_tui.replay.fast.paper_opening import books_of
from kraken_tui.replay.fast.paper_rows import Cursor, Purse, Refusal, Rule, Stop
from kraken_tui.replay.fast.trades import Replayed
from kraken_tui.scanner.inputs import Quote
from kraken_tui.scanner.parameters import record
from kraken_tui.scanner.scanner import Scanner
from kraken_tui.scanner.state import Row

Ints = NDArray[np.int64]


def replay_scans(
    scanner: Scanner,
    tape: Tape,
    groups: Sequence[str],
    settings: Settings,
    config: TradingConfig,
    *,
    measures: bool = True,
    always_ask: bool = False,
) -> Replayed:
    """Run a scanner, warmed or not, over a tape, from a fresh account.

    Args:
        scanner: whose state goes on from where it is.
        tape: the market; one row a scan.
        groups: the group of each ticker.
        settings: the scanner's.
        config: lists and spreads that the gate goes by.
        measures: whether trades teach what moves to expect, as on every market but a generated one.
        always_ask: leave every entry to the engine's own gate: slow, and the same.

    Raises:
        UsageError: something is set that is not modelled, or can't be done exactly.
    """
    if wrong := [*unmodelled(settings, config), *unfit(scanner.instruments)]:
        raise UsageError("the fast replay does not model: " + "; ".join(wrong))
    around = Around(
        instruments=scanner.instruments, groups=tuple(groups), settings=settings, config=config, measures=measures
    )
    run = _Run(scanner, tape, around)
    if always_ask:
        run.books.rules[Rule.ASKS] = 1
    return run.run()


class _Run:
    """The loop and the gate in turn, until the tape is at its end."""

    def __init__(self, scanner: Scanner, tape: Tape, around: Around) -> None:
        self._scanner, self._tape, self._around = scanner, tape, around
        self.books = books_of(around)
        self._gate = PaperGate(around, tape, self.books)
        self._day = PaperDay(around.settings, tape, self.books, self._gate.totals)
        self._cursor = np.zeros(len(Cursor), np.int64)
        self._kept: list[Ints] = []

    def run(self) -> Replayed:
        state, count = self._scanner.state, len(self._scanner.instruments)
        quotes = np.ones((len(Quote), count), np.int64)
        parameters = record(self._scanner.parameters)
        while True:
            stop = advance(
                self._tape, self.books, self._cursor, quotes, state.columns, state.history, state.market, parameters,
            )  # fmt: skip
            if stop == Stop.DONE:
                return self._result()
            if stop == Stop.REFUSED:
                raise self._refusal()
            self._answer(Stop(stop))

    def _answer(self, stop: Stop) -> None:
        cursor, purse = self._cursor, self.books.purse
        s, i = int(cursor[Cursor.SCAN]), int(cursor[Cursor.TICKER])
        match stop:
            case Stop.DRAIN:
                self._keep()
            case Stop.ASKS_DAY:
                self._day.look(s)
            case Stop.ASKS_HEAT:
                cursor[Cursor.ANSWER], cursor[Cursor.FULL] = self._gate.heat(s)
            case _:
                self._gate.learn([*self._kept, self.books.trades[: purse[Purse.CLOSED]]])
                column = self._scanner.state.columns[:, i]
                lots = self._gate.lots(s, i, int(column[Row.DIRECTION]), int(column[Row.WANTED_STOP]))
                if lots is None:
                    purse[Purse.REFUSED], purse[Purse.REFUSED_TICKER] = Refusal.TIE, i
                    raise self._refusal()
                cursor[Cursor.ANSWER] = lots

    def _keep(self) -> None:
        purse = self.books.purse
        self._kept.append(self.books.trades[: purse[Purse.CLOSED]].copy())
        purse[Purse.CLOSED] = 0

    def _refusal(self) -> UsageError:
        purse, s = self.books.purse, int(self._cursor[Cursor.SCAN])
        symbol = self._scanner.instruments[int(purse[Purse.REFUSED_TICKER])].symbol
        why = REFUSALS[Refusal(int(purse[Purse.REFUSED]))]
        return UsageError(f"the fast replay stops at scan {s}, {symbol}: {why}; the engine itself can replay it")

    def _result(self) -> Replayed:
        self._keep()
        books, instruments = self.books, self._scanner.instruments
        purse, unit = books.purse, Decimal(int(books.rules[Rule.UNIT]))
        return Replayed(
            rows=np.concatenate(self._kept), instruments=instruments, scans=int(self._cursor[Cursor.SCAN]),
            entries=int(purse[Purse.ENTRIES]), asked=int(purse[Purse.ASKED]),
            realised=Decimal(int(purse[Purse.REALISED])) / unit, fees=Decimal(int(purse[Purse.FEES])) / unit,
            open=tuple(instruments[i].symbol for i in books.order[: purse[Purse.OPEN]]),
            unrealised=self._gate.unrealised(self._tape.time_ns.size - 1) if purse[Purse.OPEN] else Decimal(0),
        )  # fmt: skip
