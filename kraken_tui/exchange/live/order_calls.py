"""Placing, amending and cancelling orders: each sent once, each counted, each answer checked before it is believed."""

from collections.abc import Mapping
from typing import Any

from kraken_tui.clock import Clock
from kraken_tui.exchange.live.budgets import ADD, Budgets, amend_cost, cancel_cost
from kraken_tui.exchange.live.ccxt_errors import NOT_SENT, TRADING_LIMIT
from kraken_tui.exchange.live.kraken_calls import Envelope, KrakenCalls
from kraken_tui.exchange.live.order_requests import (
    AddRequest,
    add_request,
    amend_request,
    cancel_request,
    is_as_asked,
)
from kraken_tui.exchange.port import CcxtStruct, Lane
from kraken_tui.model.errors import ExchangeError, OutcomeUnknown, Refused
from kraken_tui.model.instrument import Instrument

MOST_REMEMBERED = 10_000


class OrderCalls:
    """Requests that change orders.

    Args:
        calls: sends.
        clock: the engine's.
        budgets: counts.
        validate: orders are only checked by Kraken, with `validate`; nothing is amended or cancelled.
    """

    def __init__(self, calls: KrakenCalls, clock: Clock, budgets: Budgets, *, validate: bool) -> None:
        self._calls = calls
        self._clock = clock
        self._budgets = budgets
        self._validate = validate
        self._touched: dict[str, int] = {}
        self._symbols: dict[str, str] = {}

    def touched_ns(self, id: str) -> int | None:
        """When an order was placed or last amended, as far as is known."""
        return self._touched.get(id)

    def remember(self, id: str, symbol: str, touched_ns: int) -> None:
        """Note when an order was placed or amended; what was noted later stays."""
        if len(self._touched) >= MOST_REMEMBERED:
            self._forget(next(iter(self._touched)))
        self._touched[id] = max(touched_ns, self._touched.get(id, 0))
        self._symbols[id] = symbol

    async def create(
        self, instrument: Instrument, type: str, side: str, amount: str, price: str | None, params: CcxtStruct
    ) -> CcxtStruct:
        """AddOrder.

        Raises:
            OutcomeUnknown: among others, where Kraken took something that reads otherwise than what was asked for.
        """
        request = add_request(instrument, type, side, amount, price, params)
        only_checked = self._validate or params.get("validate") is True
        fields = request.fields | ({"validate": "true"} if only_checked else {})
        answer = await self._counted("AddOrder", fields, _lane(params, Lane.ENTER), instrument.symbol, ADD)
        result = _result(answer)
        if not is_as_asked(request, result.get("descr")):
            raise OutcomeUnknown(f"AddOrder {request.client_id}: Kraken took something else: {result.get('descr')!r}")
        ids = result.get("txid")
        if only_checked:
            return _receipt(None, instrument.symbol, request, result)
        if not isinstance(ids, list) or len(ids) != 1 or not isinstance(ids[0], str):
            raise OutcomeUnknown(f"AddOrder {request.client_id}: Kraken's answer has no txid: {ids!r}")
        self.remember(ids[0], instrument.symbol, self._clock.now_ns())
        return _receipt(ids[0], instrument.symbol, request, result)

    async def amend(
        self, id: str, instrument: Instrument, amount: str | None, price: str | None, params: CcxtStruct
    ) -> CcxtStruct:
        """AmendOrder; the answer's `id` is the amendment's."""
        fields = amend_request(instrument, id, amount, price, params)
        self._check_may_change()
        cost = amend_cost(self._age(id))
        result = _result(
            await self._counted("AmendOrder", fields, _lane(params, Lane.PROTECT), instrument.symbol, cost)
        )
        amend_id = result.get("amend_id")
        if not isinstance(amend_id, str) or not amend_id:
            raise OutcomeUnknown(f"AmendOrder {id}: Kraken's answer has no amend_id: {amend_id!r}")
        self.remember(id, instrument.symbol, self._clock.now_ns())
        return {"id": amend_id, "symbol": instrument.symbol, "info": result}

    async def cancel(self, id: str, symbol: str | None, params: CcxtStruct) -> CcxtStruct:
        """CancelOrder.

        Raises:
            OutcomeUnknown: among others, where the cancel is only pending.
        """
        fields = cancel_request(id, params)
        self._check_may_change()
        pair = symbol or self._symbols.get(id, "")
        answer = await self._counted(
            "CancelOrder", fields, _lane(params, Lane.CANCEL), pair, cancel_cost(self._age(id))
        )
        result = _result(answer)
        if result.get("pending") or str(result.get("count")) != "1":
            raise OutcomeUnknown(f"CancelOrder {id}: not done yet: {result!r}")
        self._forget(id)
        return {"id": id, "symbol": symbol, "info": result}

    def _age(self, id: str) -> int | None:
        touched_ns = self._touched.get(id)
        return None if touched_ns is None else self._clock.now_ns() - touched_ns

    def _forget(self, id: str) -> None:
        self._touched.pop(id, None)
        self._symbols.pop(id, None)

    def _check_may_change(self) -> None:
        if self._validate:
            raise Refused("not sent: VALIDATE is on, so no order is amended or cancelled")

    async def _counted(self, method: str, fields: Mapping[str, Any], lane: Lane, symbol: str, cost: float) -> Envelope:
        self._budgets.begin_trading(symbol, cost)
        counts = True
        try:
            return await self._calls.change(method, fields, lane)
        except ExchangeError as error:
            if error.text.startswith(TRADING_LIMIT):
                self._budgets.trading_is_full(symbol, self._clock.now_ns())
                counts = False
            elif NOT_SENT in error.text:
                counts = False
            raise
        finally:
            self._budgets.end_trading(symbol, cost, self._clock.now_ns(), counts=counts)


def _lane(params: CcxtStruct, default: Lane) -> Lane:
    lane = params.get("lane", default)
    if not isinstance(lane, Lane) or lane is Lane.POLL:
        raise Refused(f"not sent: lane {lane!r}; Lane.PROTECT, Lane.CANCEL or Lane.ENTER")
    return lane


def _result(answer: Envelope) -> Mapping[str, Any]:
    result = answer.get("result")
    if not isinstance(result, Mapping):
        raise OutcomeUnknown(f"Kraken's answer has no result: {result!r}")
    return result


def _receipt(id: str | None, symbol: str, request: AddRequest, result: Mapping[str, Any]) -> CcxtStruct:
    """An order in ccxt's form, as far as an answer to AddOrder tells: that it was taken, no word of its execution."""
    fields, type_ = request.fields, request.type.value
    is_trigger = type_ in ("stop-loss", "take-profit")
    return {
        "id": id,
        "clientOrderId": request.client_id,
        "info": dict(result),
        "symbol": symbol,
        "type": "market" if is_trigger else type_,
        "side": request.side.value,
        "amount": fields["volume"],
        "price": None if is_trigger else fields.get("price"),
        "stopLossPrice": fields["price"] if type_ == "stop-loss" else None,
        "takeProfitPrice": fields["price"] if type_ == "take-profit" else None,
        "status": None,
        "filled": None,
        "postOnly": "post" in fields["oflags"],
        "reduceOnly": "reduce_only" in fields,
    }
