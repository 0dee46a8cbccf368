"""How this room's loops are compiled: as the fast replay's are, and again whenever a source of any of them changes."""

from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from kraken_tui.replay.fast import compiling as fast

P = ParamSpec("P")
R = TypeVar("R")

FILES = (
    "compiling.py", "reach.py", "tape.py", "laying.py", "rows.py", "paths.py", "calm.py", "exits.py", "passing.py",
    "market_regime.py", "waiting.py", "sizing.py", "loop.py", "beliefs.py", "bits.py", "codes.py", "comparing.py",
    "maps.py", "open_calls.py", "sure_regimes.py", "sure_beliefs.py", "calling.py",
)  # fmt: skip
"""Files of this room that compiled functions take something from."""

SOURCES = fast.SOURCES + fast.digest(Path(__file__).parent, FILES)


def loop(function: Callable[P, R]) -> Callable[P, R]:
    """See `fast.compiling.loop`."""
    return fast.loop(function, SOURCES)
