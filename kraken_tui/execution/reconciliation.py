"""From the journal and the exchange to one account truth, at the start and after an unknown outcome."""

from kraken_tui.account.account_state import AccountState, Busy
from kraken_tui.clock import Clock
from kraken_tui.exchange.parse import fill_of, order_of
from kraken_tui.exchange.port import Exchange
from kraken_tui.execution.agreement import disagreements, superfluous
from kraken_tui.execution.follower import Follower
from kraken_tui.execution.order_gateway import OrderGateway
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.outcome import Accepted, Declined, Receipt
from kraken_tui.model.trading import Fill, Order
from kraken_tui.store.journal import IntentRow, Journal


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
        """Rebuild the account and settle what an earlier run left open; returns what the operator should know.

        Raises:
            SafetyRefusal: journal and exchange contradict each other: trading on would lose or double something.
        """
        for client_id, reason in await self._journal.reasons():
            self._gateway.remember(client_id, reason)
        booked = await self._journal.fills()
        for fill in booked:
            self._account.apply_fill(fill)
        trades = await self._trades()
        missed = [fill for fill in trades if not self._account.knows(fill)]
        await self._agree(booked, trades, missed)
        for fill in missed:
            self._follower.fill(fill)
        self._account.replace_resting(await self._resting())
        self._follower.distrust_balance()
        await self._follower.settle(self._exchange)
        notes = [f"{len(missed)} fills of an earlier run were not in the journal and are now"] if missed else []
        return [*notes, *await self.settle_unknown(), *await self._clear_orphans()]

    async def settle_unknown(self) -> list[str]:
        """Find out what became of intents without a known outcome, from open orders and trades; free what was frozen.

        Raises:
            ExchangeError: the exchange does not answer now; everything stays frozen.
        """
        rows = await self._journal.unsettled()
        if not rows and not self._account.frozen():
            return []
        resting, trades = await self._resting(), await self._trades()
        for fill in trades:
            self._follower.fill(fill)
        seen = {order.client_id: order.id for order in resting} | {fill.client_id: fill.order_id for fill in trades}
        notes = []
        for row in rows:
            order_id = seen.get(row.client_id, "")
            await self._journal.record_outcome(row.id, _settled(row, order_id), self._clock.now_ns())
            notes.append(f"{row.symbol} {row.kind} ({row.client_id}): {'was done' if order_id else 'was not done'}")
        self._account.replace_resting(resting)
        await self._follower.settle(self._exchange)
        for symbol in self._account.frozen():
            self._account.set_busy(symbol, Busy.NONE)
        return notes

    async def _agree(self, booked: list[Fill], trades: list[Fill], missed: list[Fill]) -> None:
        """Compare before anything of this start is written: what is refused stays as it was."""
        trial = self._account.copy()
        for fill in missed:
            trial.apply_fill(fill)
        totals = (await self._exchange.fetch_balance())["total"]
        wrong = disagreements(booked, trades, trial.positions(), await self._exchange.fetch_positions(), totals)
        if wrong:
            raise SafetyRefusal(
                f"journal and exchange do not belong together: {'; '.join(wrong)}. On paper: put back journal.db and "
                "paper_ledger.json of the same moment, or move both away to start afresh"
            )

    async def _clear_orphans(self) -> list[str]:
        """Cancel our stops that protect nothing: left when a process died between an exit and the end of its stops."""
        ours = await self._journal.order_ids()
        notes = []
        for symbol in self._account.symbols_with_stops():
            stops = [stop for stop in self._account.stops(symbol) if stop.parent_id in ours or stop.id in ours]
            for stop in superfluous(stops, self._account.position(symbol)):
                outcome = await self._gateway.cancel(stop, reason="no position behind it", owner="reconciliation")
                done = "is cancelled" if isinstance(outcome, Accepted) else "could not be cancelled"
                notes.append(f"{symbol}: a stop at {stop.price:f} had nothing to protect and {done}")
        return notes

    async def _resting(self) -> list[Order]:
        return list(map(order_of, await self._exchange.fetch_open_orders()))

    async def _trades(self) -> list[Fill]:
        return list(map(fill_of, await self._exchange.fetch_my_trades()))


def _settled(row: IntentRow, order_id: str) -> Accepted | Declined:
    if row.kind in ("amend", "cancel"):
        return Declined("the orders that rest were read anew")
    if not order_id:
        return Declined("not among open orders nor trades")
    receipt = Receipt(
        intent_id=str(row.id), client_id=row.client_id, order_id=order_id, description="found afterwards", time_ns=0
    )
    return Accepted(receipt)
