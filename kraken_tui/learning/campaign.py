"""A campaign: challengers against today's champion, declared beforehand, so that what won is not what was looked for.

Declared are its budget of trials, its number of challengers, its held-out blocks and its loss bound. Then every
trial is registered; one too many, or one that was left out, and the campaign is void. Then the challengers are chosen,
once, with the figures of the search (`gates`). Then evidence is counted, over the holdout and on in shadow, until one
has enough.
"""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.learning import adoptable, evidence
from kraken_tui.learning.adoptable import Candidate
from kraken_tui.learning.evidence import Evidence
from kraken_tui.learning.gates import Sanity, Search, doubts
from kraken_tui.model.errors import UsageError


class Stage(StrEnum):
    """How far a campaign is."""

    SEARCHING = "SEARCHING"
    TESTING = "TESTING"
    WON = "WON"
    LOST = "LOST"
    VOID = "VOID"


class Source(StrEnum):
    """Where a block's returns come from."""

    HOLDOUT = "HOLDOUT"
    SHADOW = "SHADOW"


class Declaration(Struct, frozen=True, kw_only=True):
    """What is fixed before anything is tried."""

    id: str
    declared_ns: int
    budget: int
    """The most trials."""
    challengers: int
    """The most challengers."""
    bound: float
    """L: the most that a block's difference can lose, enforced by the risk engine."""
    holdout_start_ns: int
    holdout_end_ns: int
    """Not included. The search never sees what lies between; no two campaigns may share any of it."""
    holdout_blocks: int
    """How many blocks of it are counted; 0 where all evidence comes from shadow."""

    def __post_init__(self) -> None:
        for name, least in (("budget", 1), ("challengers", 1), ("holdout_blocks", 0)):
            if getattr(self, name) < least:
                raise UsageError(f"{name} is {getattr(self, name)}; {least} or more is right")
        if self.challengers > self.budget:
            raise UsageError(f"{self.challengers} challengers of {self.budget} trials; at most as many are right")
        if not self.bound > 0:
            raise UsageError(f"bound is {self.bound}; a fraction above 0 is right")
        if self.holdout_end_ns < self.holdout_start_ns + (self.holdout_blocks > 0):
            raise UsageError(f"the holdout ends before it begins, or {self.holdout_blocks} blocks of it have no time")

    def has(self, source: Source, end_ns: int) -> bool:
        """Whether a block that ends then can come from there: out of the holdout's time, or since the declaration."""
        if source is Source.HOLDOUT:
            return self.holdout_start_ns < end_ns <= self.holdout_end_ns
        return end_ns > self.declared_ns


class Trial(Struct, frozen=True, kw_only=True):
    """One configuration that was tried, whatever came of it."""

    candidate: str
    seed: int
    data_hash: str
    returns_hash: str
    """SHA-256 of its block returns, which the database keeps."""


class Contender(Struct, frozen=True, kw_only=True):
    """A challenger and what speaks for it."""

    candidate: Candidate
    evidence: Evidence


class Campaign(Struct, frozen=True, kw_only=True):
    """All of one campaign."""

    number: int
    """The how manieth ever in this mode, the void ones too: the threshold rises with it."""
    declaration: Declaration
    champion: Candidate
    stage: Stage = Stage.SEARCHING
    trials: tuple[Trial, ...] = ()
    contenders: tuple[Contender, ...] = ()
    last_ns: int = 0
    """The end of the last block that was counted."""
    blocks: int = 0
    winner: str = ""
    why: str = ""
    """Why it ended; empty while it runs."""

    @property
    def needed(self) -> float:
        """The W that a challenger needs. It counts the declared challengers, not those that are left."""
        return evidence.threshold(self.number, self.declaration.challengers)

    @property
    def source(self) -> Source:
        """Where the next block has to come from."""
        return Source.HOLDOUT if self.blocks < self.declaration.holdout_blocks else Source.SHADOW

    @property
    def won(self) -> Contender | None:
        """The winner."""
        return next((each for each in self.contenders if each.candidate.id == self.winner), None)

    def sentences(self) -> tuple[str, ...]:
        """How each challenger stands."""
        return tuple(
            f"{each.candidate.id}: {evidence.sentence(each.evidence, self.needed)}" for each in self.contenders
        )


