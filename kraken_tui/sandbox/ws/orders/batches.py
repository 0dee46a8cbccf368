"""batch_add and batch_cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.orders.batches import BATCH_SIZES
from kraken_tui.sandbox.orders.drafts import Draft
from kraken_tui.sandbox.orders.submitting import submit_batch
from kraken_tui.sandbox.orders.trading import MOST_IN_BATCH_CANCEL, Placed
from kraken_tui.sandbox.orders.words import invalid
from kraken_tui.sandbox.ws.channel import Params, Result
from kraken_tui.sandbox.ws.orders.fields import Fields
from kraken_tui.sandbox.ws.orders.order_params import ORDER, draft_of
from kraken_tui.sandbox.ws.orders.ordering import deadline, placed

if TYPE_CHECKING:
    from kraken_tui.model.instrument import Instrument
    from kraken_tui.sandbox.parts import Parts

ADD = frozenset({"symbol", "orders", "deadline", "validate"})
CANCEL = frozenset({"orders", "cl_ord_id"})
_ROW = ORDER | {"symbol"}


def add(parts: Parts, fields: Fields) -> list[Result]:
    """Place 2 to 15 orders of one pair: one reply, whose result is a list in the order of the orders.

    An order that funds refuse stands in it as its error; Kraken documents no form for that.
    """
    instrument = parts.pairs.by_symbol(fields.required("symbol"))
    rows = fields.rows("orders")
    if len(rows) not in BATCH_SIZES:
        raise invalid("orders")
    try:
        drafts = [_draft(row, instrument) for row in rows]
        validate, deadline_ns = fields.flag("validate"), deadline(parts, fields)
    except ExchangeError:
        parts.trading.charge_add(instrument.symbol, len(rows))
        raise
    done = submit_batch(parts, drafts, validate=validate, deadline_ns=deadline_ns)
    return [[_told(draft, each) for draft, each in zip(drafts, done, strict=True)]]


def _draft(row: Fields, instrument: Instrument) -> Draft:
    row.only(_ROW, "batch add")
    if row.text("symbol") not in (None, instrument.symbol):
        raise invalid("symbol")
    return draft_of(row, instrument)


def _told(draft: Draft, done: Placed | ExchangeError) -> Params:
    if isinstance(done, Placed):
        return placed(draft, done)
    names = {"cl_ord_id": draft.client_id} if draft.client_id is not None else {}
    return names | ({"order_userref": draft.userref} if draft.userref else {}) | {"error": done.text}


def cancel(parts: Parts, fields: Fields) -> list[Params]:
    """Cancel 2 to 50 orders by id, userref or client id."""
    names: list[str | int] = [*fields.words("orders")]
    client_ids = fields.words("cl_ord_id")
    if not 2 <= len(names) + len(client_ids) <= MOST_IN_BATCH_CANCEL:
        raise invalid("orders")
    return [{"count": parts.trading.cancel_many(names, client_ids)}]
