"""Compiles the fast replay before it is needed, so that nobody waits without knowing what for."""

import numpy as np

from kraken_tui.clock import Progress
from kraken_tui.config.instruments import load_instruments
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.replay.fast.scans import replay_scans
from kraken_tui.replay.fast.tape import tape_of_quotes
from kraken_tui.scanner.compiled import shown
from kraken_tui.scanner.scanner import Scanner

FUNCTIONS = 120
"""About how many functions are compiled on the way; for the progress alone."""


def warm_up(progress: Progress) -> None:
    """Compile the fast replay, or take it from the machine's cache, which a fraction of a second is enough for.

    Args:
        progress: told a title and a share from 0 to 1.
    """
    instruments = tuple(load_instruments().values())[:1]
    settings = Settings(AUTOPILOT="off")
    config = TradingConfig(MIN_DAY_VOLUME=0, MIN_AGE=1)
    with shown("compiling the replay", FUNCTIONS, progress):
        scanner = Scanner(instruments, settings, np.ones(1, np.bool_))
        replay_scans(scanner, tape_of_quotes([0], [[100]], [[101]]), ["Alts"], settings, config)
