"""Which open orders a client names: by id, by its own number, by its own id; and how old they are."""

from collections.abc import Iterable, Iterator

from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.state import VenueState


def userref_in(name: str | int) -> int | None:
    """The userref that `name` is; None where it is an order's id."""
    if isinstance(name, int):
        return name
    digits = name.removeprefix("-")
    return int(name) if digits.isascii() and digits.isdecimal() and len(digits) <= 10 else None


def with_userref(state: VenueState, userref: int) -> list[OrderRecord]:
    """The open orders with that userref; none for 0, which is no userref."""
    return [order for order in state.orders.values() if userref and order.userref == userref]


def named(state: VenueState, ids_or_userrefs: Iterable[str | int], client_ids: Iterable[str]) -> Iterator[OrderRecord]:
    """The open orders with any of these names; one may come more than once; unknown names are passed over."""
    for name in ids_or_userrefs:
        userref = userref_in(name)
        if userref is not None:
            yield from with_userref(state, userref)
        elif str(name) in state.orders:
            yield state.orders[str(name)]
    wanted = set(client_ids)
    yield from (order for order in state.orders.values() if order.client_id in wanted)


def age_ns(order: OrderRecord, now_ns: int) -> int:
    """Since it was placed or last amended: what the trading counter asks for."""
    return now_ns - (order.changed_ns or order.opened_ns)
