"""Rows of the sandbox's state file, as they are put there; the transaction is the caller's."""

import sqlite3
from collections.abc import Iterable, Mapping
from itertools import chain, compress
from operator import is_not
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from kraken_tui.exchange.matching.messages import Event
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.state import VenueState
from kraken_tui.sandbox.access.keys import ApiKey
from kraken_tui.sandbox.history import History
from kraken_tui.sandbox.keeping.state_reading import TapeId, parts_of

_PUT_PART = "INSERT INTO books VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
_PUT_HISTORY = "INSERT INTO history (kind, record) VALUES (?, ?)"
_PUT_KEY = "INSERT INTO keys (key, record, nonce) VALUES (?, ?, ?)"

Books = dict[tuple[str, str], Any]
"""The books in pieces, orders apart: a value for each part and name."""


def put_parts(disk: sqlite3.Connection, kept: Books, state: VenueState) -> Books:
    """Put what of the books is another than `kept`; returns the parts as they are on file then."""
    rows, now = list[tuple[str, str, str]](), Books()
    for part, name, value in parts_of(state):
        now[part, name] = value
        before = kept.get((part, name))
        if before is not value and before != value:
            rows.append((part, name, msgspec.json.encode(value).decode()))
    if rows:
        disk.executemany(_PUT_PART, rows)
    gone = [place for place in kept if place not in now]
    if gone:
        disk.executemany("DELETE FROM books WHERE part = ? AND name = ?", gone)
    return now


class Orders(NamedTuple):
    """What changed of the open orders."""

    changed: dict[str, OrderRecord]
    numbers: dict[str, int]
    """Rows of those that are new."""
    gone: list[str]


def put_orders(
    disk: sqlite3.Connection, kept: Mapping[str, OrderRecord], numbers: Mapping[str, int], next: int, state: VenueState
) -> Orders:
    """Put the open orders that are others than `kept`, and take out those that are gone.

    Args:
        disk: the file.
        kept: as they are on file.
        numbers: their rows.
        next: the first free row.
        state: holds the orders as they are now.
    """
    orders = state.orders
    changed = dict(compress(orders.items(), map(is_not, orders.values(), map(kept.get, orders))))
    fresh = {id: number for number, id in enumerate((id for id in changed if id not in kept), next)}
    gone = [id for id in kept if id not in orders] if len(kept) + len(fresh) > len(orders) else []
    if changed:
        rows = [(fresh.get(id) or numbers[id], msgspec.json.encode(order).decode()) for id, order in changed.items()]
        disk.executemany("INSERT OR REPLACE INTO orders VALUES (?, ?)", rows)
    if gone:
        disk.executemany("DELETE FROM orders WHERE number = ?", [(numbers[id],) for id in gone])
    return Orders(changed, fresh, gone)


def append_history(disk: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Add what `events` tell to the history."""
    news = History()
    news.remember(events)
    told: tuple[tuple[str, Iterable[Struct]], ...] = (
        ("closed", news.closed.values()),
        ("trade", news.trades.values()),
        ("ledger", news.ledger.values()),
        ("amendment", chain.from_iterable(news.amendments.values())),
    )
    rows = [(kind, msgspec.json.encode(record).decode()) for kind, records in told for record in records]
    if rows:
        disk.executemany(_PUT_HISTORY, rows)


def append_tape_ids(disk: sqlite3.Connection, ids: Mapping[str, int]) -> None:
    """Add the public ids of trades to the history."""
    rows = [("tape", msgspec.json.encode(TapeId(trade=trade, id=id)).decode()) for trade, id in ids.items()]
    if rows:
        disk.executemany(_PUT_HISTORY, rows)


def put_keys(disk: sqlite3.Connection, keys: Iterable[ApiKey], nonces: Mapping[str, int]) -> None:
    """Put key pairs in place of those that are there, each with its last nonce."""
    disk.execute("DELETE FROM keys")
    for key in keys:
        disk.execute(_PUT_KEY, (key.key, msgspec.json.encode(key).decode(), str(nonces.get(key.key, 0))))
