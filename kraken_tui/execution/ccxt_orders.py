"""How an order is said to Kraken through ccxt, and what its answer comes to."""

from decimal import Decimal

from kraken_tui.exchange.port import CcxtStruct
from kraken_tui.model.errors import OutcomeUnknown
from kraken_tui.model.outcome import Accepted, Declined, Outcome, Receipt, Unknown
from kraken_tui.model.trading import OrderRequest, OrderType


def order_params(request: OrderRequest, client_id: str) -> CcxtStruct:
    """What ccxt's `create_order` takes of a request besides its own arguments."""
    params: CcxtStruct = {"clientOrderId": client_id}
    if request.type is OrderType.STOP_LOSS:
        params["stopLossPrice"] = text_of(request.price)
    elif request.type is OrderType.TAKE_PROFIT:
        params["takeProfitPrice"] = text_of(request.price)
    if request.leverage > 1:
        params["leverage"] = request.leverage
    if request.reduce_only:
        params["reduceOnly"] = True
    if request.post_only:
        params["postOnly"] = True
    if request.stop_price is not None:
        # Kraken's conditional close. ccxt's unified `stopLoss` is ignored by Kraken: the entry would be unprotected.
        params["close"] = {"ordertype": "stop-loss", "price": text_of(request.stop_price)}
    return params


def judged(row: CcxtStruct, order_id: str, intent_id: int, client_id: str, time_ns: int) -> Outcome:
    """What an answer without an error says.

    Args:
        row: the answer, as ccxt gives it.
        order_id: the order that an amend or a cancel was about, as its answer need not name it; empty otherwise.
        intent_id: for the receipt, with the rest.
        client_id: our own id of what was sent.
        time_ns: when it came.

    Raises:
        OutcomeUnknown: it names no order.
    """
    info = row.get("info") or {}
    described = str((info.get("descr") or {}).get("order", "")) if isinstance(info, dict) else ""
    order_id = order_id or str(row.get("id") or "")
    if not order_id and isinstance(info, dict) and info.get("descr") and "txid" not in info:
        return Declined(f"VALIDATE: checked and not placed: {described}")
    if not order_id:
        raise OutcomeUnknown(f"the exchange's answer names no order: {row!r:.200}")
    return Accepted(
        Receipt(
            intent_id=str(intent_id), client_id=client_id, order_id=order_id, description=described, time_ns=time_ns
        )
    )


def text_of(number: Decimal | None) -> str:
    """A number as Kraken reads it, without an exponent; raises ValueError where there is none."""
    if number is None:
        raise ValueError("an order of this type needs a price")
    return f"{number:f}"


def said(outcome: Outcome) -> str:
    """The exchange's own words where it did not accept; nothing where it did."""
    match outcome:
        case Declined(reason):
            return reason
        case Unknown(proof=proof):
            return proof
        case _:
            return ""
