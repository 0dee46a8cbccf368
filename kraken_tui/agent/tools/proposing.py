"""Tools that propose: each makes a command and hands it on. None of them does anything.

The card, with worst price, fees and risk in money, is made where the command is judged: by the one who takes proposals.
"""

from kraken_tui.agent import requests as ask
from kraken_tui.agent.tools.sizes import entry_command, sale_command
from kraken_tui.agent.tools.sources import Sources
from kraken_tui.agent.tools.tool import answered
from kraken_tui.agent.turns import TurnContext
from kraken_tui.agent.words import readings
from kraken_tui.config.moments import coming_ns, shown, zone_of
from kraken_tui.model.command import (
    Buy,
    CancelOrders,
    Close,
    Command,
    Flatten,
    Pause,
    Resume,
    Sell,
    SetAutopilot,
    SetSetting,
    SetStop,
    SetTarget,
)
from kraken_tui.model.errors import UsageError
from kraken_tui.model.fact import ToolResult


async def buy(request: ask.ProposeBuy, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose a long."""
    return await _propose(entry_command(request, sources.symbol(request.symbol), sources), sources, turn)


async def sell(request: ask.ProposeSell, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose to sell of a long that is held; where none is, a short behind its stop."""
    symbol = sources.symbol(request.symbol)
    held = next((row for row in sources.seen().positions if row.symbol == symbol), None)
    if held is not None and held.side == "LONG":
        return await _propose(sale_command(request, symbol, held, sources), sources, turn)
    if request.stop is None:
        raise UsageError(f"{symbol}: no long is held; a short names its stop, such as: please sell {symbol} stop 2%")
    return await _propose(entry_command(request, symbol, sources), sources, turn)


async def close(request: ask.ProposeClose, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose to close a position."""
    return await _propose(Close(sources.symbol(request.symbol)), sources, turn)


async def cancel(request: ask.ProposeCancel, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose to cancel the entries that rest for a ticker."""
    return await _propose(CancelOrders(symbol=sources.symbol(request.symbol)), sources, turn)


async def stop(request: ask.ProposeStop, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose to move a stop."""
    return await _propose(SetStop(symbol=sources.symbol(request.symbol), price=request.price), sources, turn)


async def target(request: ask.ProposeTarget, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose to move a target, or to take it away."""
    return await _propose(SetTarget(symbol=sources.symbol(request.symbol), price=request.price), sources, turn)


async def flatten(request: ask.ProposeFlatten, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose to close everything."""
    return await _propose(Flatten(), sources, turn)


async def pause(request: ask.ProposePause, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose a pause of entries: of all, or of a group or a ticker; until resume, or until a moment."""
    until_ns, zone = 0, zone_of(sources.settings.RESET_TIMEZONE)
    if request.until:
        try:
            until_ns = coming_ns(request.until, sources.now_ns(), zone)
        except ValueError as error:
            raise UsageError(f"Until when? {error}") from error
    command = Pause(only=_part(request.only, sources), until_ns=until_ns)
    told = (f"It ends by itself at {shown(until_ns, zone)} {zone}",) if until_ns else ()
    return await _propose(command, sources, turn, told)


async def resume(request: ask.ProposeResume, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose to allow entries again."""
    return await _propose(Resume(only=_part(request.only, sources)), sources, turn)


def _part(word: str, sources: Sources) -> str:
    """The group or ticker that a word names; empty for none.

    Raises:
        UsageError: it names neither.
    """
    groups = dict.fromkeys(sources.roster().groups)
    if not word:
        return ""
    return next((group for group in groups if group.lower() == word.lower()), "") or sources.symbol(word)


async def autopilot(request: ask.ProposeAutopilot, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose a level of the autopilot."""
    return await _propose(SetAutopilot(request.level), sources, turn)


async def setting(request: ask.ProposeSetting, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose another value of a setting."""
    return await _propose(SetSetting(name=request.name, value=request.value), sources, turn)


async def _propose(
    command: Command, sources: Sources, turn: TurnContext, told: tuple[str, ...] = ()
) -> ToolResult:  # fmt: skip
    read = (*told, *_asked(command), *(f"read as: {reading}" for reading in readings(turn.said)))
    state = await sources.proposer.propose(command, turn, lines=read)
    proposal = state.proposal
    head = f"{proposal.id} {state.state}"
    if state.state == "waiting":
        head += f": confirm {proposal.id}, or reject {proposal.id}"
    missing = (f"not in your message: {', '.join(proposal.unsaid)}",) if proposal.unsaid else ()
    missing = ("asked by a program, not typed by the operator",) if proposal.from_program else missing
    data: dict[str, object] = {"proposal": proposal.id, "state": state.state, "unsaid": list(proposal.unsaid)}
    return answered((head, *proposal.lines, *missing, *state.told), (), data, proposal.id)


def _asked(command: Command) -> tuple[str, ...]:
    """The size that was asked for: the card has what risk leaves of it."""
    if not isinstance(command, Buy | Sell) or command.amount is None:
        return ()
    return (f"asked for: {command.amount} {command.symbol.partition('/')[0]}",)
