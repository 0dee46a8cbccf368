"""`kraken-tui config`: look at the settings without starting anything; writes nothing."""

import json
import os
from typing import TYPE_CHECKING

import typer

from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.config.home import Home

if TYPE_CHECKING:
    from kraken_tui.config.settings import Settings

group = typer.Typer(help="Look at the settings; writes nothing.", rich_markup_mode=None)


@group.command()
def show(context: typer.Context, home: HomeOption = None) -> None:
    """Print the settings as they take effect, every key, as JSON."""
    from kraken_tui.config.load import as_text

    print(as_text(_settings(home_of(context, home))), end="")


@group.command()
def check(context: typer.Context, home: HomeOption = None) -> None:
    """Say ok, or everything that is wrong."""
    where = home_of(context, home)
    _settings(where)
    print(f"ok: {where.config}" if where.config.exists() else f"ok: {where.config} is not there yet; defaults are used")


@group.command()
def schema() -> None:
    """Print the JSON schema of config.json."""
    from kraken_tui.config.schema import settings_schema

    print(json.dumps(settings_schema(), indent=2, ensure_ascii=False))


def _settings(home: Home) -> "Settings":
    from kraken_tui.config.load import look_at_settings

    return look_at_settings(home, os.environ)
