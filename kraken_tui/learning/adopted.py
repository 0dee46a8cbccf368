"""What is adopted in one mode, what was, and what stands in the way of more: a plain value for the database."""

from collections.abc import Mapping

from msgspec import Struct

from kraken_tui.learning import adoptable
from kraken_tui.learning.adoptable import Candidate, Limit
from kraken_tui.learning.campaign import Campaign, Trial
from kraken_tui.learning.canary import Canary
from kraken_tui.learning.evidence import Evidence
from kraken_tui.learning.operations import Cause, Level, Mode
from kraken_tui.learning.splits import Span


class Adopted(Struct, frozen=True, kw_only=True):
    """One that was let in, with what spoke for it, and what became of it."""

    campaign: int
    before: Candidate
    after: Candidate
    trial: Trial | None
    """With its seed and the hashes of its data and returns."""
    evidence: Evidence
    needed: float
    began_ns: int
    complete_ns: int = 0
    """When it had the whole sleeve; 0 before."""
    reverted_ns: int = 0
    """When it was taken back; 0 where it was not."""
    why: str = ""
    """Why it was taken back."""


class Adoption(Struct, frozen=True, kw_only=True):
    """Everything about what is adopted in one mode."""

    mode: Mode
    level: Level = Level.SUGGEST
    champions: dict[str, Candidate] = {}
    """Per strategy, what trades with the whole sleeve, or with what a canary leaves."""
    campaigns: int = 0
    """Declared so far, ever."""
    campaign: Campaign | None = None
    """The last one declared."""
    canary: Canary | None = None
    """The watch over the last of `adopted`; None where there is none, or it went back."""
    earlier: dict[int, Canary] = {}
    """By their number in `adopted`, the watches over those before the last that were not taken back."""
    adopted: tuple[Adopted, ...] = ()
    holdouts: tuple[Span, ...] = ()
    """What was held out once, and never can be again."""
    causes: tuple[Cause, ...] = ()
    """Sorted, as all that is stored: a set would come in another order in each process."""
    pinned: tuple[str, ...] = ()
    factors: dict[Limit, float] = {}
    """What is left of each limit that was tightened. No operation makes one larger."""

    @property
    def is_frozen(self) -> bool:
        """Whether nothing may get in at present."""
        return bool(self.causes)

    @property
    def watches(self) -> tuple[tuple[Adopted, Canary], ...]:
        """All that is watched, in the order in which it was let in."""
        rows = [(self.adopted[number], each) for number, each in self.earlier.items()]
        return (*rows, (self.adopted[-1], self.canary)) if self.canary is not None else tuple(rows)

    def shares(self, strategy: str) -> dict[str, float]:
        """What trades for a strategy, and with which share of its sleeve; candidates by id."""
        champion = self.champions[strategy]
        if self.canary is None or self.canary.is_complete or self.adopted[-1].after.strategy != strategy:
            return {champion.id: 1.0}
        return {champion.id: 1 - self.canary.share, self.adopted[-1].after.id: self.canary.share}

    def limits(self, operator: Mapping[Limit, float]) -> dict[Limit, float]:
        """The limits that hold, given the operator's own; never above those."""
        return adoptable.effective(operator, self.factors)
