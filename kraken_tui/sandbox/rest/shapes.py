"""Orders, trades, positions and ledger entries as Kraken's REST writes them: decimals as text, times in seconds."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from kraken_tui.exchange.matching.messages import Execution, LedgerEntry
from kraken_tui.exchange.matching.order_texts import describe, describe_close, describe_trail
from kraken_tui.exchange.matching.orders import TYPE_RULES, OrderRecord, TimeInForce, Trigger
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import OrderStatus
from kraken_tui.sandbox.history import Amendment

ZERO = Decimal(0)
ASSET_CLASS = "forex"
_MICROS = 1_000
_TOLD = Context(prec=100, rounding=ROUND_HALF_EVEN)
"""Not the thread's own: ccxt changes that one's rounding wherever it works out a precision."""
_UNENDED = (OrderStatus.OPEN, OrderStatus.PENDING)


def seconds(time_ns: int) -> float:
    """Unix seconds with microseconds, as Kraken's private REST tells times; 0 stays 0."""
    return time_ns // _MICROS / 1_000_000 if time_ns else 0


def money_decimals(instrument: Instrument) -> int:
    """Digits of costs, fees and average prices in a pair: its cost decimals, and never fewer than its prices have."""
    return max(instrument.cost_decimals, instrument.price_decimals)


def text(value: Decimal, decimals: int) -> str:
    """With so many decimals, half to even; nothing is never negative."""
    written = f"{value.quantize(Decimal(1).scaleb(-decimals), context=_TOLD):f}"
    return written[1:] if written[0] == "-" and not written.strip("-0.") else written


def text_down(value: Decimal, decimals: int) -> str:
    """Never more than there is."""
    return text(value.quantize(Decimal(1).scaleb(-decimals), ROUND_FLOOR), decimals)


def text_up(value: Decimal, decimals: int) -> str:
    """Never less than there is."""
    return text(value.quantize(Decimal(1).scaleb(-decimals), ROUND_CEILING), decimals)


def order_shape(
    order: OrderRecord, instrument: Instrument, trade_ids: Sequence[str] | None = None, *, base_fees: Decimal = ZERO
) -> dict[str, Any]:
    """An order of OpenOrders, ClosedOrders and QueryOrders.

    Args:
        order: as it stands.
        instrument: its pair.
        trade_ids: told as `trades` where not None.
        base_fees: what was paid in coins, in quote units at the trades' prices; `fee` is told in those.
    """
    digits = money_decimals(instrument)
    average = order.cost / order.filled if order.filled else ZERO
    stop, limit = _moved_prices(order)
    shape: dict[str, Any] = {"refid": order.parent_id, "userref": order.userref}
    if order.client_id is not None:
        shape |= {"userref": None, "cl_ord_id": order.client_id}
    shape |= {
        "status": order.status.value,
        "opentm": seconds(order.opened_ns),
        "starttm": seconds(order.starts_ns),
        "expiretm": seconds(order.expires_ns),
        "descr": _descr(order, instrument),
        "vol": text(order.volume, 8),
        "vol_exec": text(order.filled, 8),
        "cost": text(order.cost, digits),
        "fee": text(order.fee + base_fees, digits),
        "price": text(average, digits),
        "stopprice": text(stop, digits),
        "limitprice": text(limit, digits),
        "misc": ",".join(_misc(order)),
        "oflags": ",".join(_oflags(order)),
    }
    _tell_options(shape, order)
    if order.status not in _UNENDED:
        shape |= {"reason": order.reason or None, "closetm": seconds(order.closed_ns)}
    if trade_ids is not None:
        shape["trades"] = list(trade_ids)
    return shape


def _descr(order: OrderRecord, instrument: Instrument) -> dict[str, str]:
    price, price2 = _worded_prices(order, instrument)
    return {
        "pair": instrument.altname,
        "aclass": ASSET_CLASS,
        "type": order.side.value,
        "ordertype": order.type.value,
        "price": price,
        "price2": price2,
        "leverage": f"{order.leverage}:1" if order.leverage > 1 else "none",
        "order": describe(order, instrument),
        "close": describe_close(order.close, instrument),
    }


def _worded_prices(order: OrderRecord, instrument: Instrument) -> tuple[str, str]:
    """`price` is the limit, or the trigger of a triggered order; `price2` the limit of a triggered order."""
    if order.trail is not None:
        distance, offset = describe_trail(order.trail, instrument.price_decimals)
        return distance, offset or "0"
    is_triggered = TYPE_RULES[order.type].trigger is not None
    prices = (order.trigger_price, order.limit_price) if is_triggered else (order.limit_price, None)
    first, second = ("0" if price is None else text(price, instrument.price_decimals) for price in prices)
    return first, second


