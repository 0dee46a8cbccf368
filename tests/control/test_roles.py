"""Roles over a real socket: what the role of a connection does not allow reaches no door that could do it."""

import asyncio
from pathlib import Path
from typing import get_args

import pytest

from kraken_tui.control import protocol
from kraken_tui.control.client import EngineClient, NotServed
from kraken_tui.control.frames import framed
from kraken_tui.control.server import ControlServer
from kraken_tui.model.command import Buy, Command, CommandResult, Confirm, Flatten, Pause, Say
from kraken_tui.model.talk import Block, BlockKind, Talk
from tests.control import samples
from tests.control.engine import PretendEngine, attached, serving
from tests.control.test_attacks import reply


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "engine.sock"


class Roled(PretendEngine):
    """Answers guests apart."""

    def __init__(self) -> None:
        super().__init__()
        self.guests: list[tuple[str, str, Command]] = []

    async def guest(self, role: str, author: str, command: Command) -> CommandResult:
        self.guests.append((role, author, command))
        return CommandResult(ok=False, lines=("a proposal, perhaps",), turn=4)

    def talk(self, after: int) -> tuple[Talk | None, tuple[Block, ...]]:
        if after == 2:
            return None, ()
        block = Block(id=1, seq=2, turn=1, time_ns=1, kind=BlockKind.USER, author="x", lines=("hello",))
        return Talk(
            seq=2, assistant="Zyn", operator="jimmy", state="", busy=False, model="", tokens=0, cost=""
        ), (block,)  # fmt: skip

    def server(self, path: Path, write_timeout_s: float = 10.0) -> ControlServer:
        return ControlServer(
            path, samples.roster, self.snapshot, self.events, self.execute, guest=self.guest, talk=self.talk
        )  # fmt: skip


ORDERS: tuple[Command, ...] = (Buy(symbol="BTC/USD"), Flatten(), Pause(), Confirm("P-1"), Say("buy btc"))


@pytest.mark.parametrize("role", [protocol.PROPOSE, protocol.VIEW])
async def test_a_guests_orders_never_reach_the_engines_own_door(path: Path, role: str) -> None:
    engine = Roled()
    async with serving(path, engine):
        client = EngineClient(path, "mcp", role)
        await client.connect()
        client.role = protocol.CONTROL  # a client that does not hold itself back
        for command in ORDERS:
            assert (await client.send(command)).turn == 4
        assert (await client.pull(-1, -1))[0] is not None
        await client.close()
    assert engine.done == []
    assert engine.guests == [(role, f"mcp ({role})", command) for command in ORDERS]


async def test_control_commands_as_ever(path: Path) -> None:
    engine = Roled()
    async with serving(path, engine), attached(path, "screen") as client:
        for command in ORDERS:
            assert (await client.send(command)).ok
    assert [(author, command) for author, _, command in engine.done] == [("screen", each) for each in ORDERS]
    assert engine.guests == []


@pytest.mark.parametrize("role", [protocol.PROPOSE, protocol.VIEW])
async def test_an_engine_without_guests_does_nothing_for_them(path: Path, role: str) -> None:
    engine = PretendEngine()
    async with serving(path, engine):
        client = EngineClient(path, "mcp", role)
        await client.connect()
        for command in ORDERS:
            assert not (await client.send(command)).ok
        await client.close()
    assert engine.done == []


@pytest.mark.parametrize("role", ["", "root", "Control", "control\x00", "propose,control"])
async def test_a_role_that_is_none_is_not_let_in(path: Path, role: str) -> None:
    async with serving(path, Roled()):
        with pytest.raises(NotServed, match="is no role"):
            await EngineClient(path, "mcp", role).connect()


async def test_a_guest_can_neither_change_his_role_nor_take_anothers_key_or_name(path: Path) -> None:
    engine = Roled()
    async with serving(path, engine), attached(path, "screen") as screen:
        reader, writer = await asyncio.open_unix_connection(path)
        hello = protocol.Hello(protocol.PROTOCOL_VERSION, "screen (control)", True, protocol.PROPOSE)
        key = f"{screen._key}-1"
        for request in (hello, protocol.Order(key, Flatten())):
            writer.write(framed(protocol.encode(request)))
            await reply(reader)
        writer.write(framed(protocol.encode(protocol.Hello(protocol.PROTOCOL_VERSION, "x"))))
        assert isinstance(await reply(reader), protocol.Failed)
        assert await reader.read() == b""
        writer.close()
        assert (await screen.send(Pause())).ok
    assert engine.done == [("screen", key, Pause())]
    assert engine.guests == [("propose", "screen (control) (propose)", Flatten())]


async def test_guests_never_sit_in_the_places_kept_for_commands(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kraken_tui.control.seats.MOST_SCREENS", 1)
    async with serving(path, Roled()):
        client = EngineClient(path, "cli mcp", protocol.PROPOSE)
        with pytest.raises(NotServed, match="are open already"):
            await client.connect()
        await client.close()


async def test_every_role_may_see_the_conversation_each_telling_once(path: Path) -> None:
    async with serving(path, Roled()):
        for role in protocol.ROLES:
            client = EngineClient(path, "screen", role)
            await client.connect()
            heard = await client.hear(-1, -1, -1)
            assert heard.talk is not None and [block.lines for block in heard.blocks] == [("hello",)]
            again = await client.hear(-1, -1, heard.talk.seq)
            assert (again.talk, again.blocks) == (None, ())
            unheard = await client.hear(-1, -1, protocol.NO_TALK)
            assert (unheard.talk, unheard.blocks) == (None, ())
            await client.close()


def test_every_command_is_a_value_that_the_socket_carries() -> None:
    for command in ORDERS:
        assert type(command) in get_args(Command)
        order = protocol.Order("k", command)
        assert protocol.decode_request(protocol.encode(order)) == order
