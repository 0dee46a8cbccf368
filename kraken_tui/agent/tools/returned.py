"""What tools have lately returned to whom, so that a next line can have a figure worked out of it."""

from collections import OrderedDict
from collections.abc import Sequence

from kraken_tui.model.fact import Fact

MOST_FACTS, MOST_AUTHORS = 200, 16


class Returned:
    """Keeps the newest values of those who asked last; how long one may be told is the value's own matter."""

    def __init__(self) -> None:
        self._facts: OrderedDict[str, tuple[Fact, ...]] = OrderedDict()

    def to(self, author: str) -> tuple[Fact, ...]:
        """What somebody was told, the oldest first."""
        return self._facts.get(author, ())

    def keep(self, author: str, facts: Sequence[Fact]) -> None:
        """Somebody was told more."""
        self._facts[author] = (*self.to(author), *facts)[-MOST_FACTS:]
        self._facts.move_to_end(author)
        while len(self._facts) > MOST_AUTHORS:
            self._facts.popitem(last=False)
