"""Values that tools returned: the only numbers that free text may repeat."""

from decimal import Decimal

from msgspec import Struct

SAID = "said"
"""The kind of a number that is of nothing but the operator's own message."""


class Fact(Struct, frozen=True, kw_only=True):
    """One value with what it is a value of."""

    kind: str
    """price, bid, ask, spread, volume, change, balance, amount, value, profit, fee, loss, equity, exposure, heat,
    count, rate, ratio, limit, threshold, time or indicator; of a figure that was worked out difference, growth, total,
    average, product, multiple or share; `said`: a number of the operator's own message."""
    name: str
    """In words, such as `last price` or `net profit today`."""
    asset: str
    """Symbol or coin that it belongs to, such as `BTC/USD` or `BTC`; empty: the account or the engine as a whole."""
    unit: str
    """USD or another currency, a coin, %, s, h, d; empty: a plain number."""
    value: Decimal
    as_of_ns: int
    """When it was true, UTC nanoseconds; of a figure that was worked out, of the oldest that it rests on."""
    of: tuple["Fact", ...] = ()
    """What it was worked out of, in the order in which its kind has them; empty: it was read."""

    @property
    def handle(self) -> str:
        """What it is called where figures are worked out: its name, and what it belongs to."""
        return f"{self.name} {self.asset}".strip()


class ToolResult(Struct, frozen=True, kw_only=True):
    """What a tool answered."""

    ok: bool
    lines: tuple[str, ...]
    """As the app shows it: rendered from rows, receipts and fills."""
    facts: tuple[Fact, ...] = ()
    data: dict[str, object] = {}
    """As a program reads it; the same values, numbers as decimal text."""
    row: str = ""
    """The ledger row, proposal or decision that the lines are rendered from; empty: a reading of the moment."""
