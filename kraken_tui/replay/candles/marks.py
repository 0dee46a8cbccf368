"""What of the market a report shows besides trades: prices every five minutes, and its regime at each closing."""

from decimal import Decimal

import numpy as np

from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.scan import Regime
from kraken_tui.model.trading import Position, Side
from kraken_tui.replay.candles.history import CandleHistory
from kraken_tui.replay.candles.run import watched_numbers
from kraken_tui.replay.fast.paper_books import met, sound
from kraken_tui.replay.results.marked_curve import Marks
from kraken_tui.replay.results.recorder import EVERY_NS
from kraken_tui.replay.results.trades import UNKNOWN, Regimes
from kraken_tui.scanner.parameters import parameters_of


def scans_of(history: CandleHistory) -> int:
    """How often an engine scans it: at its begin, then every so often, until one finds that it is over."""
    return int(history.market.places.scan[history.market.rows - 1]) + 1


def marks_of(history: CandleHistory) -> Marks:
    """Bids and asks at the times at which `Recorder` notes the equity of a run over the same history.

    A candle that was turned against what was held shows its own order of prices here.
    """
    interval_ns, last = history.recording.interval_ns, scans_of(history) - 1
    scans = np.unique(np.append(np.arange(0, last, -(-EVERY_NS // interval_ns)), last))
    tape, places = history.market.tape, history.market.places
    rows = np.searchsorted(places.scan[: history.market.rows], scans, "right") - 1
    ticks = np.array([float(row.tick) for row in history.instruments])
    sound = (tape.bid[rows] > 0) & (tape.ask[rows] >= tape.bid[rows])
    return Marks(
        times_ns=history.begin_ns + scans * interval_ns, symbols=tuple(row.symbol for row in history.instruments),
        bid=np.where(sound, tape.bid[rows] * ticks, 0.0), ask=np.where(sound, tape.ask[rows] * ticks, 0.0),
    )  # fmt: skip


def last_mark(history: CandleHistory, position: Position) -> Decimal:
    """The price at which a position could be closed at the end; what it cost where there is none."""
    tape, symbols = history.market.tape, [row.symbol for row in history.instruments]
    i, last = symbols.index(position.symbol), tape.time_ns.size - 1
    if not sound(tape, last, i):
        return position.entry_price
    return history.instruments[i].price_of(met(tape, last, i, position.side is Side.SELL))


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
