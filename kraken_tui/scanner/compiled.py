"""How the scanner's functions are compiled: exactly, once, and again whenever any of their sources changes."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit
from numba.core.event import Event, Listener, install_listener
from numba.core.registry import CPUDispatcher

from kraken_tui.clock import Progress
from kraken_tui.store.machine_code import kept

P = ParamSpec("P")
R = TypeVar("R")


OPTIONS: Any = {"error_model": "numpy", "nogil": True, "no_cfunc_wrapper": True, "_nrt": False}
"""No fastmath, no threads: the same integers everywhere. Division by zero gives no exception, so that loops can be
vectorised (the rules never divide by zero). Nothing is allocated, so that no reference need be counted."""

INNER: Any = {"no_cpython_wrapper": True, "forceinline": True}
"""For functions that only compiled ones call: wrappers for other callers take a third of all compiling."""

NOT_COMPILED = {"scanner.py", "result.py", "explain.py"}
"""Files of this room that no compiled function takes anything from."""


def _digest() -> str:
    """A digest of everything that is compiled here, and of the words that it shares with the rest of the house."""
    folder = Path(__file__).parent
    sources = [path for path in sorted(folder.glob("*.py")) if path.name not in NOT_COMPILED]
    sources.append(folder.parent / "model" / "scan.py")
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


SOURCES = _digest()


class _Part(CPUDispatcher):  # type: ignore[misc, no-any-unimported, unused-ignore]
    """A function without a wrapper for Python, which numba by itself would jump into all the same and crash."""

    def __call__(self, *arguments: Any) -> Any:
        return self.py_func(*arguments)


def part(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` into each of its compiled callers; called from Python it runs as plain Python."""
    dispatcher: Any = njit(**OPTIONS, **INNER)(function)
    dispatcher.__class__ = _Part
    return cast(Callable[P, R], dispatcher)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` with numba when it is first called, and keep the machine code on disk.

    Where no folder for the cache can be written, nothing is kept.
    """
    return kept(SOURCES, **OPTIONS)(function)


class _Counter(Listener):
    """Counts functions as numba finishes them."""

    def __init__(self, title: str, expected: int, progress: Progress) -> None:
        self._title, self._expected, self._progress, self._done = title, expected, progress, 0

    def on_start(self, event: Event) -> None:
        """A function is begun: nothing to say yet."""

    def on_end(self, event: Event) -> None:
        """A function is done."""
        self._done += 1
        self._progress(self._title, min(0.99, self._done / self._expected))


@contextlib.contextmanager
def shown(title: str, expected: int, progress: Progress) -> Iterator[None]:
    """Tell `progress` how far compiling has come while the block runs.

    Args:
        title: what is being compiled.
        expected: about how many functions that takes.
        progress: told a title and a share from 0 to 1.
    """
    progress(title, 0.0)
    with install_listener("numba:compile", _Counter(title, expected, progress)):
        yield
    progress(title, 1.0)
