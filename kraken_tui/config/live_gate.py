"""What must be written, asked for and closed to others before anything is traded with real money."""

import os
import stat
from pathlib import Path

from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings

NEEDED = ("DAILY_LOSS_LIMIT", "RISK_PER_TRADE", "MAX_CAPITAL")
WORD_NAME = "KRAKEN_TUI_LIVE"
"""The environment's name for the typed confirmation."""


def missing_settings(settings: Settings, market: str) -> list[str]:
    """What keeps these settings from trading LIVE; none where nothing does.

    Args:
        settings: MODE is LIVE.
        market: where prices would come from.
    """
    faults = [
        f"{name} is not written in config.json: LIVE takes no default for it"
        for name in NEEDED
        if getattr(settings, name) is None
    ]
    if market != "kraken":
        faults.append(f"the market is {market}: LIVE trades at Kraken's own prices only (MARKET kraken)")
    if settings.LIVE_LEVERAGE > 1 and settings.LIVE_ACCOUNT == "cash":
        faults.append(
            f"LIVE_LEVERAGE is {settings.LIVE_LEVERAGE} and LIVE_ACCOUNT is cash: "
            "a cash account has no leverage; set LIVE_LEVERAGE to 1, or LIVE_ACCOUNT to margin"
        )
    return faults


def missing_words(asked_live: bool, word: str) -> list[str]:
    """What of the operator's two words is missing."""
    faults = [] if asked_live else ["--live is not given: MODE LIVE alone starts nothing"]
    if not word:
        faults.append(
            f"nobody confirmed: type the account's name on a terminal, or set {WORD_NAME} to it "
            "(kraken-tui doctor prints it)"
        )
    return faults


def open_to_others(home: Home) -> list[str]:
    """Where somebody else could change what a LIVE engine reads or remembers; none where nobody can."""
    ours = [home.root, home.config, home.env, home.root / "state", home.state, home.lock, home.journal]
    faults = [fault for path in ours if (fault := _writable(path, sticky_is_fine=False))]
    return faults + [fault for path in home.root.parents if (fault := _writable(path, sticky_is_fine=True))]


def _writable(path: Path, *, sticky_is_fine: bool) -> str:
    try:
        found = path.stat()
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{path}: can't be looked at: {error.strerror}"
    if found.st_uid not in (0, os.getuid()):
        return f"{path}: belongs to user {found.st_uid}, who may change it: chown it"
    by_others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not by_others or (sticky_is_fine and found.st_mode & stat.S_ISVTX):
        return ""
    return f"{path}: others may write to it (mode {stat.S_IMODE(found.st_mode):04o}): chmod go-w {path}"


def local_faults(home: Home, settings: Settings, market: str) -> list[str]:
    """All that can be seen without asking anybody."""
    return missing_settings(settings, market) + open_to_others(home)
