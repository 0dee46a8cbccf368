"""Tools that propose: each makes a command and hands it on with its card. None of them does anything."""

import difflib
import json
from collections.abc import Mapping
from decimal import Decimal

from kraken_tui.agent import requests as ask
from kraken_tui.agent.tools.cards import entry_card, sale_card
from kraken_tui.agent.tools.said import unsaid
from kraken_tui.agent.tools.sources import Sources
from kraken_tui.agent.tools.tool import TurnContext, answered
from kraken_tui.agent.words import readings
from kraken_tui.config.faults import faults_in
from kraken_tui.config.settings import Settings
from kraken_tui.model.command import (
    AUTOPILOT_LEVELS,
    CancelOrders,
    Close,
    Command,
    Flatten,
    Pause,
    Resume,
    SetAutopilot,
    SetSetting,
    SetStop,
    SetTarget,
)
from kraken_tui.model.errors import UsageError
from kraken_tui.model.fact import ToolResult
from kraken_tui.model.snapshot import PositionRow

BY_HAND = (
    "MODE",
    "MARKET",
    "EXCHANGE_REST_URL",
    "EXCHANGE_WS_URL",
    "EXCHANGE_WS_AUTH_URL",
    "ALLOW_UNKNOWN_KEY",
    "VALIDATE",
)
"""Settings that decide whose money it is: nobody proposes them, they are written by hand."""


