"""What the engine is asked to do: intents at random, as a scanner, an autopilot and an operator would ask them."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from kraken_tui.clock import Clock, Generator
from kraken_tui.execution.trader import Trader
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import CancelEntry, Enter, Exit, Intent, MoveStop, MoveTarget
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Position, Side
from kraken_tui.simulation.market_moves import Market


class Driver:
    """Asks for things; it lives on when the engine dies.

    Args:
        market: the engine's view of prices.
        chance: draws everything.
        margin: whether shorts may be asked for.
        contents: counts what was asked, by kind.
    """

    def __init__(self, market: Market, chance: Generator, contents: Counter[str], *, margin: bool) -> None:
        self._market = market
        self._chance = chance
        self._contents = contents
        self._margin = margin
        self.is_silent = False
        """Whether it asks for nothing any more."""
        self._count = 0

    async def run(self, trader: Trader, clock: Clock, mean_s: float) -> None:
        """Ask for one thing after another until cancelled; to be run by the engine's process."""
        symbols = tuple(self._market.pairs)
        while True:
            await clock.sleep(self._chance.expovariate(1 / mean_s))
            if self.is_silent:
                return
            if trader.desk.paused and self._chance.random() < 0.3:
                trader.desk.paused = False
            if self._chance.random() < 0.015:
                await self._flatten(trader)
                continue
            intent = self._intent(trader, self._chance.choice(symbols))
            if intent is None:
                continue
            self._contents[f"asked: {type(intent).__name__}"] += 1
            if self._chance.random() < 0.2:
                await trader.desk.do(intent)
            else:
                trader.desk.submit(intent)

    async def _flatten(self, trader: Trader) -> None:
        """Once, or as often as a frightened operator presses it."""
        self._contents["asked: flatten"] += 1
        for _ in range(self._chance.choice((1, 1, 10))):
            await trader.desk.flatten(reason="flatten", owner="operator")

    def _intent(self, trader: Trader, symbol: str) -> Intent | None:
        quote, instrument = self._market.quote(symbol), self._market.pairs[symbol].instrument
        if quote is None:
            return None
        position = trader.account.position(symbol)
        if position is None:
            if trader.account.entries(symbol) and self._chance.random() < 0.4:
                return CancelEntry(symbol=symbol, reason="driver", owner="driver")
            return self._enter(instrument, quote)
        return self._manage(instrument, quote, position)

    def _enter(self, instrument: Instrument, quote: Quote) -> Enter:
        """Each entry has an owner of its own, by which its orders are known."""
        chance = self._chance
        self._count += 1
        side = Side.SELL if self._margin and chance.random() < 0.5 else Side.BUY
        price = quote.ask if side is Side.BUY else quote.bid
        distance = chance.choice((0.003, 0.01, 0.03)) * chance.uniform(0.7, 1.5)
        stop = self._price(instrument, price, -side.sign * distance)
        target = self._price(instrument, price, side.sign * distance * chance.uniform(0.3, 3))
        limit = self._price(instrument, price, -side.sign * chance.uniform(-0.001, 0.002))
        amount = instrument.order_min * chance.choice((1, 1, 2, 7)) if chance.random() < 0.15 else None
        return Enter(
            symbol=instrument.symbol, side=side, price=price, stop_price=stop, reason="driver",
            owner=f"driver-{self._count}", target_price=target if chance.random() < 0.5 else None,
            limit_price=limit if chance.random() < 0.3 else None, amount=amount,
        )  # fmt: skip

    def _manage(self, instrument: Instrument, quote: Quote, position: Position) -> Intent:
        chance, symbol = self._chance, instrument.symbol
        price = quote.bid if position.side is Side.BUY else quote.ask
        draw = chance.random()
        if draw < 0.45:
            stop = self._price(instrument, price, -position.side.sign * chance.uniform(-0.0005, 0.02))
            return MoveStop(symbol=symbol, stop_price=stop, reason="trail", owner="driver")
        if draw < 0.6:
            target = self._price(instrument, price, position.side.sign * chance.uniform(0.001, 0.03))
            wanted = target if chance.random() < 0.8 else None
            return MoveTarget(symbol=symbol, target_price=wanted, reason="driver", owner="driver")
        if draw < 0.75:
            keep = instrument.amount_down(position.amount * Decimal(chance.choice(("0.3", "0.5", "0.9"))))
            return Exit(symbol=symbol, keep=keep, reason="part", owner="driver")
        return Exit(symbol=symbol, reason="exit", owner="driver")

    def _price(self, instrument: Instrument, price: Decimal, part: float) -> Decimal:
        """`price` moved by a part of itself, on the tick."""
        return instrument.price_of(instrument.ticks_of(price * Decimal(str(round(1 + part, 7)))))
