"""What the paper exchange costs: the matching core alone, an order over the ledger, a scan's quotes.

Run: python -m benchmarks.paper
"""

import asyncio
import tempfile
from decimal import Decimal
from pathlib import Path

from benchmarks.machine import machine
from kraken_tui.clock import SECOND, SEEDED_START_NS, PacedClock, stopwatch_ns
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.paper.ledger import Ledger
from kraken_tui.exchange.paper.paper_exchange_wrapper import PaperExchangeWrapper
from kraken_tui.exchange.paper.paper_trading import PaperTrading
from kraken_tui.market.demo_levels import demo_instruments
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote


def quote_of(instrument: Instrument, price: float, time_ns: int) -> Quote:
    bid = instrument.price_of(instrument.ticks_of(Decimal(price)))
    return Quote(instrument.symbol, bid, bid + instrument.tick, Decimal(0), Decimal(0), bid, time_ns)


async def round_trips(ledger: Ledger | None, count: int) -> float:
    """Microseconds per market order, entries with a stop attached; history full where there is a ledger."""
    instrument, level = demo_instruments((), 1)[0]
    clock, settings = PacedClock(SEEDED_START_NS, float("inf")), Settings(PAPER_BALANCE=Decimal(10_000_000))
    paper = PaperTrading([instrument], settings)
    quote = quote_of(instrument, level.price, 0)
    amount = str(instrument.order_min * 2)
    close = {"ordertype": "stop-loss", "price": str(instrument.price_of(instrument.ticks_of(quote.bid) // 2))}
    for kept in (None, ledger) if ledger else (None,):
        exchange = PaperExchangeWrapper(paper, clock, lambda symbol: quote, kept)
        began, rounds = stopwatch_ns(), 500 if kept is not ledger else count
        for _ in range(rounds):
            await exchange.create_order(
                instrument.symbol, "market", "buy", amount, None, {"leverage": 2, "close": close}
            )
            await exchange.create_order(instrument.symbol, "market", "sell", amount, None, {"leverage": 2})
            for order in await exchange.fetch_open_orders():
                await exchange.cancel_order(order["id"])
        spent = stopwatch_ns() - began
    return spent / 1000 / (3 * rounds)


async def scan(positions: int) -> float:
    """Microseconds for the quotes of a scan over pairs that each have a position behind a stop."""
    coins = demo_instruments((), positions)
    clock, settings = PacedClock(SEEDED_START_NS, float("inf")), Settings(PAPER_BALANCE=Decimal(10_000_000))
    quotes = {instrument.symbol: quote_of(instrument, level.price, 0) for instrument, level in coins}
    exchange = PaperExchangeWrapper(PaperTrading([coin for coin, _ in coins], settings), clock, quotes.get)
    for instrument, level in coins:
        amount = str(instrument.amount_down(Decimal(100 / level.price) + instrument.order_min))
        stop = str(instrument.price_of(max(1, instrument.ticks_of(Decimal(level.price)) // 2)))
        close = {"close": {"ordertype": "stop-loss", "price": stop}}
        await exchange.create_order(instrument.symbol, "market", "buy", amount, None, close)
    began, scans = stopwatch_ns(), 200
    for number in range(scans):
        now_ns = SEEDED_START_NS + (number + 1) * 2 * SECOND
        await exchange.on_quotes([quote_of(coin, level.price, now_ns) for coin, level in coins], now_ns)
    return (stopwatch_ns() - began) / 1000 / scans


def main() -> None:
    """Print every figure."""
    print(machine())
    print(f"request in memory           {asyncio.run(round_trips(None, 500)):9.1f} us")
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "paper_ledger.json", "margin")
        print(f"request over a full ledger  {asyncio.run(round_trips(ledger, 50)):9.1f} us (synced to disk)")
    for positions in (6, 30):
        print(f"scan with {positions:2} positions      {asyncio.run(scan(positions)):9.1f} us")


if __name__ == "__main__":
    main()
