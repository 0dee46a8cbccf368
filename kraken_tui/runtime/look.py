"""Looks at all that LIVE needs without starting it: for `kraken-tui doctor`, and before the operator confirms."""

from collections.abc import Mapping

import msgspec

from kraken_tui.clock import Clock
from kraken_tui.config.home import Home, Mode
from kraken_tui.config.keys import Keys, read_keys
from kraken_tui.config.live_gate import missing_settings, open_to_others
from kraken_tui.config.settings import Settings
from kraken_tui.config.symbols import configured_symbols
from kraken_tui.exchange.exchange_manager import ExchangeManager
from kraken_tui.exchange.live.findings import Finding, ok, refuse, warn
from kraken_tui.exchange.live.start_check import StartCheck, check
from kraken_tui.model.errors import ExchangeUnreachable, RetryLater, SafetyRefusal
from kraken_tui.runtime.lock import only_trader


async def look(home: Home, settings: Settings, environ: Mapping[str, str], clock: Clock, market: str) -> StartCheck:
    """Every finding; on paper those only that need no key, as none is read.

    Args:
        home: in the mode of `settings`.
        settings: the home's.
        environ: where keys may be.
        clock: the wall's.
        market: where prices would come from.

    Raises:
        ExchangeUnreachable: Kraken does not answer.
        HomeLocked: an engine trades this account at this moment.
    """
    findings = local_findings(home, settings, market)
    found = StartCheck(findings=tuple(findings), account="", fees=None)
    if home.mode == Mode.PAPER:
        return found
    try:
        keys = read_keys(home, environ)
    except SafetyRefusal as error:
        return msgspec.structs.replace(found, findings=(*findings, refuse("keys", str(error))))
    with only_trader(keys, settings):
        told = await _ask_kraken(home, keys, settings, clock)
    return msgspec.structs.replace(told, findings=(*findings, *told.findings))


def local_findings(home: Home, settings: Settings, market: str) -> list[Finding]:
    """What can be seen without asking anybody."""
    if home.mode == Mode.PAPER:
        findings = [ok("mode", "PAPER: no key is read and nobody is asked; set MODE to LIVE to have all of it checked")]
        return findings + [warn("settings", f"for LIVE, {fault}") for fault in missing_settings(settings, market)]
    findings = [ok("mode", f"{home.mode.upper()} at {settings.EXCHANGE_REST_URL}")]
    findings += [refuse("settings", fault) for fault in missing_settings(settings, market)]
    findings += [refuse("home", fault) for fault in open_to_others(home)]
    if settings.VALIDATE:
        findings.append(warn("orders", "VALIDATE is true: every order is checked, and none is placed"))
    return findings


async def _ask_kraken(home: Home, keys: Keys, settings: Settings, clock: Clock) -> StartCheck:
    client, _ = ExchangeManager(settings, home, clock).live(keys)
    try:
        await client.load()
        wanted = configured_symbols(settings)
        instruments = [row for row in client.instruments.values() if wanted is None or row.symbol in wanted]
        return await check(client, settings, instruments, clock)
    except RetryLater as error:
        raise ExchangeUnreachable(f"Kraken does not answer: {error.text}") from error
    finally:
        await client.close()
