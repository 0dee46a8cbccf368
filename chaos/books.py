"""The engine's own books: what its journal says was meant, what came of it, and what was filled."""

import contextlib
import sqlite3
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

INTENTS = """
SELECT client_id, intents.kind, symbol, owner, last.kind, last.order_id, last.text
FROM intents
LEFT JOIN outcomes AS last ON last.id = (SELECT max(id) FROM outcomes WHERE intent_id = intents.id)
"""
UNDER_WAY = "SELECT 1 FROM intents WHERE id NOT IN (SELECT intent_id FROM outcomes) LIMIT 1"
FILLS = "SELECT id, order_id, symbol, side, amount, price, cost, fee, fee_coin FROM fills"


class Meant(Struct, frozen=True, kw_only=True):
    """An intent, and its last outcome."""

    kind: str
    symbol: str
    owner: str
    outcome: str
    """accepted, declined or unknown; empty where none was written down."""
    order_id: str
    text: str


class Booked(Struct, frozen=True, kw_only=True):
    """A fill."""

    order_id: str
    symbol: str
    side: str
    amount: Decimal
    price: Decimal
    cost: Decimal
    fee: Decimal
    fee_coin: Decimal


class Books(Struct, frozen=True, kw_only=True):
    """The journal at one moment."""

    meant: Mapping[str, Meant]
    """By client id."""
    fills: Mapping[str, Booked]
    """By the exchange's trade id."""


def read_books(path: Path) -> Books:
    """What the journal at `path` holds; nothing where there is none yet."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
            intents = database.execute(INTENTS).fetchall()
            fills = database.execute(FILLS).fetchall()
    except sqlite3.OperationalError:
        if path.exists() and path.stat().st_size > 0 and _has_tables(path):
            raise
        return Books(meant={}, fills={})
    return Books(
        meant={
            row[0]: Meant(
                kind=row[1], symbol=row[2], owner=row[3], outcome=row[4] or "", order_id=row[5] or "", text=row[6] or ""
            )
            for row in intents
        },
        fills={
            row[0]: Booked(order_id=row[1], symbol=row[2], side=row[3], **_money(row[4:]))
            for row in fills
        },
    )  # fmt: skip


def is_under_way(path: Path) -> bool:
    """Whether the journal at `path` has an intent without an outcome: it is sent, or about to be, or answered."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return database.execute(UNDER_WAY).fetchone() is not None
    except sqlite3.OperationalError:
        return False


def _money(texts: tuple[str, ...]) -> dict[str, Decimal]:
    return dict(zip(("amount", "price", "cost", "fee", "fee_coin"), map(Decimal, texts), strict=True))


def _has_tables(path: Path) -> bool:
    """A journal that was killed while it began has none."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        return bool(database.execute("SELECT name FROM sqlite_master WHERE name = 'intents'").fetchall())
