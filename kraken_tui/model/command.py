"""What a person can ask of a running engine. Hotkey, chat, socket and command line send the same values."""

from msgspec import Struct


class Flatten(Struct, frozen=True, tag=True):
    """Cancel every order of ours and close every position, now. Entries stay paused afterwards."""


class Close(Struct, frozen=True, tag=True):
    """Close one position."""

    symbol: str


class Pause(Struct, frozen=True, tag=True):
    """No entries until Resume; what is open stays managed."""


class Resume(Struct, frozen=True, tag=True):
    """Entries again."""


class Stop(Struct, frozen=True, tag=True):
    """End the engine; positions stay behind their resting stops."""


class Say(Struct, frozen=True, tag=True):
    """A line typed into the chat pane."""

    text: str


Command = Flatten | Close | Pause | Resume | Stop | Say


class CommandResult(Struct, frozen=True, kw_only=True):
    """The engine's answer. `lines` are rendered from receipts, fills and the account, never guessed."""

    ok: bool
    lines: tuple[str, ...]
