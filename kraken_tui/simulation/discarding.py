"""Ending what nobody will run again, without a word."""

from collections.abc import AsyncGenerator
from typing import Any

_MOST_REFUSALS = 20
"""How often an abandoned coroutine may go on waiting when it is closed."""


def discard(coroutine: Any) -> None:
    """End a coroutine that nobody will run again; one that goes on waiting is told so until it gives up."""
    for _ in range(_MOST_REFUSALS):
        try:
            coroutine.close()
        except RuntimeError:  # it awaited something on its way out
            continue
        except BaseException:  # noqa: BLE001 - its end means nothing any more
            return
        return


def discard_generator(generator: AsyncGenerator[Any, Any]) -> None:
    """The same for an asynchronous generator."""
    ending = generator.aclose()
    try:
        ending.send(None)
        for _ in range(_MOST_REFUSALS):
            ending.throw(GeneratorExit)
    except BaseException:  # noqa: BLE001 - as above: it ended, or can't be ended
        return
