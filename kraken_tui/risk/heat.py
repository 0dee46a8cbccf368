"""Heat: how much is open at once, in all and per group, against its limits."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct

from kraken_tui.config.settings import HeatLimit

TOTAL = "all"
"""The name under which the limit over everything is shown."""


class Exposure(Struct, frozen=True):
    """One open position, or an entry on its way, as heat sees it."""

    symbol: str
    group: str
    notional: Decimal
    """Quote units."""


class Usage(Struct, frozen=True):
    """What one limit allows, and what of it is used."""

    name: str
    trades: int
    most_trades: int
    exposure: Decimal
    """Percent of equity."""
    most_exposure: Decimal

    @property
    def is_full(self) -> bool:
        """Whether nothing more may be opened under this limit."""
        return self.trades >= self.most_trades or self.exposure >= self.most_exposure

    @property
    def note(self) -> str:
        """Why it is full, such as `Memes 2/2` or `Memes 81 % of 80 %`."""
        if self.trades >= self.most_trades:
            return f"{self.name} {self.trades}/{self.most_trades}"
        return f"{self.name} {self.exposure:.0f} % of {self.most_exposure:.0f} %"

    def room(self, equity: Decimal) -> Decimal:
        """The notional that may still be opened; quote units."""
        return max(Decimal(0), (self.most_exposure - self.exposure) * equity / 100)


class Heat(Struct, frozen=True):
    """The usage of every limit: the first is the one over everything."""

    usages: tuple[Usage, ...]

    def of(self, group: str) -> tuple[Usage, ...]:
        """The limits that bind a ticker of `group`."""
        return tuple(usage for usage in self.usages if usage.name in (TOTAL, group))

    def block(self, group: str) -> str:
        """Why a ticker of `group` may not enter; empty when it may."""
        return next((usage.note for usage in self.of(group) if usage.is_full), "")

    @property
    def ppm(self) -> int:
        """How hot the whole is, 0 to 1,000,000: the larger share of trades or of exposure used."""
        total = self.usages[0]
        shares = [Decimal(total.trades) / total.most_trades if total.most_trades else Decimal(1)]
        shares.append(total.exposure / total.most_exposure if total.most_exposure else Decimal(1))
        return int(min(Decimal(1), max(shares)) * 1_000_000)


def measure(open_now: Iterable[Exposure], equity: Decimal, total: HeatLimit, groups: Mapping[str, HeatLimit]) -> Heat:
    """The heat of what is open.

    Args:
        open_now: positions and entries on their way; a symbol counts once as a trade.
        equity: quote units; at or below zero everything is full.
        total: the limit over everything.
        groups: limits by group; a group without one is bound by `total` alone.
    """
    rows = list(open_now)
    limits = {TOTAL: total, **groups}
    return Heat(tuple(_usage(name, limit, rows, equity) for name, limit in limits.items()))


def _usage(name: str, limit: HeatLimit, rows: list[Exposure], equity: Decimal) -> Usage:
    mine = [row for row in rows if name in (TOTAL, row.group)]
    notional = sum((row.notional for row in mine), Decimal(0))
    most = Decimal(str(limit.exposure))
    return Usage(
        name=name,
        trades=len({row.symbol for row in mine}),
        most_trades=limit.trades,
        exposure=notional * 100 / equity if equity > 0 else most,
        most_exposure=most,
    )
