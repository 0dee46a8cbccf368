"""The shape of an exchange for everything above it: a subset of ccxt's unified async API, numbers as strings.

Live (ccxt with `number = str`) and paper have this shape, so that nothing above knows the difference. A failure is
raised from `model.errors`, mapped from Kraken's own string in `exchange.errors`.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import IntEnum
from typing import Any, Protocol, runtime_checkable

from kraken_tui.clock import SECOND
from kraken_tui.model.trading import Fill, Order

REST_LAG_NS = 60 * SECOND
"""How far what Kraken's REST tells may lie behind its streams."""

CcxtStruct = dict[str, Any]
"""A dictionary in ccxt's unified form; money is text."""


class Lane(IntEnum):
    """Whose turn comes first where requests queue."""

    PROTECT = 0
    """Stops, and exits: whatever makes a position safer."""
    CANCEL = 1
    ENTER = 2
    POLL = 3
    """Reading: it must hold nothing else up."""


class Exchange(Protocol):
    """What execution and account ask of an exchange."""

    async def create_order(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: str,
        price: str | None = None,
        params: CcxtStruct | None = None,
    ) -> CcxtStruct:
        """Place an order; returns once the exchange took it, which is not execution.

        Args:
            symbol: unified, such as `BTC/USD`.
            type: market, limit, stop-loss or take-profit.
            side: buy or sell.
            amount: base units.
            price: limit price; None for a market order.
            params: `clientOrderId`; `stopLossPrice` or `takeProfitPrice` makes the order a trigger order at market;
                `close` = {ordertype, price} a conditional close; `leverage`; `reduceOnly`; `postOnly`;
                `validate`, with which it is checked and not placed (the answer's `id` is None then);
                `deadline` (RFC 3339), after which the exchange must not take it any more; `lane`, a `Lane`, which
                is never sent.

        Returns:
            ccxt's order structure: at least `id`, `clientOrderId`, `symbol`, `info` with Kraken's `descr`.

        Raises:
            Refused, RetryLater, OutcomeUnknown, Misconfigured: see `model.errors`.
        """
        ...

    async def edit_order(
        self,
        id: str,
        symbol: str,
        type: str,
        side: str,
        amount: str | None = None,
        price: str | None = None,
        params: CcxtStruct | None = None,
    ) -> CcxtStruct:
        """Amend in place (Kraken's AmendOrder).

        Args:
            id: the order's.
            symbol: as in `create_order`.
            type: as in `create_order`.
            side: as in `create_order`.
            amount: the new total, what is filled included.
            price: of a limit order.
            params: `stopLossPrice` or `takeProfitPrice` moves a trigger; `deadline`; `lane`.
        """
        ...

    async def cancel_order(self, id: str, symbol: str | None = None, params: CcxtStruct | None = None) -> CcxtStruct:
        """Cancel one order; `params.lane`.

        Raises:
            Refused: `EOrder:Unknown order` where it rests no more.
        """
        ...

    async def fetch_open_orders(self, symbol: str | None = None) -> list[CcxtStruct]:
        """Every order that rests, children of conditional closes among them (`info.refid` names the parent)."""
        ...

    async def fetch_closed_orders(self, symbol: str | None = None, since: int | None = None) -> list[CcxtStruct]:
        """Closed and cancelled orders, oldest first; `since` in milliseconds, of their end."""
        ...

    async def fetch_order(self, id: str, symbol: str | None = None) -> CcxtStruct:
        """One order, open or closed."""
        ...

    async def fetch_my_trades(self, symbol: str | None = None, since: int | None = None) -> list[CcxtStruct]:
        """Executions, oldest first; `since` in milliseconds."""
        ...

    async def fetch_balance(self) -> CcxtStruct:
        """Totals, held and free per currency."""
        ...

    async def fetch_positions(self) -> list[CcxtStruct]:
        """Open margin positions."""
        ...

    async def close(self) -> None:
        """Release what is held."""
        ...


class LedgerEntry(Protocol):
    """What moved a currency, as far as the engine looks at it."""

    @property
    def asset(self) -> str:
        """Kraken's name for it; what earns by itself has one of its own (`BTC.F`)."""
        ...

    @property
    def type(self) -> str:
        """trade, deposit, withdrawal, transfer, …"""
        ...

    @property
    def ref_id(self) -> str:
        """The trade that moved it, where one did."""
        ...

    @property
    def amount(self) -> Decimal:
        """The change before the fee; less than 0 where it went out."""
        ...

    @property
    def fee(self) -> Decimal:
        """In the same."""
        ...

    @property
    def balance(self) -> Decimal:
        """All of it that was there afterwards."""
        ...


@runtime_checkable
class TellsLedger(Protocol):
    """An exchange that lists the account's ledger."""

    async def fetch_ledger(self, types: Iterable[str] = (), since: int | None = None) -> Sequence[LedgerEntry]:
        """Entries, oldest first; `since` in milliseconds."""
        ...


class Listener(Protocol):
    """Told what happens to the account, in the order in which it happened; nothing here may wait."""

    def on_fill(self, fill: Fill) -> None:
        """An execution; the same one may be told again."""
        ...

    def on_order(self, order: Order) -> None:
        """An order that came, changed or ended."""
        ...

    def on_snapshot(self, orders: Sequence[Order]) -> None:
        """Everything that rests now: what is not among it rests no more."""
        ...

    def on_balance(self, currency: str, total: Decimal) -> None:
        """All of a currency in the account, held by orders or not."""
        ...

    def on_traded(self, currency: str, fill_id: str) -> None:
        """The last balances of a currency are what this execution left; told after them, where the exchange says so."""
        ...


class Executions(Protocol):
    """What an exchange tells by itself. Kraken's `executions` and `balances` channels, or paper's."""

    def subscribe(self, listener: Listener) -> None:
        """Tell `listener` from now on, until the exchange is closed."""
        ...

    @property
    def in_sync(self) -> bool:
        """Whether everything that happened until now was told; False while a connection is down or has a gap."""
        ...

    async def resync(self) -> bool:
        """Have all that rests and the last trades told anew; True once that is done, False where it can't be now."""
        ...
