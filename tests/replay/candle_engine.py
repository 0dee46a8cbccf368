"""The backtest's own engine over recorded candles, and the replay of candles over the same: what must be equal."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.cli.recording import run_recording
from kraken_tui.config.home import Home
from kraken_tui.config.load import look_at_settings
from kraken_tui.config.trading_config import TradingConfig, load_trading
from kraken_tui.engine.engine import groups_of
from kraken_tui.market.recorded_part import Part
from kraken_tui.model.trading import Trade
from kraken_tui.replay.candles.history import candle_history
from kraken_tui.replay.candles.run import CandleReplayed, replay_candles
from kraken_tui.runtime.options import Watched
from kraken_tui.strategy.own_files import own_strategies
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN

AUTOPILOT = {"SCANNER_TRADES": False, "AUTOPILOT": "auto", "TRAJECTORY": "off"}


class Made(Struct, frozen=True):
    """What the engine made."""

    trades: list[Trade]
    open: list[str]
    fees: Decimal


def home_with(root: Path, settings: dict[str, Any], trading: dict[str, Any]) -> Home:
    """A home with these settings."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "config.json").write_text(json.dumps({**AUTOPILOT, **settings}))
    (root / "trading.json").write_text(TradingConfig.model_validate(trading).model_dump_json())
    return Home(root)


def by_engine(path: Path, home: Home, part: Part) -> Made:
    """As `kraken-tui backtest` runs it."""
    trades, held = list[Trade](), list[str]()

    def watch(seen: Watched) -> None:
        trades.extend(seen.account.trades[len(trades) :])
        held[:] = sorted(row.symbol for row in seen.account.positions())

    summary, _ = run_recording(path, home.root, part, watch)
    return Made(trades, held, Decimal(summary.fees))


def by_candles(path: Path, home: Home, part: Part, **more: Any) -> CandleReplayed:
    """The same by the replay of candles."""
    settings, config = look_at_settings(home, {}), load_trading(home)
    history = candle_history(path, part, settings)
    own = [row.strategy for row in own_strategies(home) if row.strategy is not None]
    groups = groups_of(history.instruments, settings.GROUPS)
    return replay_candles(history, groups, settings, config, (*BUILT_IN, *own), **more)


def plain(trade: Trade) -> Trade:
    """Without the sentences of its reasons."""
    name = trade.entered_for.partition(":")[0]
    return replace(trade, entered_for=name, reason=trade.reason.partition(":")[0])


def differences(engine: Made, candles: CandleReplayed) -> list[str]:
    """What is not the same; empty where all is."""
    theirs, ours = [plain(trade) for trade in engine.trades], candles.trades
    told = [f"{a}\n  is not\n{b}" for a, b in zip(theirs, ours, strict=False) if a != b][:1]
    if len(theirs) != len(ours):
        told.append(f"{len(theirs)} trades, and {len(ours)}")
    if (sorted(candles.open), candles.fees) != (engine.open, engine.fees):
        told.append(f"open {engine.open}, fees {engine.fees}; and {sorted(candles.open)}, {candles.fees}")
    return told
