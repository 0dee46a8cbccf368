"""Finds out what became of intents whose answer was lost; nothing is concluded without evidence."""

from loguru import logger

from kraken_tui.account.account_state import AccountState
from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.parse import fill_of, order_of
from kraken_tui.exchange.port import REST_LAG_NS, Exchange
from kraken_tui.execution.brackets import Brackets
from kraken_tui.execution.evidence import Evidence, Verdict, verdict
from kraken_tui.execution.follower import Follower
from kraken_tui.execution.order_gateway import OrderGateway
from kraken_tui.model.errors import ExchangeError, Refused
from kraken_tui.model.outcome import Accepted, Declined, Receipt
from kraken_tui.store.journal import IntentRow

AGAIN_NS = 5 * SECOND
"""How long an order that could not be read is left alone."""
BEFORE_MS = 10_000
"""How far before the oldest of them is read: clocks differ."""
UNKNOWN_EVERYWHERE = "no source knows of it: it was not done, or ended without a fill"
NEVER_NS = 2 * REST_LAG_NS
"""An order that REST does not know after so long it will not know: then it is not one of ours."""
BETWEEN_NS = SECOND
"""Nothing is asked more often than this."""


class Settling:
    """Asks the stream, then open and closed orders and trades, until each unknown outcome is known."""

    def __init__(
        self,
        exchange: Exchange,
        account: AccountState,
        follower: Follower,
        gateway: OrderGateway,
        brackets: Brackets,
        clock: Clock,
    ) -> None:
        self._exchange = exchange
        self._account = account
        self._follower = follower
        self._gateway = gateway
        self._brackets = brackets
        self._clock = clock
        self._asked: dict[str, int] = {}
        self._tried_ns = 0
        self._asked_orders: dict[str, tuple[int, int]] = {}
        """Orders of which only fills were told: when each was asked for first, and last."""

    async def settle(self) -> list[str]:
        """Settle what evidence allows to; returns a line for each that is known now.

        Raises:
            SafetyRefusal: the journal can't be written; everything stays unknown.
        """
        rows = self._gateway.unsettled()
        refuted = [await self._correct(row) for row in self._gateway.refuted()]
        if not rows or self._clock.now_ns() - self._tried_ns < BETWEEN_NS:
            return refuted
        self._tried_ns = self._clock.now_ns()
        if any(
            self._brackets.read_ns <= over_ns < self._clock.now_ns() for over_ns in map(self._brackets.over_ns, rows)
        ):
            await self._brackets.read_anew()  # not before: Kraken allows so many connections, and protection needs them
        await self._ask([row for row in rows if self._is_due(row)])
        settled = [(row, await self._settle(row)) for row in rows]
        notes = [f"{row.symbol} {row.kind} ({row.client_id}): {note}" for row, note in settled if note is not None]
        await self._follower.save()
        return refuted + notes

    async def describe(self) -> None:
        """Ask for orders of which only fills were told: whose they are, their parents may say.

        A stop that was spawned and fired while nobody listened is such an order.
        """
        strangers = self._account.stranger_orders()
        self._asked_orders = {id: asked for id, asked in self._asked_orders.items() if id in strangers}
        for order_id in strangers:
            now_ns = self._clock.now_ns()
            first_ns, last_ns = self._asked_orders.get(order_id, (now_ns, now_ns - AGAIN_NS * len(strangers)))
            if now_ns - last_ns < AGAIN_NS * len(strangers):  # they would use up the counter of reads
                continue
            self._asked_orders[order_id] = (first_ns, now_ns)
            try:
                self._follower.on_old_news(order_of(await self._exchange.fetch_order(order_id)))
            except Refused as error:
                logger.warning("order {} is not known: {}", order_id, error.text)
                if now_ns - first_ns > NEVER_NS:
                    self._follower.disown(order_id)
            except ExchangeError as error:
                logger.warning("order {} is not told yet: {}", order_id, error.text)

    async def _settle(self, row: IntentRow) -> str | None:
        known = Evidence(
            makes_order=row.kind not in ("amend", "cancel"),
            over_ns=self._brackets.over_ns(row),
            order_id=self._seen(row),
            told_ns=self._brackets.read_ns,
            asked_ns=self._asked.get(row.client_id, 0),
        )
        match verdict(known):
            case Verdict.WAIT:
                return None
            case Verdict.DONE:
                await self._gateway.settle(row, Accepted(self._receipt(row)))
                note = "was done"
            case Verdict.NOT_DONE:
                found = UNKNOWN_EVERYWHERE if known.makes_order else "what rests was read anew"
                await self._gateway.settle(row, Declined(found))
                note = "was not done" if known.makes_order else found
        self._asked.pop(row.client_id, None)
        return note

    async def _correct(self, row: IntentRow) -> str:
        """The exchange has what it said to have refused: some of its errors come after the deed."""
        await self._gateway.settle(row, Accepted(self._receipt(row)))
        return f"{row.symbol} {row.kind} ({row.client_id}): was done, though it was said to be refused"

    def _receipt(self, row: IntentRow) -> Receipt:
        return Receipt(
            intent_id=str(row.id), client_id=row.client_id, order_id=self._seen(row),
            description="found afterwards", time_ns=self._clock.now_ns(),
        )  # fmt: skip

    def _seen(self, row: IntentRow) -> str:
        return self._account.owners.order_of(row.client_id)

    def _is_due(self, row: IntentRow) -> bool:
        """Whether REST's word about an intent would decide something now."""
        if row.kind in ("amend", "cancel") or self._seen(row):
            return False
        over_ns, asked_ns, now_ns = self._brackets.over_ns(row), self._asked.get(row.client_id, 0), self._clock.now_ns()
        return now_ns > over_ns >= asked_ns or now_ns > over_ns + REST_LAG_NS >= asked_ns

    async def _ask(self, rows: list[IntentRow]) -> None:
        """Ask REST for the orders of intents whose deadline is over, all at once; what they did is booked too."""
        if not rows:
            return
        asked_ns, since_ms = self._clock.now_ns(), min(row.created_ns for row in rows) // 1_000_000 - BEFORE_MS
        try:
            resting = map(order_of, await self._exchange.fetch_open_orders())
            ended = map(order_of, await self._exchange.fetch_closed_orders(None, since_ms))
            wanted = {row.client_id for row in rows}
            orders = [order for order in (*resting, *ended) if order.client_id in wanted]
            if any(order.filled for order in orders):
                for trade in await self._exchange.fetch_my_trades(None, since_ms):
                    self._follower.on_fill(fill_of(trade))
        except ExchangeError as error:
            logger.warning("unknown outcomes can't be asked after: {}", error)
            return
        for order in orders:
            self._follower.on_old_news(order)
        self._asked |= dict.fromkeys(wanted, asked_ns)
