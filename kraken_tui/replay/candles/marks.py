"""What of the market a report shows besides trades: prices every five minutes, and its regime at each closing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.scan import Regime
from kraken_tui.model.trading import Position, Trade
from kraken_tui.replay.candles.history import CandleHistory
from kraken_tui.replay.candles.paths import turn_for, undo
from kraken_tui.replay.candles.run import watched_numbers
from kraken_tui.replay.results.marked_curve import Marks
from kraken_tui.replay.results.recorder import EVERY_NS
from kraken_tui.replay.results.trades import UNKNOWN, Regimes
from kraken_tui.scanner.parameters import parameters_of


def scans_of(history: CandleHistory) -> int:
    """How often an engine scans it: at its begin, then every so often, until one finds that it is over."""
    return int(history.market.places.scan[history.market.rows - 1]) + 1


def marks_of(history: CandleHistory, trades: Sequence[Trade], left: Sequence[Position]) -> Marks:
    """Bids and asks, as whoever made these trades saw them, at the times at which `Recorder` notes a run's equity.

    The history's tape is changed meanwhile, as by `replay_candles`.
    """
    interval_ns, last = history.recording.interval_ns, scans_of(history) - 1
    scans = np.unique(np.append(np.arange(0, last, -(-EVERY_NS // interval_ns)), last))
    tape, places, _ = history.market
    turned = np.empty((np.count_nonzero(np.abs(places.mark) == 1), 2), np.int64)
    count = turn_for(tape, places, _held(history, trades, left), turned)
    rows = np.searchsorted(places.scan[: history.market.rows], scans, "right") - 1
    bid, ask = tape.bid[rows], tape.ask[rows]
    undo(tape, places, turned, count)
    ticks = np.array([float(row.tick) for row in history.instruments])
    is_sound = (bid > 0) & (ask >= bid)
    return Marks(
        times_ns=history.begin_ns + scans * interval_ns, symbols=tuple(row.symbol for row in history.instruments),
        bid=np.where(is_sound, bid * ticks, 0.0), ask=np.where(is_sound, ask * ticks, 0.0),
    )  # fmt: skip


def _held(history: CandleHistory, trades: Sequence[Trade], left: Sequence[Position]) -> NDArray[np.int64]:
    """See `paths.turn_for`. Before it was opened it may have waited, from a closing on, and stood the other way."""
    numbers = {row.symbol: number for number, row in enumerate(history.instruments)}
    times, last = history.market.tape.time_ns, history.market.rows - 1
    closings, held = history.market.places.closings, list[tuple[int, int, int, int]]()
    rows: list[Trade | Position] = [*trades, *left]
    for row in rows:
        i, side, opened = numbers[row.symbol], row.side.sign, int(np.searchsorted(times, row.opened_ns))
        heard = max(0, int(np.searchsorted(closings, opened, "right")) - 1)
        ended = int(np.searchsorted(times, row.closed_ns)) if isinstance(row, Trade) else last
        held += [(i, -side, int(closings[heard]), opened), (i, side, opened, ended)]
    return np.array(held, np.int64).reshape(-1, 4)


def market_regimes(history: CandleHistory, settings: Settings, config: TradingConfig) -> Regimes:
    """The market's regime at each closing, as the scanner tells it; `unknown` where it goes by who trades."""
    regimes, places, scanner = Regimes(), history.market.places, parameters_of(settings)
    if history.jumps(scanner.max_jump) >= 0:
        return regimes  # the scanner may hide a ticker that jumps
    told, closings = history.foreseen(watched_numbers(scanner), config.HYSTERESIS), places.closings
    for row, seen, sure in zip(closings.tolist(), told.regimes.tolist(), told.sure.tolist(), strict=True):
        if row < history.market.rows:
            regimes.tell(int(history.market.tape.time_ns[row]), Regime(seen).name if sure and seen >= 0 else UNKNOWN)
    return regimes
