"""Compiled functions, kept on disk: compiled when first called, and afterwards only loaded, in any process."""

import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.runtime.nrt import rtsys

F = TypeVar("F", bound=Callable[..., Any])


class _Code(CompileResultCacheImpl):
    """What is kept of a function."""

    def reduce(self, data: Any) -> Any:
        """Without what only the raising of errors by its callees would need: it takes half of numba to load that."""
        *told, _ = super().reduce(data)  # type: ignore[no-untyped-call]
        return (*told, [])


class Cache(FunctionCache):
    """numba's file cache, which by itself looks only at the file of the outermost function.

    A compiled caller holds its callees' code, so that an update of another file must be told to it.

    Args:
        function: the outermost one.
        sources: a digest of all that it takes something from; another one, and it is compiled again.
        allocates: whether it counts references to what it allocates, for which numba compiles a little at each start.
    """

    _impl_class = _Code

    def __init__(self, function: Callable[..., Any], sources: str, *, allocates: bool) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        self._sources = sources
        self._allocates = allocates

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Without all that only compiling needs, which numba reads before."""
        if self._allocates:
            rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]

    def _index_key(self, sig: Any, codegen: Any) -> tuple[Any, ...]:
        return (*super()._index_key(sig, codegen), self._sources)  # type: ignore[no-untyped-call]


def kept(sources: str = "", **options: Any) -> Callable[[F], F]:
    """Compile a function when it is first called; keep the machine code on disk where that can be written."""

    def compiled(function: F) -> F:
        dispatcher: Any = njit(**options)(function)
        with contextlib.suppress(RuntimeError):
            dispatcher._cache = Cache(function, sources, allocates=options.get("_nrt", True))
        return dispatcher  # type: ignore[no-any-return]

    return compiled
