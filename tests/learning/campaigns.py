"""Candidates, declarations and figures that pass every gate, for the tests of campaigns and adoption."""

from kraken_tui.clock import SECOND
from kraken_tui.learning.adoptable import Candidate, Parameter, Tightening
from kraken_tui.learning.adopted import Adoption
from kraken_tui.learning.adoption import after
from kraken_tui.learning.campaign import Declaration, Trial
from kraken_tui.learning.gates import Sanity, Search
from kraken_tui.learning.operations import Block, Choose, Declare, Level, Mode, Note, Operation, Register

DAY_NS = 86_400 * SECOND
SANE = Sanity(trades=200, months=12, stressed=0.1, retained=0.8)


def candidate(name: str, gap: float = 1.0, *, strategy: str = "trend", tight: tuple[Tightening, ...] = ()) -> Candidate:
    return Candidate(id=name, strategy=strategy, code="c0de", parameters={Parameter.TREND_GAP: gap}, tightenings=tight)


CHAMPION = candidate("today")


def declaration(name: str = "first", **changed: float) -> Declaration:
    told: dict[str, float] = {
        "declared_ns": 0, "budget": 10, "challengers": 3, "bound": 0.06, "holdout_start_ns": 0, "holdout_end_ns": 0,
        "holdout_blocks": 0,
    } | changed  # fmt: skip
    return Declaration(id=name, **told)  # type: ignore[arg-type]


def trial(name: str, seed: int = 0) -> Trial:
    return Trial(candidate=name, seed=seed, data_hash="d", returns_hash=f"r-{name}-{seed}")


def search(evaluated: int, deflated: float | None = 0.97, overfitting: float | None = 0.1) -> Search:
    return Search(evaluated=evaluated, deflated=deflated, overfitting=overfitting)


def new_state(mode: Mode = Mode.PAPER, level: Level = Level.AUTO_PAPER) -> Adoption:
    return Adoption(mode=mode, level=level, champions={"trend": CHAMPION, "other": candidate("o", strategy="other")})


def run(state: Adoption, *operations: Operation) -> tuple[Adoption, tuple[Note, ...]]:
    """The state after all of them, and all that was told."""
    notes: tuple[Note, ...] = ()
    for each in operations:
        state, told = after(state, each)
        notes += told
    return state, notes


def in_shadow(state: Adoption, *challengers: Candidate, name: str = "first") -> Adoption:
    """A campaign whose challengers are in shadow."""
    many = challengers or (candidate("new", 1.4),)
    state, _ = run(
        state, Declare(declaration(name), "trend"), *(Register(trial(each.id)) for each in many),
        Choose(challengers=many, search=search(len(many)), sane=(SANE,) * len(many)),
    )  # fmt: skip
    return state


def block(
    day: int,
    watched: float | None = None,
    trades: int = 3,
    mode: Mode = Mode.PAPER,
    *,
    told: dict[str, float] | None = None,
) -> Block:
    return Block(mode=mode, end_ns=day * DAY_NS, span_ns=DAY_NS, differences=told or {}, watched=watched, trades=trades)
