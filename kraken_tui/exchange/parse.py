"""From ccxt's unified dictionaries to our vocabulary: pure, the same for live and paper."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from kraken_tui.model.errors import OutcomeUnknown
from kraken_tui.model.trading import Fill, Order, OrderStatus, OrderType, Side

ZERO = Decimal(0)
_STATUS = {
    "open": OrderStatus.OPEN,
    "pending": OrderStatus.PENDING,
    "closed": OrderStatus.CLOSED,
    "canceled": OrderStatus.CANCELED,
    "expired": OrderStatus.EXPIRED,
}


class Unreadable(OutcomeUnknown):
    """An answer that is not in the known form: nothing may be concluded from it."""


def _money(row: Mapping[str, Any], key: str) -> Decimal:
    value = row.get(key)
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise Unreadable(f"{key} is not a number: {value!r} in {row.get('id')!r}") from error
    if not number.is_finite():
        raise Unreadable(f"{key} is not a number: {value!r} in {row.get('id')!r}")
    return number


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{key} is missing: {value!r} in {row.get('id')!r}")
    return value


def _optional(value: Any) -> Decimal | None:
    """A price; None where ccxt or Kraken has none (Kraken writes 0, and percent for relative prices)."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number != ZERO else None


def _info(row: Mapping[str, Any]) -> Mapping[str, Any]:
    info = row.get("info")
    return info if isinstance(info, Mapping) else {}


def _type(word: Any, row: Mapping[str, Any]) -> OrderType:
    """Kraken's own word for the type; a liquidation (`liquidation market`) is a market order."""
    name = str(word or "").split(" ")[-1]
    try:
        return OrderType(name)
    except ValueError as error:
        raise Unreadable(f"unknown order type {word!r} in {row.get('id')!r}") from error


def _side(row: Mapping[str, Any]) -> Side:
    try:
        return Side(str(row.get("side")))
    except ValueError as error:
        raise Unreadable(f"unknown side {row.get('side')!r} in {row.get('id')!r}") from error


def _time_ns(row: Mapping[str, Any], info: Mapping[str, Any]) -> int:
    """Kraken's own stamp in seconds where it is told, which is finer than ccxt's milliseconds."""
    seconds = _optional(info.get("time"))
    if seconds is not None:
        return int(seconds * 1_000_000_000)
    return int(_money(row, "timestamp")) * 1_000_000


def _name(value: Any) -> str | None:
    return None if value in (None, "", "None") else str(value)


def leverage_of(value: Any) -> int:
    """Kraken's leverage, in any of its spellings (`none`, `0`, `5`, `5:1`, `2.00000`); 1 is spot."""
    number = _optional(str(value).split(":")[0])
    return max(1, int(number)) if number is not None else 1


def opened_ns(row: Mapping[str, Any]) -> int:
    """When an order was placed, by Kraken's stamp; 0 where it is not told."""
    seconds = _optional(_info(row).get("opentm"))
    return int(seconds * 1_000_000_000) if seconds is not None else 0


def _touched_ns(row: Mapping[str, Any]) -> int:
    """When an order was placed or last amended, where that is told."""
    updated = _optional(row.get("lastUpdateTimestamp"))
    return max(opened_ns(row), int(updated) * 1_000_000 if updated is not None else 0)


def fill_of(row: Mapping[str, Any]) -> Fill:
    """An execution, from a row of `fetch_my_trades`.

    Raises:
        Unreadable: a field is missing or in no known form.
    """
    info = _info(row)
    fee = row.get("fee")
    return Fill(
        id=_text(row, "id"),
        order_id=_text(row, "order"),
        client_id=_name(row.get("clientOrderId") or info.get("cl_ord_id")),
        symbol=_text(row, "symbol"),
        side=_side(row),
        order_type=_type(info.get("ordertype") or row.get("type"), row),
        price=_money(row, "price"),
        amount=_money(row, "amount"),
        cost=_money(row, "cost"),
        fee=_money(fee, "cost") if isinstance(fee, Mapping) and fee.get("cost") is not None else ZERO,
        maker=row.get("takerOrMaker") == "maker",
        leverage=leverage_of(info.get("leverage")),
        time_ns=_time_ns(row, info),
    )


def order_of(row: Mapping[str, Any]) -> Order:
    """An order, from `fetch_order` or a row of `fetch_open_orders`.

    Raises:
        Unreadable: a field is missing or in no known form.
    """
    info = _info(row)
    descr = info.get("descr")
    descr = descr if isinstance(descr, Mapping) else {}
    type_ = _type(descr.get("ordertype") or row.get("type"), row)
    status = _STATUS.get(str(row.get("status")))
    if status is None:
        raise Unreadable(f"unknown status {row.get('status')!r} in {row.get('id')!r}")
    trigger = row.get("stopLossPrice") or row.get("takeProfitPrice") or row.get("triggerPrice")
    price = {OrderType.MARKET: None, OrderType.LIMIT: row.get("price")}.get(type_, trigger)
    client_id = row.get("clientOrderId")
    return Order(
        id=_text(row, "id"),
        client_id=_name(None if client_id == str(info.get("userref")) and "cl_ord_id" not in info else client_id),
        parent_id=_name(info.get("refid")),
        symbol=_text(row, "symbol"),
        side=_side(row),
        type=type_,
        status=status,
        amount=_money(row, "amount"),
        filled=_money(row, "filled"),
        price=_optional(price),
        reason=str(info.get("reason") or ""),
        leverage=leverage_of(descr.get("leverage")),
        reduce_only=row.get("reduceOnly") is True or info.get("reduce_only") is True,
        touched_ns=_touched_ns(row),
    )
