"""Our values in ccxt's unified form, key for key as ccxt 4.5 gives them for Kraken, with Kraken's own form in `info`.

Numbers are text, as with `exchange.number = str`. What ccxt leaves None for Kraken is None here too, so that nothing
above comes to rely on it.
"""

from decimal import Decimal
from typing import Any

from kraken_tui.clock import iso
from kraken_tui.exchange.matching.messages import Execution
from kraken_tui.exchange.matching.order_texts import describe, describe_close
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.port import CcxtStruct
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import OrderStatus, OrderType

ZERO = Decimal(0)
_STATUS = {OrderStatus.PENDING: "open"}
"""ccxt calls a pending order open."""


def text(money: Decimal) -> str:
    """Money as plain digits, never with an exponent."""
    return f"{money:f}"


def seconds(time_ns: int) -> str:
    """A time as Kraken's seconds, exact to the nanosecond."""
    return text(Decimal(time_ns).scaleb(-9))


def fixed(money: Decimal, decimals: int) -> str:
    """Money with exactly so many decimals, as Kraken writes it."""
    return f"{money:.{decimals}f}"


def _fee(cost: Decimal | None, currency: str, **more: Any) -> CcxtStruct | None:
    return None if cost is None else {"cost": text(cost), **more, "currency": currency}


def empty_order(info: Any) -> CcxtStruct:
    """An order structure of ccxt's with nothing known."""
    return {
        "id": None, "clientOrderId": None, "info": info, "timestamp": None, "datetime": None,
        "lastTradeTimestamp": None, "lastUpdateTimestamp": None, "status": None, "symbol": None, "type": None,
        "timeInForce": None, "postOnly": None, "side": None, "price": None, "triggerPrice": None,
        "takeProfitPrice": None, "stopLossPrice": None, "cost": None, "amount": None, "filled": None,
        "average": None, "remaining": None, "reduceOnly": None, "fee": None, "trades": [], "fees": [],
        "stopPrice": None,
    }  # fmt: skip


def _prices(order: OrderRecord) -> CcxtStruct:
    trigger = None if order.trigger_price is None else text(order.trigger_price)
    return {
        "triggerPrice": trigger,
        "stopPrice": trigger,
        "stopLossPrice": trigger if order.type is OrderType.STOP_LOSS else None,
        "takeProfitPrice": trigger if order.type is OrderType.TAKE_PROFIT else None,
    }


def _unified_type(order: OrderRecord) -> str:
    return "limit" if order.rule.at_limit else "market"


def _unified_time_in_force(order: OrderRecord) -> str | None:
    return "IOC" if order.type is OrderType.MARKET else None


def receipt_shape(order: OrderRecord, instrument: Instrument) -> CcxtStruct:
    """What `create_order` answers: that the order was taken, and no word of its execution."""
    descr = {"order": describe(order, instrument), "close": describe_close(order.close)}
    return empty_order({"descr": descr, "txid": [order.id]}) | _prices(order) | {
        "id": order.id,
        "clientOrderId": order.client_id,
        "symbol": order.symbol,
        "type": _unified_type(order),
        "timeInForce": _unified_time_in_force(order),
        "side": str(order.side),
        "amount": fixed(order.amount, 8),
        "price": None if order.limit_price is None else text(order.limit_price),
        "postOnly": order.post_only,
    }  # fmt: skip


def order_shape(order: OrderRecord, instrument: Instrument) -> CcxtStruct:
    """What `fetch_order` and `fetch_open_orders` answer."""
    average = order.cost / order.filled if order.filled else ZERO
    limit = None if order.limit_price is None else text(order.limit_price)
    fee = _fee(order.fee, instrument.quote, rate=None)
    return empty_order(order_info(order, instrument)) | _prices(order) | {
        "id": order.id,
        "clientOrderId": order.client_id,
        "timestamp": order.opened_ns // 1_000_000,
        "datetime": iso(order.opened_ns),
        "lastUpdateTimestamp": order.closed_ns // 1_000_000 if order.closed_ns else None,
        "status": _STATUS.get(order.status, str(order.status)),
        "symbol": order.symbol,
        "type": _unified_type(order),
        "timeInForce": _unified_time_in_force(order),
        "postOnly": order.post_only,
        "side": str(order.side),
        "price": limit or (fixed(average, instrument.price_decimals) if order.filled else None),
        "cost": text(order.cost),
        "amount": fixed(order.amount, 8),
        "filled": fixed(order.filled, 8),
        "average": fixed(average, instrument.price_decimals) if order.filled else None,
        "remaining": text(order.remaining),
        "reduceOnly": order.reduce_only,
        "fee": fee,
        "fees": [fee],
    }  # fmt: skip


