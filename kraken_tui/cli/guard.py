"""`kraken-tui guard`: a second process, without exchange keys, that watches the engine and says when it is down."""

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import typer

from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.cli.early import EXCHANGE_KEYS
from kraken_tui.config.home import Home, Mode
from kraken_tui.model.errors import SafetyRefusal, UsageError

if TYPE_CHECKING:
    from kraken_tui.config.settings import Settings
    from kraken_tui.notify.channel import Channel

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def guard(context: typer.Context, home: HomeOption = None) -> None:
    """Watch this home's engine: tell when it is down and when it is back; restart it where GUARD_RESTART is true."""
    for name in EXCHANGE_KEYS:
        os.environ.pop(name, None)
    from kraken_tui.config.load import home_in_mode
    from kraken_tui.notify.outlet import make_channels
    from kraken_tui.runtime.lock import EngineLock

    where, settings = home_in_mode(home_of(context, home).root, os.environ)
    word = _word(where, settings)
    channels, faults = make_channels(where, settings, os.environ)
    told = {
        name: channel for name, channel in channels.items() if name in settings.NOTIFY_EVENTS.get("engine_down", ())
    }
    if not told and faults:
        raise SafetyRefusal("\n".join(faults))
    if not told and not settings.GUARD_RESTART:
        raise UsageError(
            "a guard has nothing to do: NOTIFY_EVENTS names no channel for engine_down that has somewhere to go "
            "(NOTIFY_SMS_TO, NOTIFY_WEBHOOK_URL, or bell), and GUARD_RESTART is false"
        )
    refusal = f"another guard (pid {{pid}}) watches {where.root}"
    with EngineLock(where.state / "guard.lock", refusal=refusal):
        asyncio.run(_run(where, settings, told, faults, word))


def _word(home: Home, settings: "Settings") -> str:
    """What confirms LIVE for an engine that is started again; nobody can be asked then."""
    from kraken_tui.config.live_gate import WORD_NAME

    if home.mode == Mode.PAPER or not settings.GUARD_RESTART:
        return ""
    if not (word := os.environ.get(WORD_NAME, "").strip()):
        raise SafetyRefusal(
            f"GUARD_RESTART is true and MODE is LIVE: the guard starts no engine that trades real money unless "
            f"{WORD_NAME} is set to the account's name in its environment (kraken-tui doctor prints it); set it, or "
            "set GUARD_RESTART to false"
        )
    return word


async def _run(home: Home, settings: "Settings", channels: "dict[str, Channel]", faults: list[str], word: str) -> None:
    from kraken_tui.cli.guarding import Guarding, say

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, stopping.set)
    for fault in faults:
        say(fault)
    try:
        await Guarding(home, settings, channels, word).run(stopping)
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
