"""How this room's loops are compiled: as the fast replay's are, and again whenever a source of any of them changes."""

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit
from numba.core.caching import FunctionCache

from kraken_tui.replay.fast.compiling import SOURCES as FAST
from kraken_tui.scanner.compiled import OPTIONS

P = ParamSpec("P")
R = TypeVar("R")

FILES = (
    "compiling.py", "tape.py", "rows.py", "paths.py", "market_regime.py", "waiting.py", "sizing.py", "loop.py",
    "beliefs.py",
)  # fmt: skip
"""Files of this room that compiled functions take something from."""

SOURCES = FAST + hashlib.sha256(b"".join((Path(__file__).parent / name).read_bytes() for name in FILES)).hexdigest()


class _Cache(FunctionCache):
    """numba's file cache, which by itself looks only at the file of the outermost function."""

    def _index_key(self, sig: Any, codegen: Any) -> tuple[Any, ...]:
        return (*super()._index_key(sig, codegen), SOURCES)  # type: ignore[no-untyped-call]


def loop(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop when it is first called, and keep the machine code on disk where that is possible."""
    dispatcher: Any = njit(**OPTIONS)(function)
    with contextlib.suppress(RuntimeError):
        dispatcher._cache = _Cache(function)  # type: ignore[no-untyped-call]
    return cast(Callable[P, R], dispatcher)
