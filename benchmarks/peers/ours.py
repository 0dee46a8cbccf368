"""What both of our candle engines are given: settings, periods, and the common rules as an operator's strategy."""

import shutil
from pathlib import Path

from benchmarks.peers.engines import common
from kraken_tui import clock
from kraken_tui.config.home import Home
from kraken_tui.config.settings import HeatLimit, Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.recorded_part import Part
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.own_files import folder_of, own_strategies, trust

STRATEGY = Path(__file__).with_name("common_strategy.py")
RISK = 0.0006
"""Percent of a million that a stop of two ATRs, some 0.6 %, may lose: about 1,000 USD a trade."""


def settings() -> Settings:
    """No limit over all pairs, no spread, no slippage, no cooldown: as the others have it."""
    return Settings.model_validate(
        {
            "SCANNER_TRADES": False, "AUTOPILOT": "auto", "PAPER_BALANCE": common.CASH,
            "PAPER_TAKER_FEE": 100 * common.FEE, "PAPER_MAKER_FEE": 100 * common.FEE, "PAPER_ACCOUNT": "cash",
            "RECORDED_SPREAD": 0, "RISK_PER_TRADE": RISK, "MAX_ACTIVE_RISK": None, "DRAWDOWN_TIERS": [],
            "HEAT": HeatLimit(trades=500, exposure=1_000_000), "HEAT_GROUPS": {}, "FEES_DECIDE": False,
            "COOLDOWN_LOSS": 0, "MAX_SLIPPAGE": None, "TRAJECTORY": "off",
        }
    )  # fmt: skip


def config() -> TradingConfig:
    """The common periods, and no filter besides the strategy's own."""
    return TradingConfig(
        STRATEGIES=[STRATEGY.stem], RSI_PERIOD=common.RSI, ATR_PERIOD=common.ATR, FAST_MEAN=2, SLOW_MEAN=common.MEAN,
        VOLUME_PERIOD=common.VOLUMES, VOLATILITY_PERIOD=2, CALM_PERIOD=3, CHOPPINESS_PERIOD=2, CHANNEL_PERIOD=2,
        QUIET_VOLATILITY=0, QUIET_TRADED=0, HYSTERESIS=1, STOP_ATRS=common.STOP_ATRS, MIN_DAY_VOLUME=0, MIN_AGE=1,
        MAX_SPREAD=100, MAX_CANDLE_RANGE=1000,
    )  # fmt: skip


def strategy_in(root: Path) -> Strategy:
    """The common rules, loaded as an operator's own file is, from a home made for it."""
    home = Home(root)
    folder_of(home).mkdir(parents=True)
    shutil.copy(STRATEGY, folder_of(home))
    trust(home, STRATEGY.name)
    [own] = own_strategies(home)
    if own.strategy is None:
        raise SystemExit(f"{own.path}: {own.state}")
    return own.strategy


def part_of(folder: Path, pairs: int, begin_s: float, end_s: float) -> Part:
    """The first pairs, from and to so many seconds after the first candle."""
    rows = common.candles_of(common.Job(folder, 1, 1, "", 0, ""))
    first_s = int(rows[0, 0, 0])
    return Part(
        symbols=tuple(f"{name}/USD" for name in common.names(pairs)),
        begin_ns=int((first_s + begin_s) * clock.SECOND), end_ns=int((first_s + end_s) * clock.SECOND),
    )  # fmt: skip
