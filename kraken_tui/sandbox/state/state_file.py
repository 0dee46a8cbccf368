"""The sandbox's account on disk: one SQLite file, one transaction for each input that did something.

It survives the death of the process at any moment: what a client was told is in the file's write-ahead log. A power
cut may cost the last moments, as commits are not synced one by one (`synchronous=NORMAL`); the file stays sound.
Markets are not kept, besides those that margin positions are marked with.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, compress
from operator import is_not
from pathlib import Path
from typing import Any

import msgspec
from loguru import logger
from msgspec import Struct

from kraken_tui.exchange.matching.messages import Event
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import VenueState
from kraken_tui.sandbox.access.keys import ApiKey
from kraken_tui.sandbox.history import History
from kraken_tui.sandbox.state.state_reading import Kept, KeptKey, check_account, parts_of, read_account, read_keys
from kraken_tui.sandbox.state.state_schema import damaged, open_disk
from kraken_tui.sandbox.venue import NotKept

_PUT_PART = "INSERT INTO books VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
_PUT_KEY = "INSERT INTO keys (key, record, nonce) VALUES (?, ?, ?)"
_USE_NONCE = "UPDATE keys SET nonce = ? WHERE key = ?"
COMMITS_PER_CHECKPOINT = 1000


class _Change(Struct, frozen=True):
    """What a commit puts on file, and what is there then."""

    parts: dict[tuple[str, str], Any]
    orders: dict[str, OrderRecord]
    numbers: dict[str, int]
    """Rows of new orders."""
    gone: list[str]
    """Orders."""
    nonces: dict[str, int]


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
        self._commits = 0
        self._is_failing = False
        self._disk = open_disk(path)

    def close(self) -> None:
        """Let go of the file; what was committed is in it."""
        self._disk.close()

    def commit(self, state: VenueState, events: Sequence[Event]) -> None:
        """Keep what changed since the last commit, and what `events` tell.

        Raises:
            NotKept: it could not be written (a full disk), which is logged once; the file is as it was.
        """
        try:
            self._commit(state, events)
        except NotKept as error:
            self._tell(error)
            raise

    def finish(self, state: VenueState) -> None:
        """The last commit: the time that has passed without doing anything is kept too.

        Raises:
            NotKept: it could not be written.
        """
        self._commit(state, ())

    def _commit(self, state: VenueState, events: Sequence[Event]) -> None:
        with self._writing():
            change = self._write(state, events)
        self._believe(change)
        self._is_failing = False
        self._count()

    def use_nonce(self, key: str, nonce: int) -> None:
        """Keep that `nonce` is used up; where that fails, the next commit does it."""
        try:
            self._disk.execute(_USE_NONCE, (str(nonce), key))
        except sqlite3.Error as error:
            self._tell(self._not_kept(error))
            return
        self._nonces[key] = nonce
        self._count()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction, that in which a fresh file is made included."""
        disk = self._disk
        try:
            if not disk.in_transaction:
                disk.execute("BEGIN")
            yield
            disk.execute("COMMIT")
        except BaseException as error:
            if disk.in_transaction:
                disk.execute("ROLLBACK")
            if not isinstance(error, sqlite3.Error):
                raise
            raise self._not_kept(error) from error

    def _not_kept(self, error: sqlite3.Error) -> NotKept:
        return NotKept(f"--state {self.path}: can't be written: {error}")

    def _tell(self, error: NotKept) -> None:
        """Say once that the file can't be written, until it can."""
        if not self._is_failing:
            logger.error("{}; what changes the account is refused", error)
        self._is_failing = True

    def _count(self) -> None:
        """Move the write-ahead log into the file after the first commit and now and then.

        Without its log, which may get lost, the file alone is then not far behind.
        """
        self._commits += 1
        if self._commits % COMMITS_PER_CHECKPOINT == 1:
            try:
                self._disk.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.Error as error:
                self._tell(self._not_kept(error))

    def _write(self, state: VenueState, events: Sequence[Event]) -> _Change:
        disk, kept = self._disk, self._orders
        parts = self._put_parts(state)
        changed = dict(compress(state.orders.items(), map(is_not, state.orders.values(), map(kept.get, state.orders))))
        fresh = {id: number for number, id in enumerate((id for id in changed if id not in kept), self._next)}
        gone = [id for id in kept if id not in state.orders] if len(kept) + len(fresh) > len(state.orders) else []
        if changed:
            rows = [
                (fresh.get(id) or self._numbers[id], msgspec.json.encode(order).decode())
                for id, order in changed.items()
            ]
            disk.executemany("INSERT OR REPLACE INTO orders VALUES (?, ?)", rows)
        if gone:
            disk.executemany("DELETE FROM orders WHERE number = ?", [(self._numbers[id],) for id in gone])
        self._append(events)
        nonces = {key: nonce for key, nonce in self.nonces().items() if self._nonces.get(key) != nonce}
        for key, nonce in nonces.items():
            disk.execute(_USE_NONCE, (str(nonce), key))
        return _Change(parts, changed, fresh, gone, nonces)

    def _believe(self, change: _Change) -> None:
        """Take `change` for what is on file."""
        self._parts = change.parts
        self._orders.update(change.orders)
        self._numbers.update(change.numbers)
        self._next += len(change.numbers)
        for id in change.gone:
            del self._orders[id], self._numbers[id]
        self._nonces.update(change.nonces)

    def _put_parts(self, state: VenueState) -> dict[tuple[str, str], Any]:
        """The parts as they are on file then."""
        rows, kept, now = list[tuple[str, str, str]](), self._parts, dict[tuple[str, str], Any]()
        for part, name, value in parts_of(state):
            now[part, name] = value
            before = kept.get((part, name))
            if before is not value and before != value:
                rows.append((part, name, msgspec.json.encode(value).decode()))
        if rows:
            self._disk.executemany(_PUT_PART, rows)
        gone = [place for place in kept if place not in now]
        if gone:
            self._disk.executemany("DELETE FROM books WHERE part = ? AND name = ?", gone)
        return now

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

    def keep_keys(self, keys: Iterable[ApiKey]) -> None:
        """Keep key pairs in place of those that were kept; nonces of keys that stay are kept too.

        In a fresh file they come with the first commit.

        Raises:
            NotKept: they could not be written.
        """
        nonces = {kept.key.key: kept.nonce for kept in self.kept_keys()}
        if self._disk.in_transaction:
            self._put_keys(keys, nonces)
            return
        with self._writing():
            self._put_keys(keys, nonces)

    def _put_keys(self, keys: Iterable[ApiKey], nonces: Mapping[str, int]) -> None:
        self._disk.execute("DELETE FROM keys")
        for key in keys:
            row = (key.key, msgspec.json.encode(key).decode(), str(nonces.get(key.key, 0)))
            self._disk.execute(_PUT_KEY, row)

    def reset(self, state: VenueState) -> None:
        """Forget the account and its history, and keep `state`; keys stay.

        Raises:
            NotKept: it could not be written; the account is on file as it was.
        """
        parts, orders, numbers = self._parts, self._orders, self._numbers
        self._parts, self._orders, self._numbers = {}, {}, {}
        try:
            with self._writing():
                for table in ("books", "orders", "history"):
                    self._disk.execute(f"DELETE FROM {table}")
                change = self._write(state, ())
        except NotKept:
            self._parts, self._orders, self._numbers = parts, orders, numbers
            raise
        self._believe(change)

    def kept_keys(self) -> list[KeptKey]:
        """The key pairs that were kept.

        Raises:
            SafetyRefusal: one can't be read.
        """
        return read_keys(self._disk, self.path)

    def load(self, rules: Rules) -> Kept | None:
        """The account as it was kept; None where nothing was kept yet.

        Raises:
            SafetyRefusal: it can't be read, it was lost, its books don't balance, or it holds something in a pair
                that is not listed.
        """
        kept = read_account(self._disk, self.path)
        if kept is None:
            if not self._disk.in_transaction:
                raise damaged(self.path, "it holds no account, which its -wal file may have held")
            return None
        check_account(kept, self.path, rules)
        self._parts = {(part, name): value for part, name, value in parts_of(kept.state)}
        self._orders, self._numbers = dict(kept.state.orders), dict(kept.numbers)
        self._next = max(self._numbers.values(), default=0) + 1
        return kept
