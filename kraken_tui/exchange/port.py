"""The shape of an exchange for everything above it: a subset of ccxt's unified async API, numbers as strings.

Live (ccxt with `number = str`) and paper have this shape, so that nothing above knows the difference. A failure is
raised from `model.errors`, mapped from Kraken's own string in `exchange.errors`.
"""

from collections.abc import Callable
from typing import Any, Protocol

from kraken_tui.model.trading import Fill, Order

CcxtStruct = dict[str, Any]
"""A dictionary in ccxt's unified form; money is text."""


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
                `close` = {ordertype, price} a conditional close; `leverage`; `reduceOnly`; `postOnly`.

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
        """Amend in place (Kraken's AmendOrder); `params.stopLossPrice` moves a trigger."""
        ...

    async def cancel_order(self, id: str, symbol: str | None = None, params: CcxtStruct | None = None) -> CcxtStruct:
        """Cancel one order."""
        ...

    async def fetch_open_orders(self, symbol: str | None = None) -> list[CcxtStruct]:
        """Every order that rests, children of conditional closes among them (`info.refid` names the parent)."""
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


class Executions(Protocol):
    """What an exchange tells by itself: fills, and orders that changed. Kraken's `executions` channel, or paper's."""

    def subscribe(self, on_fill: Callable[[Fill], None], on_order: Callable[[Order], None]) -> None:
        """Call back, in the order in which things happened, until the exchange is closed."""
        ...
