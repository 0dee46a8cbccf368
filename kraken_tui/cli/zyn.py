"""`kraken-tui zyn`: the assistant's model."""

import asyncio
import json
import os
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.config.home import Home
from kraken_tui.model.errors import KrakenTuiError
from kraken_tui.model.plain import plain

if TYPE_CHECKING:
    from kraken_tui.agent.llm.doctor import Finding
    from kraken_tui.config.settings import Settings

group = typer.Typer(help="The assistant's model.", rich_markup_mode=None)


@group.callback()
def zyn() -> None:
    """The assistant's model."""


@group.command()
def doctor(
    context: typer.Context,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Try the model: key, server, its models, when it is switched off, one round with a tool. Costs a cent at most."""
    from kraken_tui.config.load import home_in_mode

    where, settings = home_in_mode(home_of(context, home).root, os.environ, write=False)
    found = asyncio.run(_examined(where, settings, as_json))
    wrong = [finding for finding in found if finding.level == "wrong"]
    if as_json:
        rows = [{"level": row.level, "what": row.what, "detail": row.detail} for row in found]
        print(json.dumps({"ok": not wrong, "findings": rows}, ensure_ascii=False))
        raise typer.Exit(KrakenTuiError.exit_code if wrong else 0)
    if wrong:
        raise KrakenTuiError(f"the model can't be asked: {wrong[0].what}: {wrong[0].detail}")


async def _examined(home: Home, settings: "Settings", as_json: bool) -> "list[Finding]":
    from kraken_tui.agent.llm.doctor import Finding, examine
    from kraken_tui.agent.llm.providers import profile_of
    from kraken_tui.clock import SystemClock
    from kraken_tui.config.model_key import read_model_key
    from kraken_tui.risk.trading_day import trading_day, zone_of

    profile = profile_of(settings)
    if profile is None:
        found = [Finding(level="ok", what="provider", detail="off: the chat answers by its grammar alone")]
        _tell(found[0], as_json)
        return found
    key = read_model_key(home, os.environ, profile.key_env)
    zone = zone_of(settings.RESET_TIMEZONE)
    today = date.fromisoformat(trading_day(SystemClock().now_ns(), zone))
    found = []
    async for finding in examine(profile, key, today):
        found.append(finding)
        _tell(finding, as_json)
    return found


def _tell(finding: "Finding", as_json: bool) -> None:
    if not as_json:
        print(plain(f"{finding.level:8} {finding.what}: {finding.detail}"), flush=True)