async def buy(request: ask.ProposeBuy, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose a long."""
    symbol = sources.symbol(request.symbol)
    card = entry_card(request, symbol, sources)
    return await _propose(card.command, card.lines, sources, turn, "buy", symbol, _values(request), card.reference)


async def sell(request: ask.ProposeSell, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose to sell of a long that is held; where none is, a short behind its stop."""
    symbol = sources.symbol(request.symbol)
    held = _held(symbol, sources)
    if held is not None and held.side == "LONG":
        if request.stop is not None:
            raise UsageError(f"{symbol}: a long is held, so there is no short; a sale at market takes no stop")
        card = sale_card(request, symbol, held, sources)
    elif request.stop is None:
        raise UsageError(f"{symbol}: no long is held; a short names its stop, such as: please sell {symbol} stop 2%")
    else:
        card = entry_card(request, symbol, sources)
    return await _propose(card.command, card.lines, sources, turn, "sell", symbol, _values(request), card.reference)


async def close(request: ask.ProposeClose, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose to close a position."""
    symbol = sources.symbol(request.symbol)
    row = _position(symbol, sources)
    quote, unit = sources.quote(symbol), symbol.rpartition("/")[2]
    price = quote.bid if row.side == "LONG" else quote.ask
    lines = (
        f"{sources.roster().mode} {symbol} CLOSE the {row.side} of {row.amount}, at market, now about {price:f}",
        f"result about {row.net} {unit} net, by the price of this moment; its stop and target go with it",
    )
    return await _propose(Close(symbol), lines, sources, turn, "close", symbol, {}, f"{price:f}")


async def cancel(request: ask.ProposeCancel, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose to cancel the entries that rest for a ticker."""
    symbol = sources.symbol(request.symbol)
    rows = [row for row in sources.seen().orders if (row.symbol, row.role) == (symbol, "entry")]
    if not rows:
        raise UsageError(f"{symbol}: no entry rests")
    lines = (f"{sources.roster().mode} {symbol} CANCEL {len(rows)} resting entries; stops and targets stay",)
    return await _propose(CancelOrders(symbol=symbol), lines, sources, turn, "cancel", symbol, {}, "")


async def stop(request: ask.ProposeStop, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose to move a stop."""
    symbol = sources.symbol(request.symbol)
    row, quote = _position(symbol, sources), sources.quote(symbol)
    price, way = Decimal(request.price), 1 if row.side == "LONG" else -1
    now = quote.bid if way > 0 else quote.ask
    if (now - price) * way <= 0:
        raise UsageError(f"{symbol}: a stop at {price:f} would fire at once: it must be behind {now:f}")
    result = (price - Decimal(row.entry)) * way * Decimal(row.amount)
    lines = (
        f"{sources.roster().mode} {symbol} STOP from {row.stop or 'none'} to {price:f}, of the {row.side} of "
        f"{row.amount}",
        f"hitting it would make about {result:+.2f} {symbol.rpartition('/')[2]} before fees",
    )
    command = SetStop(symbol=symbol, price=request.price)
    return await _propose(command, lines, sources, turn, "stop", symbol, {"price": request.price}, f"{now:f}")


async def target(request: ask.ProposeTarget, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose to move a target, or to take it away."""
    symbol = sources.symbol(request.symbol)
    row, quote = _position(symbol, sources), sources.quote(symbol)
    now, way = (quote.ask, 1) if row.side == "LONG" else (quote.bid, -1)
    if request.price is not None and (Decimal(request.price) - now) * way <= 0:
        raise UsageError(f"{symbol}: a target at {request.price} would be taken at once: it must be ahead of {now:f}")
    to = "taken away" if request.price is None else f"to {request.price}"
    lines = (f"{sources.roster().mode} {symbol} TARGET {to}, of the {row.side} of {row.amount}",)
    command = SetTarget(symbol=symbol, price=request.price)
    return await _propose(command, lines, sources, turn, "target", symbol, {"price": request.price}, f"{now:f}")


async def flatten(request: ask.ProposeFlatten, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose to close everything."""
    snapshot = sources.seen()
    lines = (
        f"{sources.roster().mode} FLATTEN: close {len(snapshot.positions)} positions at market, cancel every order of "
        "ours, and pause entries",
        *(f"{row.symbol} {row.side} {row.amount}, about {row.net} net" for row in snapshot.positions),
    )
    return await _propose(Flatten(), lines, sources, turn, "close", "", {}, "")


async def pause(request: ask.ProposePause, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose a pause of all entries; one of a group, or with an end, the engine does not have."""
    if request.only or request.until:
        what = f"of {request.only} alone" if request.only else "that ends by itself"
        raise UsageError(
            f"A pause {what} is not available yet, and nothing was done. pause stops all entries until resume"
        )
    lines = ("PAUSE: no entries until resume; what is open stays managed",)
    return await _propose(Pause(), lines, sources, turn, "pause", "", {}, "")


async def resume(request: ask.ProposeResume, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose to allow entries again."""
    return await _propose(Resume(), ("RESUME: entries are possible again",), sources, turn, "resume", "", {}, "")


async def autopilot(request: ask.ProposeAutopilot, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose a level of the autopilot."""
    before = sources.seen().autopilot or "not known yet"
    lines = (f"AUTOPILOT from {before} to {request.level}: it {AUTOPILOT_LEVELS[request.level]}",)
    command = SetAutopilot(request.level)
    return await _propose(command, lines, sources, turn, "autopilot", "", {"level": request.level}, "")


async def setting(request: ask.ProposeSetting, sources: Sources, turn: TurnContext) -> ToolResult:
    """Propose another value of a setting."""
    before, after = changed_setting(sources.settings, request.name, request.value)
    lines = (
        f"SETTING {request.name} from {before} to {after}: {Settings.model_fields[request.name].description}",
        "It is written into config.json and holds from the next start on",
    )
    command = SetSetting(name=request.name, value=request.value)
    values = {"name": request.name, "value": request.value}
    return await _propose(command, lines, sources, turn, "setting", "", values, "")


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
    written = settings.model_dump(exclude_unset=True)
    made, faults = faults_in({**written, name: value_of(value)})
    if made is None:
        raise UsageError("; ".join(faults))
    return str(getattr(settings, name)), str(getattr(made, name))


def value_of(text: str) -> object:
    """A value as JSON has it; whatever is no JSON is text."""
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError:
        return text


async def _propose(
    command: Command, lines: tuple[str, ...], sources: Sources, turn: TurnContext, what: str, symbol: str,
    values: Mapping[str, str | None], reference: str,
) -> ToolResult:  # fmt: skip
    missing = unsaid(turn.said, what, symbol, values, sources.roster().symbols)
    card = (*lines, *(f"read as: {reading}" for reading in readings(turn.said)))
    state = await sources.proposer.propose(command, turn, lines=card, unsaid=missing, reference=reference)
    proposal = state.proposal
    head = f"{proposal.id} {state.state}"
    if state.state == "waiting":
        head += f": confirm {proposal.id}, or reject {proposal.id}"
    said = (f"not in your message: {', '.join(missing)}",) if missing else ()
    data: dict[str, object] = {"proposal": proposal.id, "state": state.state, "unsaid": list(missing)}
    return answered((head, *proposal.lines, *said, *state.told), (), data, proposal.id)


def _values(request: ask.ProposeBuy | ask.ProposeSell) -> dict[str, str | None]:
    names = ("amount", "quote", "percent", "share", "limit", "stop", "target")
    return {name: getattr(request, name, None) for name in names}


def _held(symbol: str, sources: Sources) -> PositionRow | None:
    return next((row for row in sources.seen().positions if row.symbol == symbol), None)


def _position(symbol: str, sources: Sources) -> PositionRow:
    row = _held(symbol, sources)
    if row is None:
        raise UsageError(f"{symbol}: no open position")
    return row
