"""What decides: the gate with what it remembers, and the autopilot with its strategies, made from the settings."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.config.symbols import configured_symbols
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.engine.decider import Decider
from kraken_tui.engine.learned_gate import LearnedGate
from kraken_tui.engine.pilot import Pilot
from kraken_tui.engine.records import Records
from kraken_tui.execution.gatekeeping import Venue as GateVenue
from kraken_tui.execution.trader import Trader
from kraken_tui.risk.filters import Filters
from kraken_tui.risk.kill_switch_file import KillSwitch
from kraken_tui.risk.pauses import Pauses
from kraken_tui.risk.trading_day import zone_of
from kraken_tui.risk.trading_limits import Limits, TallyFile
from kraken_tui.runtime.markets import Market
from kraken_tui.runtime.venues import Reports, Venue
from kraken_tui.store.evaluation_log import EvaluationLog
from kraken_tui.strategy.bounded import bounded
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.own_files import own_strategies
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN


def make_gate(
    market: Market,
    settings: Settings,
    venue: Venue,
    config: TradingConfig,
    groups: Mapping[str, str],
    log: EvaluationLog,
) -> LearnedGate:
    """The gate, with what it remembers in the books' folder."""
    home, zone = market.home, zone_of(settings.RESET_TIMEZONE)
    limits = Limits(
        trades=settings.MAX_TRADES_PER_DAY, symbol_trades=settings.MAX_TRADES_PER_SYMBOL,
        losses=settings.MAX_LOSSES_IN_A_ROW, zone=zone,
    )  # fmt: skip
    gate = LearnedGate(
        instruments=market.feed.instruments, groups=lambda symbol: groups.get(symbol, "Alts"), settings=settings,
        clock=market.clock, board=market.board,
        venue=GateVenue(
            mode=home.mode.upper(), margin=settings.account == "margin", fees=venue.fees, status=venue.status,
            budget=venue.blocks, measures=market.name != "demo",
        ),
        kill=KillSwitch(home.books / "kill_switch.json", settings.DAILY_LOSS_LIMIT, zone),
        tally=TallyFile(home.books / "trading_limits.json", limits),
        filters=Filters(
            least_volume=Decimal(str(config.MIN_DAY_VOLUME)), most_spread=Decimal(str(config.MAX_SPREAD)),
            least_candles=config.MIN_AGE, allow=frozenset(config.ALLOW) or None,
            deny=frozenset((*config.DENY, *_only_held(market, settings))),
        ),
        log=log,
    )  # fmt: skip
    gate.pauses = Pauses(zone)
    return gate


def _only_held(market: Market, settings: Settings) -> list[str]:
    """Pairs that are watched as something of them is held, and for nothing else."""
    wanted = configured_symbols(settings)
    if wanted is None or market.name not in ("demo", "kraken"):
        return []
    return [row.symbol for row in market.feed.instruments if row.symbol not in wanted]


def loaded_strategies(home: Home, tell: Callable[[str, str], None]) -> tuple[Strategy, ...]:
    """Those of the house, and the operator's own as far as they are trusted; what is wrong with one is told."""
    own = own_strategies(home)
    for row in own:
        if not row.is_loaded:
            tell("alert", f"strategies/{row.path.name} is not loaded: {row.state}")
    return (*BUILT_IN, *(bounded(row.strategy) for row in own if row.strategy is not None))


def make_pilot(
    market: Market,
    settings: Settings,
    reports: Reports,
    trader: Trader,
    config: TradingConfig,
    records: Records,
    strategies: tuple[Strategy, ...],
) -> Pilot:
    """The autopilot, at the level that the settings say."""
    return Pilot(
        clock=market.clock, feed=market.feed, board=market.board, account=trader.account, desk=trader.desk,
        decider=Decider([row.symbol for row in market.feed.instruments], config, strategies),
        owner_of=trader.owner_of, level=settings.AUTOPILOT, tell=reports.tell, keep=records,
    )  # fmt: skip
