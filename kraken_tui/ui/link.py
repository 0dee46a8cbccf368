"""What the screen needs of an engine. `control.client.EngineClient` is one; tests hand in their own."""

from typing import Protocol

import msgspec

from kraken_tui.control.client import Heard
from kraken_tui.model.command import Command, CommandResult
from kraken_tui.model.errors import KrakenTuiError
from kraken_tui.model.page import Look, Page
from kraken_tui.model.snapshot import Roster

LINK_ERRORS = (OSError, TimeoutError, EOFError, KrakenTuiError, msgspec.MsgspecError, ValueError)
"""How a lost or unreadable engine shows; `ConnectionError` is an `OSError`."""

SILENT_AFTER_S = 3.0
"""An engine that has not answered for this long counts as lost."""


class Link(Protocol):
    """A connection to one engine. A lost engine raises `ConnectionError`; `connect` may be tried again."""

    role: str
    """What it may do: one of `model.roles.ROLES`."""

    async def connect(self) -> Roster:
        """Connect, or connect again."""
        ...

    async def hear(self, snapshot_after: int, events_after: int, talk_after: int) -> Heard:
        """What is new since the snapshot, the event and the telling that are named; -1 for none."""
        ...

    async def send(self, command: Command) -> CommandResult:
        """Have a command done; returns when the engine has answered."""
        ...

    async def look(self, look: Look) -> Page:
        """A page of the instrument."""
        ...

    async def close(self) -> None:
        """Let go of the engine, which runs on."""
        ...
