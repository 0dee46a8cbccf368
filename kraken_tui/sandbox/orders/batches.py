"""Batches of orders: what refuses all of one."""

from collections.abc import Sequence

from kraken_tui.exchange.matching.messages import Add
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import VenueState
from kraken_tui.exchange.matching.venue import check_only
from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.orders.words import invalid

BATCH_SIZES = range(2, 16)
_WRONG = (
    "EGeneral:",
    "EQuery:",
    "EOrder:Invalid price",
    "EOrder:Order minimum not met",
    "EOrder:Cost minimum not met",
    "EOrder:Tick size check failed",
    "EService:Market in",
)
"""Refusals of what an order says. The others speak of the account or the engine, and refuse one order of a batch."""


def refuse_wrong(adds: Sequence[Add], state: VenueState, rules: Rules) -> None:
    """Refuse a batch for the first order in it that is wrong whatever the account holds.

    Raises:
        ExchangeError: Kraken's string for that order, or `EGeneral:Invalid arguments:…` for the batch itself.
    """
    if len(adds) not in BATCH_SIZES:
        raise invalid("orders")
    client_ids = [add.client_id for add in adds if add.client_id is not None]
    if len(set(client_ids)) < len(client_ids):
        raise invalid("cl_ord_id")
    for add in adds:
        try:
            check_only(state, add, rules, funds=False)
        except ExchangeError as error:
            if error.text.startswith(_WRONG):
                raise
