"""From the calls of `exchange.port` to the fields of Kraken's order requests. Pure, and strict.

Nothing is rounded, cut or passed on unknown: ccxt sends `triggerPrice`, `stopLoss` and their like as keys that Kraken
ignores, and the order goes out without its stop; it cuts amounts, rounds prices to the wrong step, leaves the prices
of a `close` alone, and sends a limit order without a price as `price=None`. Here each of these is refused, unsent.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from kraken_tui.exchange.port import CcxtStruct
from kraken_tui.model.errors import Refused
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import OrderType, Side

Fields = dict[str, Any]

MOST = Decimal(10) ** 15
"""Of a price or an amount; beyond it the 28 digits of a Decimal no longer tell whether it is a multiple of a step."""

_ADD_PARAMS = frozenset(
    ("clientOrderId", "stopLossPrice", "takeProfitPrice", "close", "leverage", "reduceOnly", "postOnly", "deadline",
     "validate", "lane")
)  # fmt: skip
_EDIT_PARAMS = frozenset(("stopLossPrice", "takeProfitPrice", "deadline", "lane"))
_CANCEL_PARAMS = frozenset(("clientOrderId", "lane"))
_TRIGGERS = {"stopLossPrice": OrderType.STOP_LOSS, "takeProfitPrice": OrderType.TAKE_PROFIT}
_SAID = {
    OrderType.MARKET: "market",
    OrderType.LIMIT: "limit",
    OrderType.STOP_LOSS: "stop loss",
    OrderType.TAKE_PROFIT: "take profit",
}
"""How Kraken words a type in an order's text."""
_CLIENT_ID = re.compile(r"[!-~]{1,18}|[0-9a-fA-F]{32}|[0-9a-fA-F-]{36}")
_ORDER_ID = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)+")


class AddRequest(Struct, frozen=True):
    """An order to be placed."""

    type: OrderType
    side: Side
    client_id: str | None
    close: OrderType | None
    fields: Fields


def add_request(
    instrument: Instrument, type: str, side: str, amount: str, price: str | None, params: CcxtStruct
) -> AddRequest:
    """AddOrder.

    Raises:
        Refused: `not sent: …` with the field, the value and what would be right.
    """
    _check_known(params, _ADD_PARAMS)
    kind = _type_of(type, params)
    limit = _price(instrument, price, "price") if kind is OrderType.LIMIT else None
    trigger = _trigger(instrument, params) if kind in _TRIGGERS.values() else None
    if price is not None and limit is None:
        raise _unsent(f"price {price!r} of a {kind} order, which takes none")
    client_id, close = _client_id(params), _close(instrument, params.get("close"))
    worded: Fields = {
        "pair": instrument.id,
        "type": _side_of(side).value,
        "ordertype": kind.value,
        "volume": _amount(instrument, amount),
    }
    worded |= {"price": limit or trigger} if limit or trigger else {}
    worded |= {"cl_ord_id": client_id} if client_id else {}
    worded |= {"oflags": "fciq,post" if _flag(params, "postOnly") else "fciq"}
    worded |= _leverage(params)
    worded |= {"close": close} if close else {}
    worded |= _deadline(params)
    if _flag(params, "postOnly") and kind is not OrderType.LIMIT:
        raise _unsent(f"postOnly of a {kind} order; only a limit order can be")
    return AddRequest(kind, Side(side), client_id, OrderType(close["ordertype"]) if close else None, worded)


def amend_request(instrument: Instrument, id: str, amount: str | None, price: str | None, params: CcxtStruct) -> Fields:
    """AmendOrder; see `add_request`."""
    _check_known(params, _EDIT_PARAMS)
    fields: Fields = {"txid": order_id(id)}
    if amount is not None:
        fields["order_qty"] = _amount(instrument, amount)
    if price is not None:
        fields["limit_price"] = _price(instrument, price, "price")
    if any(params.get(name) is not None for name in _TRIGGERS):
        fields["trigger_price"] = _trigger(instrument, params)
    if len(fields) == 1:
        raise _unsent("an amendment that changes nothing; give amount, price, stopLossPrice or takeProfitPrice")
    return fields | _deadline(params)


def cancel_request(id: str, params: CcxtStruct) -> Fields:
    """CancelOrder; see `add_request`."""
    _check_known(params, _CANCEL_PARAMS)
    client_id = _client_id(params)
    return {"cl_ord_id": client_id} if client_id else {"txid": order_id(id)}


def order_id(id: object) -> str:
    """An order's id as Kraken writes them: a bare number would be a userref, and cancel all orders that have it."""
    if isinstance(id, str) and _ORDER_ID.fullmatch(id):
        return id
    raise _unsent(f"order id {id!r}; one looks like OUF4EM-FRGI2-MQMWZD")


