"""How this room's functions are compiled: without fastmath, so that every machine counts the same to the last bit."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from kraken_tui.store.machine_code import kept

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Signs = NDArray[np.int8]
F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile when first called; keep the machine code on disk where that can be written.

    numba looks at the function's own file alone to tell whether it has changed: a compiled function may call those of
    its own file only.
    """
    return kept(error_model="numpy", nogil=True)(function)


def lean(function: F) -> F:
    """The same of a function that allocates nothing: it is sooner loaded."""
    return kept(error_model="numpy", nogil=True, _nrt=False)(function)
