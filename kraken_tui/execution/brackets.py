"""Brackets: an entry and its stop as one, stops moved in place, exits that leave nothing behind.

Protection first: an entry carries its stop; whatever of a position is found without one is covered at once, or closed.
"""

from decimal import Decimal

from kraken_tui.account.account_state import AccountState
from kraken_tui.exchange.port import Exchange
from kraken_tui.execution.follower import Follower
from kraken_tui.execution.order_gateway import OrderGateway
from kraken_tui.model.outcome import Accepted, Declined, Outcome, Unknown
from kraken_tui.model.trading import OrderRequest, OrderType, Position
from kraken_tui.store.journal import IntentKind


class Brackets:
    """Opens, protects, moves and closes; one call at a time per symbol."""

    def __init__(self, gateway: OrderGateway, exchange: Exchange, account: AccountState, follower: Follower) -> None:
        self._gateway = gateway
        self._exchange = exchange
        self._account = account
        self._follower = follower

    async def enter(self, request: OrderRequest, *, reason: str, owner: str) -> Outcome:
        """Send an entry with its stop attached; afterwards whatever was filled rests behind stops."""
        assert request.stop_price is not None
        outcome = await self._gateway.place(request, kind="enter", reason=reason, owner=owner)
        await self._follower.settle(self._exchange)
        if isinstance(outcome, Accepted):
            guard = await self.protect(request.symbol, request.stop_price, owner=owner)
            return guard if isinstance(guard, Unknown) else outcome
        return outcome

    async def protect(self, symbol: str, price: Decimal, *, owner: str) -> Outcome | None:
        """Cover what no stop covers; where the exchange refuses a stop, close instead. None when all is covered."""
        position = self._account.position(symbol)
        if position is None or position.stop_amount >= position.amount:
            return None
        naked = position.amount - position.stop_amount
        request = _closing(position, naked, OrderType.STOP_LOSS, price)
        outcome = await self._gateway.place(request, kind="stop", reason="unprotected", owner=owner)
        await self._follower.settle(self._exchange)
        if isinstance(outcome, Declined):
            return await self.exit(symbol, reason=f"no stop could rest: {outcome.reason}", owner=owner)
        return outcome

    async def move_stop(self, symbol: str, price: Decimal, *, reason: str, owner: str) -> Outcome | None:
        """Move every stop of a position to `price` in place, then cover what none covers."""
        last: Outcome | None = None
        for stop in self._account.stops(symbol):
            if stop.price == price:
                continue
            last = await self._gateway.amend_stop(stop, price, reason=reason, owner=owner)
            await self._follower.settle(self._exchange)
            if not isinstance(last, Accepted):
                return last
        return await self.protect(symbol, price, owner=owner) or last

    async def exit(self, symbol: str, *, reason: str, owner: str, kind: IntentKind = "exit") -> Outcome | None:
        """Close all of a position at market; its stops go only after it is flat. None when there is nothing."""
        position = self._account.position(symbol)
        if position is None:
            await self._clear_stops(symbol, owner)
            return None
        request = _closing(position, position.amount, OrderType.MARKET, None)
        outcome = await self._gateway.place(request, kind=kind, reason=reason, owner=owner)
        await self._follower.settle(self._exchange)
        if self._account.position(symbol) is None:
            await self._clear_stops(symbol, owner)
        return outcome

    async def _clear_stops(self, symbol: str, owner: str) -> None:
        for stop in self._account.stops(symbol):
            await self._gateway.cancel(stop, reason="position closed", owner=owner)
        await self._follower.settle(self._exchange)


def _closing(position: Position, amount: Decimal, type_: OrderType, price: Decimal | None) -> OrderRequest:
    on_margin = position.leverage > 1
    return OrderRequest(
        symbol=position.symbol,
        side=position.side.opposite,
        type=type_,
        amount=amount,
        price=price,
        leverage=position.leverage,
        # Kraken knows reduce-only on margin alone; on spot nothing can be sold that is not there.
        reduce_only=on_margin,
    )
