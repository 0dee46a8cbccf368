"""The one door to the exchange: only here are orders placed, amended or cancelled.

The intent is journalled, synced, before anything is sent. The client id derives from the journalled intent. Each call
ends in one of three outcomes; silence is Unknown, never a refusal, and nothing is sent again by itself.
"""

from collections.abc import Awaitable, Callable
from decimal import Decimal

import msgspec
from loguru import logger

from kraken_tui.clock import Clock
from kraken_tui.exchange.port import CcxtStruct, Exchange
from kraken_tui.model.errors import ExchangeError, OutcomeUnknown, SafetyRefusal
from kraken_tui.model.outcome import Accepted, Declined, Outcome, Receipt, Unknown
from kraken_tui.model.trading import Order, OrderRequest, OrderType
from kraken_tui.store.journal import IntentKind, Journal


class OrderGateway:
    """Journals, sends, and says what became of it."""

    def __init__(self, exchange: Exchange, journal: Journal, clock: Clock) -> None:
        self._exchange = exchange
        self._journal = journal
        self._clock = clock
        self._reasons: dict[str, str] = {}

    def reason_of(self, client_id: str | None) -> str:
        """Why the order with this client id was sent; empty for an order that is not ours or not remembered."""
        return self._reasons.get(client_id or "", "")

    def remember(self, client_id: str, reason: str) -> None:
        """Take over what an earlier run journalled."""
        self._reasons[client_id] = reason

    async def place(self, request: OrderRequest, *, kind: IntentKind, reason: str, owner: str) -> Outcome:
        """Place an order; Accepted means that the exchange took it, not that it executed."""
        payload = {**msgspec.to_builtins(request), "reason": reason}

        async def send(client_id: str) -> CcxtStruct:
            self._reasons[client_id] = reason
            price = None if request.type is not OrderType.LIMIT else _text(request.price)
            return await self._exchange.create_order(
                request.symbol,
                "market" if request.type is not OrderType.LIMIT else "limit",
                request.side.value,
                _text(request.amount),
                price,
                _order_params(request, client_id),
            )

        return await self._through(kind, request.symbol, payload, owner, send)

    async def amend_stop(self, stop: Order, price: Decimal, *, reason: str, owner: str) -> Outcome:
        """Move a resting stop's trigger in place; it never leaves the book."""
        payload = {"order_id": stop.id, "from": f"{stop.price or 0:f}", "to": f"{price:f}", "reason": reason}

        async def send(client_id: str) -> CcxtStruct:
            return await self._exchange.edit_order(
                stop.id, stop.symbol, "market", stop.side.value, None, None, {"stopLossPrice": _text(price)}
            )

        return await self._through("amend", stop.symbol, payload, owner, send, stop.id)

    async def cancel(self, order: Order, *, reason: str, owner: str) -> Outcome:
        """Cancel one order."""

        async def send(client_id: str) -> CcxtStruct:
            return await self._exchange.cancel_order(order.id, order.symbol)

        payload = {"order_id": order.id, "reason": reason}
        return await self._through("cancel", order.symbol, payload, owner, send, order.id)

    async def _through(
        self,
        kind: IntentKind,
        symbol: str,
        payload: CcxtStruct,
        owner: str,
        send: Callable[[str], Awaitable[CcxtStruct]],
        order_id: str = "",
    ) -> Outcome:
        """Journal, send, judge. `order_id` names the order where the answer need not: an amend, a cancel."""
        try:
            intent_id, client_id = await self._journal.record_intent(kind, symbol, payload, owner, self._clock.now_ns())
        except SafetyRefusal as error:
            return Declined(f"not sent: {error}")
        outcome: Outcome
        try:
            receipt = _receipt(await send(client_id), order_id, intent_id, client_id, self._clock.now_ns())
        except OutcomeUnknown as error:
            outcome = Unknown(client_id, f"{error.text}; open orders, closed orders and trades would tell")
        except ExchangeError as error:
            outcome = Declined(error.text)
        else:
            outcome = Accepted(receipt)
        try:
            await self._journal.record_outcome(intent_id, outcome, self._clock.now_ns())
        except SafetyRefusal as error:
            # What happened, happened; without its outcome the intent is asked after at the next start.
            logger.error("{}", error)
        return outcome


def _order_params(request: OrderRequest, client_id: str) -> CcxtStruct:
    params: CcxtStruct = {"clientOrderId": client_id}
    if request.type is OrderType.STOP_LOSS:
        params["stopLossPrice"] = _text(request.price)
    elif request.type is OrderType.TAKE_PROFIT:
        params["takeProfitPrice"] = _text(request.price)
    if request.leverage > 1:
        params["leverage"] = request.leverage
    if request.reduce_only:
        params["reduceOnly"] = True
    if request.stop_price is not None:
        # Kraken's conditional close. ccxt's unified `stopLoss` is ignored by Kraken: the entry would be unprotected.
        params["close"] = {"ordertype": "stop-loss", "price": _text(request.stop_price)}
    return params


def _receipt(row: CcxtStruct, order_id: str, intent_id: int, client_id: str, time_ns: int) -> Receipt:
    order_id = order_id or str(row.get("id") or "")
    if not order_id:
        raise OutcomeUnknown(f"the exchange's answer names no order: {row!r:.200}")
    described = row.get("info", {}).get("descr", {})
    return Receipt(
        intent_id=str(intent_id),
        client_id=client_id,
        order_id=order_id,
        description=str(described.get("order", "")),
        time_ns=time_ns,
    )


def _text(number: Decimal | None) -> str:
    if number is None:
        raise ValueError("an order of this type needs a price")
    return f"{number:f}"
