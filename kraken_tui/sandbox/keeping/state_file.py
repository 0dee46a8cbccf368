"""The sandbox's account on disk: one SQLite file, one transaction for each input that did something.

It survives the death of the process at any moment: what a client was told is in the file's write-ahead log. A power
cut may cost the last moments, as commits are not synced one by one (`synchronous=NORMAL`); the file stays sound.
Markets are not kept, besides those that margin positions are marked with.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from loguru import logger
from msgspec import Struct

from kraken_tui.exchange.matching.messages import Event
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import VenueState
from kraken_tui.sandbox.access.keys import ApiKey
from kraken_tui.sandbox.keeping.state_reading import Kept, KeptKey, check_account, parts_of, read_account, read_keys
from kraken_tui.sandbox.keeping.state_schema import damaged, open_disk
from kraken_tui.sandbox.keeping.state_writing import (
    Books,
    Orders,
    append_history,
    append_tape_ids,
    put_keys,
    put_orders,
    put_parts,
)
from kraken_tui.sandbox.venue import NotKept

_USE_NONCE = "UPDATE keys SET nonce = ? WHERE key = ?"
COMMITS_PER_CHECKPOINT = 1000


class _Change(Struct, frozen=True):
    """What a commit puts on file, and what is there then."""

    parts: Books
    orders: Orders
    nonces: dict[str, int]


class StateFile:
    """Keeps one account.

    Args:
        path: the file; made where it is missing, in a folder that is there.

    Raises:
        UsageError: there is no such folder.
        SafetyRefusal: the file is damaged, another program's, or of another version.
        HomeLocked: another sandbox has it open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.nonces: Callable[[], Mapping[str, int]] = dict
        """Tells each key's last nonce, to be kept with every commit."""
        self._parts: Books = {}
        """The books as they are on file; the same for the open orders and their rows."""
        self._orders: dict[str, OrderRecord] = {}
        self._numbers: dict[str, int] = {}
        self._next = 1
        self._nonces: dict[str, int] = {}
        self._owed_ids: dict[str, int] = {}
        """Of trades whose public ids could not be written yet."""
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

    def keep_tape_ids(self, ids: Mapping[str, int]) -> None:
        """Keep the public ids of trades that are on file; where that fails, the next commit does it."""
        self._owed_ids |= ids
        if self._disk.in_transaction:
            return
        try:
            with self._writing():
                append_tape_ids(self._disk, self._owed_ids)
        except NotKept as error:
            self._tell(error)
            return
        self._owed_ids = {}
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
        disk = self._disk
        parts = put_parts(disk, self._parts, state)
        orders = put_orders(disk, self._orders, self._numbers, self._next, state)
        append_history(disk, events)
        append_tape_ids(disk, self._owed_ids)
        nonces = {key: nonce for key, nonce in self.nonces().items() if self._nonces.get(key) != nonce}
        for key, nonce in nonces.items():
            disk.execute(_USE_NONCE, (str(nonce), key))
        return _Change(parts, orders, nonces)

    def _believe(self, change: _Change) -> None:
        """Take `change` for what is on file."""
        self._parts = change.parts
        self._orders.update(change.orders.changed)
        self._numbers.update(change.orders.numbers)
        self._next += len(change.orders.numbers)
        for id in change.orders.gone:
            del self._orders[id], self._numbers[id]
        self._nonces.update(change.nonces)
        self._owed_ids = {}

    def keep_keys(self, keys: Iterable[ApiKey]) -> None:
        """Keep key pairs in place of those that were kept; nonces of keys that stay are kept too.

        In a fresh file they come with the first commit.

        Raises:
            NotKept: they could not be written.
        """
        nonces = {kept.key.key: kept.nonce for kept in self.kept_keys()}
        if self._disk.in_transaction:
            put_keys(self._disk, keys, nonces)
            return
        with self._writing():
            put_keys(self._disk, keys, nonces)

    def reset(self, state: VenueState, events: Sequence[Event]) -> None:
        """Forget the account and its history, and keep `state` and what `events` tell; keys stay.

        Raises:
            NotKept: it could not be written; the account is on file as it was.
        """
        believed = self._parts, self._orders, self._numbers, self._owed_ids
        self._parts, self._orders, self._numbers, self._owed_ids = {}, {}, {}, {}
        try:
            with self._writing():
                for table in ("books", "orders", "history"):
                    self._disk.execute(f"DELETE FROM {table}")
                change = self._write(state, events)
        except NotKept:
            self._parts, self._orders, self._numbers, self._owed_ids = believed
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
