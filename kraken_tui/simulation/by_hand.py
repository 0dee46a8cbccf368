"""What the operator does at the exchange by hand, beside the engine: own orders, own coins, and meddling with ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

from kraken_tui.clock import Generator
from kraken_tui.exchange.matching.messages import Add, Deposit
from kraken_tui.exchange.matching.money.funds import held
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.lots import amount_of
from kraken_tui.model.trading import OrderType, Side
from kraken_tui.simulation.exchange_side import ExchangeSide

OURS = "kt"
"""How the engine's client ids begin."""


class OperatorsHand:
    """Acts on the account as Kraken's own app does.

    Args:
        exchange: whose account it is.
        chance: draws everything.
        contents: counts what was done, by kind.
    """

    def __init__(self, exchange: ExchangeSide, chance: Generator, contents: Counter[str]) -> None:
        self.note: Callable[[str], None] = lambda what: None
        """Told what is done."""
        self.is_acting = False
        """Whether what the exchange does now, it does for the operator."""
        self.touched: set[str] = set()
        """Pairs whose coins or position he has moved since somebody last looked."""
        self._exchange = exchange
        self._chance = chance
        self._contents = contents
        self._kinds: dict[Callable[[], str], int] = {
            self._deposit: 4, self._withdraw: 3, self._earn: 2, self._rest_order: 4, self._trade_own_coins: 3,
            self._cancel_stop: 4, self._close_position: 2, self._cancel_own: 2,
        }  # fmt: skip

    async def run(self, mean_s: float) -> None:
        """Do one thing after another until cancelled; to be run by the exchange's process."""
        kinds, weights = tuple(self._kinds), tuple(self._kinds.values())
        while True:
            await self._exchange.clock.sleep(self._chance.expovariate(1 / mean_s))
            self.do(self._chance.choices(kinds, weights)[0])

    def do(self, act: Callable[[], str]) -> None:
        """Do one thing, if the exchange lets it happen."""
        self.is_acting = True
        try:
            done = act()
        except ExchangeError as error:
            self.note(f"by hand: {act.__name__} was refused: {error.text}")
            return
        finally:
            self.is_acting = False
        if done:
            self._contents[f"by hand: {act.__name__.strip('_').replace('_', ' ')}"] += 1
            self.note(f"by hand: {done}")

    def _instrument(self) -> Instrument:
        return self._chance.choice(self._exchange.instruments)

    def _coins(self, instrument: Instrument, usd: float) -> Decimal:
        """About so many quote units in coins."""
        market = self._exchange.parts.venue.state.markets[instrument.symbol]
        worth = usd * self._chance.uniform(0.2, 1.5) / float(market.last)
        return max(instrument.order_min, instrument.lot * int(worth / float(instrument.lot)))

    def _deposit(self) -> str:
        instrument = self._instrument()
        amount = self._coins(instrument, 500)
        return self._book(instrument.base, amount)

    def _withdraw(self) -> str:
        """Only what the operator has besides the engine's position."""
        instrument = self._instrument()
        amount = min(self._coins(instrument, 300), self.own(instrument), self._free(instrument))
        return self._book(instrument.base, -amount) if amount > 0 else ""

    def _earn(self) -> str:
        """Auto-earn moves coins out of the spot wallet, whosever they are."""
        instrument = self._instrument()
        amount = instrument.amount_down(self._free(instrument) * Decimal(self._chance.choice(("0.1", "0.5", "1"))))
        if amount <= 0:
            return ""
        self._book(instrument.base, -amount)
        return self._book(f"{instrument.base}.F", amount)

    def _free(self, instrument: Instrument) -> Decimal:
        """Coins that no order holds: only those can be moved."""
        venue = self._exchange.parts.venue
        there = venue.state.balances.get(instrument.base, Decimal(0))
        return max(Decimal(0), there - held(venue.state, venue.rules, instrument.base))

    def _book(self, asset: str, amount: Decimal) -> str:
        self.touched |= {row.symbol for row in self._exchange.instruments if row.base == asset}
        self._exchange.parts.venue.apply(Deposit(asset=asset, amount=amount, time_ns=self._exchange.clock.now_ns()))
        return f"{amount} {asset}"

    def _rest_order(self) -> str:
        """A limit order of the operator's own, away from the market."""
        instrument, side = self._instrument(), self._chance.choice((Side.BUY, Side.SELL))
        amount = self._coins(instrument, 200)
        if side is Side.SELL:
            amount = min(amount, instrument.amount_down(self.own(instrument)))
        if amount < instrument.order_min:
            return ""
        market = self._exchange.parts.venue.state.markets[instrument.symbol]
        away = Decimal(str(round(1 - side.sign * self._chance.uniform(0.001, 0.05), 5)))
        price = instrument.price_of(instrument.ticks_of(market.last * away))
        return self._place(instrument, side, OrderType.LIMIT, amount, price)

    def _trade_own_coins(self) -> str:
        """Buy coins, or sell some that are not the engine's."""
        instrument, side = self._instrument(), self._chance.choice((Side.BUY, Side.SELL))
        amount = self._coins(instrument, 200)
        if side is Side.SELL:
            amount = min(amount, instrument.amount_down(self.own(instrument)))
        return self._place(instrument, side, OrderType.MARKET, amount) if amount >= instrument.order_min else ""

    def _sells(self, instrument: Instrument) -> bool:
        """Whether an order of his own holds coins: whose coins he would sell besides could not be told."""
        orders = self._exchange.parts.venue.state.orders.values()
        mine = (row for row in orders if row.client_id is None and row.parent_id is None)
        return any(row.symbol == instrument.symbol and row.side is Side.SELL for row in mine)

    def _close_position(self) -> str:
        """Close what the engine holds, or a part of it."""
        instrument, part = self._instrument(), Decimal(self._chance.choice(("0.5", "1", "1")))
        lots = self._exchange.parts.venue.state.margin.get(instrument.symbol, ())
        there = amount_of(lots) if lots else self.engines(instrument)
        amount = instrument.amount_down(there * part)
        if amount < instrument.order_min or self._sells(instrument):
            return ""
        if lots:
            side = lots[0].side.opposite
            return self._place(instrument, side, OrderType.MARKET, amount, leverage=lots[0].leverage)
        return self._place(instrument, Side.SELL, OrderType.MARKET, amount)

    def _cancel_stop(self) -> str:
        return self._cancel([order for order in self._orders() if self.is_engines(order) and order.is_waiting])

    def _cancel_own(self) -> str:
        return self._cancel([order for order in self._orders() if not self.is_engines(order)])

    def clear(self, symbol: str) -> str:
        """Cancel his own orders in a pair."""
        mine = [order for order in self._orders() if order.symbol == symbol and not self.is_engines(order)]
        return "; ".join(self._cancel([order]) for order in mine)

    def _orders(self) -> list[OrderRecord]:
        return list(self._exchange.parts.venue.state.orders.values())

    def _cancel(self, orders: list[OrderRecord]) -> str:
        if not orders:
            return ""
        order = self._chance.choice(orders)
        self._exchange.parts.trading.cancel(id=order.id)
        return f"cancelled {order.id} ({order.type} {order.amount} {order.symbol})"

    def _place(
        self,
        instrument: Instrument,
        side: Side,
        type: OrderType,
        amount: Decimal,
        price: Decimal | None = None,
        leverage: int = 1,
    ) -> str:
        self.touched.add(instrument.symbol)
        add = Add(
            symbol=instrument.symbol, side=side, type=type, amount=amount, limit_price=price,
            leverage=leverage, reduce_only=leverage > 1, time_ns=self._exchange.clock.now_ns(),
        )  # fmt: skip
        return self._exchange.parts.trading.place(add).descr

    def is_engines(self, order: OrderRecord) -> bool:
        """Whether the engine placed it, or an order of the engine's spawned it."""
        return (order.client_id or self._client_of(order.parent_id)).startswith(OURS)

    def _client_of(self, id: str | None) -> str:
        venue = self._exchange.parts.venue
        parent = venue.history.closed.get(id or "") or venue.state.orders.get(id or "")
        return (parent.client_id if parent is not None else None) or ""

    def engines(self, instrument: Instrument) -> Decimal:
        """Coins that the engine's orders bought and have not sold, fees in the coin off."""
        bought, symbol = Decimal(0), instrument.symbol
        venue = self._exchange.parts.venue
        for execution in venue.history.trades.values():
            fill = execution.fill
            order = venue.history.closed.get(fill.order_id) or venue.state.orders.get(fill.order_id)
            if fill.symbol == symbol and order is not None and self.is_engines(order) and fill.leverage == 1:
                bought += fill.side.sign * fill.amount - execution.fee_in_base
        return bought

    def own(self, instrument: Instrument) -> Decimal:
        """Coins in the account that are the operator's, and that no order of his holds."""
        there = self._exchange.parts.venue.state.balances.get(instrument.base, Decimal(0))
        return max(Decimal(0), there - max(Decimal(0), self.engines(instrument)) - self.held_by_his(instrument.base))

    def held_by_his(self, asset: str) -> Decimal:
        """Coins that sales of the operator's own hold."""
        pairs = {row.symbol for row in self._exchange.instruments if row.base == asset}
        sales = [order for order in self._orders() if order.side is Side.SELL and order.symbol in pairs]
        return sum((order.held for order in sales if not self.is_engines(order)), Decimal(0))
