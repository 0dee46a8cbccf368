"""What stays the same while an engine runs."""

import os
from collections.abc import Sequence

import numpy as np

from kraken_tui import __version__
from kraken_tui.agent.help import HELP_LINES
from kraken_tui.config.home import Home, Mode
from kraken_tui.config.settings import Settings
from kraken_tui.engine.engine import groups_of
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.snapshot import Roster


def roster_of(
    home: Home, settings: Settings, market: str, instruments: Sequence[Instrument] = (), *, speed: float = 1.0
) -> Roster:
    """What screens are told of an engine; without instruments while its market is not open yet."""
    margin = settings.account == "margin"
    leverage = [row.effective_leverage(settings.leverage) if margin else 1 for row in instruments]
    return Roster(
        version=__version__,
        mode=home.mode.upper(),
        account=settings.account,
        market=market,
        home=str(home.root),
        pid=os.getpid(),
        symbols=tuple(row.symbol for row in instruments),
        groups=groups_of(instruments, settings.GROUPS),
        price_decimals=np.array([row.price_decimals for row in instruments], np.uint8).tobytes(),
        leverage=np.array(leverage, np.uint8).tobytes(),
        asked_leverage=settings.leverage,
        poll_interval=settings.POLL_INTERVAL,
        arm_persistence=settings.ARM_PERSISTENCE,
        options=_options(home, settings, market, speed),
        commands=HELP_LINES,
    )


def _options(home: Home, settings: Settings, market: str, speed: float) -> tuple[str, ...]:
    """What `config.json` does not say. No seed and no duration: a seed sets the books aside, the time is over."""
    place = ("--demo",) if market == "demo" else ("--market", market)
    return (
        *(place if market != settings.MARKET else ()),
        *(("--live",) if home.mode != Mode.PAPER else ()),
        *(("--speed", f"{speed:g}") if speed != 1 else ()),
    )
