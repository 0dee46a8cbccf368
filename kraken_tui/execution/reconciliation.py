"""From the journal and the exchange to one account truth, at the start and after an unknown outcome."""

from kraken_tui.account.account_state import AccountState, Busy
from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.parse import fill_of, order_of
from kraken_tui.exchange.port import Exchange
from kraken_tui.execution.follower import Follower
from kraken_tui.execution.order_gateway import OrderGateway
from kraken_tui.model.outcome import Accepted, Declined, Receipt
from kraken_tui.store.journal import IntentRow, Journal

LOOK_BACK_S = 3600
"""Trades are asked for from this long before the last journalled fill: the journal may have missed the newest."""


class Reconciliation:
    """Brings journal, account and exchange to agree; what it can't settle stays frozen and is named."""

    def __init__(
        self,
        exchange: Exchange,
        journal: Journal,
        account: AccountState,
        follower: Follower,
        gateway: OrderGateway,
        clock: Clock,
    ) -> None:
        self._exchange = exchange
        self._journal = journal
        self._account = account
        self._follower = follower
        self._gateway = gateway
        self._clock = clock

    async def start(self) -> list[str]:
        """Rebuild the account and settle what an earlier run left open; returns what the operator should know."""
        for client_id, reason in await self._journal.reasons():
            self._gateway.remember(client_id, reason)
        booked = await self._journal.fills()
        for fill in booked:
            self._account.apply_fill(fill)
        since = booked[-1].time_ns // SECOND - LOOK_BACK_S if booked else None
        rows = await self._exchange.fetch_my_trades(None, since * 1000 if since is not None else None)
        missed = [fill for fill in map(fill_of, rows) if not self._account.knows(fill)]
        for fill in missed:
            self._follower.fill(fill)
        self._account.replace_resting(map(order_of, await self._exchange.fetch_open_orders()))
        self._follower.distrust_balance()
        await self._follower.settle(self._exchange)
        notes = [f"{len(missed)} fills of an earlier run were not in the journal and are now"] if missed else []
        return [*notes, *await self.settle_unknown()]

    async def settle_unknown(self) -> list[str]:
        """Find out what became of intents without a known outcome, from open orders and trades; free what was frozen.

        Raises:
            ExchangeError: the exchange does not answer now; everything stays frozen.
        """
        rows = await self._journal.unsettled()
        if not rows and not self._account.frozen():
            return []
        resting = list(map(order_of, await self._exchange.fetch_open_orders()))
        orders = {order.client_id: order for order in resting}
        trades = list(map(fill_of, await self._exchange.fetch_my_trades()))
        for fill in trades:
            self._follower.fill(fill)
        fills = {fill.client_id: fill for fill in trades}
        notes = []
        for row in rows:
            seen = orders.get(row.client_id) or fills.get(row.client_id)
            order_id = "" if seen is None else seen.id if row.client_id in orders else fills[row.client_id].order_id
            await self._journal.record_outcome(row.id, _settled(row, order_id), self._clock.now_ns())
            notes.append(f"{row.symbol} {row.kind} ({row.client_id}): {'was done' if order_id else 'was not done'}")
        self._account.replace_resting(resting)
        await self._follower.settle(self._exchange)
        for symbol in self._account.frozen():
            self._account.set_busy(symbol, Busy.NONE)
        return notes


def _settled(row: IntentRow, order_id: str) -> Accepted | Declined:
    if row.kind in ("amend", "cancel"):
        return Declined("the orders that rest were read anew")
    if not order_id:
        return Declined("not among open orders nor trades")
    receipt = Receipt(
        intent_id=str(row.id), client_id=row.client_id, order_id=order_id, description="found afterwards", time_ns=0
    )
    return Accepted(receipt)
