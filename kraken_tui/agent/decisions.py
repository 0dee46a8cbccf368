"""A decision in words: what was decided, every check and vote behind it, and what the exchange said."""

from collections.abc import Iterable, Iterator

from kraken_tui import clock
from kraken_tui.model.evaluation import Evaluation, Executed

SIGNS = {1: "long", -1: "short"}


def decision_line(evaluation: Evaluation) -> str:
    """A decision on one line."""
    by = f"{evaluation.owner}, {evaluation.strategy}" if evaluation.strategy else evaluation.owner
    at = f" at {evaluation.price}" if evaluation.price else ""
    what = f"{evaluation.symbol} {evaluation.action}{at} ({by})"
    return f"{clock.iso(evaluation.time_ns)} {what}: {evaluation.verdict.upper()}: {evaluation.reason}"


def decision_lines(evaluation: Evaluation, executed: Iterable[Executed] = ()) -> tuple[str, ...]:
    """A decision, then its whole list of checks and votes, then what came of it, a line each."""
    return (
        decision_line(evaluation),
        *(f"  {'pass ' if check.ok else 'BLOCK'} {check.name}: {check.text}" for check in evaluation.checks),
        *(f"  vote  {vote.name}, {SIGNS.get(vote.sign, 'neither')}: {vote.text}" for vote in evaluation.votes),
        *_results(executed),
    )


def _results(executed: Iterable[Executed]) -> Iterator[str]:
    for result in executed:
        ids = ", ".join(one for one in (result.order_id, result.client_id) if one)
        text = f": {result.text}" if result.text else ""
        yield f"  {clock.iso(result.time_ns)} {result.outcome}{f' ({ids})' if ids else ''}{text}"
