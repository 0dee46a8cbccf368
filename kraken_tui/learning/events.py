"""What moves learning on: an engine that begins, a block that ends, a search that is considered, a command."""

from collections.abc import Mapping

from msgspec import Struct

from kraken_tui.clock import SECOND
from kraken_tui.learning.adoptable import Candidate
from kraken_tui.learning.allocation import DAILY, Pace
from kraken_tui.learning.campaign import Declaration, Trial
from kraken_tui.learning.operations import Accept, Choose, Freeze, GiveUp, Pin, RollBack, SetLevel, Thaw, Unpin
from kraken_tui.model.memory import Source

BLOCKS_NS = {"4h": 4 * 3_600 * SECOND, "1d": 86_400 * SECOND}
PACES = {BLOCKS_NS["4h"]: Pace(), BLOCKS_NS["1d"]: DAILY}
SHADOW: Source = "shadow"

Nets = Mapping[tuple[str, str], float]
"""Of a block: what each strategy's shadow made by each of its candidates, after costs; a fraction of its sleeve."""


class Enrol(Struct, frozen=True, kw_only=True, tag=True):
    """An engine has begun: these strategies, with what the operator has set for them."""

    time_ns: int
    block_ns: int
    candidates: tuple[Candidate, ...]
    regimes: tuple[str, ...]


class Closed(Struct, frozen=True, kw_only=True, tag=True):
    """A block has ended, and its returns are known; they stand in `block_returns`."""

    end_ns: int
    regime: str
    """In which it was earned; empty where none lasted."""
    trades: int = 0
    """Ended in it by what is being let in."""


class Considered(Struct, frozen=True, kw_only=True, tag=True):
    """The result of a search: all of its trials, and who goes on."""

    strategy: str
    declaration: Declaration
    trials: tuple[Trial, ...]
    choice: Choose


class Done(Struct, frozen=True, tag=True):
    """A command or a cause."""

    operation: SetLevel | Freeze | Thaw | Pin | Unpin | Accept | GiveUp | RollBack


Event = Enrol | Closed | Considered | Done
