"""The order methods of WebSocket v2: tokens and permissions, the form of a message, and what is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.ws.account.access import authorise
from kraken_tui.sandbox.ws.channel import Method, Params, Result
from kraken_tui.sandbox.ws.orders import batches, cancelling, ordering
from kraken_tui.sandbox.ws.orders.fields import Fields

if TYPE_CHECKING:
    from kraken_tui.sandbox.parts import Parts
    from kraken_tui.sandbox.ws.connection import Connection

Call = Callable[["Parts", Fields], Sequence[Result | ExchangeError]]
"""What a method does once the client may do it."""

PLACE, CANCEL = "modify-trades", "close-trades"


def _method(name: str, call: Call, permissions: Iterable[str], fields: Iterable[str] = ()) -> Method:
    needed, known, kind = tuple(permissions), frozenset({"token", *fields}), name.replace("_", " ")

    def method(parts: Parts, connection: Connection, params: Params) -> Sequence[Result | ExchangeError]:
        asked = Fields(params)
        authorise(parts, connection, asked, needed)
        asked.only(known, kind)
        return call(parts, asked)

    return method


METHODS: dict[str, Method] = {
    "add_order": _method("add_order", ordering.add, [PLACE], ordering.ADD),
    "amend_order": _method("amend_order", ordering.amend, [PLACE], ordering.AMEND),
    "edit_order": _method("edit_order", ordering.edit, [PLACE, CANCEL], ordering.EDIT),
    "cancel_order": _method("cancel_order", cancelling.cancel, [CANCEL], cancelling.CANCEL),
    "cancel_all": _method("cancel_all", cancelling.cancel_all, [CANCEL]),
    "cancel_all_orders_after": _method(
        "cancel_all_orders_after", cancelling.cancel_all_after, [CANCEL], cancelling.CANCEL_ALL_AFTER
    ),
    "batch_add": _method("batch_add", batches.add, [PLACE, CANCEL], batches.ADD),
    "batch_cancel": _method("batch_cancel", batches.cancel, [CANCEL], batches.CANCEL),
}
"""By name. Each raises an ExchangeError where all of the message is refused, and returns one result or error per
reply: cancel_order answers each order by itself.
"""
