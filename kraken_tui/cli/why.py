"""Why: `kraken-tui why SYMBOL` and `kraken-tui evaluations`, from the engine or from what it wrote down."""

import asyncio
from typing import Annotated

import typer

from kraken_tui.agent.symbols import find_symbol, no_symbol
from kraken_tui.cli.commands import HomeOption, home_of, tell, with_engine
from kraken_tui.config.home import Mode
from kraken_tui.control.client import EngineClient
from kraken_tui.model.command import CommandResult, Say
from kraken_tui.model.errors import SafetyRefusal, UsageError
from kraken_tui.model.snapshot import Roster

MOST = 100_000


def why(
    context: typer.Context,
    symbol: Annotated[str, typer.Argument(metavar="SYMBOL", help="BTC, btcusd and BTC/USD mean the same.")],
    home: HomeOption = None,
) -> None:
    """Say where a ticker stands and why, and what was last decided on it; without an engine, only that."""
    where = home_of(context, home)

    async def ask(client: EngineClient, roster: Roster) -> CommandResult:
        return await client.send(Say(f"why {_named(symbol, roster.symbols)}"))

    result = asyncio.run(with_engine(where, "cli why", ask))
    if result is None:
        from kraken_tui.cli.decided import tell_why

        tell_why(symbol, where.root)
        return
    tell(result)
    if not result.ok:
        raise SafetyRefusal("why: not answered; see above")


def evaluations(
    context: typer.Context,
    home: HomeOption = None,
    symbol: Annotated[str | None, typer.Option("--symbol", metavar="SYMBOL", help="Of one ticker only.")] = None,
    last: Annotated[int, typer.Option("--last", metavar="N", min=1, max=MOST, help="So many, the newest.")] = 20,
    mode: Annotated[Mode | None, typer.Option("--mode", help="Of one mode only.")] = None,
    as_verify: Annotated[bool, typer.Option("--verify", help="See that no row was changed, removed or added.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, checks and votes included.")] = False,
) -> None:
    """Print what was decided, the newest last; or verify the chain of it, and end with 1 where it is not whole."""
    from kraken_tui.cli.decided import tell_decisions, tell_verified

    root = home_of(context, home).root
    if not as_verify:
        tell_decisions(root, mode, symbol, last, as_json=as_json)
    elif symbol is not None:
        raise UsageError("--verify looks at the whole log: --symbol does not go with it")
    elif not tell_verified(root, mode, as_json=as_json):
        raise typer.Exit(1)


def _named(word: str, symbols: tuple[str, ...]) -> str:
    symbol = find_symbol(word, symbols)
    if symbol is None:
        raise UsageError(no_symbol(word, symbols) if symbols else "the engine is starting")
    return symbol
