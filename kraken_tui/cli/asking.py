"""The conversation from the command line: ask, confirm, reject."""

import asyncio
import os
from typing import Annotated

import msgspec
import typer

from kraken_tui import clock
from kraken_tui.cli import trading
from kraken_tui.cli.commands import HomeOption, home_of, with_engine
from kraken_tui.control.client import EngineClient, NotServed
from kraken_tui.model.command import Command, Confirm, Reject, Say
from kraken_tui.model.errors import SafetyRefusal, UsageError
from kraken_tui.model.plain import plain
from kraken_tui.model.roles import PROPOSE
from kraken_tui.model.snapshot import Roster
from kraken_tui.model.talk import Block, BlockKind

LOOK_EVERY_S = 0.1

Id = Annotated[str, typer.Argument(metavar="P-NUMBER", help="As the card names it, such as P-17.")]


class Told(msgspec.Struct, frozen=True):
    """What `ask --json` prints."""

    turn: int
    ok: bool
    """Whether it was understood, and answered or proposed."""
    lines: tuple[str, ...]
    """The engine's first answer."""
    blocks: tuple[Block, ...]


def ask(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A question, or a wish, which becomes a proposal.")],
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with every block of the turn.")] = False,
    within: Annotated[float, typer.Option("--within", metavar="SECONDS", min=0.1, help="For its end.")] = 120.0,
) -> None:
    """Ask this home's engine, or its assistant; what would send an order waits for a confirm."""
    where = home_of(context, home)
    if not text.strip():
        raise UsageError("nothing was asked")

    async def hear(client: EngineClient, roster: Roster) -> Told:
        result = await client.send(Say(text))
        blocks = await _turn(client, result.turn, within) if result.turn else ()
        return Told(result.turn, result.ok and result.whole, result.lines, blocks)

    author = f"cli ask {os.getpid()}"
    told = asyncio.run(with_engine(where, author, hear, PROPOSE))
    if told is None:
        raise UsageError(f"no engine runs for {where.root}, so nobody was asked")
    if as_json:
        print(msgspec.json.encode(told).decode())
    else:
        print("\n".join(block_lines(told.blocks)) or "\n".join(map(plain, told.lines)))
    if not told.ok and as_json:
        raise typer.Exit(SafetyRefusal.exit_code)
    if not told.ok:
        raise SafetyRefusal("ask: not answered, or not proposed; see above")


def confirm(context: typer.Context, proposal: Id, home: HomeOption = None) -> None:
    """Do what a proposal says, once."""
    _settle(context, home, "confirm", Confirm(proposal.upper()))


def reject(context: typer.Context, proposal: Id, home: HomeOption = None) -> None:
    """Let a proposal lapse."""
    _settle(context, home, "reject", Reject(proposal.upper()))


def block_lines(blocks: tuple[Block, ...]) -> list[str]:
    """Blocks as lines: each says who speaks, and on what ground."""
    return [
        plain(f"{block.author} [{block.kind}] {line}") for block in sorted(blocks, key=_begun) for line in block.lines
    ]


async def _turn(client: EngineClient, turn: int, within_s: float) -> tuple[Block, ...]:
    """The blocks of a turn, once its footer is there.

    Raises:
        TimeoutError: it is not.
    """
    blocks: dict[int, Block] = {}
    snapshot = event = talk = -1
    try:
        async with asyncio.timeout(within_s):
            while not any(block.kind is BlockKind.FOOTER for block in blocks.values()):
                if talk >= 0:
                    await clock.real_sleep(LOOK_EVERY_S)
                try:
                    heard = await client.hear(snapshot, event, talk)
                except NotServed:  # its market has opened since
                    await client.connect()
                    continue
                blocks |= {block.id: block for block in heard.blocks if block.turn == turn}
                snapshot = snapshot if heard.snapshot is None else heard.snapshot.seq
                event = max((row.seq for row in heard.events), default=event)
                talk = max(talk, 0) if heard.talk is None else heard.talk.seq
    except TimeoutError:
        raise SafetyRefusal(f"turn {turn} had no end within {within_s:g} s; it goes on in the engine") from None
    return tuple(sorted(blocks.values(), key=_begun))


def _begun(block: Block) -> int:
    return block.id


def _settle(context: typer.Context, home: HomeOption, word: str, command: Command) -> None:
    trading.send(context, home, word, lambda roster: command, "; it is not done twice, so the same may be asked again")