def registered(campaign: Campaign, trial: Trial) -> Campaign:
    """The campaign with one more trial; the one too many makes it void."""
    if campaign.stage is not Stage.SEARCHING:
        return voided(campaign, f"{trial.candidate} was tried after the search had ended")
    if any(trial == each for each in campaign.trials):
        return campaign
    tried = replace(campaign, trials=(*campaign.trials, trial))
    if len(tried.trials) > campaign.declaration.budget:
        return voided(tried, f"{len(tried.trials)} trials, declared were {campaign.declaration.budget}")
    return tried


def chosen(
    campaign: Campaign, challengers: tuple[Candidate, ...], search: Search, sane: tuple[Sanity, ...]
) -> Campaign:
    """The campaign once its search has ended: who goes on to the holdout. It can be asked once.

    Void where trials were left out, too many challengers were chosen or one that was never tried; lost where the
    search's result is likely luck, or no challenger passes.
    """
    if campaign.stage is not Stage.SEARCHING:
        return voided(campaign, "challengers were chosen twice")
    if why := _invalid(campaign, challengers, search, sane):
        return voided(campaign, why)
    why_not = [
        f"{each.id}: {text}"
        for each, figures in zip(challengers, sane, strict=True)
        for text in (*adoptable.faults(campaign.champion, each), *doubts(figures, search))
    ]
    refused = {text.partition(": ")[0] for text in why_not}
    passed = tuple(each for each in challengers if each.id not in refused)
    if not passed:
        return replace(campaign, stage=Stage.LOST, why="; ".join(why_not) or "no challenger was chosen")
    fresh = Evidence(bound=campaign.declaration.bound)
    return replace(
        campaign, stage=Stage.TESTING, contenders=tuple(Contender(candidate=each, evidence=fresh) for each in passed)
    )


def _invalid(campaign: Campaign, challengers: tuple[Candidate, ...], search: Search, sane: tuple[Sanity, ...]) -> str:
    tried = {trial.candidate for trial in campaign.trials}
    if search.evaluated != len(campaign.trials):
        return f"{search.evaluated} trials were evaluated and {len(campaign.trials)} registered"
    if len(challengers) > campaign.declaration.challengers:
        return f"{len(challengers)} challengers, declared were {campaign.declaration.challengers}"
    if len({each.id for each in challengers}) != len(challengers) or len(sane) != len(challengers):
        return "a challenger was named twice, or its figures are missing"
    if never := sorted({each.id for each in challengers} - tried):
        return f"{', '.join(never)} was never tried"
    return ""


def after_block(campaign: Campaign, end_ns: int, source: Source, differences: dict[str, float]) -> Campaign:
    """The campaign after a block: each challenger's shadow return less the champion's, after costs.

    A block that was told already changes nothing. Whichever comes first to the threshold wins; of two at once the
    one with more evidence. It is lost once a bound was broken by all of them.
    """
    if campaign.stage is not Stage.TESTING or end_ns <= campaign.last_ns:
        return campaign
    if source is not campaign.source:
        return voided(campaign, f"a block of {source} came where {campaign.source} was due")
    names = {each.candidate.id for each in campaign.contenders}
    if not campaign.declaration.has(source, end_ns):
        return voided(campaign, f"a block of {source} is from another time than was declared")
    if missing := sorted(names - differences.keys()):
        raise UsageError(f"the block has no difference of {', '.join(missing)}; one for each challenger is right")
    contenders = tuple(
        replace(each, evidence=evidence.after_block(each.evidence, differences[each.candidate.id]))
        for each in campaign.contenders
    )
    now = replace(campaign, contenders=contenders, last_ns=end_ns, blocks=campaign.blocks + 1)
    best = max(contenders, key=lambda each: each.evidence.value)
    if evidence.is_enough(best.evidence, now.needed):
        return replace(now, stage=Stage.WON, winner=best.candidate.id)
    if all(each.evidence.dead for each in contenders):
        return replace(now, stage=Stage.LOST, why="every challenger lost more in a block than the declared bound")
    return now


def voided(campaign: Campaign, why: str) -> Campaign:
    """The campaign is void: what it found proves nothing. What has ended already stays as it ended."""
    if campaign.stage in (Stage.VOID, Stage.LOST):
        return campaign
    return replace(campaign, stage=Stage.VOID, winner="", why=why)