def is_as_asked(request: AddRequest, descr: object) -> bool:
    """Whether Kraken's text of the order that it took says what was asked for: side, type, and the stop behind it."""
    if not isinstance(descr, Mapping):
        return False
    order, close = str(descr.get("order") or ""), str(descr.get("close") or "")
    said = rf"{request.side} \S+ \S+ @ {_SAID[request.type]}( .*)?"
    # a stop loss with a limit behind it is another type
    is_order = re.fullmatch(said, order) is not None and ("->" not in order)
    return is_order and (_SAID[request.close] in close if request.close else not close)


def _check_known(params: CcxtStruct, known: frozenset[str]) -> None:
    for name in params:
        if name not in known:
            raise _unsent(f"{name} is not known here; known are {', '.join(sorted(known))}")


def _type_of(word: str, params: CcxtStruct) -> OrderType:
    wanted = [name for name in _TRIGGERS if params.get(name) is not None]
    if len(wanted) == 1 and word in (OrderType.MARKET, _TRIGGERS[wanted[0]]):
        return _TRIGGERS[wanted[0]]
    if not wanted and word in (OrderType.MARKET, OrderType.LIMIT):
        return OrderType(word)
    given = f" with {' and '.join(wanted)}" if wanted else ""
    raise _unsent(f"type {word!r}{given}; market or limit, or market with stopLossPrice or takeProfitPrice")


def _side_of(word: str) -> Side:
    if word not in (Side.BUY, Side.SELL):
        raise _unsent(f"side {word!r}; buy or sell")
    return Side(word)


def _number(value: object, field: str) -> Decimal:
    """A positive number from text or a Decimal; a float never."""
    try:
        number = Decimal(value) if isinstance(value, str | Decimal) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 < number <= MOST:
        raise _unsent(f"{field} {value!r}; a number above 0 and up to 10^15, as text")
    return number


def _amount(instrument: Instrument, value: object) -> str:
    amount = _number(value, "amount")
    if amount % instrument.lot:
        raise _unsent(f"amount {amount} of {instrument.symbol}, whose lot is {instrument.lot:f}")
    return f"{amount:f}"


def _price(instrument: Instrument, value: object, field: str) -> str:
    price = _number(value, field)
    if not instrument.is_on_tick(price):
        raise _unsent(f"{field} {price} of {instrument.symbol}, whose tick is {instrument.tick:f}")
    return f"{price:f}"


def _trigger(instrument: Instrument, params: CcxtStruct) -> str:
    wanted = [name for name in _TRIGGERS if params.get(name) is not None]
    if len(wanted) != 1:
        raise _unsent(f"{' and '.join(wanted) or 'no trigger'}; one of stopLossPrice and takeProfitPrice")
    return _price(instrument, params[wanted[0]], wanted[0])


def _client_id(params: CcxtStruct) -> str | None:
    value = params.get("clientOrderId")
    if value is None:
        return None
    if isinstance(value, str) and _CLIENT_ID.fullmatch(value):
        return value
    raise _unsent(f"clientOrderId {value!r}; up to 18 ASCII characters, or a UUID")


def _close(instrument: Instrument, value: object) -> Fields | None:
    if value is None:
        return None
    wanted = [OrderType.STOP_LOSS.value, OrderType.TAKE_PROFIT.value]
    if not isinstance(value, Mapping) or set(value) != {"ordertype", "price"} or value["ordertype"] not in wanted:
        raise _unsent(f"close {value!r}; ordertype ({' or '.join(wanted)}) and price")
    return {"ordertype": str(value["ordertype"]), "price": _price(instrument, value["price"], "close price")}


def _leverage(params: CcxtStruct) -> Fields:
    value = params.get("leverage")
    try:
        leverage = 1 if value is None else int(str(value))
    except ValueError:
        leverage = 0
    if leverage < 1:
        raise _unsent(f"leverage {value!r}; a whole number from 1")
    fields: Fields = {"leverage": str(leverage)} if leverage > 1 else {}
    if not _flag(params, "reduceOnly"):
        return fields
    if leverage == 1:
        raise _unsent("reduceOnly without leverage; Kraken knows it on margin only")
    return fields | {"reduce_only": "true"}


def _flag(params: CcxtStruct, name: str) -> bool:
    value = params.get(name, False)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise _unsent(f"{name} {value!r}; true or false")


def _deadline(params: CcxtStruct) -> Fields:
    deadline = params.get("deadline")
    return {"deadline": str(deadline)} if deadline else {}


def _unsent(text: str) -> Refused:
    return Refused(f"not sent: {text}")
