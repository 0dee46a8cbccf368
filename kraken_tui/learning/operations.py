"""What can happen to what is adopted: the operator's commands, the search's results, the market's blocks.

None of them holds a risk limit; the only way from here to one is a candidate's `Tightening`.
"""

from enum import StrEnum

from msgspec import Struct

from kraken_tui.learning.adoptable import Candidate
from kraken_tui.learning.campaign import Declaration, Source, Trial
from kraken_tui.learning.gates import Sanity, Search


class Mode(StrEnum):
    """Where it learns. Paper and live learn apart: each has a state of its own."""

    PAPER = "PAPER"
    LIVE = "LIVE"


class Level(StrEnum):
    """What learning may do by itself."""

    OFF = "off"
    """Nothing is tested. What was let in stays watched."""
    SUGGEST = "suggest"
    """A winner waits for the operator."""
    AUTO_PAPER = "auto-paper"
    """In paper a winner is let in by itself; in live it waits."""
    AUTO_LIVE = "auto-live"

    def is_auto_in(self, mode: Mode) -> bool:
        """Whether a winner is let in by itself."""
        return self is Level.AUTO_LIVE or (self is Level.AUTO_PAPER and mode is Mode.PAPER)


class Cause(StrEnum):
    """Why nothing is let in at present."""

    GAP = "GAP"
    """Data are missing."""
    INCIDENT = "INCIDENT"
    """The exchange is in trouble."""
    DRIFT = "DRIFT"
    """A drift alarm stands."""
    OPERATOR = "OPERATOR"


class SetLevel(Struct, frozen=True, tag=True):
    """The operator sets what learning may do."""

    level: Level


class Freeze(Struct, frozen=True, tag=True):
    """Nothing is let in from now on."""

    cause: Cause


class Thaw(Struct, frozen=True, tag=True):
    """That cause is over."""

    cause: Cause


class Pin(Struct, frozen=True, tag=True):
    """The operator keeps what a strategy trades with now."""

    strategy: str


class Unpin(Struct, frozen=True, tag=True):
    """It may be replaced again."""

    strategy: str


class Declare(Struct, frozen=True, tag=True):
    """A campaign begins."""

    declaration: Declaration
    strategy: str
    """Whose champion is challenged."""


class Register(Struct, frozen=True, tag=True):
    """A trial was evaluated."""

    trial: Trial


class Choose(Struct, frozen=True, kw_only=True, tag=True):
    """The search has ended."""

    challengers: tuple[Candidate, ...]
    search: Search
    sane: tuple[Sanity, ...]
    """Per challenger."""


class Block(Struct, frozen=True, kw_only=True, tag=True):
    """A block has closed."""

    mode: Mode
    end_ns: int
    span_ns: int
    """How long it is."""
    source: Source = Source.SHADOW
    differences: dict[str, float] = {}
    """Per challenger: its shadow's return less the champion's, after costs. Empty where the block has a gap."""
    watched: float | None = None
    """What was let in last, less what it replaced; None where the block has a gap. Only of a block in shadow."""
    earlier: dict[int, float] = {}
    """The same of what was let in before and is watched still, by its number in `adopted`."""
    trades: int = 0
    """Ended in this block by what was let in last."""


class Accept(Struct, frozen=True, tag=True):
    """The operator lets the winner in."""

    now_ns: int


class GiveUp(Struct, frozen=True, tag=True):
    """The operator ends the campaign."""


class RollBack(Struct, frozen=True, tag=True):
    """The operator takes back what was last let in for a strategy."""

    strategy: str
    now_ns: int


Operation = SetLevel | Freeze | Thaw | Pin | Unpin | Declare | Register | Choose | Block | Accept | GiveUp | RollBack


class Kind(StrEnum):
    """What came of an operation."""

    REFUSED = "REFUSED"
    DECLARED = "DECLARED"
    VOID = "VOID"
    LOST = "LOST"
    TESTING = "TESTING"
    SUGGESTED = "SUGGESTED"
    CANARY = "CANARY"
    ADOPTED = "ADOPTED"
    ROLLED_BACK = "ROLLED_BACK"
    DRIFT = "DRIFT"


class Note(Struct, frozen=True):
    """What the operator should hear, and the database keep. What holds is in the state."""

    kind: Kind
    text: str
    candidate: str = ""
