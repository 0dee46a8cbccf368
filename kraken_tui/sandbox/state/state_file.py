"""The sandbox's account on disk: one SQLite file, one transaction for each input that did something.

It survives the death of the process at any moment: what a client was told is in the file's write-ahead log. A power
cut may cost the last moments, as commits are not synced one by one (`synchronous=NORMAL`); the file stays sound.
Markets are not kept, besides those that margin positions are marked with.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, compress
from operator import is_not
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from kraken_tui.exchange.matching.messages import Event
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import VenueState
from kraken_tui.sandbox.history import History
from kraken_tui.sandbox.access.keys import ApiKey
from kraken_tui.sandbox.state.state_reading import Kept, KeptKey, check_account, parts_of, read_account, read_keys
from kraken_tui.sandbox.state.state_schema import open_disk

_PUT_PART = "INSERT INTO books VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
_PUT_KEY = "INSERT INTO keys (key, record, nonce) VALUES (?, ?, ?)"


class StateFile:
    """Keeps one account.

    Args:
        path: the file; made where it is missing, its folder too.

    Raises:
        SafetyRefusal: the file is damaged, another program's, or of another version.
        HomeLocked: another sandbox has it open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.nonces: Callable[[], Mapping[str, int]] = dict
        """Tells each key's last nonce, to be kept with every commit."""
        self._parts: dict[tuple[str, str], Any] = {}
        """The books as they are on file; the same for the open orders and their rows."""
        self._orders: dict[str, OrderRecord] = {}
        self._numbers: dict[str, int] = {}
        self._next = 1
        self._nonces: dict[str, int] = {}
        self._unkept: list[Event] = []
        """What a commit that failed left to the next one."""
        self._disk = open_disk(path)

    def close(self) -> None:
        """Let go of the file; what was committed is in it."""
        self._disk.close()

    def commit(self, state: VenueState, events: Sequence[Event]) -> None:
        """Keep what changed since the last commit, and what `events` tell.

        Raises:
            sqlite3.Error: it could not be written (a full disk); the next commit writes it too.
        """
        disk, unkept = self._disk, [*self._unkept, *events]
        disk.execute("BEGIN")
        try:
            self._put_parts(state)
            self._put_orders(state)
            self._append(unkept)
            self._put_nonces()
            disk.execute("COMMIT")
        except BaseException:
            if disk.in_transaction:
                disk.execute("ROLLBACK")
            self._unkept = unkept
            self._believe(read_account(disk, self.path))
            raise
        self._unkept = []

    def _believe(self, kept: Kept | None) -> None:
        """Take `kept` for what is on file."""
        self._nonces = {}
        self._parts, self._orders, self._numbers = {}, {}, {}
        if kept is not None:
            self._parts = {(part, name): value for part, name, value in parts_of(kept.state)}
            self._orders, self._numbers = dict(kept.state.orders), dict(kept.numbers)
        self._next = max(self._numbers.values(), default=0) + 1

    def _put_parts(self, state: VenueState) -> None:
        rows, kept, present = list[tuple[str, str, str]](), self._parts, 0
        for part, name, value in parts_of(state):
            present += 1
            before = kept.get((part, name))
            if before is not value and before != value:
                rows.append((part, name, msgspec.json.encode(value).decode()))
            kept[part, name] = value
        if rows:
            self._disk.executemany(_PUT_PART, rows)
        if len(kept) > present:
            there = {(part, name) for part, name, _ in parts_of(state)}
            gone = [place for place in kept if place not in there]
            self._disk.executemany("DELETE FROM books WHERE part = ? AND name = ?", gone)
            for place in gone:
                del kept[place]

    def _put_orders(self, state: VenueState) -> None:
        """Only what is another object than at the last commit: records never change."""
        kept, numbers, orders = self._orders, self._numbers, state.orders
        changed = list(compress(orders.items(), map(is_not, orders.values(), map(kept.get, orders))))
        rows = list[tuple[int, str]]()
        for id, order in changed:
            if id not in numbers:
                numbers[id] = self._next
                self._next += 1
            rows.append((numbers[id], msgspec.json.encode(order).decode()))
        if rows:
            self._disk.executemany("INSERT OR REPLACE INTO orders VALUES (?, ?)", rows)
            kept.update(changed)
        if len(kept) > len(orders):
            gone = [id for id in kept if id not in orders]
            self._disk.executemany("DELETE FROM orders WHERE number = ?", [(numbers[id],) for id in gone])
            for id in gone:
                del kept[id], numbers[id]

    def _append(self, events: Iterable[Event]) -> None:
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
            self._disk.executemany("INSERT INTO history (kind, record) VALUES (?, ?)", rows)

    def _put_nonces(self) -> None:
        for key, nonce in self.nonces().items():
            if self._nonces.get(key) != nonce:
                self._disk.execute("UPDATE keys SET nonce = ? WHERE key = ?", (str(nonce), key))
                self._nonces[key] = nonce

    def keep_keys(self, keys: Iterable[ApiKey]) -> None:
        """Keep key pairs in place of those that were kept; nonces of keys that stay are kept too."""
        nonces = {kept.key.key: kept.nonce for kept in self.kept_keys()}
        self._disk.execute("BEGIN")
        self._disk.execute("DELETE FROM keys")
        for key in keys:
            row = (key.key, msgspec.json.encode(key).decode(), str(nonces.get(key.key, 0)))
            self._disk.execute(_PUT_KEY, row)
        self._disk.execute("COMMIT")

    def reset(self, state: VenueState) -> None:
        """Forget the account and its history, and keep `state`; keys stay."""
        self._disk.execute("BEGIN")
        for table in ("books", "orders", "history"):
            self._disk.execute(f"DELETE FROM {table}")
        self._disk.execute("COMMIT")
        self._believe(None)
        self._unkept = []
        self.commit(state, ())

    def kept_keys(self) -> list[KeptKey]:
        """The key pairs that were kept.

        Raises:
            SafetyRefusal: one can't be read.
        """
        return read_keys(self._disk, self.path)

    def load(self, rules: Rules) -> Kept | None:
        """The account as it was kept; None where nothing was kept yet.

        Raises:
            SafetyRefusal: it can't be read, its books don't balance, or it holds something in a pair that is not
                listed.
        """
        kept = read_account(self._disk, self.path)
        if kept is not None:
            check_account(kept, self.path, rules)
        self._believe(kept)
        return kept
