"""Trades on paper until it is killed; every acknowledged order and every fill told goes to stdout, a line each.

Usage: python -m tests.exchange.ledger_child LEDGER SEED [LIMIT]. LIMIT: no file may grow beyond so many bytes.
"""

import asyncio
import os
import resource
import signal
import sys
from pathlib import Path

from kraken_tui.clock import SystemClock, generator
from kraken_tui.exchange.paper.ledger import Ledger
from kraken_tui.exchange.paper.paper_exchange_wrapper import PaperExchangeWrapper
from kraken_tui.exchange.paper.paper_trading import PaperTrading
from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.trading import Fill
from tests.exchange.cases import CASH, PAIRS, quote
from tests.samples import Hears


def say(*words: str) -> None:
    os.write(1, (" ".join(words) + "\n").encode())


class Says(Hears):
    def on_fill(self, fill: Fill) -> None:
        say("fill", fill.id)


async def trade(path: Path, seed: int) -> None:
    chance, clock = generator(seed), SystemClock()
    ledger = Ledger(path, "cash")
    paper = PaperTrading(PAIRS, CASH, ledger.load())
    now = quote("60000.0", "60000.1", "0.02")
    exchange = PaperExchangeWrapper(paper, clock, lambda symbol: now, ledger)
    exchange.subscribe(Says())
    say("ready")
    while True:
        price = 60000 + chance.randrange(-50, 50)
        now = quote(f"{price}.0", f"{price}.1", "0.02", time_ns=clock.now_ns())
        await exchange.on_quotes([now], clock.now_ns())
        side, type_ = chance.choice(["buy", "sell"]), chance.choice(["market", "limit"])
        params = {"close": {"ordertype": "stop-loss", "price": "59990.0"}} if chance.random() < 0.3 else {}
        at = f"{price + chance.randrange(-20, 20)}.0" if type_ == "limit" else None
        try:
            made = await exchange.create_order("BTC/USD", type_, side, "0.01", at, params)
            say("order", made["id"])
            if chance.random() < 0.3:
                resting = await exchange.fetch_open_orders()
                if resting:
                    await exchange.cancel_order(resting[0]["id"])
                    say("cancel", resting[0]["id"])
        except ExchangeError as error:
            say("refused", error.text)


if __name__ == "__main__":
    if len(sys.argv) > 3:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
    asyncio.run(trade(Path(sys.argv[1]), int(sys.argv[2])))
