"""A fresh account: what it starts with is there from its first moment, and its ledger begins with that."""

from collections.abc import Sequence
from typing import NamedTuple

from kraken_tui.exchange.matching.messages import Booked, Event
from kraken_tui.exchange.matching.money.ledger import opening_entries
from kraken_tui.exchange.matching.state import VenueState
from kraken_tui.sandbox.history import History


class Opened(NamedTuple):
    """An account in which nothing has happened but its opening deposits."""

    state: VenueState
    history: History
    events: Sequence[Event]
    """What a store is to keep besides the state."""


def open_account(opening: VenueState, now_ns: int) -> Opened:
    """An account with the balances and the id counter of `opening`, which stays as it is."""
    state, history = opening.copy(), History()
    events = [Booked(entry) for entry in opening_entries(state, now_ns)]
    history.remember(events)
    return Opened(state, history, events)
