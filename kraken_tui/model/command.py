"""What a person can ask of a running engine. Hotkey, chat, socket and command line send the same values."""

from msgspec import Struct


class Flatten(Struct, frozen=True, tag=True):
    """Cancel every order of ours and close every position, now. Entries stay paused afterwards."""


class Close(Struct, frozen=True, tag=True):
    """Close one position."""

    symbol: str


class Buy(Struct, frozen=True, kw_only=True, tag=True):
    """Open a long behind a stop. Prices and amounts are decimal text, so that no client rounds them."""

    symbol: str
    amount: str | None = None
    """Base units, at most what risk allows; None: as much as risk allows."""
    limit: str | None = None
    """Rests there; None buys at market."""
    stop: str | None = None
    """None: where the scanner would put it (ATR)."""
    target: str | None = None


class Sell(Struct, frozen=True, kw_only=True, tag=True):
    """Without `stop`: sell `amount` of a long that is held. With it: open a short behind it (margin only).

    So that a long which has just been closed does not become a short by accident.
    """

    symbol: str
    amount: str | None = None
    limit: str | None = None
    stop: str | None = None
    target: str | None = None


class CancelOrders(Struct, frozen=True, kw_only=True, tag=True):
    """Cancel what rests of our entries in a pair; stops and targets of positions stay."""

    symbol: str


class SetStop(Struct, frozen=True, kw_only=True, tag=True):
    """Move the stop of a position."""

    symbol: str
    price: str


class SetTarget(Struct, frozen=True, kw_only=True, tag=True):
    """Move the take-profit of a position; None takes it away."""

    symbol: str
    price: str | None = None


class Pause(Struct, frozen=True, tag=True):
    """No entries until Resume, or until a moment; what is open stays managed."""

    only: str = ""
    """A group or a ticker; empty: everything."""
    until_ns: int = 0
    """When it ends by itself; 0: with Resume."""


class Resume(Struct, frozen=True, tag=True):
    """Entries again."""

    only: str = ""
    """The group or ticker whose pause ends; empty: all pauses end."""


AUTOPILOT_LEVELS = {
    "off": "decides nothing; what it holds stays behind its stops",
    "observe": "only says what it would do",
    "confirm": "asks before each entry",
    "auto": "trades by itself",
}
"""What the autopilot may do with its calls."""


class SetAutopilot(Struct, frozen=True, tag=True):
    """What the autopilot may do with its calls."""

    level: str
    """One of `AUTOPILOT_LEVELS`."""


class Approve(Struct, frozen=True, tag=True):
    """Let the autopilot make the entry that it asked about."""

    symbol: str


class ResetKillSwitch(Struct, frozen=True, tag=True):
    """Arm the daily-loss kill switch again; entries stay paused until Resume."""

    words: str
    """Exactly: RESET KILL SWITCH."""


class Stop(Struct, frozen=True, tag=True):
    """End the engine; positions stay behind their resting stops."""


class Learn(Struct, frozen=True, tag=True):
    """Ask what was learned, or tell learning what to do."""

    verb: str
    """status, consider (the file that `optimize --out` wrote), give-up, adopt, rollback, pin, unpin (a strategy each),
    freeze, thaw."""
    argument: str = ""


class Say(Struct, frozen=True, tag=True):
    """A line typed into the chat pane."""

    text: str


class Confirm(Struct, frozen=True, tag=True):
    """Do what a proposal says: only a connection with the control role may ask it."""

    proposal: str
    """Its id, such as `P-17`."""


class Reject(Struct, frozen=True, tag=True):
    """Let a proposal lapse."""

    proposal: str


class CancelTurn(Struct, frozen=True, tag=True):
    """Stop the assistant's answer that is under way; what was done stays done."""


class SetAssistant(Struct, frozen=True, tag=True):
    """What the assistant may have done without being asked again, within the operator's stated limits."""

    level: str
    """One of `ASSISTANT_LEVELS`."""


ASSISTANT_LEVELS = {
    "read": "answers only, proposes nothing",
    "paper": "does what it proposes by itself in PAPER, and asks in LIVE",
    "confirm": "asks before everything",
    "auto": "does by itself what stays within ASSISTANT_LIMITS, and asks for the rest",
}
"""Autonomy of the assistant."""


class SetSetting(Struct, frozen=True, kw_only=True, tag=True):
    """Another value of a setting in `config.json`, within its bounds; it holds from the next start on."""

    name: str
    """Its key."""
    value: str
    """As JSON has it; quotes round a text may be left out."""


Command = (
    Flatten | Close | Buy | Sell | CancelOrders | SetStop | SetTarget | Pause | Resume | SetAutopilot | Approve
    | ResetKillSwitch | Learn | Stop | Say | Confirm | Reject | CancelTurn | SetAssistant | SetSetting
)  # fmt: skip


class CommandResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The engine's answer. `lines` are rendered from receipts, fills and the account, never guessed."""

    ok: bool
    lines: tuple[str, ...]
    turn: int = 0
    """Of the conversation, whose blocks tell the rest; 0: none of it."""
    whole: bool = True
    """Whether all of what was asked for was done, where it was done."""
