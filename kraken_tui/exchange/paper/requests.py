"""From ccxt's calls to the core's inputs. A parameter that Kraken does not know is refused, not ignored.

ccxt sends `triggerPrice`, `stopLoss` and their like on as unknown keys, and the order goes out without its stop; here
such a call is an error, so that the mistake shows on paper.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.messages import Add, Amend
from kraken_tui.exchange.matching.orders import TYPE_RULES, CloseTemplate, TimeInForce
from kraken_tui.exchange.port import CcxtStruct
from kraken_tui.model.trading import OrderType, Side

_KNOWN = frozenset(
    ("clientOrderId", "cl_ord_id", "stopLossPrice", "takeProfitPrice", "price", "close", "leverage", "reduceOnly",
     "reduce_only", "postOnly", "timeInForce", "trigger", "deadline", "validate", "lane")
)  # fmt: skip
_TYPES = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_LOSS, OrderType.TAKE_PROFIT)
_TIMES_IN_FORCE = (TimeInForce.GTC, TimeInForce.IOC)
"""What the engine uses, and no more."""


def add_of(symbol: str, type: str, side: str, amount: str, price: str | None, params: CcxtStruct, time_ns: int) -> Add:
    """The input for `create_order`.

    Raises:
        Refused: `EGeneral:Invalid arguments:` and the field that is wrong.
    """
    _check_known(params)
    order_type = _type(type, params)
    rule = TYPE_RULES[order_type]
    trigger = params.get("stopLossPrice") or params.get("takeProfitPrice") or params.get("price") or price
    return Add(
        symbol=symbol,
        side=_side(side),
        type=order_type,
        amount=number(amount, "volume"),
        limit_price=number(price, "price") if rule.at_limit else None,
        trigger_price=number(trigger, "price") if rule.trigger else None,
        client_id=client_id_of(params),
        time_in_force=_time_in_force(params),
        post_only=_flag(params.get("postOnly"), "oflags"),
        leverage=_leverage(params.get("leverage")),
        reduce_only=_flag(params.get("reduceOnly", params.get("reduce_only")), "reduce_only"),
        close=_close(params.get("close")),
        time_ns=time_ns,
    )


def amend_of(id: str, amount: str | None, price: str | None, params: CcxtStruct, time_ns: int) -> Amend:
    """The input for `edit_order`.

    Raises:
        Refused: `EGeneral:Invalid arguments:` and the field that is wrong.
    """
    _check_known(params)
    trigger = params.get("stopLossPrice") or params.get("takeProfitPrice")
    client_id = client_id_of(params)
    return Amend(
        id="" if client_id else id,
        client_id=client_id,
        amount=None if amount is None else number(amount, "order_qty"),
        limit_price=None if price is None else number(price, "limit_price"),
        trigger_price=None if trigger is None else number(trigger, "trigger_price"),
        time_ns=time_ns,
    )


def number(value: Any, field: str) -> Decimal:
    """A number given as text (or Decimal); a float never."""
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        try:
            return Decimal(value)
        except InvalidOperation:
            pass
    raise error_for(f"EGeneral:Invalid arguments:{field}")


def client_id_of(params: CcxtStruct) -> str | None:
    """The client's own id for an order, under either of its names."""
    value = params.get("clientOrderId") or params.get("cl_ord_id")
    return None if value is None else str(value)


def _check_known(params: CcxtStruct) -> None:
    for name in params:
        if name not in _KNOWN:
            raise error_for(f"EGeneral:Invalid arguments:{name}")


def _type(word: str, params: CcxtStruct) -> OrderType:
    wanted = [name for name in ("stopLossPrice", "takeProfitPrice") if params.get(name) is not None]
    types = {"stopLossPrice": OrderType.STOP_LOSS, "takeProfitPrice": OrderType.TAKE_PROFIT}
    if len(wanted) == 1 and word in ("market", types[wanted[0]]):
        return types[wanted[0]]
    if not wanted and word in _TYPES:
        return OrderType(word)
    raise error_for("EGeneral:Invalid arguments:ordertype")


def _side(word: str) -> Side:
    if word not in set(Side):
        raise error_for("EGeneral:Invalid arguments:type")
    return Side(word)


def _flag(value: Any, field: str) -> bool:
    words = {"none": False, "false": False, "0": False, "true": True, "1": True}
    found = words.get(str(value).lower())
    if found is None:
        raise error_for(f"EGeneral:Invalid arguments:{field}")
    return found


def validates_only(params: CcxtStruct) -> bool:
    """Whether the order is to be checked and not placed."""
    return _flag(params.get("validate"), "validate")


def _time_in_force(params: CcxtStruct) -> TimeInForce:
    word = params.get("timeInForce") or "GTC"
    if word not in _TIMES_IN_FORCE:
        raise error_for("EGeneral:Invalid arguments:timeinforce")
    return TimeInForce(word)


def _leverage(value: Any) -> int:
    if value is None or value == "none":
        return 1
    leverage = number(value, "leverage")
    if leverage != leverage.to_integral_value() or leverage < 1:
        raise error_for("EGeneral:Invalid arguments:leverage")
    return int(leverage)


def _close(value: Any) -> CloseTemplate | None:
    if value is None:
        return None
    word = value.get("ordertype") if isinstance(value, dict) else None
    if word not in _TYPES or word == OrderType.MARKET:
        raise error_for("EGeneral:Invalid arguments:close[ordertype]")
    rule, price = TYPE_RULES[OrderType(word)], number(value.get("price"), "close[price]")
    return CloseTemplate(
        type=OrderType(word),
        limit_price=price if rule.trigger is None else None,
        trigger_price=price if rule.trigger else None,
    )
