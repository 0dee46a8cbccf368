"""What a run did, counted from where it began."""

from decimal import Decimal
from typing import Self

import msgspec
from msgspec import Struct

from kraken_tui.account.status_service import side_word
from kraken_tui.clock import iso
from kraken_tui.engine.engine import Engine, Parts
from kraken_tui.model.trading import Trade
from kraken_tui.runtime.options import RunSummary

STOPPED_BEFORE = RunSummary(
    scans=0, transitions={}, trades=[], open_positions=[], realised_pnl="0", unrealised_pnl="0", fees="0", equity=None,
    worst_scan_us=0, stopped=True,
)  # fmt: skip
"""A run that was stopped before its market was open; the books were not looked at."""


class Beginning(Struct, frozen=True):
    """Where the account stood when a run began."""

    trades: int
    realised: Decimal
    fees: Decimal

    @classmethod
    def of(cls, parts: Parts) -> Self:
        """The account now."""
        totals = parts.status.totals()
        return cls(len(parts.account.trades), totals.realised, totals.fees)

    def after(self, other_fees: Decimal) -> "Beginning":
        """The same, once the fees of earlier runs are known that no fill carries."""
        return Beginning(self.trades, self.realised, self.fees + other_fees)


def summarise(engine: Engine, parts: Parts, beginning: Beginning, *, stopped: bool) -> RunSummary:
    """The run from `beginning` to now.

    Args:
        engine: that ran.
        parts: its parts.
        beginning: where the account stood.
        stopped: whether somebody ended it before its time.
    """
    totals = parts.status.totals()
    return RunSummary(
        scans=engine.scans,
        transitions=dict(sorted(engine.transitions.items())),
        trades=[told_trade(row) for row in parts.account.trades[beginning.trades :]],
        open_positions=[msgspec.to_builtins(row) for row in parts.status.position_rows()],
        realised_pnl=told_money(totals.realised - beginning.realised),
        unrealised_pnl=told_money(totals.unrealised),
        fees=told_money(totals.fees - beginning.fees),
        equity=told_money(totals.equity),
        worst_scan_us=engine.worst_scan_us,
        stopped=stopped,
    )


def told_trade(row: Trade) -> dict[str, str]:
    """A closed trade as text."""
    return {
        "symbol": row.symbol,
        "side": side_word(row.side),
        "amount": f"{row.amount:f}",
        "entry_price": f"{row.entry_price:.12g}",
        "exit_price": f"{row.exit_price:.12g}",
        "opened": iso(row.opened_ns),
        "closed": iso(row.closed_ns),
        "gross": f"{row.gross:f}",
        "fees": f"{row.fees:f}",
        "net": f"{row.net:f}",
        "reason": row.reason,
    }


def told_money(amount: Decimal) -> str:
    """Exact, without an exponent and without zeros that say nothing."""
    return f"{amount.normalize():f}"
