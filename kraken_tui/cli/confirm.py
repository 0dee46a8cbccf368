"""Asks, before an engine trades with real money: shows what the check finds, and has the account's name typed."""

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from kraken_tui.cli.asked import Asked
from kraken_tui.config.home import Home, Mode
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.plain import plain

if TYPE_CHECKING:
    from kraken_tui.config.settings import Settings


def confirmed(asked: Asked, home: Home, settings: "Settings") -> str:
    """The word that confirms LIVE: from the environment, or typed on a terminal; empty on paper and where none is.

    The engine compares it with the account that the keys belong to, and refuses an empty one.

    Raises:
        SafetyRefusal: the check found what keeps LIVE from starting, or something else was typed.
        ExchangeUnreachable: Kraken does not answer.
        HomeLocked: another engine trades this account.
    """
    from kraken_tui.config.live_gate import WORD_NAME

    if home.mode == Mode.PAPER or not asked.live:
        return ""
    if word := os.environ.get(WORD_NAME, "").strip():
        return word
    if not (sys.stdin is not None and sys.stdin.isatty()):
        return ""
    return _typed(asked, home, settings)


def _typed(asked: Asked, home: Home, settings: "Settings") -> str:
    from kraken_tui.clock import SystemClock
    from kraken_tui.runtime.admission import refuse_blocked
    from kraken_tui.runtime.look import look

    found = asyncio.run(look(home, settings, os.environ, SystemClock(), asked.market or settings.MARKET))
    _say(*(row.line for row in found.findings))
    refuse_blocked(found, settings)
    money = "a sandbox's money" if home.mode == Mode.SANDBOX else "REAL MONEY"
    checked = " (VALIDATE: orders are checked, none is placed)" if settings.VALIDATE else ""
    _say(
        "",
        f"{home.mode.upper()}, {money}{checked}: account {found.account}, {settings.account}, leverage at most "
        f"{settings.leverage}, {settings.risk_percent:g} % at risk per trade, at most {settings.MAX_CAPITAL} USD "
        f"to size with, at most {settings.DAILY_LOSS_LIMIT:g} % of the account's whole equity lost per day.",
    )
    sys.stderr.write(plain(f"Type {found.account} to trade it: "))
    sys.stderr.flush()
    word = sys.stdin.readline().strip()
    if word != found.account:
        raise SafetyRefusal(f"not {found.account}: nothing was started")
    return word


def _say(*lines: str) -> None:
    print("\n".join(plain(line) for line in lines), file=sys.stderr)
