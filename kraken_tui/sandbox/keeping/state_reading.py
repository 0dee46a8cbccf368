"""The sandbox's account as its state file holds it, and whether it can be believed."""

import sqlite3
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from kraken_tui.exchange.matching.market.liquidity import Market
from kraken_tui.exchange.matching.messages import Execution, LedgerEntry
from kraken_tui.exchange.matching.money.audit import audit
from kraken_tui.exchange.matching.money.lots import Lots
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import Totals, VenueState
from kraken_tui.exchange.matching.trading.timers import next_due
from kraken_tui.model.errors import GARBLED, SafetyRefusal
from kraken_tui.model.excerpt import excerpt
from kraken_tui.sandbox.access.keys import ApiKey
from kraken_tui.sandbox.history import Amendment, History
from kraken_tui.sandbox.keeping.state_schema import SETTLE, damaged

T = TypeVar("T")


class Scalars(Struct, frozen=True, kw_only=True):
    """What of the books is a single value."""

    cancel_all_at_ns: int
    margin_called: tuple[str, ...]
    counter: int
    time_ns: int


class Kept(Struct, frozen=True, kw_only=True):
    """An account as it was kept."""

    state: VenueState
    history: History
    numbers: Mapping[str, int]
    """The rows of the open orders."""


class KeptKey(Struct, frozen=True, kw_only=True):
    """A key pair, and the last nonce that was used with it."""

    key: ApiKey
    nonce: int


class TapeId(Struct, frozen=True, kw_only=True):
    """The public id under which a trade was printed."""

    trade: str
    id: int


def parts_of(state: VenueState) -> Iterator[tuple[str, str, Any]]:
    """The books in pieces that change one by one, orders apart: part, name, value."""
    scalars = Scalars(
        cancel_all_at_ns=state.cancel_all_at_ns, margin_called=state.margin_called, counter=state.counter,
        time_ns=state.time_ns,
    )  # fmt: skip
    yield "scalars", "", scalars
    groups: dict[str, Mapping[Any, Any]] = {
        "balances": state.balances, "spot": state.spot, "margin": state.margin, "totals": state.totals,
        "volumes": state.volumes,
        "markets": {symbol: state.markets[symbol] for symbol in state.margin if symbol in state.markets},
    }  # fmt: skip
    for part, values in groups.items():
        for name, value in values.items():
            yield part, str(name), value


def read_account(disk: sqlite3.Connection, path: Path) -> Kept | None:
    """The account; None where nothing was kept yet.

    Raises:
        SafetyRefusal: it can't be read.
    """
    return _Reader(disk, path).account()


def read_keys(disk: sqlite3.Connection, path: Path) -> list[KeptKey]:
    """The key pairs, in the order in which they were kept.

    Raises:
        SafetyRefusal: one can't be read.
    """
    return _Reader(disk, path).keys()


def check_account(kept: Kept, path: Path, rules: Rules) -> None:
    """Refuse an account that can't go on.

    Raises:
        SafetyRefusal: its books don't balance, or it holds something in a pair that is not listed.
    """
    state = kept.state
    used = {order.symbol for order in state.orders.values()} | set(state.spot) | set(state.margin)
    unlisted = sorted(used - set(rules.instruments))
    if unlisted:
        raise SafetyRefusal(
            f"--state {path}: it holds {', '.join(unlisted)}, which this market does not list; "
            "start with the --market and --pairs that it was made with"
        )
    wrong = audit(state, rules)
    if wrong:
        raise SafetyRefusal(f"--state {path}: its books don't balance: {'; '.join(wrong)}. {SETTLE}")


class _Reader:
    """Reads rows; what can't be read is refused with the table and the row."""

    def __init__(self, disk: sqlite3.Connection, path: Path) -> None:
        self._disk = disk
        self._path = path

    def keys(self) -> list[KeptKey]:
        rows = self._rows("SELECT number, record, nonce FROM keys ORDER BY number")
        return [
            KeptKey(key=self._read(record, ApiKey, f"keys, row {number}"), nonce=self._read(nonce, int, "a nonce"))
            for number, record, nonce in rows
        ]

    def account(self) -> Kept | None:
        parts = {(part, name): value for part, name, value in self._rows("SELECT part, name, value FROM books")}
        if not parts:
            return None
        rows = self._rows("SELECT number, record FROM orders ORDER BY number")
        orders = [(number, self._read(record, OrderRecord, f"orders, row {number}")) for number, record in rows]
        state = self._state(parts, {order.id: order for _, order in orders})
        return Kept(state=state, history=self._history(), numbers={order.id: number for number, order in orders})

    def _state(self, parts: Mapping[tuple[str, str], str], orders: dict[str, OrderRecord]) -> VenueState:
        def group(part: str, type: type[T]) -> dict[str, T]:
            here = [(name, value) for (of, name), value in parts.items() if of == part]
            return {name: self._read(value, type, f"books, {part} {name}") for name, value in here}

        lots: Any = Lots  # an alias of tuple[Lot, ...], which is no `type` to a type checker
        scalars = group("scalars", Scalars).get("")
        if scalars is None:
            raise damaged(self._path, "books: no scalars")
        state = VenueState(
            balances=group("balances", Decimal), orders=orders, spot=group("spot", lots), margin=group("margin", lots),
            totals=group("totals", Totals), markets=group("markets", Market),
            volumes={int(day): cost for day, cost in group("volumes", Decimal).items()},
            cancel_all_at_ns=scalars.cancel_all_at_ns, margin_called=scalars.margin_called, counter=scalars.counter,
            time_ns=scalars.time_ns,
        )  # fmt: skip
        state.due_ns = next_due(state)
        return state

    def _history(self) -> History:
        history = History()
        for number, kind, record in self._rows("SELECT number, kind, record FROM history ORDER BY number"):
            place = f"history, row {number}"
            match kind:
                case "closed":
                    order = self._read(record, OrderRecord, place)
                    history.closed[order.id] = order
                case "trade":
                    trade = self._read(record, Execution, place)
                    history.trades[trade.fill.id] = trade
                case "ledger":
                    entry = self._read(record, LedgerEntry, place)
                    history.ledger[entry.id] = entry
                case "amendment":
                    history.add_amendment(self._read(record, Amendment, place))
                case "tape":
                    printed = self._read(record, TapeId, place)
                    history.tape_ids[printed.trade] = printed.id
                case _:
                    raise damaged(self._path, f"{place}: {excerpt(kind)} is no kind of it")
        return history

    def _rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._disk.execute(query)
        except sqlite3.DatabaseError as error:
            raise damaged(self._path, str(error)) from error

    def _read(self, text: str, type: type[T], place: str) -> T:
        try:
            return msgspec.json.decode(text, type=type)
        except GARBLED as error:
            raise damaged(self._path, f"{place}: {error}") from error
