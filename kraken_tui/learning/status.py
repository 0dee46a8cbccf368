"""Where learning stands, in lines for the command line, the chat and the screen. Pure."""

from collections.abc import Sequence

from kraken_tui.clock import day, iso
from kraken_tui.learning.adopted import Adopted
from kraken_tui.learning.campaign import Campaign, Stage
from kraken_tui.learning.canary import BACK
from kraken_tui.learning.learner import Learner
from kraken_tui.learning.operations import Cause, Level
from kraken_tui.learning.views import in_force, size_factors, weights
from kraken_tui.model.memory import InsightRecord

MOST_ADOPTED, MOST_INSIGHTS = 5, 5
ACTS = {
    Level.OFF: "nothing is tested, no size is changed; what was let in stays watched",
    Level.SUGGEST: "it says what it would do and changes no trade",
    Level.AUTO_PAPER: "on paper it cuts sizes and lets winners in by itself; with real money it only says so",
    Level.AUTO_LIVE: "it cuts sizes and lets winners in by itself",
}

CAUSES = {
    Cause.GAP: "the last block was not seen whole, as after a start in the midst of it",
    Cause.INCIDENT: "the exchange is in trouble",
    Cause.DRIFT: "a drift alarm stands",
    Cause.OPERATOR: "by your word, until `kraken-tui learning thaw`",
}


def learning_lines(state: Learner, insights: Sequence[InsightRecord] = (), mode: str = "") -> tuple[str, ...]:
    """How learning stands in one mode.

    Args:
        state: what is known there.
        insights: what was found in trades.
        mode: of the books; a sandbox learns as if it were LIVE, and is called what it is.
    """
    told = state.adoption
    return (
        f"Learning in {(mode or told.mode).upper()}: {told.level}: {ACTS[told.level]}.",
        *_allocation(state),
        *_campaign(told.campaign),
        *_in_force(state),
        *_history(told.adopted),
        *((f"Frozen, nothing is let in: {'; '.join(CAUSES[each] for each in told.causes)}.",) if told.causes else ()),
        *((f"Pinned, nothing is let in for it: {', '.join(told.pinned)}.",) if told.pinned else ()),
        *_insights(insights),
    )


def _allocation(state: Learner) -> tuple[str, ...]:
    known = state.allocation
    if known is None:
        return ("No strategy has run in shadow yet.",)
    hours = state.block_ns // 3_600_000_000_000
    now, acts = weights(state), bool(size_factors(state))
    heads = f"{known.blocks} block{'' if known.blocks == 1 else 's'} of {hours} h in shadow"
    if state.last_ns:
        heads += f", the last until {iso(state.last_ns)}"
    lines = [heads + (": none has earned anything yet, so all is cash." if not any(now.values()) else ":")]
    for name, total in zip(known.strategies, known.sums, strict=True):
        share = min(1.0, now[name] / state.pace.cap)
        drifting = "; a drift alarm stands, its weight is halved" if state.drifts[name].stands else ""
        mean = 1e4 * total / known.count if known.count else 0.0
        verb = "trades in" if acts else "would trade in"
        lines.append(
            f"  {name}: weight {now[name]:.3f}, {verb} {share:.0%} of its size; "
            f"{mean:+.1f} bps a block on average after costs{drifting}"
        )
    return tuple(lines)


def _campaign(running: Campaign | None) -> tuple[str, ...]:
    if running is None:
        return ("No challenger is being tested.",)
    head = f"Campaign {running.number} against {running.champion.id}, {running.stage}"
    if running.why:
        return (f"{head}: {running.why}",)
    if running.stage is Stage.WON:
        return (f"{head}: {running.winner} may be let in: learning adopt", *(f"  {row}" for row in running.sentences()))
    counted = f"{running.blocks} blocks counted since {day(running.declaration.declared_ns)}"
    return (f"{head}, {counted}:", *(f"  {row}" for row in running.sentences()))


def _in_force(state: Learner) -> tuple[str, ...]:
    lines = [f"In force: {row.candidate.id}, {row.share:.0%} of its sleeve" for row in in_force(state)]
    lines += [
        f"  against {entry.after.id} so far: {watch.reverse.value:.1f} of {BACK:g}; there it goes back by itself"
        for entry, watch in state.adoption.watches
    ]
    return tuple(lines)


def _history(adopted: Sequence[Adopted]) -> tuple[str, ...]:
    return tuple(
        f"{day(row.began_ns)}: {row.before.id} -> {row.after.id}"
        + (f"; taken back {day(row.reverted_ns)}: {row.why}" if row.reverted_ns else "")
        for row in adopted[-MOST_ADOPTED:]
    )


def _insights(insights: Sequence[InsightRecord]) -> tuple[str, ...]:
    standing = [row for row in insights if row.status == "confirmed"]
    return tuple(f"Confirmed: {row.text}" for row in standing[-MOST_INSIGHTS:])