def _moved_prices(order: OrderRecord) -> tuple[Decimal, Decimal]:
    """`stopprice` and `limitprice`: a trailing stop's trigger and peak; any other's once it woke."""
    if order.trail is not None:
        limit = order.limit_price if order.triggered else order.peak_price
        return order.trigger_price or ZERO, limit or order.peak_price or ZERO
    if not order.triggered:
        return ZERO, ZERO
    return order.trigger_price or ZERO, order.limit_price or ZERO


def _misc(order: OrderRecord) -> list[str]:
    woken_by = TYPE_RULES[order.type].trigger if order.triggered else None
    words = {
        "stopped": woken_by is Trigger.ADVERSE,
        "touched": woken_by is Trigger.FAVOURABLE,
        "liquidated": order.liquidated,
        "partial": ZERO < order.filled < order.amount,
        "amended": order.amended,
    }
    return [word for word, applies in words.items() if applies]


def _oflags(order: OrderRecord) -> list[str]:
    words = {"post": order.post_only, "fcib": order.fee_in == "base", "fciq": order.fee_in == "quote"}
    words["viqc"] = order.quote_amount is not None
    return [word for word, applies in words.items() if applies]


def _tell_options(shape: dict[str, Any], order: OrderRecord) -> None:
    """What Kraken tells only where it applies."""
    if TYPE_RULES[order.type].trigger is not None:
        shape["trigger"] = order.signal.value
    if order.leverage > 1:
        shape["margin"] = True
    if order.reduce_only:
        shape["reduce_only"] = True
    if order.time_in_force is not TimeInForce.GTC:
        shape["timeinforce"] = order.time_in_force.value
    if order.display_amount is not None:
        shape["displayvol"] = text(order.display_amount, 8)


def trade_shape(execution: Execution, instrument: Instrument, number: int, position_id: str = "") -> dict[str, Any]:
    """A trade of TradesHistory and QueryTrades; what its position became is added elsewhere.

    Args:
        execution: what happened.
        instrument: its pair.
        number: `trade_id`, the trade's number on the public tape.
        position_id: of the margin position that it opened or closed; empty on spot.
    """
    fill, digits = execution.fill, money_decimals(instrument)
    fee = fill.fee + base_fee(execution, instrument)
    closes_position = fill.leverage > 1 and execution.closed > ZERO
    return {
        "ordertxid": fill.order_id,
        "postxid": position_id or fill.id,
        "pair": instrument.id,
        "aclass": ASSET_CLASS,
        "time": seconds(fill.time_ns),
        "type": fill.side.value,
        "ordertype": fill.order_type.value,
        "price": text(fill.price, digits),
        "cost": text(fill.cost, digits),
        "fee": text(fee, digits),
        "vol": text(fill.amount, 8),
        "margin": text(execution.margin, digits),
        "leverage": str(fill.leverage if fill.leverage > 1 else 0),
        "misc": "closing" if closes_position else "",
        "trade_id": number,
        "maker": fill.maker,
    }


def base_fee(execution: Execution, instrument: Instrument) -> Decimal:
    """A fee that was paid in coins, in quote units at the trade's price."""
    return instrument.cost_of(execution.fill.price, execution.fee_in_base)


def ledger_shape(entry: LedgerEntry, asset_id: str, decimals: int) -> dict[str, Any]:
    """An entry of Ledgers and QueryLedgers, in the asset's decimals."""
    return {
        "refid": entry.ref_id,
        "time": seconds(entry.time_ns),
        "type": entry.type,
        "subtype": "",
        "aclass": "currency",
        "asset": asset_id,
        "amount": text(entry.amount, decimals),
        "fee": text(entry.fee, decimals),
        "balance": text_down(entry.balance, decimals),
    }


def signed(value: Decimal) -> str:
    """With its sign and four decimals, as `net` is told."""
    return f"{value:+.4f}"


def amendment_shape(amendment: Amendment, instrument: Instrument) -> dict[str, Any]:
    """A row of OrderAmends."""
    order, digits = amendment.order, instrument.price_decimals
    optional = {
        "display_qty": (order.display_amount, 8),
        "limit_price": (order.limit_price, digits),
        "trigger_price": (order.trigger_price, digits),
    }
    told = {name: text(value, places) for name, (value, places) in optional.items() if value is not None}
    return {
        "amend_id": amendment.id,
        "amend_type": amendment.type,
        "order_qty": text(order.amount, 8),
        "remaining_qty": text(order.amount if amendment.type == "original" else order.remaining, 8),
        **told,
        "post_only": order.post_only,
        "reason": None,
        "timestamp": amendment.time_ns // 1_000_000,
    }
