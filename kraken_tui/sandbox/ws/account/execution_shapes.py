"""Orders and executions in the words of the executions channel.

A report tells only what is new: `new`, `filled`, `canceled` and `status` come without symbol, side and amount, which a
client has from `pending_new`. Fields and their order are those of Kraken's WebSocket v2 documentation and of frames
that clients' tests recorded; `stop_price`, `trigger` and `cancel_reason` are deprecated there and still sent.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Raw

from kraken_tui.exchange.matching.messages import Execution
from kraken_tui.exchange.matching.orders import OrderRecord, Signal
from kraken_tui.model.instrument import Instrument
from kraken_tui.sandbox.ws.account.order_shapes import Report, contingent, display, ids, limit, status_of, triggers
from kraken_tui.sandbox.ws.frames import number
from kraken_tui.sandbox.ws.stamps import stamp

if TYPE_CHECKING:
    from kraken_tui.sandbox.parts import Parts

ZERO = Decimal(0)
USD = "USD"


class Reports:
    """Makes reports.

    Args:
        parts: whose venue tells instruments and prices, whose market data numbers trades as the public sees them.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def whole(self, order: OrderRecord, exec_type: str, time_ns: int) -> Report:
        """All of an order: `pending_new`, and every order of a snapshot."""
        instrument = self._instrument(order)
        report = {
            **ids(order),
            "symbol": order.symbol,
            "order_qty": number(order.amount, instrument.lot_decimals),
            **self._sums(order, instrument),
            "time_in_force": order.time_in_force,
            "exec_type": exec_type,
            "side": order.side,
            "order_type": order.type,
            **limit(order, instrument),
            "stop_price": number(order.trigger_price or ZERO, instrument.price_decimals),
            "order_status": "pending_new" if exec_type == "pending_new" else status_of(order),
            "fee_ccy_pref": "fcib" if order.fee_in == "base" else "fciq",
            "timestamp": self._stamp(time_ns),
        }
        return report | self._extras(order, instrument)

    def live(self, order: OrderRecord, time_ns: int) -> Report:
        """`new`: it waits for its trigger, rests or trades from now on."""
        return self._partial(order, "new", time_ns, status="new")

    def trade(
        self, execution: Execution, order: OrderRecord | None, *, order_status: str = "partially_filled"
    ) -> Report:
        """A fill.

        Args:
            execution: what was traded.
            order: as it stood afterwards; None where only the fill is known.
            order_status: what to tell. `partially_filled` as it happens, whatever is left: `filled` is told by itself.
        """
        fill = execution.fill
        instrument = self._parts.venue.rules.instruments[fill.symbol]
        fee, asset = fill.fee, instrument.quote
        if execution.fee_in_base:
            fee, asset = execution.fee_in_base, instrument.base
        report: Report = {
            "order_id": fill.order_id,
            "order_userref": order.userref if order is not None else 0,
            "exec_id": fill.id,
            "exec_type": "trade",
            "trade_id": self._parts.market.trade_id(fill.id),
            "symbol": fill.symbol,
            "side": fill.side,
            "last_qty": number(fill.amount, instrument.lot_decimals),
            "last_price": number(fill.price, instrument.price_decimals),
            "liquidity_ind": "m" if fill.maker else "t",
            "cost": number(fill.cost, instrument.cost_decimals),
            "order_type": fill.order_type,
            "timestamp": self._stamp(fill.time_ns),
            "order_status": order_status,
        }
        if order is not None:
            report |= self._sums(order, instrument)
        if fill.client_id is not None:
            report["cl_ord_id"] = fill.client_id
        if fill.leverage > 1:
            status = "closing" if execution.closed else "opened"
            report |= {"margin": True, "margin_borrow": True, "position_status": status}
        if order is not None and order.liquidated:
            report["liquidated"] = True
        decimals = instrument.lot_decimals if execution.fee_in_base else instrument.cost_decimals
        report["fee_usd_equiv"] = self._in_usd(fee, asset, instrument)
        report["fees"] = [{"asset": asset, "qty": number(fee, decimals)}]
        return report

    def ended(self, order: OrderRecord, time_ns: int) -> Report:
        """`filled`, `canceled` or `expired`."""
        status = status_of(order)
        report = self._partial(order, status, time_ns, status=status) | self._sums(order, self._instrument(order))
        if order.reason:
            report |= {"cancel_reason": order.reason, "reason": order.reason}
        return report

    def amended(self, order: OrderRecord, time_ns: int) -> Report:
        """An order after it was changed in place."""
        instrument = self._instrument(order)
        report = self._partial(order, "amended", time_ns) | {
            "cum_qty": number(order.filled, instrument.lot_decimals),
            "reason": "User requested",
            "amended": True,
            "order_qty": number(order.amount, instrument.lot_decimals),
            **limit(order, instrument),
        }
        if order.rule.trigger is not None:
            report["triggers"] = triggers(order, instrument)
        return report | display(order, instrument)

    def status(self, order: OrderRecord, time_ns: int, *, fired: bool) -> Report:
        """`status`: the trigger of a waiting order moved, or it fired just now."""
        instrument = self._instrument(order)
        told = triggers(order, instrument)
        if fired:
            told |= {"timestamp": self._stamp(time_ns)} | self._signal_now(order, instrument)
        report = self._partial(order, "status", time_ns) | {"triggers": told}
        return report | (limit(order, instrument) if fired else {})

    def refilled(self, order: OrderRecord, time_ns: int) -> Report:
        """An iceberg shows its next slice."""
        instrument = self._instrument(order)
        return self._partial(order, "iceberg_refill", time_ns) | display(order, instrument)

    def _stamp(self, time_ns: int) -> str:
        return stamp(self._parts, time_ns)

    def _instrument(self, order: OrderRecord) -> Instrument:
        return self._parts.venue.rules.instruments[order.symbol]

    def _partial(self, order: OrderRecord, exec_type: str, time_ns: int, status: str = "") -> Report:
        return {
            "timestamp": self._stamp(time_ns),
            "order_status": status or status_of(order),
            "exec_type": exec_type,
            **ids(order),
        }

    def _sums(self, order: OrderRecord, instrument: Instrument) -> Report:
        average = order.cost / order.filled if order.filled else ZERO
        return {
            "cum_qty": number(order.filled, instrument.lot_decimals),
            "cum_cost": number(order.cost, instrument.cost_decimals),
            "avg_price": number(average, instrument.price_decimals),
            "fee_usd_equiv": self._in_usd(order.fee, instrument.quote, instrument),
        }

    def _in_usd(self, amount: Decimal, asset: str, instrument: Instrument) -> Raw:
        """`amount` at the last price of the asset against USD; 0 where it has none."""
        markets = self._parts.venue.state.markets
        rate = Decimal(1) if asset == USD else ZERO
        if amount and asset != USD:
            if (direct := markets.get(f"{asset}/{USD}")) is not None:
                rate = direct.last
            elif (inverse := markets.get(f"{USD}/{asset}")) is not None and inverse.last:
                rate = 1 / inverse.last
        return number(amount * rate, instrument.cost_decimals)

    def _extras(self, order: OrderRecord, instrument: Instrument) -> Report:
        """What only some orders have."""
        told: Report = {}
        if order.rule.trigger is not None:
            told |= {"trigger": order.signal, "triggers": triggers(order, instrument)}
        flags = {
            "post_only": order.post_only,
            "reduce_only": order.reduce_only,
            "margin": order.leverage > 1,
            "amended": order.amended,
            "liquidated": order.liquidated,
        }
        told |= {name: True for name, is_set in flags.items() if is_set}
        if order.quote_amount is not None:
            told["cash_order_qty"] = number(order.quote_amount, instrument.cost_decimals)
        if order.parent_id is not None:
            told["ord_ref_id"] = order.parent_id
        if order.starts_ns:
            told["effective_time"] = self._stamp(order.starts_ns)
        if order.expires_ns:
            told["expire_time"] = self._stamp(order.expires_ns)
        if order.close is not None:
            told["contingent"] = contingent(order.close, instrument)
        return told | display(order, instrument)

    def _signal_now(self, order: OrderRecord, instrument: Instrument) -> Report:
        """The market's price that fired it: by now the order itself may have traded at another."""
        market = self._parts.venue.state.markets.get(order.symbol)
        if market is None:
            return {}
        by_index = order.signal is Signal.INDEX and market.index is not None
        price = market.index if by_index and market.index is not None else market.quote.last
        return {"last_price": number(price, instrument.price_decimals)}
