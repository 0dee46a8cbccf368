"""From the journal and the exchange to one account truth: at the start, and over and over while running."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from kraken_tui.account.account_state import AccountState
from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.parse import fill_of, order_of
from kraken_tui.exchange.port import REST_LAG_NS, Exchange, Executions
from kraken_tui.execution.agreement import disagreements, unknown_fills
from kraken_tui.execution.brackets import Brackets
from kraken_tui.execution.follower import Follower
from kraken_tui.execution.listing import Listing
from kraken_tui.execution.order_gateway import OrderGateway
from kraken_tui.execution.terms import Terms
from kraken_tui.model.errors import ExchangeUnreachable, RetryLater, SafetyRefusal
from kraken_tui.model.trading import Fill
from kraken_tui.store.journal import Journal

BEFORE_NS = 600 * SECOND
"""How far before the last journalled fill the exchange's trades are read again."""
STREAM_WITHIN_S = 60.0
HISTORY_WITHIN_S = 180.0
"""Kraken's slowest rate counter needs 45 s to forget all that an earlier run has asked."""
TRADES_TOLD = 50
"""With so many the stream's snapshot may have left out older ones."""
Result = TypeVar("Result")


class Reconciliation:
    """Brings journal, account and exchange to agree; what it can't settle stays frozen and is named.

    Args:
        patience_s: how long the stream may take to tell what rests, at the start.
    """

    def __init__(
        self,
        exchange: Exchange,
        executions: Executions,
        journal: Journal,
        account: AccountState,
        follower: Follower,
        gateway: OrderGateway,
        brackets: Brackets,
        clock: Clock,
        terms: Terms,
        patience_s: float = STREAM_WITHIN_S,
    ) -> None:
        self._exchange = exchange
        self._executions = executions
        self._journal = journal
        self._account = account
        self._follower = follower
        self._gateway = gateway
        self._brackets = brackets
        self._clock = clock
        self._terms = terms
        self._patience_s = patience_s
        self.listing = Listing()

    async def start(self) -> list[str]:
        """Rebuild the account and find what an earlier run left open; returns what the operator should know.

        Raises:
            SafetyRefusal: journal and exchange contradict each other: trading on would lose or double something.
            ExchangeUnreachable: the exchange does not tell what rests.
        """
        await self._gateway.remember()
        await self._brackets.remember()
        booked = await self._journal.fills()
        for fill in booked:
            self._account.apply_fill(fill)
        self._follower.is_deaf = False
        await self._stream()
        if self._terms.in_process or self._has_gap(booked):
            await self._read_history(booked)
        self._refuse_older()
        self._account.children.forget()
        if self._terms.in_process:
            await self._follower.settle(self._exchange)
        await self._follower.save()
        known = {fill.id for fill in booked}
        late = sum(1 for fill_id in self._follower.heard if fill_id not in known and self._account.has_booked(fill_id))
        return [f"{late} fills of an earlier run were not in the journal and are now"] if late else []

    def _refuse_older(self) -> None:
        """Raise where the exchange names intents of this home that its journal lacks, before anything is written.

        What they bought and sold is not booked: coins of the operator's would be sold for a position that is gone.
        """
        told = self._account.owners.unclaimed()
        lost = [f"{order_id} ({client})" for order_id, client in told.items() if self._journal.clients.has(client)]
        if lost:
            raise SafetyRefusal(
                f"this home has sent orders that its journal does not know: {', '.join(lost[:3])}; was an older copy "
                "put back? Put back the newest; or close at Kraken what was bought, and begin a new --home"
            )

    def _has_gap(self, booked: list[Fill]) -> bool:
        """Whether the stream's last trades leave open what happened since the journal's last fill.

        Kraken's history costs much of the rate budget, which a program that was just restarted may have used up: it is
        read only where something is missing. The child of a conditional close that filled unheard is such a case, as
        only the list of closed orders names its parent.
        """
        if self._account.owners.is_empty:
            return False
        last_ns = max((fill.time_ns for fill in booked), default=0)
        if any(fill.time_ns >= last_ns for fill in self._account.unclaimed.values()):
            return True
        heard = self._follower.heard
        return booked[-1].id not in heard if booked else len(heard) >= TRADES_TOLD

    async def _read_history(self, booked: list[Fill]) -> None:
        """Closed orders say whose fills are, trades what was missed; asked for again while the exchange is busy."""
        await self._patiently(lambda: self._learn(booked))
        trades = await self._patiently(lambda: self.trades(_since_ms(booked)))
        await self._agree(booked, trades)
        for fill in trades:
            self._follower.on_fill(fill)
        self._follower.distrust_balance()

    async def _patiently(self, read: Callable[[], Awaitable[Result]]) -> Result:
        until_ns = self._clock.now_ns() + int(HISTORY_WITHIN_S * SECOND)
        wait_s = 1.0
        while True:
            try:
                return await read()
            except RetryLater as error:
                if self._clock.now_ns() >= until_ns:
                    raise ExchangeUnreachable(f"the account's history can't be read: {error.text}") from error
            await self._clock.sleep(wait_s)
            wait_s = min(2 * wait_s, 15.0)

    async def trades(self, since_ms: int | None) -> list[Fill]:
        """The account's executions in pairs that this market lists, oldest first."""
        rows = [fill_of(row) for row in await self._exchange.fetch_my_trades(None, since_ms)]
        self.listing = Listing(frozenset(fill.id for fill in rows), (since_ms or 0) * 1_000_000)
        return [fill for fill in rows if self._account.lists(fill.symbol)]

    async def _learn(self, booked: list[Fill]) -> None:
        """Which orders are ours: those that ended while nobody listened can only be read from the exchange's list."""
        if self._account.owners.is_empty:
            return
        unsettled = [row.created_ns // 1_000_000 - 10_000 for row in self._gateway.unsettled()]
        since_ms = min([*unsettled, _since_ms(booked) or 0])
        for row in await self._exchange.fetch_closed_orders(None, since_ms or None):
            order = order_of(row)
            self._account.resting.apply(order)

    async def _stream(self) -> None:
        """Have what rests told; retried, as the connection may only just be made."""
        until_ns = self._clock.now_ns() + int(self._patience_s * SECOND)
        while not await self._brackets.read_anew():
            if self._clock.now_ns() >= until_ns:
                raise ExchangeUnreachable(f"the exchange did not tell what rests within {self._patience_s:g} s")
            await self._clock.sleep(0.25)

    async def _agree(self, booked: list[Fill], trades: list[Fill]) -> None:
        """Compare before anything of this start is written: what is refused stays as it was."""
        old_ns = self._clock.now_ns() - (0 if self._terms.in_process else 2 * REST_LAG_NS)
        wrong = unknown_fills([fill for fill in booked if fill.time_ns <= old_ns], trades)
        if self._terms.in_process:
            trial = self._account.copy()
            for fill in trades:
                if trial.is_ours(fill):
                    trial.apply_fill(fill)
            wrong += disagreements(trial.positions(), await self._exchange.fetch_positions(), self._account.wallet)
        if wrong:
            raise SafetyRefusal(
                f"journal and exchange do not belong together: {'; '.join(wrong)}. {REMEDY[self._terms.in_process]}"
            )


REMEDY = {
    True: "On paper: put back journal.db and paper_ledger.json of the same moment, or move both away to start afresh",
    False: "Is this key of the account that this home has traded on? Else use another --home",
}


def _since_ms(booked: list[Fill]) -> int | None:
    return (max(fill.time_ns for fill in booked) - BEFORE_NS) // 1_000_000 if booked else None
