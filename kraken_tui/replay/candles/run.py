"""The autopilot over a history of candles: the trades of the engine, thousands of times faster.

`kraken-tui backtest` with AUTOPILOT auto and SCANNER_TRADES false makes these trades, in this order, to the last digit.
Calls come from `strategy.history`'s own parts, sizes from the gate's rules, fills from the paper exchange's; what the
compiled arithmetic can't tell for sure is asked of the engine's own code, and what is not modelled is refused.
"""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.errors import UsageError
from kraken_tui.model.trading import Position, Trade
from kraken_tui.replay.candles.bits import words_for
from kraken_tui.replay.candles.calls import Said, exact_stop, said_of
from kraken_tui.replay.candles.gate import CandleGate, call_trade
from kraken_tui.replay.candles.history import CandleHistory
from kraken_tui.replay.candles.limits import unmodelled
from kraken_tui.replay.candles.loop import advance
from kraken_tui.replay.candles.paths import undo
from kraken_tui.replay.candles.rows import Foreseen, Note, Rules, State, Wait
from kraken_tui.replay.candles.sizing import least_fees
from kraken_tui.replay.candles.sure_beliefs import foreseen
from kraken_tui.replay.fast.limits import REFUSALS
from kraken_tui.replay.fast.paper_gate import Around
from kraken_tui.replay.fast.paper_opening import books_of
from kraken_tui.replay.fast.paper_rows import Cursor, Purse, Refusal, Rule, Stop
from kraken_tui.replay.fast.trades import Replayed
from kraken_tui.scanner.parameters import Parameters, parameters_of
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.regimes import MEMORY
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN, enabled

Ints = NDArray[np.int64]


class CandleReplayed(Replayed, frozen=True, kw_only=True, eq=False):
    """What came of it; `scans` counts the rows that were looked at, at most."""

    strategies: tuple[Strategy, ...]
    left: tuple[tuple[Position, Decimal], ...]
    """What is open at the end, the oldest first, and the price at which it could be closed."""

    @property
    def trades(self) -> list[Trade]:
        """The same as the engine's values, but for the sentences of their reasons."""
        return [call_trade(row, self.instruments, self.strategies) for row in self.rows]


def replay_candles(
    history: CandleHistory,
    groups: Sequence[str],
    settings: Settings,
    config: TradingConfig,
    strategies: Sequence[Strategy] = BUILT_IN,
    *,
    measures: bool = True,
    always_ask: bool = False,
) -> CandleReplayed:
    """Trade a history from a fresh account.

    The history's tape is changed while this runs, and is as before afterwards: one run at a time in a process.

    Args:
        history: see `candle_history`.
        groups: the group of each ticker.
        settings: of the backtest.
        config: thresholds, periods, filters, and which strategies are on.
        strategies: those that are loaded.
        measures: whether trades teach what moves to expect, as on every market but a generated one.
        always_ask: leave every entry to the engine's own gate: slow, and the same.

    Raises:
        UsageError: something is set that is not modelled, or can't be done exactly.
    """
    on = enabled(strategies, config)
    watches = any(strategy.never for strategy in on)
    scanner = parameters_of(settings)
    if wrong := unmodelled(settings, history, on, _jumps(history, scanner) if watches else ""):
        raise UsageError("the replay of candles does not model: " + "; ".join(wrong))
    # Whom the lists keep out has no calls, so that the gate need not look.
    listed = config.model_copy(update={"ALLOW": [], "DENY": []}) if config.ALLOW or config.DENY else config
    around = Around(
        instruments=history.instruments, groups=tuple(groups), settings=settings, config=listed, measures=measures
    )
    return _Run(history, around, config, strategies, scanner, always_ask=always_ask).run()


