"""The one door to the exchange: only here are orders placed, amended or cancelled.

The intent is journalled, synced, before anything is sent. The client id derives from the journalled intent. Each call
ends in one of three outcomes; silence is Unknown, never a refusal, and nothing is sent again by itself. Whatever makes
or changes an order carries a deadline, after which the exchange must not take it any more: so an unknown outcome does
not stay possible for ever.
"""

from collections.abc import Awaitable, Callable
from decimal import Decimal

import msgspec
from loguru import logger
from msgspec.structs import replace

from kraken_tui.account.owners import Claim, Owners
from kraken_tui.clock import SECOND, Clock, iso_micros
from kraken_tui.exchange.errors import blames_the_clock, is_shortage
from kraken_tui.exchange.port import CcxtStruct, Exchange, Lane
from kraken_tui.execution.ccxt_orders import judged, order_params, said, text_of
from kraken_tui.model.errors import ExchangeError, OutcomeUnknown, RetryLater, SafetyRefusal
from kraken_tui.model.outcome import Accepted, Declined, Outcome, Unknown
from kraken_tui.model.trading import Order, OrderRequest, OrderType
from kraken_tui.store.journal import IntentKind, IntentRow, Journal

DEADLINE_S = 5
"""Kraken takes 2 to 60 seconds."""
REFUTABLE_NS = 600 * SECOND
"""How far back a refusal is remembered at the start: an error may come after the deed."""
MOST_DECLINED = 100

LANES: dict[IntentKind, Lane] = {
    "enter": Lane.ENTER, "target": Lane.ENTER, "cancel": Lane.CANCEL,
    "stop": Lane.PROTECT, "amend": Lane.PROTECT, "exit": Lane.PROTECT, "flatten": Lane.PROTECT,
}  # fmt: skip


