"""The account's orders: placed, amended, replaced and cancelled, with the trading counter, deadlines and partial fills.

REST and WebSocket come through here, so that both count on one counter and meet the same faults.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from kraken_tui.clock import SECOND
from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching import venue as core
from kraken_tui.exchange.matching.messages import (
    Accepted,
    Add,
    Amend,
    Amended,
    Cancel,
    CancelAll,
    CancelAllAfter,
    Cancelled,
    Edit,
    Event,
)
from kraken_tui.exchange.matching.order_texts import describe, describe_close
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.trading.checks import UNKNOWN_ORDER, find_order
from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.orders.batches import refuse_wrong
from kraken_tui.sandbox.orders.naming import age_ns, named, with_userref
from kraken_tui.sandbox.orders.thinning import thin_market, would_fill
from kraken_tui.sandbox.orders.words import invalid

if TYPE_CHECKING:
    from kraken_tui.sandbox.access.limits import TradingLimits
    from kraken_tui.sandbox.faults.faults import Faults
    from kraken_tui.sandbox.venue import Venue

MOST_IN_BATCH_CANCEL = 50
LONGEST_TIMEOUT_S = 86_400


class Placed(Struct, frozen=True, kw_only=True):
    """What became of an order that was not refused."""

    order: OrderRecord | None
    """As it was accepted, before it traded; None where it was only checked."""
    descr: str
    """Kraken's order text."""
    close: str
    """Kraken's text of the conditional close; empty without one."""


class Edited(Struct, frozen=True, kw_only=True):
    """An order and what replaced it."""

    old: OrderRecord
    placed: Placed


