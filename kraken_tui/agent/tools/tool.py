"""What a tool is, and the making of its answers."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from kraken_tui.model.excerpt import excerpt
from kraken_tui.model.fact import Fact, ToolResult
from kraken_tui.model.plain import plain

MOST_LINES = 120
LONGEST_LINE = 600


class Tool(Struct, frozen=True, kw_only=True):
    """A tool as a model and other programs are told of it."""

    name: str
    description: str
    parameters: dict[str, object]
    """JSON schema of its arguments: every key required, none besides them."""
    proposes: bool
    """Whether it makes a proposal; the others only look."""


def answered(
    lines: Iterable[str], facts: Sequence[Fact] = (), data: dict[str, object] | None = None, row: str = ""
) -> ToolResult:
    """An answer whose lines can neither steer a terminal nor fill it."""
    told = tuple(plain(line)[:LONGEST_LINE] for line in lines)
    if len(told) > MOST_LINES:
        told = (*told[:MOST_LINES], f"… and {len(told) - MOST_LINES} lines more")
    return ToolResult(ok=True, lines=told, facts=tuple(facts), data=data or {}, row=row)


def refused(text: object) -> ToolResult:
    """Why there is no answer, in one sentence."""
    return ToolResult(ok=False, lines=(excerpt(text),))


class Facts:
    """Gathers facts of one moment.

    Args:
        as_of_ns: when they are true.
    """

    def __init__(self, as_of_ns: int) -> None:
        self._as_of_ns = as_of_ns
        self.all: list[Fact] = []

    def add(self, kind: str, name: str, value: Decimal | int | float | str, *, asset: str = "", unit: str = "") -> None:
        """Take a value; what is no number is left out."""
        number = decimal_of(value)
        if number is not None:
            self.all.append(
                Fact(kind=kind, name=name, asset=asset, unit=unit, value=number, as_of_ns=self._as_of_ns)
            )  # fmt: skip


def decimal_of(value: Decimal | int | float | str) -> Decimal | None:
    """The exact number that a value shows; None where it shows none."""
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    try:
        number = Decimal(repr(value) if isinstance(value, float) else str(value).replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
