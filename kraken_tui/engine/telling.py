"""A scan as it is told: what the scanner would do with what others entered, and does not, is left out."""

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from kraken_tui.model.intent import AUTOPILOT, SCANNER, Intent
from kraken_tui.model.scan import Reason, State
from kraken_tui.model.trading import Position
from kraken_tui.scanner.result import ScanResult

UNSAID = frozenset({
    Reason.HOLDING, Reason.RATCHET_ENTRY, Reason.RATCHET_BREAKEVEN, Reason.RATCHET_LOCK, Reason.TRAIL, Reason.FADE,
    Reason.REVERSAL, Reason.STOP_CROSSED, Reason.NO_STOP,
})  # fmt: skip
"""What the scanner decides of a position; only of its own is it done."""


def as_told(
    result: ScanResult,
    positions: Iterable[Position],
    places: Mapping[str, int],
    owner_of: Callable[[str], str],
    acts: Callable[[Intent], bool],
) -> ScanResult:
    """A scan without what is not done.

    Args:
        result: as the scanner gave it; it stays as it is.
        positions: what is open.
        places: of symbols in the arrays.
        owner_of: who entered a symbol.
        acts: whether an intent of the scanner's is followed.
    """
    others = [
        (place, owner)
        for row in positions
        if (owner := owner_of(row.symbol)) != SCANNER and (place := places.get(row.symbol)) is not None
        if result.state[place] == State.HOLD and result.reason[place] in UNSAID
    ]
    intents = [intent for intent in result.intents if acts(intent)]
    if not others and len(intents) == len(result.intents):
        return result
    reason, wanted = result.reason.copy(), result.wanted_stop.copy()
    for place, owner in others:
        reason[place] = Reason.AUTOPILOTS if owner == AUTOPILOT else Reason.OPERATORS
        wanted[place] = 0
    return replace(result, reason=reason, wanted_stop=wanted, intents=intents)
