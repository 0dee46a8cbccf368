"""The end of an engine: nobody gives a position its stop after it."""

from collections.abc import Sequence

from kraken_tui.clock import SECOND, real_sleep, stopwatch_ns, wait_for_any
from kraken_tui.execution.brackets import Brackets
from kraken_tui.execution.desk import Desk

IDLE_WITHIN_S = 10.0
"""How long what is under way may take."""
PROTECTED_WITHIN_S = 30.0
"""How long a stop that does not rest is still tried: one that a close took away, or that the exchange put off."""
LOOK_S = 0.1


async def leave(desk: Desk, brackets: Brackets) -> Sequence[str]:
    """Let what is under way end, and whatever is held get its stop; the workers still run.

    Returns:
        The symbols that got none in time.
    """
    until_ns = stopwatch_ns() + int(PROTECTED_WITHIN_S * SECOND)
    await wait_for_any(desk.idle(), at_most=IDLE_WITHIN_S)
    while (naked := brackets.naked()) and stopwatch_ns() < until_ns:
        await real_sleep(LOOK_S)
    return naked


def last_words(naked: Sequence[str]) -> str:
    """What the operator is told of positions that an engine leaves without a stop."""
    return f"{', '.join(naked)}: held without a stop, and the engine ends: start it again, or close at Kraken by hand"


def parting(naked: Sequence[str]) -> str:
    """The answer to whoever ends the engine."""
    if not naked:
        return "The engine stops; positions stay behind their resting stops."
    return f"The engine stops once all of {', '.join(naked)} is behind a stop, in {PROTECTED_WITHIN_S:g} s at most."
