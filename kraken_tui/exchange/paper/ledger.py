"""`paper_ledger.json`: the paper account on disk, whole and durable before anything is acknowledged.

A write goes to a file beside it, is synced, takes its name in one step, and the folder is synced. So at any moment
the file under the ledger's name is one complete ledger. A ledger that can't be read is reported and left as it is.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from kraken_tui.exchange.matching.messages import Execution
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.paper.paper_trading import KEPT_ORDERS, KEPT_TRADES, PaperState, persistent
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.store.atomic import write_atomically

SCHEMA = 1
_SETTLE = "Put back a good copy with the journal.db of the same moment, or move both away to begin a new paper account."


STATE = b'"state":{"venue":'
"""Where the state begins in the file."""


class _Header(Struct, kw_only=True):
    """Whose ledger it is."""

    schema: int
    mode: str
    account: str
    quote: str
    saved_ns: int


class _Document(_Header, kw_only=True):
    """What the file holds."""

    check: str
    """SHA-256 of the file from STATE on: a flipped bit must not become somebody's balance."""
    state: PaperState


class Ledger:
    """The books of one paper account.

    Args:
        path: the file; its folder is made on the first write.
        account: cash or margin; a ledger of the other kind is refused.
        quote: the currency that the account is kept in.
        mode: whose ledger it is; a ledger of another mode is refused.
        write: how bytes get to disk.
    """

    def __init__(
        self,
        path: Path,
        account: Literal["cash", "margin"],
        quote: str = "USD",
        *,
        mode: str = "PAPER",
        write: Callable[[Path, bytes], None] = write_atomically,
    ) -> None:
        self.path = path
        self.account = account
        self.quote = quote
        self.mode = mode
        self._write = write
        self._made: dict[str, tuple[OrderRecord | Execution, bytes]] = {}

    def load(self) -> PaperState | None:
        """The account as it was last saved; None where there is no ledger yet.

        Raises:
            SafetyRefusal: the file can't be read, is damaged, or belongs to another mode, account type, currency or
                version. It names the file and the place, and the file stays as it is.
        """
        try:
            data = self.path.read_bytes()
        except FileNotFoundError as error:
            if self.path.is_symlink():
                raise SafetyRefusal(f"{self.path}: points to a file that is not there. {_SETTLE}") from error
            return None
        except OSError as error:
            raise SafetyRefusal(f"{self.path}: can't be read: {error.strerror}. {_SETTLE}") from error
        parsed = self._parsed(data)
        self._check_header(parsed)
        try:
            document = msgspec.convert(parsed, _Document, str_keys=True)
        except msgspec.ValidationError as error:
            raise SafetyRefusal(f"{self.path}: damaged paper ledger: {error}. {_SETTLE}") from error
        if document.check != _digest(data[data.find(STATE) :]):
            raise SafetyRefusal(f"{self.path}: damaged paper ledger: it is not what was written. {_SETTLE}")
        return document.state

    def _parsed(self, data: bytes) -> Any:
        try:
            return json.loads(data)
        except json.JSONDecodeError as error:
            place = f"line {error.lineno}, column {error.colno} (byte {error.pos} of {len(data)})"
            raise SafetyRefusal(f"{self.path}: damaged paper ledger at {place}: {error.msg}. {_SETTLE}") from error
        except RecursionError as error:
            raise SafetyRefusal(f"{self.path}: not a paper ledger: nested too deeply. {_SETTLE}") from error
        except UnicodeDecodeError as error:
            raise SafetyRefusal(
                f"{self.path}: damaged paper ledger at byte {error.start} of {len(data)}: not text. {_SETTLE}"
            ) from error

    def _check_header(self, parsed: Any) -> None:
        try:
            header = msgspec.convert(parsed, _Header)
        except msgspec.ValidationError as error:
            raise SafetyRefusal(f"{self.path}: not a paper ledger: {error}. {_SETTLE}") from error
        ours = {"schema": SCHEMA, "mode": self.mode, "account": self.account, "quote": self.quote}
        for key, wanted in ours.items():
            found = getattr(header, key)
            if found != wanted:
                raise SafetyRefusal(
                    f"{self.path}: this ledger has {key} {found!r}, this run needs {wanted!r}. "
                    "Run with what the ledger was made for, or move the file away to start a fresh paper account."
                )

    def encode(self, state: PaperState, now_ns: int) -> bytes:
        """The file's content for `state`, a line per closed order and trade, so that a damaged place can be found."""
        header = _Header(schema=SCHEMA, mode=self.mode, account=self.account, quote=self.quote, saved_ns=now_ns)
        closed = self._lines([(order.id, order) for order in state.closed])
        trades = self._lines([(trade.fill.id, trade) for trade in state.trades])
        books = msgspec.json.encode(persistent(state.venue))
        body = b"".join((STATE, books, b',\n"closed":[\n', closed, b'\n],\n"trades":[\n', trades, b"\n]}}\n"))
        return b"".join((msgspec.json.encode(header)[:-1], b',"check":"', _digest(body).encode(), b'",\n', body))

    def _lines(self, records: Sequence[tuple[str, OrderRecord | Execution]]) -> bytes:
        """A line each. What has closed never changes, so its line is made once.

        A line counts only for the very record it was made from: an order that was rolled back leaves its id to another.
        """
        if len(self._made) > 4 * (KEPT_ORDERS + KEPT_TRADES):
            self._made.clear()
        for id, record in records:
            if id not in self._made or self._made[id][0] is not record:
                self._made[id] = (record, msgspec.json.encode(record))
        return b",\n".join(self._made[id][1] for id, _ in records)

    def save(self, state: PaperState, now_ns: int) -> None:
        """Write `state` durably; blocks until it is on disk.

        Raises:
            NotSynced: the file has it, but a power cut may still lose it.
            OSError: it is not on disk, and what was there before still is.
        """
        self._write(self.path, self.encode(state, now_ns))

    async def saved(self, state: PaperState, now_ns: int) -> None:
        """As `save`, without holding up the event loop; `state` must not change meanwhile."""
        await asyncio.to_thread(self.save, state, now_ns)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
