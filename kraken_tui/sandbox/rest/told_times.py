"""The private records of REST with the times that the exchange tells: a clock that is wrong shifts all of them."""

from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.exchange.matching.messages import Execution, LedgerEntry
from kraken_tui.exchange.matching.money.lots import Lot
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.sandbox.history import Amendment

RecordT = TypeVar("RecordT", bound=Struct)


def order_told(order: OrderRecord, skew_ns: int) -> OrderRecord:
    """An order; a time that it does not have stays 0."""
    return _shifted(order, skew_ns, "opened_ns", "starts_ns", "expires_ns", "closed_ns")


def trade_told(trade: Execution, skew_ns: int) -> Execution:
    """A trade."""
    return replace(trade, fill=_shifted(trade.fill, skew_ns, "time_ns")) if skew_ns else trade


def entry_told(entry: LedgerEntry, skew_ns: int) -> LedgerEntry:
    """A ledger entry."""
    return _shifted(entry, skew_ns, "time_ns")


def amendment_told(amendment: Amendment, skew_ns: int) -> Amendment:
    """An amendment."""
    return _shifted(amendment, skew_ns, "time_ns")


def lot_told(lot: Lot, skew_ns: int) -> Lot:
    """A position."""
    return _shifted(lot, skew_ns, "opened_ns", "next_rollover_ns")


def _shifted(record: RecordT, skew_ns: int, *names: str) -> RecordT:
    if not skew_ns:
        return record
    times = {name: getattr(record, name) for name in names}
    return replace(record, **{name: time_ns + skew_ns for name, time_ns in times.items() if time_ns})
