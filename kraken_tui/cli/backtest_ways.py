"""The two ways of a backtest: the whole engine, or its trades alone, out of one compiled loop."""

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from kraken_tui import clock
from kraken_tui.cli.backtest import SCANNER
from kraken_tui.cli.progress import ProgressLine
from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig, load_trading, trading_text
from kraken_tui.learning.equity_curve import Curve
from kraken_tui.market.recorded_part import Part
from kraken_tui.model.trading import Trade
from kraken_tui.replay.results.trades import Regimes
from kraken_tui.runtime.options import RunSummary, Watched

if TYPE_CHECKING:
    from kraken_tui.replay.candles.run import CandleReplayed


class Asked(Struct, frozen=True, kw_only=True):
    """What is to be traded, and how."""

    path: Path
    """Of the recording."""
    part: Part
    home: Home
    """Whose settings and strategies are taken; nothing in it is touched."""
    chosen: list[str]
    """Who trades: the scanner, and strategies of the autopilot."""
    costs: dict[str, object]
    """Settings of fees and spread that were asked for."""

    @property
    def config(self) -> TradingConfig:
        """`trading.json`, with these strategies on."""
        names = [name for name in self.chosen if name != SCANNER]
        return load_trading(self.home).model_copy(update={"STRATEGIES": names})


class Ran(Struct, frozen=True, kw_only=True):
    """What came of it."""

    summary: RunSummary
    took_s: float
    trades: list[Trade]
    curve: Curve | None
    """None where nothing was played."""
    regimes: Regimes
    notes: tuple[str, ...] = ()
    """What of the settings did not count."""


def by_engine(asked: Asked, keep: Path | None) -> Ran:
    """Play it with the engine that trades live, in a home of its own.

    Args:
        asked: what.
        keep: a folder that becomes that home; None takes one that is gone afterwards.

    Raises:
        UsageError: nothing there can be played, or `keep` holds something.
        KeyboardInterrupt: it was stopped before the end of the recording.
    """
    from kraken_tui.cli.recording import own_home, run_recording
    from kraken_tui.replay.results.recorder import Recorder

    recorder, trades, chosen = Recorder(), list[Trade](), asked.chosen

    def watch(seen: Watched) -> None:
        recorder.note(seen.time_ns, seen.status.totals().equity, seen.regime)
        trades.extend(seen.account.trades[len(trades) :])

    changes = {"SCANNER_TRADES": SCANNER in chosen, "AUTOPILOT": "auto" if set(chosen) - {SCANNER} else "off"}
    with own_home(asked.home, keep, {**changes, **asked.costs}) as root:
        (root / "trading.json").write_text(trading_text(asked.config), encoding="utf-8")
        summary, took_s = run_recording(asked.path, root, asked.part, watch)
    return Ran(summary=summary, took_s=took_s, trades=trades, curve=recorder.curve(), regimes=recorder.regimes)


def by_candles(asked: Asked) -> Ran:
    """The autopilot's trades alone, to the last digit, out of the loop that `optimize` runs.

    Raises:
        UsageError: nothing there can be played, or something is not modelled.
    """
    from kraken_tui.config.load import look_at_settings
    from kraken_tui.engine.engine import groups_of
    from kraken_tui.replay.candles.history import candle_history
    from kraken_tui.replay.candles.marks import market_regimes, marks_of, scans_of
    from kraken_tui.replay.candles.run import replay_candles
    from kraken_tui.replay.results.marked_curve import marked_curve
    from kraken_tui.replay.search.candle_engine import AT_REST, strategies_of
    from kraken_tui.replay.search.prepare import at_rest

    line, began_ns = ProgressLine(), clock.stopwatch_ns()
    written = look_at_settings(asked.home, {}).model_dump(mode="json", exclude_unset=True)
    wanted = Settings.model_validate({**written, **asked.costs})
    settings, config, notes = at_rest(wanted, asked.config, dict(AT_REST), {})
    for note in notes:
        line.say(note)
    line("Reading; what is new is compiled first", 0.0)
    try:
        history = candle_history(asked.path, asked.part, settings)
        groups = groups_of(history.instruments, settings.GROUPS)
        made = replay_candles(history, groups, settings, config, strategies_of(asked.home))
        line("Traded", 1.0)
    finally:
        line.stop()
    took_s, trades, taker = (clock.stopwatch_ns() - began_ns) / clock.SECOND, made.trades, settings.PAPER_TAKER_FEE
    left = [row for row, _ in made.left]
    return Ran(
        summary=_summary(made, trades, scans_of(history), settings), took_s=took_s, trades=trades,
        curve=marked_curve(trades, left, marks_of(history, trades, left), settings.PAPER_BALANCE, taker, made.fees),
        regimes=market_regimes(history, settings, config), notes=tuple(notes),
    )  # fmt: skip


def _summary(made: "CandleReplayed", trades: list[Trade], scans: int, settings: Settings) -> RunSummary:
    from msgspec import to_builtins

    from kraken_tui.account.status_service import position_row
    from kraken_tui.runtime.summary import told_money, told_trade

    decimals, taker = {row.symbol: row.price_decimals for row in made.instruments}, settings.PAPER_TAKER_FEE
    left = (position_row(row, price, decimals[row.symbol], taker) for row, price in made.left)
    return RunSummary(
        scans=scans, transitions={}, trades=[told_trade(row) for row in trades],
        open_positions=[to_builtins(row) for row in left], realised_pnl=told_money(made.realised),
        unrealised_pnl=told_money(made.unrealised), fees=told_money(made.fees),
        equity=told_money(settings.PAPER_BALANCE + made.realised + made.unrealised - made.fees),
        worst_scan_us=0, stopped=False,
    )  # fmt: skip
