"""From a wish to bytes on the socket, and to a stop that rests, against the sandbox in a process of its own.

Beside it stands what a user would write with ccxt alone: the same order with the same conditional close, without a
journal, a plan or a deadline, and its stop known when it was polled for. Run: python -m benchmarks.execution
"""

import asyncio
import statistics
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import ccxt.async_support as ccxt

from benchmarks.machine import machine
from benchmarks.sandbox import sandbox
from kraken_tui.clock import SystemClock, generator, real_sleep, stopwatch_ns
from kraken_tui.config.keys import Keys
from kraken_tui.config.settings import HeatLimit, Settings
from kraken_tui.exchange.live.http_session import HttpSession, open_session
from kraken_tui.exchange.live.kraken_client import KrakenClient
from kraken_tui.exchange.live.private_stream import PrivateStream
from kraken_tui.execution.terms import KRAKEN
from kraken_tui.execution.trader import Trader
from kraken_tui.model.intent import Enter
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Side
from kraken_tui.sandbox.control.client import SandboxControl
from kraken_tui.store.journal import Journal

ROUNDS = 200
SYMBOL, PRICE, STOP, AMOUNT = "BTC/USD", Decimal("60000.0"), Decimal("58000.0"), Decimal("0.001")
MS = 1_000_000


class Stopwatch:
    """A session that notes when an order is handed to the socket."""

    def __init__(self, inner: HttpSession) -> None:
        self._inner = inner
        self.sent_ns = 0

    def request(self, method: str, url: str, **more: Any) -> Any:
        if url.endswith("/AddOrder"):
            self.sent_ns = stopwatch_ns()
        return self._inner.request(method, url, **more)

    async def close(self) -> None:
        await self._inner.close()


def quote() -> Quote:
    ask = PRICE + Decimal("0.1")
    return Quote(symbol=SYMBOL, bid=PRICE, ask=ask, bid_amount=Decimal(0), ask_amount=Decimal(0), last=PRICE, time_ns=0)


async def ours(ready: dict[str, Any], folder: Path) -> tuple[list[float], list[float]]:
    """Milliseconds from the intent to the bytes, and to a stop that the exchange has acknowledged."""
    key = next(row for row in ready["keys"] if row["name"] == "full")
    clock, session = SystemClock(), Stopwatch(open_session())
    client = KrakenClient(Keys(key["key"], key["secret"]), ready["rest"], clock, session=session)
    await client.load()
    stream = PrivateStream(ready["ws"], client.token, clock, generator(1).random, read_trades=client.fills_since)
    journal = await Journal.open(folder / "journal.db", "sandbox")
    trader = Trader(
        exchange=client, executions=stream, journal=journal, clock=clock, instruments=[client.instruments[SYMBOL]],
        groups={}, settings=Settings(HEAT=HeatLimit(trades=6, exposure=300), HEAT_GROUPS={}), margin=False,
        currency="USD", taker_fee=Decimal("0.4"), quotes=lambda symbol: quote(), tell=lambda kind, text: None,
        terms=KRAKEN,
    )  # fmt: skip
    trader.follow(lambda fill, trade: None)
    tasks = [asyncio.ensure_future(stream.run()), asyncio.ensure_future(trader.desk.run())]
    await trader.start()
    sent, stopped = [], []
    for _ in range(ROUNDS):
        began = stopwatch_ns()
        trader.desk.submit(
            Enter(symbol=SYMBOL, side=Side.BUY, price=quote().ask, stop_price=STOP, reason="bench", amount=AMOUNT)
        )
        while not trader.account.stops(SYMBOL):
            await real_sleep(0)
        stopped.append((stopwatch_ns() - began) / MS)
        sent.append((session.sent_ns - began) / MS)
        await trader.desk.idle()
        await trader.desk.close(SYMBOL, reason="bench", owner="bench")
        while trader.brackets.is_taken(SYMBOL) or trader.account.stops(SYMBOL):
            trader.desk.look()
            await real_sleep(0.001)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await client.close()
    await session.close()
    await journal.close()
    return sent, stopped


async def bare(ready: dict[str, Any]) -> list[float]:
    """Milliseconds from the call to a stop that a poll of the open orders has shown, with ccxt alone."""
    key = next(row for row in ready["keys"] if row["name"] == "trade")
    kraken = ccxt.kraken({"apiKey": key["key"], "secret": key["secret"], "enableRateLimit": False})
    kraken.urls["api"]["public"] = kraken.urls["api"]["private"] = ready["rest"]
    await kraken.load_markets()
    taken = []
    for _ in range(ROUNDS):
        began = stopwatch_ns()
        close = {"ordertype": "stop-loss", "price": str(STOP)}
        await kraken.create_order(SYMBOL, "market", "buy", 0.001, None, {"close": close})
        while not (rows := await kraken.fetch_open_orders(SYMBOL)):
            pass
        taken.append((stopwatch_ns() - began) / MS)
        for row in rows:
            await kraken.cancel_order(row["id"], SYMBOL)
        await kraken.create_order(SYMBOL, "market", "sell", 0.001)
    await kraken.close()
    return taken


def line(name: str, values: list[float]) -> str:
    values = sorted(values)
    return f"{name:44}  p50 {statistics.median(values):7.2f} ms   p99 {values[int(len(values) * 0.99) - 1]:7.2f} ms"


async def main() -> None:
    print(machine())
    words = ("--policy", "rate_limits=off", "--policy", "hold_untriggered=none")
    async with sandbox(*words) as (ready, _):
        async with SandboxControl(ready["control"]) as control:
            await control.price(SYMBOL, PRICE, quote().ask, PRICE)
        with tempfile.TemporaryDirectory() as folder:
            sent, stopped = await ours(ready, Path(folder))
        polled = await bare(ready)
    print(line("intent to request on the socket (journalled)", sent))
    print(line("intent to acknowledged stop", stopped))
    print(line("ccxt alone: call to a stop that a poll shows", polled))
    ratio = statistics.median(stopped) / statistics.median(polled)
    print(f"{ratio:.1f} times ccxt's own, for two synced journal rows before the order leaves (median over median)")


if __name__ == "__main__":
    asyncio.run(main())