class Trading:
    """What a client may do with orders.

    Every method raises ExchangeError with Kraken's string where it is refused: `EOrder:Rate limit exceeded` of the
    trading counter, `EService:Deadline elapsed`, or what the core says.

    Args:
        venue: where it happens.
        limits: the trading counter.
        faults: may let an order fill only in part at once, and skews the clock that deadlines are checked by.
    """

    def __init__(self, venue: Venue, limits: TradingLimits, faults: Faults) -> None:
        self._venue = venue
        self._limits = limits
        self._faults = faults

    def told_now_ns(self) -> int:
        """The time as the exchange tells it, skewed by a fault: deadlines are checked against it."""
        return self._venue.clock.now_ns() + self._faults.skew_ns

    def charge_add(self, symbol: str, count: int = 0) -> None:
        """Count an order (a batch of `count`) that will not be placed because its words were wrong."""
        now_ns = self._venue.clock.now_ns()
        if count:
            self._limits.batch_add(symbol, count, now_ns)
        else:
            self._limits.add(symbol, now_ns)

    def charge_amend(self, order: OrderRecord) -> None:
        """Count an amendment whose words were wrong."""
        now_ns = self._venue.clock.now_ns()
        self._limits.amend(order.symbol, age_ns(order, now_ns), now_ns)

    def charge_edit(self, order: OrderRecord) -> None:
        """Count a replacement whose words were wrong."""
        now_ns = self._venue.clock.now_ns()
        self._limits.edit(order.symbol, age_ns(order, now_ns), now_ns)

    def find(self, id: str = "", client_id: str | None = None) -> OrderRecord:
        """The open order with that id, or with that client id where `id` is empty; `EOrder:Unknown order`."""
        return find_order(self._venue.state, id, client_id)

    def place(self, add: Add, *, validate: bool = False, deadline_ns: int = 0) -> Placed:
        """Place an order.

        Args:
            add: what to place.
            validate: only check it, and change nothing but the counter.
            deadline_ns: the time after which it must not be placed; 0 = none.
        """
        self._limits.add(add.symbol, self._venue.clock.now_ns())
        self._check_deadline(deadline_ns)
        return self._check(add) if validate else self._place(add)

    def place_batch(
        self, adds: Sequence[Add], *, validate: bool = False, deadline_ns: int = 0
    ) -> list[Placed | ExchangeError]:
        """Place 2 to 15 orders of one pair. One that is wrong refuses all; what funds refuse is refused by itself."""
        self._limits.batch_add(adds[0].symbol, len(adds), self._venue.clock.now_ns())
        self._check_deadline(deadline_ns)
        refuse_wrong(adds, self._venue.state, self._venue.rules)
        return [self._attempt(add, validate) for add in adds]

    def amend(self, amend: Amend, *, deadline_ns: int = 0) -> str:
        """Change an open order in place; returns the id of the amendment."""
        self.charge_amend(self.find(amend.id, amend.client_id))
        self._check_deadline(deadline_ns)
        events = self._venue.apply(amend)
        return next(event.amend_id for event in events if isinstance(event, Amended))

    def edit(self, id: str, replacement: Add, *, validate: bool = False, deadline_ns: int = 0) -> Edited:
        """Cancel an open order and place another instead; where the other is refused, the first stays."""
        order = self.find(id)
        self.charge_edit(order)
        self._check_deadline(deadline_ns)
        edit = Edit(id=id, replacement=replacement, time_ns=replacement.time_ns)
        if validate:
            core.apply(self._venue.state.copy(), edit, self._venue.rules)
            return Edited(old=order, placed=self._placed(replacement, ()))
        self._thin(edit, replacement)
        return Edited(old=order, placed=self._placed(replacement, self._venue.apply(edit)))

    def cancel(self, *, id: str = "", userref: int = 0, client_id: str | None = None) -> list[OrderRecord]:
        """Cancel the order with that id or client id, or all with that userref; returns them as they ended."""
        orders = with_userref(self._venue.state, userref) if userref else [self.find(id, client_id)]
        if not orders:
            raise error_for(UNKNOWN_ORDER)
        now_ns, ended = self._venue.clock.now_ns(), list[OrderRecord]()
        for order in orders:  # all of them before the first is cancelled: a refusal means that none was
            self._limits.cancel(order.symbol, age_ns(order, now_ns), now_ns)
        for order in orders:
            ended += _cancelled(self._venue.apply(Cancel(id=order.id, time_ns=now_ns)))
        return ended

    def cancel_many(self, ids_or_userrefs: Sequence[str | int], client_ids: Sequence[str] = ()) -> int:
        """Cancel a batch of at most 50; unknown ones are passed over unless all are. Returns how many were cancelled.

        The counter never refuses it, but is charged.
        """
        if not 1 <= len(ids_or_userrefs) + len(client_ids) <= MOST_IN_BATCH_CANCEL:
            raise invalid("orders")
        orders = {order.id: order for order in named(self._venue.state, ids_or_userrefs, client_ids)}
        if not orders:
            raise error_for(UNKNOWN_ORDER)
        now_ns = self._venue.clock.now_ns()
        for symbol in {order.symbol for order in orders.values()}:
            ages = [age_ns(order, now_ns) for order in orders.values() if order.symbol == symbol]
            self._limits.batch_cancel(symbol, ages, now_ns)
        return sum(len(_cancelled(self._venue.apply(Cancel(id=id, time_ns=now_ns)))) for id in orders)

    def cancel_all(self) -> int:
        """Cancel every open order; returns how many there were."""
        return len(_cancelled(self._venue.apply(CancelAll(time_ns=self._venue.clock.now_ns()))))

    def cancel_all_after(self, timeout_s: int) -> tuple[int, int]:
        """Arm the dead man's switch anew, or disarm it with 0; returns the time, and when it falls (0: never)."""
        if not 0 <= timeout_s < LONGEST_TIMEOUT_S:
            raise invalid("timeout")
        now_ns = self._venue.clock.now_ns()
        self._venue.apply(CancelAllAfter(timeout_ns=timeout_s * SECOND, time_ns=now_ns))
        return now_ns, self._venue.state.cancel_all_at_ns

    def _attempt(self, add: Add, validate: bool) -> Placed | ExchangeError:
        try:
            return self._check(add) if validate else self._place(add)
        except ExchangeError as error:
            return error

    def _check(self, add: Add) -> Placed:
        core.check_only(self._venue.state, add, self._venue.rules)
        return self._placed(add, ())

    def _place(self, add: Add) -> Placed:
        self._thin(add, add)
        return self._placed(add, self._venue.apply(add))

    def _placed(self, add: Add, events: Iterable[Event]) -> Placed:
        order = next((event.order for event in events if isinstance(event, Accepted)), None)
        instrument = self._venue.rules.instruments[add.symbol]
        return Placed(
            order=order,
            descr=describe(order or as_worded(add), instrument),
            close=describe_close(add.close, instrument),
        )

    def _thin(self, message: Add | Edit, add: Add) -> None:
        if not (self._faults.has_partial and would_fill(self._venue, message)):
            return
        fraction = self._faults.partial(add.symbol)
        if fraction is not None:
            thin_market(self._venue, add.symbol, fraction * add.amount, add.time_ns)

    def _check_deadline(self, deadline_ns: int) -> None:
        if deadline_ns and self.told_now_ns() > deadline_ns:
            raise error_for("EService:Deadline elapsed")


def as_worded(add: Add) -> OrderRecord:
    """The order that `add` would become, for its description."""
    return OrderRecord(
        id="", symbol=add.symbol, side=add.side, type=add.type, amount=add.amount,
        quote_amount=add.quote_amount, limit_price=add.limit_price,
        trigger_price=add.trigger_price, trail=add.trail, leverage=add.leverage, place=0, opened_ns=add.time_ns,
    )  # fmt: skip


def _cancelled(events: Iterable[Event]) -> list[OrderRecord]:
    return [event.order for event in events if isinstance(event, Cancelled)]
