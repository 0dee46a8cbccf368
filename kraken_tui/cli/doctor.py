"""`kraken-tui doctor`: what would keep LIVE from starting, looked at without starting anything."""

import asyncio
import json
import os
from typing import Annotated

import typer

from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.plain import plain


def doctor(
    context: typer.Context,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Check what LIVE needs: settings, home, keys, permissions, clock, fees, balances, pairs. Changes nothing."""
    from kraken_tui.clock import SystemClock
    from kraken_tui.config.load import home_in_mode
    from kraken_tui.runtime.look import look

    where, settings = home_in_mode(home_of(context, home).root, os.environ, write=False)
    found = asyncio.run(look(where, settings, os.environ, SystemClock(), settings.MARKET))
    stops = found.blocking(settings)
    if as_json:
        rows = [{"level": row.level, "what": row.what, "detail": row.detail} for row in found.findings]
        told = {"mode": where.mode.upper(), "account": found.account, "refused": bool(stops), "findings": rows}
        print(json.dumps(told, ensure_ascii=False))
        raise typer.Exit(SafetyRefusal.exit_code if stops else 0)
    print("\n".join(plain(row.line) for row in found.findings))
    if stops:
        raise SafetyRefusal(f"{len(stops)} of these keep {where.mode.upper()} from starting")
    if found.account:
        print(plain(f"{where.mode.upper()} may start; the word that confirms it is {found.account}"))
