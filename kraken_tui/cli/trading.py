"""Manual orders from the command line: buy, sell, close, cancel, move-stop, move-target, orders."""

import asyncio
from collections.abc import Callable
from typing import Annotated

import typer

from kraken_tui.agent.symbols import find_symbol, no_symbol
from kraken_tui.cli.commands import HomeOption, home_of, tell, with_engine
from kraken_tui.control.client import EngineClient
from kraken_tui.model.command import (
    Approve,
    Buy,
    CancelOrders,
    Close,
    Command,
    CommandResult,
    ResetKillSwitch,
    Say,
    Sell,
    SetAutopilot,
    SetStop,
    SetTarget,
)
from kraken_tui.model.errors import SafetyRefusal, UsageError
from kraken_tui.model.snapshot import Roster

Symbol = Annotated[str, typer.Argument(metavar="SYMBOL", help="BTC, btcusd and BTC/USD mean the same.")]
Amount = Annotated[str | None, typer.Argument(metavar="AMOUNT", help="In the coin; as much as risk allows if left.")]
At = Annotated[str | None, typer.Option("--at", metavar="PRICE", help="Rests there; at market where not given.")]
StopAt = Annotated[str | None, typer.Option("--stop", metavar="PRICE", help="The stop; by the ATR where not given.")]
Target = Annotated[str | None, typer.Option("--target", metavar="PRICE", help="Where to take profit.")]
Price = Annotated[str, typer.Argument(metavar="PRICE")]


def buy(
    context: typer.Context,
    symbol: Symbol,
    amount: Amount = None,
    at: At = None,
    stop: StopAt = None,
    target: Target = None,
    home: HomeOption = None,
) -> None:
    """Open a long behind a stop."""
    _send(
        context, home, "buy", symbol, lambda name: Buy(symbol=name, amount=amount, limit=at, stop=stop, target=target)
    )


def sell(
    context: typer.Context,
    symbol: Symbol,
    amount: Amount = None,
    at: At = None,
    stop: StopAt = None,
    target: Target = None,
    home: HomeOption = None,
) -> None:
    """Sell of a long at market; with --stop: open a short behind it (margin only)."""
    _send(
        context, home, "sell", symbol, lambda name: Sell(symbol=name, amount=amount, limit=at, stop=stop, target=target)
    )


def close(context: typer.Context, symbol: Symbol, home: HomeOption = None) -> None:
    """Close one position at market."""
    _send(context, home, "close", symbol, Close)


def cancel(context: typer.Context, symbol: Symbol, home: HomeOption = None) -> None:
    """Cancel an entry that rests; stops and targets of positions stay."""
    _send(context, home, "cancel", symbol, lambda name: CancelOrders(symbol=name))


def move_stop(context: typer.Context, symbol: Symbol, price: Price, home: HomeOption = None) -> None:
    """Move the stop of a position."""
    _send(context, home, "move-stop", symbol, lambda name: SetStop(symbol=name, price=price))


def move_target(
    context: typer.Context,
    symbol: Symbol,
    price: Annotated[str, typer.Argument(metavar="PRICE|off")],
    home: HomeOption = None,
) -> None:
    """Move the take-profit of a position, or take it away."""
    wanted = None if price == "off" else price
    _send(context, home, "move-target", symbol, lambda name: SetTarget(symbol=name, price=wanted))


def approve(context: typer.Context, symbol: Symbol, home: HomeOption = None) -> None:
    """Let the autopilot make the entry that it asks about."""
    _send(context, home, "approve", symbol, Approve)


def autopilot(
    context: typer.Context,
    level: Annotated[str, typer.Argument(metavar="LEVEL", help="off, observe (only says), confirm (asks), auto.")],
    home: HomeOption = None,
) -> None:
    """Set what the autopilot may do with its calls."""
    _send(context, home, "autopilot", None, lambda name: SetAutopilot(level))


def reset_kill_switch(
    context: typer.Context,
    words: Annotated[str, typer.Argument(metavar="WORDS", help='Exactly "RESET KILL SWITCH".')],
    home: HomeOption = None,
) -> None:
    """Arm the daily-loss kill switch again; entries stay paused until they are resumed."""
    _send(context, home, "reset-kill-switch", None, lambda name: ResetKillSwitch(words))


def orders(context: typer.Context, home: HomeOption = None) -> None:
    """Say what rests at the exchange: our orders, and foreign ones, which are never touched."""
    _send(context, home, "orders", None, lambda name: Say("orders"))


COMMANDS: dict[str, Callable[..., None]] = {
    "buy": buy, "sell": sell, "close": close, "cancel": cancel, "move-stop": move_stop, "move-target": move_target,
    "orders": orders, "approve": approve, "autopilot": autopilot, "reset-kill-switch": reset_kill_switch,
}  # fmt: skip


def _send(
    context: typer.Context, home: HomeOption, word: str, symbol: str | None, command: Callable[[str], Command]
) -> None:
    """Have this home's engine do a command on a symbol, and say what came of it."""
    send(context, home, word, lambda roster: command("" if symbol is None else _named(symbol, roster)))


def send(
    context: typer.Context,
    home: HomeOption,
    word: str,
    command: Callable[[Roster], Command],
    unknown: str = ", so look before you repeat it (kraken-tui status, kraken-tui orders)",
) -> None:
    """Have this home's engine do a command, and say what came of it.

    Args:
        context: of the command line.
        home: whose engine.
        word: what the command is called.
        command: made from what the engine tells of itself.
        unknown: what to do where the engine was lost before it answered.

    Raises:
        ConnectionError: it was lost; says whether anything was sent.
        UsageError: no engine runs.
        SafetyRefusal: it was not done, or not as asked.
    """
    where = home_of(context, home)
    sent = False

    async def ask(client: EngineClient, roster: Roster) -> CommandResult:
        nonlocal sent
        meant = command(roster)
        sent = True
        return await client.send(meant)

    try:
        result = asyncio.run(with_engine(where, f"cli {word}", ask))
    except ConnectionError as error:
        known = f"whether it was done is not known{unknown}"
        raise type(error)(f"{known if sent else 'nothing was sent'}: {error}") from error
    if result is None:
        raise UsageError(f"no engine runs for {where.root}, so nothing was sent")
    tell(result)
    if not (result.ok and result.whole):
        raise SafetyRefusal(f"{word}: not done, or not as asked; see above")


def _named(word: str, roster: Roster) -> str:
    symbol = find_symbol(word, roster.symbols)
    if symbol is None:
        why = no_symbol(word, roster.symbols) if roster.symbols else "the engine is starting"
        raise UsageError(f"{why}; nothing was sent")
    return symbol
