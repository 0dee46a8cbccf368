"""Who listens to the private stream, and what was told last, over all of its connections."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from kraken_tui.exchange.live.private_messages import LedgerRow
from kraken_tui.exchange.port import Listener
from kraken_tui.model.trading import Fill, Order


class Audience:
    """Passes on what happened, to each listener in the order in which they came."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.on_ledger: Callable[[LedgerRow], None] | None = None
        self.last_fill: Fill | None = None
        """The newest that was told."""
        self.assets: set[str] = set()
        """Those of which a balance was told."""

    def fill(self, fill: Fill) -> None:
        """An execution."""
        if self.last_fill is None or fill.time_ns >= self.last_fill.time_ns:
            self.last_fill = fill
        for listener in self.listeners:
            listener.on_fill(fill)

    def order(self, order: Order) -> None:
        """An order as it stands now."""
        for listener in self.listeners:
            listener.on_order(order)

    def snapshot(self, orders: Sequence[Order]) -> None:
        """All that rests."""
        for listener in self.listeners:
            listener.on_snapshot(orders)

    def balance(self, asset: str, total: Decimal) -> None:
        """All of an asset."""
        self.assets.add(asset)
        for listener in self.listeners:
            listener.on_balance(asset, total)

    def ledger(self, row: LedgerRow, balances: Mapping[str, Decimal]) -> None:
        """A ledger entry, and the balances that it leaves."""
        if self.on_ledger is not None:
            self.on_ledger(row)
        for name, total in balances.items():
            self.balance(name, total)
        if row.type == "trade":
            for listener in self.listeners:
                listener.on_traded(row.asset, row.ref_id)
