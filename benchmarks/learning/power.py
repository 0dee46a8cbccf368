"""How often, and how soon, a challenger that is truly better is adopted: a machine that is off is safe as well."""

from collections.abc import Iterator

import numpy as np

from benchmarks.learning.figures import Floats, Line, check, median, share
from benchmarks.learning.noise import BOUND
from kraken_tui.learning import adoption
from kraken_tui.learning.adoptable import Candidate
from kraken_tui.learning.adopted import Adoption
from kraken_tui.learning.campaign import Campaign, Contender, Declaration, Source, Stage
from kraken_tui.learning.evidence import BETS, Evidence, grown, mean_wealth, threshold
from kraken_tui.learning.operations import Block, Kind, Level, Mode

SHARPES = (1.0, 1.9, 2.9, 3.8, 5.7)
"""Differences of the annual Sharpe ratio."""
HOLDOUT = SHADOW = 365
CHALLENGERS = 3
WHOLE = 12
"""Runs that go through the whole state machine as well."""
DAY_NS = 86_400_000_000_000


def lines(runs: int) -> Iterator[Line]:
    for sharpe in SHARPES:
        days, who = adopted(differences(sharpe, runs, 500), CHALLENGERS)
        right = (days >= 0) & (who == 0)
        least = 0.6 if sharpe == 2.9 else None
        yield share(f"better by {sharpe:g}: adopted, 1 y held out, 1 y in shadow, one of 3", right, least=least)
        yield median(f"better by {sharpe:g}: days in shadow until then", np.maximum(days[right] + 1.0 - HOLDOUT, 0))
        yield share(f"better by {sharpe:g}: a wrong one was adopted", (days >= 0) & (who > 0), most=0.05)
    days, who = adopted(differences(2.9, runs // 2, 501, challengers=10, days=3 * 365), 10)
    yield share("better by 2.9: adopted, 3 y in shadow alone, one of 10", (days >= 0) & (who == 0))
    yield same_decisions()


def differences(sharpe: float, runs: int, seed: int, challengers: int = CHALLENGERS, days: int = 0) -> Floats:
    """Shape (days, runs, challengers), fat tails (t4), the first challenger the better one; cut at the bound."""
    chance = np.random.default_rng(seed + int(10 * sharpe))
    days = days or HOLDOUT + SHADOW
    edge = np.zeros(challengers)
    edge[0] = sharpe / np.sqrt(365)
    raw = chance.standard_t(4, (days, runs, challengers)) / np.sqrt(2)
    return np.asarray(np.maximum(np.clip(raw, -BOUND, BOUND) + edge, -BOUND), np.float64)


def adopted(blocks: Floats, challengers: int) -> tuple[Floats, Floats]:
    """On which day, and which; -1 where none is. Shapes (runs,)."""
    needed = threshold(1, challengers)
    wealth = np.ones((len(BETS), *blocks.shape[1:]))
    days, who = np.full(blocks.shape[1], -1.0), np.full(blocks.shape[1], -1.0)
    for day, block in enumerate(blocks):
        wealth = grown(wealth, block, BOUND)
        now = mean_wealth(wealth)
        new = (days < 0) & (now.max(axis=1) >= needed)
        days[new], who[new] = day, now.argmax(axis=1)[new]
    return days, who


def same_decisions() -> Line:
    """Whether the engine's own state machine finds the same winner on the same day, run by run."""
    blocks = differences(5.7, WHOLE, 502)
    days, who = adopted(blocks, CHALLENGERS)
    same = all(through_adoption(blocks[:, run]) == (days[run], who[run]) for run in range(WHOLE))
    return check(
        f"the engine's state machine decides the same, {WHOLE} runs day for day", str(same), "True", passed=same
    )


def through_adoption(blocks: Floats) -> tuple[float, float]:
    """When the state machine finds a winner, and which."""
    champion, *field = (Candidate(id=str(k - 1), strategy="s", code=str(k)) for k in range(CHALLENGERS + 1))
    declared = Declaration(
        id="d", declared_ns=0, budget=CHALLENGERS, challengers=CHALLENGERS, bound=BOUND, holdout_start_ns=0,
        holdout_end_ns=HOLDOUT * DAY_NS, holdout_blocks=HOLDOUT,
    )  # fmt: skip
    contenders = tuple(Contender(candidate=each, evidence=Evidence(bound=BOUND)) for each in field)
    running = Campaign(number=1, declaration=declared, champion=champion, stage=Stage.TESTING, contenders=contenders)
    state = Adoption(mode=Mode.PAPER, level=Level.AUTO_PAPER, champions={"s": champion}, campaign=running)
    for day, row in enumerate(blocks):
        told = {each.id: float(value) for each, value in zip(field, row, strict=True)}
        source = Source.HOLDOUT if day < HOLDOUT else Source.SHADOW
        block = Block(mode=Mode.PAPER, end_ns=(day + 1) * DAY_NS, span_ns=DAY_NS, source=source, differences=told)
        state, notes = adoption.after(state, block)
        if won := [note.candidate for note in notes if note.kind is Kind.SUGGESTED]:
            return float(day), float(won[0])
    return -1.0, -1.0
