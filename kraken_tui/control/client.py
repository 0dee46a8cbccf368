"""The screen's end of the socket. Light on purpose: what imports this starts fast."""

import asyncio
import os
from pathlib import Path

import msgspec
from msgspec import Struct

from kraken_tui import clock
from kraken_tui.control import frames, protocol
from kraken_tui.model.command import Command, CommandResult, Pause, Resume, Stop
from kraken_tui.model.page import Look, Page
from kraken_tui.model.snapshot import Event, Roster, Snapshot
from kraken_tui.model.talk import Block, Talk

CONNECT_WITHIN_S = 2.0
WELCOME_WITHIN_S = 5.0
REPLY_WITHIN_S = 10.0
TRADED_WITHIN_S = 120.0
"""For what may send orders: an exchange that is slow, or silent, takes that long to be asked what it has done."""

NO_TALK = protocol.NO_TALK
"""`talk_after` of whoever wants nothing of the conversation."""

LOOKS_ONLY = "This screen only looks: nothing was sent. Unlock it, or attach with --role control."

UNREADABLE = (
    OSError,
    TimeoutError,
    asyncio.IncompleteReadError,
    frames.FrameTooLong,
    msgspec.MsgspecError,
    ValueError,
    RecursionError,
)
"""How an engine shows that is lost, or that answers nonsense."""


class NotServed(ConnectionError):
    """The engine answers, and will not serve this screen: another version, or too many screens."""


class EngineGone(ConnectionError):
    """No process listens any more: the engine has ended, however it did. Nobody manages what is open."""


class Heard(Struct, frozen=True, kw_only=True):
    """What is new."""

    snapshot: Snapshot | None
    """None: the screen has the newest."""
    events: tuple[Event, ...]
    events_lost: bool
    """Some are gone that the screen has not seen."""
    talk: Talk | None = None
    """None: nothing of the conversation changed."""
    blocks: tuple[Block, ...] = ()


class EngineClient:
    """Talks to one engine over two connections, so that a slow pull never holds up a command.

    Args:
        socket_path: the engine's socket.
        author: who asks, for the audit: `screen`, `cli status`, …
        role: what it may do, one of `protocol.ROLES`; the engine holds it to that.
    """

    def __init__(self, socket_path: Path, author: str, role: str = protocol.CONTROL) -> None:
        self.role = role
        self._news = _Connection(socket_path, author, role)
        self._commands = _Connection(socket_path, author, role, commands=True)
        self._key = f"{os.getpid()}-{clock.generator(None).getrandbits(64):016x}"
        self._sent = 0

    async def connect(self) -> Roster:
        """Connect, again where the connection was lost.

        Raises:
            ConnectionError: no engine answers.
            NotServed: the engine speaks another version, or has too many screens.
        """
        roster = await self._news.connect()  # first: a screen too many must not sit where commands come in
        await self._commands.connect()
        return roster

    async def hear(self, snapshot_after: int, events_after: int, talk_after: int) -> Heard:
        """The snapshot unless it is the one named; events, and blocks of the conversation, after those named.

        Raises:
            ConnectionError: the engine is gone; `connect` may find it again.
        """
        reply = await self._news.ask(protocol.Pull(snapshot_after, events_after, talk_after), REPLY_WITHIN_S)
        if not isinstance(reply, protocol.News):
            raise ConnectionError(f"the engine answered {type(reply).__name__} to a pull")
        return Heard(
            snapshot=protocol.decode_snapshot(reply.snapshot), events=reply.events, events_lost=reply.events_lost,
            talk=reply.talk, blocks=reply.blocks,
        )  # fmt: skip

    async def pull(self, snapshot_after: int, events_after: int) -> tuple[Snapshot | None, tuple[Event, ...], bool]:
        """The same without the conversation: the snapshot, the events, and whether some are gone."""
        heard = await self.hear(snapshot_after, events_after, NO_TALK)
        return heard.snapshot, heard.events, heard.events_lost

    async def send(self, command: Command) -> CommandResult:
        """Have `command` done, once: after a lost connection the same key is asked for again, one time.

        Raises:
            ConnectionError: the engine is gone, and whether the command was done is not known.
        """
        if self.role == protocol.VIEW:
            return CommandResult(ok=False, lines=(LOOKS_ONLY,))
        self._sent += 1
        order = protocol.Order(f"{self._key}-{self._sent}", command)
        within_s = REPLY_WITHIN_S if isinstance(command, Pause | Resume | Stop) else TRADED_WITHIN_S
        try:
            reply = await self._commands.ask(order, within_s)
        except ConnectionError:
            reply = await self._commands.ask(order, within_s)
        if not isinstance(reply, protocol.Done):
            raise ConnectionError(f"the engine answered {type(reply).__name__} to a command")
        return reply.result

    async def look(self, look: Look) -> Page:
        """A page of the instrument, over the connection of the pulls.

        Raises:
            ConnectionError: the engine is gone, or can't tell it; says why.
        """
        reply = await self._news.ask(look, REPLY_WITHIN_S)
        if isinstance(reply, protocol.Unseen):
            raise ConnectionError(reply.text)
        if not isinstance(reply, protocol.Seen):
            raise ConnectionError(f"the engine answered {type(reply).__name__} to a look")
        return reply.page

    async def close(self) -> None:
        """Hang up."""
        await self._news.close()
        await self._commands.close()


class _Connection:
    """One connection: a request, its reply, and never two at once."""

    def __init__(self, socket_path: Path, author: str, role: str, *, commands: bool = False) -> None:
        self._path = socket_path
        self._hello = protocol.Hello(protocol.PROTOCOL_VERSION, author, commands, role)
        self._lock = asyncio.Lock()
        self._stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def connect(self) -> Roster:
        async with self._lock:
            return await self._open()

    async def ask(self, request: protocol.Request, within_s: float) -> protocol.Reply:
        """Connects first where that is needed."""
        async with self._lock:
            if self._stream is None:
                await self._open()
            return await self._exchange(request, within_s)

    async def close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream[1].transport.abort()

    async def _open(self) -> Roster:
        await self.close()
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                self._stream = await asyncio.open_unix_connection(self._path, limit=1 << 20)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise EngineGone(f"no engine runs behind {self._path}") from error
        except (OSError, TimeoutError) as error:
            raise ConnectionError(f"no engine answers on {self._path}: {str(error) or 'no answer'}") from error
        reply = await self._exchange(self._hello, WELCOME_WITHIN_S)
        if not isinstance(reply, protocol.Welcome):
            raise ConnectionError(f"the engine answered {type(reply).__name__} to Hello")
        return reply.roster

    async def _exchange(self, request: protocol.Request, within_s: float) -> protocol.Reply:
        """Whatever interrupts it, a time-out or a cancellation, ends the connection: its next reply would be stale."""
        if self._stream is None:
            raise ConnectionError("not connected")
        reader, writer = self._stream
        whole = False
        try:
            async with asyncio.timeout(within_s):
                writer.write(frames.framed(protocol.encode(request)))
                await writer.drain()
                body = await frames.read_frame(reader, protocol.LONGEST_FRAME)
            if body is None:
                raise ConnectionResetError("the engine hung up")
            reply: protocol.Reply = protocol.decode_reply(body)
            whole = not isinstance(reply, protocol.Failed)
        except UNREADABLE as error:
            raise ConnectionError(f"the engine does not answer: {str(error) or 'no answer'}") from error
        finally:
            if not whole:
                await self.close()
        if isinstance(reply, protocol.Failed):
            raise NotServed(reply.text)
        return reply
