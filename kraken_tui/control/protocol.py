"""The frames between engine and screens: 4 bytes of length, big-endian, then msgpack.

A screen pulls: it asks for the snapshot after the one that it has, and for the events after the last it saw. The
engine keeps no queue for it, so a screen that stops reading costs the engine nothing.
"""

import msgspec
from msgspec import Struct

from kraken_tui.model.command import Command, CommandResult
from kraken_tui.model.page import Look, Page
from kraken_tui.model.snapshot import Event, Roster, Snapshot
from kraken_tui.model.talk import Block, Talk

PROTOCOL_VERSION = 2
LONGEST_FRAME = 16 * 1024 * 1024

VIEW, PROPOSE, CONTROL = "view", "propose", "control"
ROLES = (VIEW, PROPOSE, CONTROL)
"""What a connection may do: look; also ask questions and make proposals; also command and confirm."""


class Hello(Struct, frozen=True, tag=True):
    """First frame of a screen."""

    version: int
    author: str
    """Who is asking, for the audit: `screen`, `cli status`, …"""
    commands: bool = False
    """It will send orders: places are kept for such connections when those for screens are all taken."""
    role: str = CONTROL
    """One of `ROLES`."""


class Pull(Struct, frozen=True, tag=True):
    """Ask for what is new."""

    snapshot_after: int
    """`Snapshot.seq` that the screen has; -1 for none."""
    events_after: int
    """`Event.seq` that the screen has; -1 for none."""
    talk_after: int = -1
    """`Block.seq` that the screen has; -1 for none."""


class Order(Struct, frozen=True, tag=True):
    """Ask the engine to do something. `key` makes it idempotent: the same key is never done twice."""

    key: str
    command: Command


class Welcome(Struct, frozen=True, tag=True):
    """Answer to Hello."""

    version: int
    roster: Roster


class News(Struct, frozen=True, tag=True):
    """Answer to Pull; `snapshot` is None when the screen has the newest."""

    snapshot: msgspec.Raw
    events: tuple[Event, ...]
    events_lost: bool
    """The ring no longer holds everything after `events_after`."""
    talk: Talk | None = None
    """None where nothing of it changed after `talk_after`."""
    blocks: tuple[Block, ...] = ()
    """Told after `talk_after`, each once, the newest telling; the engine keeps the last few hundred."""


class Done(Struct, frozen=True, tag=True):
    """Answer to Order."""

    key: str
    result: CommandResult


class Seen(Struct, frozen=True, tag=True):
    """Answer to Look."""

    page: Page


class Unseen(Struct, frozen=True, tag=True):
    """Answer to a Look that can't be told; the connection goes on."""

    text: str


class Failed(Struct, frozen=True, tag=True):
    """The request could not be served; `text` says why."""

    text: str


Request = Hello | Pull | Order | Look
Reply = Welcome | News | Done | Seen | Unseen | Failed

encode = msgspec.msgpack.Encoder().encode
decode_request = msgspec.msgpack.Decoder(Request).decode
decode_reply = msgspec.msgpack.Decoder(Reply).decode
decode_snapshot = msgspec.msgpack.Decoder(Snapshot | None).decode
