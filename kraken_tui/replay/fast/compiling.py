"""How the replay's loops are compiled: as the scanner is, and again whenever a source of either room changes."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit, types
from numba.core.registry import CPUDispatcher

from kraken_tui.scanner.compiled import OPTIONS
from kraken_tui.scanner.compiled import SOURCES as SCANNER
from kraken_tui.store.machine_code import kept

P = ParamSpec("P")
R = TypeVar("R")

FILES = (
    "compiling.py", "exactly.py", "pairs.py", "loop.py", "paper_rows.py", "paper_books.py", "paper_ladder.py",
    "paper_entries.py", "paper_exits.py", "paper_risk.py", "paper_lots.py", "paper_size.py",
    "paper_kill.py",
)  # fmt: skip
"""Files of this room that compiled functions take something from."""


def digest(folder: Path, names: Sequence[str]) -> str:
    """Of the contents of a room's files."""
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in names)).hexdigest()


SOURCES = SCANNER + digest(Path(__file__).parent, FILES)


def loop(function: Callable[P, R], sources: str = SOURCES) -> Callable[P, R]:
    """Compile a loop over scans when it is first called, and keep the machine code on disk where that is possible.

    Args:
        function: the loop.
        sources: a digest of everything that it takes something from; another one, and it is compiled again.
    """
    return kept(sources, **OPTIONS)(function)


class _Apart(CPUDispatcher):  # type: ignore[misc, no-any-unimported, unused-ignore]
    """A function that is compiled once for all callers, and not again for each literal that one of them hands over."""

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Of plain integers and truth values, whatever was written."""
        return super().get_call_template(tuple(map(_plain, args)), kws)


def _plain(told: Any) -> Any:
    return told.dtype if isinstance(told, types.IntEnumMember) else types.unliteral(told)  # type: ignore[no-untyped-call]


def apart(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function once, to be called: for what happens seldom and would make its callers long to compile."""
    options: Any = {**OPTIONS, "no_cpython_wrapper": True}
    dispatcher: Any = njit(**options)(function)
    dispatcher.__class__ = _Apart
    return cast(Callable[P, R], dispatcher)