def order_info(order: OrderRecord, instrument: Instrument) -> CcxtStruct:
    """Kraken's own order object."""
    decimals = instrument.cost_decimals
    average = order.cost / order.filled if order.filled else ZERO
    info = {
        "refid": order.parent_id,
        "userref": None,
        "status": str(order.status),
        "reason": order.reason or None,
        "opentm": seconds(order.opened_ns),
        "starttm": 0,
        "expiretm": 0,
        "descr": {
            "pair": instrument.altname,
            "aclass": "forex",
            "type": str(order.side),
            "ordertype": str(order.type),
            "price": "0" if order.price is None else text(order.price),
            "price2": "0",
            "leverage": f"{order.leverage}:1" if order.leverage > 1 else "none",
            "order": describe(order, instrument),
            "close": describe_close(order.close),
        },
        "vol": fixed(order.amount, 8),
        "vol_exec": fixed(order.filled, 8),
        "cost": fixed(order.cost, decimals),
        "fee": fixed(order.fee, decimals),
        "price": fixed(average, decimals),
        "stopprice": fixed(order.trigger_price or ZERO, decimals) if order.triggered else fixed(ZERO, decimals),
        "limitprice": fixed(ZERO, decimals),
        "misc": _misc(order),
        "oflags": "fciq,post" if order.post_only else "fciq",
        "reduce_only": order.reduce_only,
    }
    if order.client_id is not None:
        info["cl_ord_id"] = order.client_id
    if order.closed_ns:
        info["closetm"] = seconds(order.closed_ns)
    return info


def _misc(order: OrderRecord) -> str:
    ended_part_filled = order.status is OrderStatus.CANCELED and order.filled > ZERO
    woke = {OrderType.STOP_LOSS: "stopped", OrderType.TAKE_PROFIT: "touched"}.get(order.type, "")
    words = (
        woke if order.triggered else "",
        "partial" if ended_part_filled else "",
        "amended" if order.amended else "",
    )
    return ",".join(word for word in words if word)


def trade_shape(execution: Execution, instrument: Instrument) -> CcxtStruct:
    """A row of `fetch_my_trades`. `clientOrderId` is ours: Kraken's trades do not tell it."""
    fill, decimals = execution.fill, instrument.cost_decimals
    fee = _fee(fill.fee, instrument.quote)
    return {
        "id": fill.id,
        "order": fill.order_id,
        "clientOrderId": fill.client_id,
        "info": {
            "ordertxid": fill.order_id,
            "postxid": fill.id,
            "pair": instrument.id,
            "time": seconds(fill.time_ns),
            "type": str(fill.side),
            "ordertype": str(fill.order_type),
            "price": fixed(fill.price, max(decimals, instrument.price_decimals)),
            "cost": fixed(fill.cost, decimals),
            "fee": fixed(fill.fee, decimals),
            "vol": fixed(fill.amount, 8),
            "margin": fixed(execution.margin, decimals),
            "leverage": str(fill.leverage) if fill.leverage > 1 else "0",
            "misc": "closing" if execution.closed and fill.leverage > 1 else "",
            "maker": fill.maker,
            "cl_ord_id": fill.client_id,
        },
        "timestamp": fill.time_ns // 1_000_000,
        "datetime": iso(fill.time_ns),
        "symbol": fill.symbol,
        "type": str(fill.order_type),
        "side": str(fill.side),
        "takerOrMaker": "maker" if fill.maker else "taker",
        "price": text(fill.price),
        "amount": text(fill.amount),
        "cost": text(fill.cost),
        "fee": fee,
        "fees": [fee],
    }
