"""What `optimize --out` writes, as far as learning looks at it: each value of its kind and within what can be kept."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from kraken_tui.model.errors import GARBLED, UsageError

Whole = Annotated[int, Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
Word = Annotated[str, Meta(max_length=200)]
Values = dict[Word, Whole | float]


class Side(Struct, frozen=True):
    """A trial on the days it was trained on, or on those it was tested on."""

    returns: list[float]


class Tried(Struct, frozen=True, kw_only=True):
    """One trial; one that failed has values alone."""

    values: Values
    failed: str = ""
    score: float | None = None
    train: Side = Side([])
    test: Side = Side([])

    def __post_init__(self) -> None:
        if self.score is None and not self.failed:
            raise ValueError("it has no `score`, and did not fail")


class About(Struct, frozen=True, kw_only=True):
    """What was searched."""

    strategies: list[Word]
    data: Word = ""
    program: Word = ""
    seed: Whole = 0


class Tested(Struct, frozen=True, kw_only=True):
    """The winner where nobody looked."""

    days: list[Word]
    trades: Whole
    net_at_higher_costs: float | None


class Overfitting(Struct, frozen=True):
    """How likely the best is best by chance."""

    probability: float


class Neighbours(Struct, frozen=True):
    """What settings near by keep of the winner's score."""

    retained: float | None


class Luck(Struct, frozen=True, kw_only=True):
    """What choosing it is worth."""

    deflated: float | None = None
    overfitting: Overfitting | None = None
    neighbours: Neighbours | None = None


class Found(Struct, frozen=True, kw_only=True):
    """A search's whole result."""

    kind: str = ""
    name: Word
    about: About
    proposal: Values
    present: Values
    out_of_sample: Tested
    luck: Luck
    trials: list[Tried]


def found_in(content: bytes) -> Found:
    """The result that a file holds; JSON knows no number that is none, nor an endless one.

    Raises:
        UsageError: it is no JSON, or no whole result; says where.
    """
    try:
        return msgspec.json.decode(content, type=Found)
    except msgspec.ValidationError as error:
        raise UsageError(f"it is no whole result of `optimize --out`: {error}") from error
    except GARBLED as error:
        raise UsageError(f"it is no JSON: {error}") from error
