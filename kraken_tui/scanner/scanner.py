"""The scanner: frames and the account's columns in, states and intents out."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from kraken_tui.clock import MINUTE, Progress
from kraken_tui.config.settings import Settings
from kraken_tui.market.feed import Frame
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import Enter, Exit, Intent, MoveStop
from kraken_tui.model.market import Bar, FeedState
from kraken_tui.model.scan import Action, Reason, Regime, State
from kraken_tui.model.trading import Side
from kraken_tui.scanner import bars as minute_bars
from kraken_tui.scanner import kernel
from kraken_tui.scanner.compiled import shown
from kraken_tui.scanner.inputs import AccountColumns, Quote
from kraken_tui.scanner.outputs import fold
from kraken_tui.scanner.parameters import parameters_of, record
from kraken_tui.scanner.result import ScanResult, Transition
from kraken_tui.scanner.state import MAX_TICKS, Market, Row, ScannerState
from kraken_tui.scanner.stops import atr_distance, initial_stop

FUNCTIONS = 61
"""About how many functions numba compiles for a scan, its own among them."""

STATES, REASONS, REGIMES = tuple(State), tuple(Reason), tuple(Regime)

_PICKED = np.array([[Row.BEFORE], [Row.STATE], [Row.REASON], [Row.ACTION], [Row.WANTED_STOP]])

_VIEWS = {
    "price": Row.PRICE,
    "velocity_ppm": Row.VELOCITY,
    "range_sum": Row.RANGE_SUM,
    "bars": Row.BARS,
    "state": Row.STATE,
    "reason": Row.REASON,
    "action": Row.ACTION,
    "arm_count": Row.COUNT,
    "arm_direction": Row.DIRECTION,
    "cooldown_left": Row.COOLDOWN,
    "wanted_stop": Row.WANTED_STOP,
}
"""Fields of a ScanResult that are rows of the state."""


class Scanner:
    """Walks every ticker through the state machine, a step per scan.

    Args:
        instruments: the tickers, in the order of every array.
        settings: fixed for the scanner's life.
        shortable: per ticker, whether a short may be opened (a margin account whose pair allows it).
    """

    def __init__(self, instruments: Sequence[Instrument], settings: Settings, shortable: NDArray[np.bool_]) -> None:
        self.instruments = tuple(instruments)
        self.parameters = parameters_of(settings)
        self._record = record(self.parameters)
        self.state = ScannerState.empty(len(self.instruments), self.parameters)
        columns = self.state.columns
        columns[Row.SHORTABLE] = shortable
        columns[Row.DOLLAR] = [instrument.ticks_above(Decimal(1)) for instrument in self.instruments]
        self._quotes = np.zeros((len(Quote), len(self.instruments)), dtype=np.int64)
        self._views = {name: columns[row] for name, row in _VIEWS.items()}

    def compile(self, progress: Progress) -> None:
        """Compile, or load from the cache, everything that a scan runs; it takes seconds the first time only."""
        compile_scanner(progress)

    def warm(self, index: int, bars: Sequence[Bar]) -> None:
        """Give ticker `index` its past: closed one-minute bars, oldest first, at any time, replacing what it had.

        A bar that contradicts itself is left out, as a minute without a price.
        """
        honest = {
            bar.open_ns // MINUTE: (bar.open_ns // MINUTE, bar.high, bar.low, bar.close)
            for bar in bars
            if 0 < bar.low <= bar.close <= bar.high < MAX_TICKS
        }
        if not honest:
            return
        past = np.array(sorted(honest.values()), dtype=np.int64)
        state = self.state
        minute_bars.warm(index, past, state.columns, state.history, state.market, self._record)

    def scan(self, frame: Frame, account: AccountColumns, heat_ppm: int, paused: bool, number: int) -> ScanResult:
        """Advance every ticker by one scan.

        Args:
            frame: the market now.
            account: the account's last snapshot, as columns.
            heat_ppm: how much of the heat limit is used, 0 to 1,000,000.
            paused: the operator wants no entries.
            number: of the scan, handed through.
        """
        quotes, state = self._quotes, self.state
        np.copyto(quotes[Quote.BID], frame.bid)
        np.copyto(quotes[Quote.ASK], frame.ask)
        np.copyto(quotes[Quote.LISTED], frame.listed)
        live = frame.state is FeedState.LIVE
        count = kernel.scan(
            quotes, account.matrix, state.columns, state.history, state.market, self._record,
            frame.time_ns, live, heat_ppm, paused,
        )  # fmt: skip
        return self._result(frame.time_ns, number, count)

    def _result(self, time_ns: int, number: int, count: int) -> ScanResult:
        market = self.state.market
        regime = int(market[Market.REGIME])
        intents: list[Intent] = []
        transitions: list[Transition] = []
        if count > 0:
            changed = self.state.columns[Row.CHANGED, :count]
            picked = self.state.columns[_PICKED, changed].tolist()
            for i, before, state, reason, action, stop in zip(changed.tolist(), *picked, strict=True):
                if before != state:
                    transitions.append(Transition(i, STATES[before], STATES[state], REASONS[reason]))
                if action != Action.NONE:
                    intents.append(self._intent(i, action, REASONS[reason].name, stop))
        return ScanResult(
            scan=number,
            time_ns=time_ns,
            skipped=int(market[Market.SKIPPED]),
            threshold_ppm=int(market[Market.THRESHOLD]),
            regime=REGIMES[regime] if regime >= 0 else None,
            atr_period=self.parameters.atr_period,
            intents=intents,
            transitions=transitions,
            **self._views,
        )

    def _intent(self, index: int, action: int, reason: str, stop: int) -> Intent:
        instrument = self.instruments[index]
        if action == Action.EXIT:
            return Exit(symbol=instrument.symbol, reason=reason)
        stop_price = instrument.price_of(stop)
        if action == Action.MOVE_STOP:
            return MoveStop(symbol=instrument.symbol, stop_price=stop_price, reason=reason)
        long = action == Action.ENTER_LONG
        paid = int(self._quotes[Quote.ASK if long else Quote.BID, index])
        return Enter(
            symbol=instrument.symbol,
            side=Side.BUY if long else Side.SELL,
            price=instrument.price_of(paid),
            stop_price=stop_price,
            reason=reason,
        )

    def entry_stop(self, index: int, side: Side, limit: Decimal | None = None) -> Decimal | None:
        """Where the stop of an entry into ticker `index` would go now, by the ATR and its floor.

        Args:
            index: the ticker's place.
            side: of the entry.
            limit: where it would rest; None: at market.

        Returns:
            The price; None while the ATR warms, without a sound price, or where no stop could rest.
        """
        column = self.state.columns[:, index]
        bid, ask = int(self._quotes[Quote.BID, index]), int(self._quotes[Quote.ASK, index])
        if column[Row.BARS] < self.parameters.atr_period or column[Row.PRICE] <= 0 or not 0 < bid <= ask:
            return None
        instrument = self.instruments[index]
        price, dollar, range_sum = (int(column[row]) for row in (Row.PRICE, Row.DOLLAR, Row.RANGE_SUM))
        if limit is not None:
            paid, spread = instrument.ticks_of(limit), ask - bid
            bid, ask = (paid - spread, paid) if side is Side.BUY else (paid, paid + spread)
        distance = atr_distance(price, dollar, range_sum, self.parameters)
        stop = initial_stop(side.sign, bid, ask, price, distance, self.parameters)
        return instrument.price_of(stop) if stop > 0 else None

    def atr(self, index: int) -> float | None:
        """The ATR of ticker `index` in price units, for display; None while it warms."""
        columns = self.state.columns
        if columns[Row.BARS, index] < self.parameters.atr_period:
            return None
        tick = float(self.instruments[index].tick)
        return float(columns[Row.RANGE_SUM, index]) / self.parameters.atr_period * tick


def compile_scanner(progress: Progress) -> None:
    """Run every compiled function once on an empty market; from numba's cache that takes a fraction of a second."""
    parameters = parameters_of(Settings())
    values, state = record(parameters), ScannerState.empty(1, parameters)
    quotes, account = np.zeros((len(Quote), 1), dtype=np.int64), AccountColumns(1)
    past = np.ones((1, 4), dtype=np.int64)
    with shown("compiling the scanner", FUNCTIONS, progress):
        minute_bars.warm(0, past, state.columns, state.history, state.market, values)
        kernel.scan(
            quotes, account.matrix, state.columns, state.history, state.market, values, 0, True, 0, False
        )  # fmt: skip
        row = state.columns[Row.PRICE]
        fold(row, row, row, row, row, row, row, row, np.zeros(1, dtype=np.int16), np.zeros(16, dtype=np.int64))
