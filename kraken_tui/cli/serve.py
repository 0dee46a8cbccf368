"""`kraken-tui serve`: the screen in a browser."""

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.config.home import Home
from kraken_tui.config.secrets import without_secrets
from kraken_tui.model.errors import UsageError
from kraken_tui.model.plain import plain

if TYPE_CHECKING:
    from kraken_tui.web.tokens import Tokens

LONGEST_IDLE_MIN = 24 * 60.0


def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(metavar="N", help="0 picks a free one.")] = 5000,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen; loopback by default.")] = "127.0.0.1",
    proxy: Annotated[
        str | None, typer.Option(metavar="https://NAME", help="The address of a TLS proxy in front of it.")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Holds token and code, 0600; made where there is none.")
    ] = None,
    sessions: Annotated[int, typer.Option(metavar="N", min=1, max=12, help="Screens at once.")] = 4,
    idle: Annotated[
        float, typer.Option(metavar="MINUTES", help="Without input, after which commands lock again.")
    ] = 15,
    home: HomeOption = None,
) -> None:
    """Show this home's engine in a browser: to look until it is unlocked. Starts no engine."""
    from kraken_tui.web import tokens
    from kraken_tui.web.doors import listening
    from kraken_tui.web.screen import Child
    from kraken_tui.web.server import Served
    from kraken_tui.web.server import serve as serve_until_told

    if not 0 < idle <= LONGEST_IDLE_MIN:
        raise UsageError(f"--idle is {idle:g}; minutes above 0, at most {LONGEST_IDLE_MIN:g}, are right")
    if not 0 <= port < 65_536:
        raise UsageError(f"--port is {port}; 0 to 65535 is right")
    address = listening(host, proxy, has_token_file=token_file is not None)
    pair = tokens.from_file(token_file) if token_file else tokens.fresh()
    where = home_of(context, home)

    def start(role: str) -> Child:
        """None of the child's arguments is a secret, nor is anything in its environment."""
        words = (sys.executable, "-m", "kraken_tui", "attach", "--home", str(where.root), "--role", role)
        return Child(words, without_secrets(os.environ))

    served = Served(
        host=address, port=port, proxy=proxy, tokens=pair, most=sessions, idle_s=idle * 60, start=start
    )  # fmt: skip

    def ready(bound: int) -> None:
        name = f"[{address}]" if ":" in address else address
        site = proxy.rstrip("/") if proxy else f"http://{name}:{bound}"
        print("\n".join(_greeting(where, site, pair, token_file)), flush=True)

    asyncio.run(serve_until_told(served, ready, _tell))


def _greeting(home: Home, site: str, pair: "Tokens", token_file: Path | None) -> list[str]:
    from kraken_tui.config.holders import running

    lines = [f"{site}/?token={pair.view}", f"Code that unlocks commands there: {pair.control}"]
    if token_file is not None:
        lines = [f"{site}/", f"Token and code are in {token_file}"]
    if running(home.root) is None:
        lines.append(f"No engine runs for {home.root} yet: kraken-tui --no-ui starts one")
    return [*lines, "Ctrl+C ends it; the engine goes on."]


def _tell(text: str) -> None:
    print(f"kraken-tui serve: {plain(text)}", file=sys.stderr, flush=True)
