"""Prices: a random walk with jumps, gaps, halts, wide spreads and thin books."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from kraken_tui.clock import SECOND, Generator
from kraken_tui.exchange.matching.market.liquidity import Level
from kraken_tui.exchange.matching.messages import MarketUpdate
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.simulation.exchange_side import ExchangeSide

PRICES: Mapping[str, Decimal] = {"BTC/USD": Decimal(60_000), "ETH/USD": Decimal(3_000), "SOL/USD": Decimal(150)}
LEVELS = 4
"""Of a thin book on each side; behind them there is nothing."""
PPM = 1_000_000


class PairMoves:
    """One pair's market.

    Args:
        instrument: the pair.
        price: where it begins, in quote units.
        chance: draws its moves.
    """

    def __init__(self, instrument: Instrument, price: Decimal, chance: Generator) -> None:
        self.instrument = instrument
        self.mid = instrument.ticks_of(price)
        """Ticks."""
        self.halted_until_ns = 0
        self.thin_until_ns = 0
        self.wide_until_ns = 0
        self._chance = chance
        self._drift_ppm = 0.0
        self._volatility_ppm = chance.choice((100, 300, 1000))

    def step(self, now_ns: int) -> None:
        """Move on, by a second or so."""
        chance, draw = self._chance, self._chance.random()
        if draw < 0.03:
            self._drift_ppm = chance.gauss(0, 600)
        elif draw < 0.04:
            self.jump(chance.choice((-1, 1)) * chance.uniform(0.005, 0.06))
        elif draw < 0.045:
            self.halted_until_ns = now_ns + int(chance.uniform(1, 15) * SECOND)
        elif draw < 0.06:
            self.thin_until_ns = now_ns + int(chance.uniform(2, 30) * SECOND)
        elif draw < 0.07:
            self.wide_until_ns = now_ns + int(chance.uniform(2, 20) * SECOND)
        self.jump(chance.gauss(self._drift_ppm, self._volatility_ppm) / PPM)

    def jump(self, part: float) -> None:
        """Move the price by a part of itself."""
        self.mid = max(1000, self.mid + round(self.mid * part))

    def update(self, now_ns: int) -> MarketUpdate:
        """The market as it stands now."""
        row, chance = self.instrument, self._chance
        if now_ns < self.halted_until_ns:
            return MarketUpdate(symbol=row.symbol, quote=None, time_ns=now_ns)
        half = max(1, round(self.mid * (0.008 if now_ns < self.wide_until_ns else 0.0001) * chance.random()))
        bid, ask = self.mid - half, self.mid + half
        bids, asks = self._books(bid, ask) if now_ns < self.thin_until_ns else ((), ())
        quote = Quote(
            row.symbol, row.price_of(bid), row.price_of(ask), self._amount(3_000), self._amount(3_000),
            row.price_of(chance.randint(bid, ask)), now_ns,
        )  # fmt: skip
        return MarketUpdate(
            symbol=row.symbol, quote=quote, bids=bids, asks=asks, index=row.price_of(self.mid), time_ns=now_ns
        )

    def _books(self, bid: int, ask: int) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        step, price_of = max(1, self.mid // 300), self.instrument.price_of
        bids = tuple((price_of(bid - step * n), self._amount(1_500)) for n in range(LEVELS))
        asks = tuple((price_of(ask + step * n), self._amount(1_500)) for n in range(LEVELS))
        return bids, asks

    def _amount(self, usual: int) -> Decimal:
        """Base units worth about `usual` quote units, at least one lot."""
        lots = self._chance.expovariate(1) * usual / (self.mid * float(self.instrument.tick * self.instrument.lot))
        return self.instrument.lot * (1 + int(lots))


class Market:
    """All pairs of an exchange.

    Args:
        exchange: told of every move.
        chance: draws them.
    """

    def __init__(self, exchange: ExchangeSide, chance: Generator) -> None:
        self.pairs = {each.symbol: PairMoves(each, PRICES[each.symbol], chance) for each in exchange.instruments}
        self.is_calm = False
        self._exchange = exchange
        self._chance = chance
        self._heard: dict[str, Quote] = {}
        for symbol in self.pairs:
            self.publish(symbol)

    def quote(self, symbol: str) -> Quote | None:
        """The engine's own view; None while nothing is traded."""
        return self._heard.get(symbol)

    def publish(self, symbol: str) -> None:
        """Tell the exchange how a pair stands: what that triggers and fills has happened when this returns."""
        update = self.pairs[symbol].update(self._exchange.clock.now_ns())
        self._exchange.parts.venue.apply(update)
        if update.quote is None:
            self._heard.pop(symbol, None)
        else:
            self._heard[symbol] = update.quote

    async def run(self) -> None:
        """Move until cancelled; to be run by the exchange's process."""
        symbols = tuple(self.pairs)
        while True:
            await self._exchange.clock.sleep(self._chance.expovariate(1 / 0.8))
            symbol = self._chance.choice(symbols)
            pair = self.pairs[symbol]
            if not self.is_calm:
                pair.step(self._exchange.clock.now_ns())
            self.publish(symbol)

    def calm(self) -> None:
        """Stand still, with a full book, from now on."""
        self.is_calm = True
        for symbol, pair in self.pairs.items():
            pair.halted_until_ns = pair.thin_until_ns = pair.wide_until_ns = 0
            self.publish(symbol)
