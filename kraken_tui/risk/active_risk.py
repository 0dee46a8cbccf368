"""Total active risk: what everything that is open would lose if every stop were hit, whoever opened it."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from kraken_tui.model.evaluation import Check
from kraken_tui.model.trading import Side

ZERO, HUNDRED = Decimal(0), Decimal(100)


class AtRisk(Struct, frozen=True, kw_only=True):
    """An open position, or an entry that is sent or rests."""

    symbol: str
    side: Side
    amount: Decimal
    """Base units."""
    entry: Decimal
    """What it cost on average, or will; quote units."""
    stop: Decimal | None
    """Where its stop rests, or is wanted; None where it has none, and all of it is at risk."""

    @property
    def risk(self) -> Decimal:
        """What hitting the stop would lose of what was put in; 0 where the stop is past the entry; quote units."""
        if self.stop is None:
            return self.entry * self.amount
        return max(ZERO, (self.entry - self.stop) * self.side.sign) * self.amount


class ActiveRisk(Struct, frozen=True, kw_only=True):
    """What is at risk, and how much may be; quote units."""

    total: Decimal
    most: Decimal | None
    """None where nothing limits it."""
    percent: Decimal | None = None
    """The same limit, in percent of the capital."""

    @property
    def room(self) -> Decimal | None:
        """What may still be put at risk; None where nothing limits it."""
        return None if self.most is None else max(ZERO, self.most - self.total)

    @property
    def block(self) -> str:
        """Why nothing more may be put at risk; empty while something may."""
        if self.most is None or self.total < self.most:
            return ""
        return f"active risk {self.total:.2f} has reached the limit of {self.most:.2f} ({self.percent:g} % of capital)"

    @property
    def check(self) -> Check:
        """The gatekeeper's check."""
        if why := self.block:
            return Check("active risk", False, why)
        most = "" if self.most is None else f" of {self.most:.2f}"
        return Check("active risk", True, f"active risk is {self.total:.2f}{most}")


def active_risk(rows: Iterable[AtRisk], capital: Decimal, percent: float | None) -> ActiveRisk:
    """What all of `rows` put at risk together, against its limit.

    Args:
        rows: everything that is open, sent or resting, of every owner.
        capital: what entries are sized with; quote units.
        percent: MAX_ACTIVE_RISK, of `capital`; None limits nothing.
    """
    total = sum((row.risk for row in rows), ZERO)
    if percent is None:
        return ActiveRisk(total=total, most=None)
    share = Decimal(str(percent))
    return ActiveRisk(total=total, most=max(ZERO, capital) * share / HUNDRED, percent=share)
