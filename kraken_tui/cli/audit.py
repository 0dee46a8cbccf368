"""`kraken-tui audit`: what became of every sentence of the assistant, and whether the log of it is whole."""

from typing import Annotated

import typer

from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.config.home import Mode

MOST = 100_000


def audit(
    context: typer.Context,
    home: HomeOption = None,
    last: Annotated[int, typer.Option("--last", metavar="N", min=1, max=MOST, help="So many, the newest.")] = 20,
    mode: Annotated[Mode | None, typer.Option("--mode", help="Of one mode only.")] = None,
    as_verify: Annotated[bool, typer.Option("--verify", help="See that no row was changed, removed or added.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Print which sentences of the assistant were shown and which withheld; or verify the chain that they stand in."""
    from kraken_tui.cli.decided import tell_verdicts, tell_verified

    root = home_of(context, home).root
    if not as_verify:
        tell_verdicts(root, mode, last, as_json=as_json)
    elif not tell_verified(root, mode, as_json=as_json):
        raise typer.Exit(1)
