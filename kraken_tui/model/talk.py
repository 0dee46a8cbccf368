"""The conversation as every screen sees it: typed blocks, so that prose can't pose as a record."""

from enum import StrEnum

from msgspec import Struct


class BlockKind(StrEnum):
    """Who speaks, and on what ground."""

    USER = "user"
    """The operator's own words."""
    PROSE = "prose"
    """The model's words that passed the gate: commentary, not a record."""
    TOOL = "tool"
    """A tool is running, or has run: its name and what it was asked."""
    FACT = "fact"
    """What a tool answered, rendered by the app."""
    PROPOSAL = "proposal"
    """An order that waits for a confirm, rendered by the app."""
    RECEIPT = "receipt"
    """What the exchange or the engine said to something that was done, rendered from its row."""
    NOTICE = "notice"
    """The app's own words: withheld sentences, the model's absence, a budget that is spent."""
    FOOTER = "footer"
    """What the ledger counts at the end of a turn."""


class Block(Struct, frozen=True, kw_only=True):
    """One block of the conversation. A block that grows or changes is told again with the same id and a higher seq."""

    id: int
    """In the order in which blocks began."""
    seq: int
    """Of this telling; a screen asks for what is above the last that it has."""
    turn: int
    """Of the conversation, from 1; a turn ends with its footer."""
    time_ns: int
    kind: BlockKind
    author: str
    """Who spoke: the operator's name, the assistant's, or the app."""
    lines: tuple[str, ...]
    done: bool = True
    """Whether nothing will be added."""
    row: str = ""
    """The ledger row or proposal that the lines are rendered from. A proposal waits while its block is not done."""
    expires_ns: int = 0
    """When a proposal that waits lapses, by the engine's clock; 0: not told."""


class Talk(Struct, frozen=True, kw_only=True):
    """What a screen is told of the conversation beside its blocks."""

    seq: int
    """Of the newest telling."""
    assistant: str
    """Its name."""
    operator: str
    state: str
    """Such as `grammar only: no key`, `ready`, `thinking`, `budget spent until 00:00 UTC`."""
    busy: bool
    """A turn is under way; it can be cancelled."""
    model: str
    tokens: int
    """Today, in and out."""
    cost: str
    """Today, USD; empty where the model's price is not known."""
