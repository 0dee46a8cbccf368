"""Tools that propose: each makes a command and hands it on. None of them does anything.

The card, with worst price, fees and risk in money, is made where the command is judged: by the one who takes proposals.
"""

import difflib
import json
from decimal import Decimal

from kraken_tui.agent import requests as ask
from kraken_tui.agent.tools.sizes import entry_command, sale_command
from kraken_tui.agent.tools.sources import Sources
from kraken_tui.agent.tools.tool import answered
from kraken_tui.agent.turns import TurnContext
from kraken_tui.agent.words import readings
from kraken_tui.config.faults import faults_in
from kraken_tui.config.moments import coming_ns, shown, zone_of
from kraken_tui.config.settings import Settings
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

BY_HAND = (
    "MODE", "MARKET", "EXCHANGE_REST_URL", "EXCHANGE_WS_URL", "EXCHANGE_WS_AUTH_URL", "ALLOW_UNKNOWN_KEY", "VALIDATE",
)  # fmt: skip
"""Settings that decide whose money it is: nobody proposes them, they are written by hand."""
OPERATORS = ("ASSISTANT", "OPERATOR", "NOTIFY")
"""What the names of settings begin with that only the operator sets: the assistant's limits, and who is told what."""


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
    before, after = changed_setting(sources.settings, request.name, request.value)
    if request.name.startswith(OPERATORS):
        raise UsageError(f"{request.name} is never proposed: only the operator sets it: set {request.name} VALUE")
    told = (
        f"{request.name} from {before} to {after}: {Settings.model_fields[request.name].description}",
        "It is written into config.json and holds from the next start on",
    )
    return await _propose(SetSetting(name=request.name, value=request.value), sources, turn, told)


def changed_setting(settings: Settings, name: str, value: str) -> tuple[str, str]:
    """A setting before and after a change.

    Raises:
        UsageError: there is no such setting, the value is out of bounds, or it is changed by hand only.
    """
    if name not in Settings.model_fields:
        near = difflib.get_close_matches(name.upper(), Settings.model_fields, 3)
        told = f"; near it: {', '.join(near)}" if near else ""
        raise UsageError(f"{name[:60]} is no setting{told}")
    if name in BY_HAND:
        raise UsageError(f"{name} is changed in config.json by hand: it decides whose money it is")
    made, faults = faults_in({**settings.model_dump(exclude_unset=True), name: value_of(value)})
    if made is None:
        raise UsageError("; ".join(faults))
    return str(getattr(settings, name)), str(getattr(made, name))


def value_of(text: str) -> object:
    """A value as JSON has it; whatever is no JSON is text."""
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        return text


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
    data: dict[str, object] = {"proposal": proposal.id, "state": state.state, "unsaid": list(proposal.unsaid)}
    return answered((head, *proposal.lines, *missing, *state.told), (), data, proposal.id)


def _asked(command: Command) -> tuple[str, ...]:
    """The size that was asked for: the card has what risk leaves of it."""
    if not isinstance(command, Buy | Sell) or command.amount is None:
        return ()
    return (f"asked for: {command.amount} {command.symbol.partition('/')[0]}",)