class _Run:
    """The loop and the gate in turn, until the history is at its end."""

    def __init__(
        self, history: CandleHistory, around: Around, config: TradingConfig, strategies: Sequence[Strategy],
        scanner: Parameters, *, always_ask: bool,
    ) -> None:  # fmt: skip
        self._history, self._around, self._market = history, around, history.market
        self._books, on = books_of(around), enabled(strategies, config)
        told = foreseen(0)
        if any(strategy.never for strategy in on):
            told = history.foreseen(watched_numbers(scanner), config.HYSTERESIS)
        self._said = said = said_of(history, config, strategies, told.beliefs if len(told.beliefs) else None)
        self._state = _state_of(history, said)
        always_ask = always_ask or bool(self._books.rules[Rule.ASKS])
        self._rules = _rules_of(history, config, said, told, scanner, least_fees(self._books), always_ask=always_ask)
        self._cursor = np.zeros(len(Cursor), np.int64)
        self._kept: list[Ints] = []
        self._gate = CandleGate(
            around, self._market.tape, self._books, self._state, self._rules, said.calls, said.strategies
        )

    def run(self) -> CandleReplayed:
        market, note = self._market, self._state.note
        try:
            while True:
                stop = advance(
                    market.tape, market.places, market.rows, self._books, self._rules, self._said.calls, self._state,
                    self._cursor,
                )  # fmt: skip
                if stop == Stop.DONE:
                    return self._result()
                if stop == Stop.REFUSED:
                    raise self._refusal()
                self._answer(Stop(stop))
        finally:
            undo(market.tape, market.places, self._state.turned, int(note[Note.TURNED]))

    def _answer(self, stop: Stop) -> None:
        cursor, purse = self._cursor, self._books.purse
        if stop == Stop.DRAIN:
            self._keep()
            return
        ticker, candle = int(cursor[Cursor.TICKER]), int(cursor[Cursor.PLACE])
        if stop == Stop.ASKS_STOP:
            side = self._gate.side_of(candle)
            cursor[Cursor.STOP] = exact_stop(self._history, self._around.config, ticker, candle, side)
            return
        lots = self._gate.ask(int(cursor[Cursor.SCAN]), ticker, candle, int(cursor[Cursor.STOP]))
        if lots is None:
            purse[Purse.REFUSED], purse[Purse.REFUSED_TICKER] = Refusal.TIE, cursor[Cursor.TICKER]
            raise self._refusal()
        cursor[Cursor.ANSWER] = lots

    def _keep(self) -> None:
        purse = self._books.purse
        self._kept.append(self._books.trades[: purse[Purse.CLOSED]].copy())
        purse[Purse.CLOSED] = self._state.note[Note.COUNTED] = 0

    def _refusal(self) -> UsageError:
        purse, s = self._books.purse, int(self._cursor[Cursor.SCAN])
        symbol = self._history.instruments[int(purse[Purse.REFUSED_TICKER])].symbol
        why = REFUSALS[Refusal(int(purse[Purse.REFUSED]))]
        scan = int(self._market.places.scan[s])
        return UsageError(
            f"the replay of candles stops at scan {scan}, {symbol}: {why}; the engine itself can replay it"
        )

    def _result(self) -> CandleReplayed:
        self._keep()
        books, instruments = self._books, self._history.instruments
        purse, unit = books.purse, Decimal(int(books.rules[Rule.UNIT]))
        left = sorted(self._gate.marked(self._market.tape.time_ns.size - 1), key=lambda held: held[0].opened_ns)
        return CandleReplayed(
            rows=np.concatenate(self._kept), instruments=instruments, scans=self._market.rows,
            entries=int(purse[Purse.ENTRIES]), asked=int(purse[Purse.ASKED]),
            realised=Decimal(int(purse[Purse.REALISED])) / unit, fees=Decimal(int(purse[Purse.FEES])) / unit,
            open=tuple(instruments[i].symbol for i in books.order[: purse[Purse.OPEN]]),
            strategies=self._said.strategies, left=tuple(left),
            unrealised=sum((row.profit_at(price) for row, price in left), Decimal(0)),
        )  # fmt: skip


def _state_of(history: CandleHistory, said: Said) -> State:
    count, places = len(history.instruments), history.market.places
    rows = len(places.scan)
    note = np.zeros(len(Note), np.int64)
    note[Note.AGE], note[Note.ALIVE] = MEMORY, -1
    closings = len(places.closings) if said.watches else 0  # only what is believed of the market goes by it
    return State(
        wait=np.zeros((len(Wait), count), np.int64), order=np.zeros(count, np.int64), note=note,
        turned=np.empty((rows * count // 3 + count, 2), np.int64),
        held=np.zeros((closings, 2, words_for(count)), np.uint64), mids=np.zeros((2, count), np.int64),
        free=np.zeros(words_for(count), np.uint64),
        moves=np.zeros((2, max(1, len(said.strategies)))),
    )  # fmt: skip


def watched_numbers(scanner: Parameters) -> Ints:
    """What of the scanner's parameters the market's regime goes by."""
    p = scanner
    return np.array([p.lookback, p.regime_window, p.regime_low_vol, p.regime_dispersion, p.regime_mix], np.int64)


def _rules_of(
    history: CandleHistory, config: TradingConfig, said: Said, told: Foreseen, scanner: Parameters,
    least: tuple[float, float], *, always_ask: bool,
) -> Rules:  # fmt: skip
    numbers = np.array([config.HYSTERESIS, MEMORY, said.watches, always_ask], np.int64)
    maker = np.array([strategy.maker for strategy in said.strategies] or [False])
    return Rules(
        ends=said.words.ends, enter=said.words.enter, choices=said.choices, offsets=history.recording.offsets,
        maker=maker, foreseen=told, scanner=watched_numbers(scanner), numbers=numbers,
        least=np.array([least[strategy.maker] for strategy in said.strategies] or [0.0]),
    )  # fmt: skip


def _jumps(history: CandleHistory, scanner: Parameters) -> str:
    """A ticker whose price jumps beyond MAX_JUMP; empty where none does."""
    found = history.jumps(scanner.max_jump)
    return "" if found < 0 else history.instruments[found].symbol
