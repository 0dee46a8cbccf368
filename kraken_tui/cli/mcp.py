"""`kraken-tui mcp`: the assistant's tools over the Model Context Protocol, for programs that ask and propose."""

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import typer

from kraken_tui import __version__
from kraken_tui.cli.commands import HomeOption, home_of, with_engine
from kraken_tui.config.home import Home
from kraken_tui.control.client import EngineClient
from kraken_tui.model.command import CommandResult, Say
from kraken_tui.model.errors import KrakenTuiError, UsageError
from kraken_tui.model.roles import PROPOSE
from kraken_tui.model.snapshot import Roster

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

INSTRUCTIONS = (
    "Tools of a trading engine on Kraken. Tools that begin with propose_ make a proposal: nothing is done until its "
    "operator confirms it on his own screen. Say only of trades what a tool has answered."
)


def mcp(context: typer.Context, home: HomeOption = None) -> None:
    """Serve the assistant's tools to a program over stdio (Model Context Protocol). It may ask and propose, no more."""
    where = home_of(context, home)
    try:
        from mcp.server.stdio import stdio_server
    except ImportError as error:
        raise UsageError("kraken-tui mcp needs the extra of that name: pip install 'kraken-tui[mcp]'") from error

    async def serve() -> None:
        server = make_server(where)
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())

    asyncio.run(serve())


def make_server(home: Home) -> "Server[Any]":
    """The server; each call is a line to the engine of this home, in the role that confirms nothing."""
    import mcp_types as types
    from mcp.server.lowlevel import Server

    from kraken_tui.agent.tools.toolbox import described

    known = [
        types.Tool(name=tool.name, description=tool.description, input_schema=tool.parameters) for tool in described()
    ]

    async def tools(context: Any, parameters: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=known)

    async def call(context: Any, parameters: types.CallToolRequestParams) -> types.CallToolResult:
        result = await asked(home, parameters.name, parameters.arguments or {})
        text = "\n".join(result.lines)
        return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=not result.ok)

    return Server(
        "kraken-tui", version=__version__, instructions=INSTRUCTIONS, on_list_tools=tools, on_call_tool=call
    )  # fmt: skip


async def asked(home: Home, name: str, arguments: dict[str, Any]) -> CommandResult:
    """What the engine answers to a call of a tool; whatever is wrong is an answer too."""
    from kraken_tui.agent.spoken import spoken
    from kraken_tui.agent.tools.toolbox import read

    async def say(client: EngineClient, roster: Roster) -> CommandResult:
        line = spoken(read(name, json.dumps(arguments)), roster.symbols, tuple(dict.fromkeys(roster.groups)))
        return await client.send(Say(line))

    try:
        result = await with_engine(home, f"mcp {os.getpid()}", say, PROPOSE)
    except (KrakenTuiError, ConnectionError, ValueError) as error:
        return CommandResult(ok=False, lines=(str(error),))
    return result or CommandResult(ok=False, lines=(f"no engine runs for {home.root}: start one with kraken-tui",))
