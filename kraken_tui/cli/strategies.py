"""`kraken-tui strategies`: which there are, and which of the operator's own may be loaded."""

import json
from typing import Annotated, Any

import typer

from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.config.home import Home
from kraken_tui.model.plain import plain

group = typer.Typer(help="The autopilot's strategies.", rich_markup_mode=None)

FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="In the home's folder strategies/.")]


@group.command(name="list")
def show(
    context: typer.Context,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """List the strategies; your own are executed only if they are trusted and unchanged."""
    rows = _rows(home_of(context, home))
    if as_json:
        print(json.dumps({"strategies": rows}, ensure_ascii=False))
        return
    for row in rows:
        switch = "on" if row["on"] else "off"
        print(plain(f"{row['name']:18} {switch:4} {row['state']:12} {', '.join(row['regimes'])}".rstrip()))


@group.command()
def trust(context: typer.Context, file: FileArgument, home: HomeOption = None) -> None:
    """Let the file be loaded as it is now; it runs with all the rights of the engine, so read it first."""
    from kraken_tui.strategy.own_files import own_strategies
    from kraken_tui.strategy.own_files import trust as record

    where = home_of(context, home)
    digest = record(where, file)
    print(plain(f"trusted: {file}, SHA-256 {digest}"))
    for own in own_strategies(where):
        if own.path.name == _name(file) and not own.is_loaded:
            print(plain(f"it can't be loaded: {own.state}"))
        elif own.path.name == _name(file):
            print(plain(f"it trades once STRATEGIES in trading.json names {own.name} and the engine starts again"))


@group.command()
def untrust(context: typer.Context, file: FileArgument, home: HomeOption = None) -> None:
    """No longer load the file."""
    from kraken_tui.strategy.own_files import untrust as forget

    forget(home_of(context, home), file)
    print(plain(f"no longer trusted: {file}"))


@group.command()
def config(context: typer.Context, home: HomeOption = None) -> None:
    """Print trading.json as it takes effect, every key; writes nothing."""
    from kraken_tui.config.trading_config import load_trading, trading_text

    print(trading_text(load_trading(home_of(context, home))), end="")


def _rows(home: Home) -> list[dict[str, Any]]:
    from kraken_tui.config.trading_config import load_trading
    from kraken_tui.strategy.own_files import own_strategies
    from kraken_tui.strategy.strategy_orchestrator import BUILT_IN

    wanted = load_trading(home).STRATEGIES
    owns = own_strategies(home)
    found = [(strategy.name, "built in", strategy) for strategy in BUILT_IN]
    rows = [*found, *((own.name, own.state, own.strategy) for own in owns)]
    known = {name for name, _, _ in rows}
    told = [
        {
            "name": name,
            "on": strategy is not None and name in wanted,
            "state": state,
            "regimes": [] if strategy is None else [regime.name for regime in sorted(strategy.regimes)],
        }
        for name, state, strategy in rows
    ]
    unknown = [name for name in wanted if name not in known]
    return told + [
        {"name": name, "on": False, "state": "named in STRATEGIES, and there is no such strategy", "regimes": []}
        for name in unknown
    ]


def _name(file: str) -> str:
    return file.rsplit("/", 1)[-1]
