"""What takes long to make and much memory to keep: what was asked for last stays, as long as there is room."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shelf(Generic[T]):
    """Things of one kind, by key.

    Args:
        room: bytes that they may take, besides the one that was asked for last.
        size: bytes that one takes; asked anew each time, as a thing may grow.
    """

    def __init__(self, room: int, size: Callable[[T], int]) -> None:
        self.room = room
        self._size = size
        self._things: dict[Hashable, T] = {}

    def take(self, key: Hashable, make: Callable[[], T]) -> T:
        """The thing of a key, made where it is not there."""
        found = self._things.pop(key) if key in self._things else make()
        while self._things and sum(map(self._size, self._things.values())) > self.room:
            del self._things[next(iter(self._things))]
        self._things[key] = found
        return found

    def clear(self) -> None:
        """Keep none of them."""
        self._things.clear()