class OrderGateway:
    """Journals, sends, and says what became of it.

    Args:
        owners: learns of every intent before it is sent, so that what comes of it is known as ours.
        exchange_time: asks for the exchange's own time, by which deadlines are kept; None where it is ours.
    """

    def __init__(
        self,
        exchange: Exchange,
        journal: Journal,
        clock: Clock,
        owners: Owners,
        exchange_time: Callable[[], Awaitable[int]] | None = None,
    ) -> None:
        self._exchange = exchange
        self._journal = journal
        self._clock = clock
        self._owners = owners
        self.entered_by: dict[str, str] = {}
        """By symbol, who wished its last entry."""
        self.on_not_done: Callable[[IntentRow, str], None] = lambda row, why: None
        """Told of an intent whose outcome was unknown, and of which evidence says that it was not done."""
        self._unsettled: dict[str, IntentRow] = {}
        self._declined: dict[str, IntentRow] = {}
        self._exchange_time = exchange_time
        self._ahead_ns = 0
        """How much later it is at the exchange."""

    async def compare_clocks(self) -> None:
        """Read the exchange's time anew; what can't be read stays as it was."""
        if self._exchange_time is None:
            return
        began_ns = self._clock.now_ns()
        try:
            there_ns = await self._exchange_time()
        except ExchangeError as error:
            logger.warning("the exchange's time can't be read: {}", error.text)
            return
        self._ahead_ns = there_ns - (began_ns + self._clock.now_ns()) // 2

    def unsettled(self, symbol: str | None = None) -> list[IntentRow]:
        """Intents whose outcome is unknown, oldest first."""
        return [row for row in self._unsettled.values() if symbol in (None, row.symbol)]

    def refuted(self) -> list[IntentRow]:
        """Orders that were said to be refused, and that the exchange has told of since."""
        return [row for row in self._declined.values() if self._owners.order_of(row.client_id)]

    async def remember(self) -> None:
        """Take over what earlier runs journalled."""
        for client_id, owned in (await self._journal.owners()).items():
            self._owners.claim(client_id, Claim(owned.kind, owned.symbol, owned.reason, owned.owner, owned.leverage))
            if owned.kind == "enter":
                self.entered_by[owned.symbol] = owned.owner
        for order_id, client_id in (await self._journal.order_clients()).items():
            self._owners.learn(order_id, client_id, None)
        self._unsettled = {row.client_id: row for row in await self._journal.unsettled()}
        since_ns = self._clock.now_ns() - REFUTABLE_NS
        self._declined = {row.client_id: row for row in await self._journal.declined(since_ns)}

    async def settle(self, row: IntentRow, outcome: Accepted | Declined) -> None:
        """Write down what became of an intent whose outcome was unknown."""
        await self._journal.record_outcome(row.id, outcome, self._clock.now_ns())
        self._unsettled.pop(row.client_id, None)
        self._declined.pop(row.client_id, None)
        if isinstance(outcome, Declined):
            self.on_not_done(row, outcome.reason)

    async def objection(self, request: OrderRequest) -> str:
        """Why the exchange would not take an order now; empty where only the coins that stops hold stand against it.

        Nothing is placed (Kraken's `validate`), so nothing is journalled.
        """
        params: CcxtStruct = {"lane": Lane.PROTECT, "validate": True, "reduceOnly": request.reduce_only}
        if request.leverage > 1:
            params["leverage"] = request.leverage
        try:
            await self._exchange.create_order(
                request.symbol, "market", request.side.value, text_of(request.amount), None, params
            )
        except ExchangeError as error:
            return "" if is_shortage(error.text) else error.text
        return ""

    async def place(self, request: OrderRequest, *, kind: IntentKind, reason: str, owner: str) -> Outcome:
        """Place an order; Accepted means that the exchange took it, not that it executed."""
        payload = {**msgspec.to_builtins(request), "reason": reason}

        async def send(client_id: str, params: CcxtStruct) -> CcxtStruct:
            return await self._exchange.create_order(
                request.symbol,
                "limit" if request.type is OrderType.LIMIT else "market",
                request.side.value,
                text_of(request.amount),
                text_of(request.price) if request.type is OrderType.LIMIT else None,
                {**params, **order_params(request, client_id)},
            )

        return await self._through(kind, request.symbol, payload, owner, send)

    async def amend(
        self, order: Order, *, amount: Decimal | None = None, price: Decimal | None = None, reason: str, owner: str
    ) -> Outcome:
        """Change a waiting stop or target in place; it never leaves the book.

        Args:
            order: as it rests.
            amount: the new total, what is filled included; None leaves it.
            price: the new trigger; None leaves it.
            reason: why; for the journal.
            owner: who wished it.
        """
        payload = {"order_id": order.id, "reason": reason}
        if amount is not None:
            payload |= {"amount_from": f"{order.amount:f}", "amount": f"{amount:f}"}
        if price is not None:
            payload |= {"from": f"{order.price or 0:f}", "to": f"{price:f}"}
        trigger = "takeProfitPrice" if order.type is OrderType.TAKE_PROFIT else "stopLossPrice"

        async def send(client_id: str, params: CcxtStruct) -> CcxtStruct:
            moved = {} if price is None else {trigger: text_of(price)}
            total = None if amount is None else text_of(amount)
            return await self._exchange.edit_order(
                order.id, order.symbol, "market", order.side.value, total, None, {**params, **moved}
            )

        return await self._through("amend", order.symbol, payload, owner, send, order.id)

    async def cancel(self, order: Order, *, reason: str, owner: str) -> Outcome:
        """Cancel one order."""

        async def send(client_id: str, params: CcxtStruct) -> CcxtStruct:
            return await self._exchange.cancel_order(order.id, order.symbol, {"lane": params["lane"]})

        payload = {"order_id": order.id, "reason": reason}
        return await self._through("cancel", order.symbol, payload, owner, send, order.id)

    async def _through(
        self,
        kind: IntentKind,
        symbol: str,
        payload: CcxtStruct,
        owner: str,
        send: Callable[[str, CcxtStruct], Awaitable[CcxtStruct]],
        order_id: str = "",
    ) -> Outcome:
        """Journal, send, judge. `order_id` names the order where the answer need not: an amend, a cancel."""
        began_ns = self._clock.now_ns()
        try:
            intent_id, client_id = await self._journal.record_intent(kind, symbol, payload, owner, began_ns)
        except SafetyRefusal as error:
            return Declined(f"not sent: {error}")
        if not order_id:  # an amend or a cancel makes no order that could bear its client id
            leverage = int(payload.get("leverage", 1))
            self._owners.claim(client_id, Claim(kind, symbol, str(payload["reason"]), owner, leverage))
        if kind == "enter":
            self.entered_by[symbol] = owner
        row = IntentRow(
            id=intent_id, client_id=client_id, kind=kind, symbol=symbol, payload=payload, owner=owner,
            created_ns=began_ns, proof=None,
        )  # fmt: skip
        outcome = await self._send(row, send, order_id)
        self._note(row, outcome)
        try:
            await self._journal.record_outcome(intent_id, outcome, self._clock.now_ns())
        except SafetyRefusal as error:
            # What happened, happened; without its outcome the intent is asked after at the next start.
            logger.error("{}", error)
        if blames_the_clock(said(outcome)):
            await self.compare_clocks()
        return outcome

    async def _send(
        self, row: IntentRow, send: Callable[[str, CcxtStruct], Awaitable[CcxtStruct]], order_id: str
    ) -> Outcome:
        """Send what is journalled, and judge the answer."""
        # From before the journal's own write, as that is what the journal remembers: a slow disk makes it shorter.
        deadline = iso_micros(row.created_ns + self._ahead_ns + DEADLINE_S * SECOND)
        try:
            answer = await send(row.client_id, {"lane": LANES[row.kind], "deadline": deadline})
            return judged(answer, order_id, row.id, row.client_id, self._clock.now_ns())
        except OutcomeUnknown as error:
            return Unknown(row.client_id, f"{error.text}; open orders, closed orders and trades would tell")
        except ExchangeError as error:
            return Declined(error.text, again=isinstance(error, RetryLater))
        except BaseException:
            # Cancelled, or a fault of ours: it may have been sent.
            self._note(row, Unknown(row.client_id, "it was given up while it was sent"))
            raise

    def _note(self, row: IntentRow, outcome: Outcome) -> None:
        """Keep in mind what has to be asked after, and what may yet turn out otherwise."""
        match outcome:
            case Unknown(proof=proof):
                self._unsettled[row.client_id] = replace(row, proof=proof)
            case Accepted(receipt) if row.kind not in ("amend", "cancel"):
                self._owners.learn(receipt.order_id, row.client_id, None)
            case Declined() if row.kind not in ("amend", "cancel"):
                self._declined[row.client_id] = row
                if len(self._declined) > MOST_DECLINED:
                    del self._declined[next(iter(self._declined))]
            case _:
                pass


def deadline_of(row: IntentRow) -> int:
    """Until when the exchange may still take what an intent asked for; nanoseconds, by its own clock."""
    return row.created_ns + DEADLINE_S * SECOND
