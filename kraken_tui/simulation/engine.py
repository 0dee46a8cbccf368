"""One life of the engine: the real client, stream, journal and trader, from its start to its end or its death."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import Struct

from kraken_tui.config.settings import HeatLimit, Settings
from kraken_tui.execution.terms import KRAKEN, STOPS_TO_PAY_FOR
from kraken_tui.execution.trader import Trader
from kraken_tui.model.errors import KrakenTuiError
from kraken_tui.model.trading import Order
from kraken_tui.simulation.driver import Driver
from kraken_tui.simulation.engine_side import client, stream
from kraken_tui.simulation.loop_database import opener
from kraken_tui.simulation.world import World
from kraken_tui.store.journal import Journal

JOURNAL = Path("/home/state/sandbox/journal.db")
MODE = "sandbox"
CURRENCY = "USD"


class Manner(Struct, frozen=True, kw_only=True):
    """How the engine of a schedule is set up."""

    margin: bool
    intents_s: float
    """Seconds between two intents, on average."""
    synchronous: str | None = None
    """What the journal syncs in place of what it asks for; for proving that it matters."""

    @property
    def settings(self) -> Settings:
        """The operator's settings."""
        return Settings(
            MODE="LIVE", LIVE_ACCOUNT="margin" if self.margin else "cash", LIVE_LEVERAGE=2 if self.margin else 1,
            RISK_PER_TRADE=1.0, MAX_CAPITAL=Decimal(20_000), DAILY_LOSS_LIMIT=100.0,
            HEAT=HeatLimit(trades=6, exposure=300), HEAT_GROUPS={"Alts": HeatLimit(trades=6, exposure=300)},
        )  # fmt: skip


class Life:
    """One life.

    Args:
        world: where it is lived.
        manner: how.
        driver: asks for things.
        contents: counts what the engine tells, by kind.
        note: told what it tells.
    """

    def __init__(
        self, world: World, manner: Manner, driver: Driver, contents: Counter[str], note: Callable[[str], None]
    ) -> None:
        self.trader: Trader | None = None
        self.journal: Journal | None = None
        self.is_started = False
        self.is_in_sync: Callable[[], bool] = lambda: False
        """Whether its private stream has told everything."""
        self.why_ended = ""
        self._world = world
        self._manner = manner
        self._driver = driver
        self._contents = contents
        self._note = note

    async def run(self) -> None:
        """Live until killed; an engine that gives up says why."""
        try:
            await self._live()
        except KrakenTuiError as error:
            self.why_ended = f"{type(error).__name__}: {error}"
        except BaseException as error:
            self.why_ended = f"{error!r}"
            raise

    async def is_behind(self, fills: set[str]) -> bool:
        """Whether its journal lacks one of these fills, or what became of an intent."""
        journal = self.journal
        return journal is None or bool(
            fills - {fill.id for fill in await journal.fills()} or await journal.unsettled()
        )  # fmt: skip

    async def _live(self) -> None:
        world, manner = self._world, self._manner
        chance = world.chance(1000 + world.machine.deaths)
        self.journal = journal = await Journal.open(
            JOURNAL, MODE, opener(world.machine.disk, chance, manner.synchronous)
        )  # fmt: skip
        kraken = client(world.exchange, world.machine)
        heard = stream(world.exchange, world.machine, kraken, chance.randrange(10**9))
        self.is_in_sync = lambda: heard.in_sync

        def blocks(symbol: str) -> str:
            return "" if kraken.allows_entry(symbol, STOPS_TO_PAY_FOR) else "the rate counter is nearly full"

        def can_move(stop: Order) -> bool:
            return kraken.allows_amend(stop.id, stop.symbol, STOPS_TO_PAY_FOR, stop.touched_ns)

        self.trader = trader = Trader(
            exchange=kraken, executions=heard, journal=journal, clock=world.machine.clock,
            instruments=world.exchange.instruments, groups={}, settings=manner.settings, margin=manner.margin,
            currency=CURRENCY, taker_fee=Decimal("0.4"), quotes=world.market.quote, tell=self._tell, terms=KRAKEN,
            blocks=blocks, can_move=can_move, exchange_time=kraken.server_time_ns,
        )  # fmt: skip
        trader.desk.stops_at_faults = True
        trader.follow(lambda fill, trade: None)
        streaming, working = asyncio.ensure_future(heard.run()), asyncio.ensure_future(trader.desk.run())
        for line in await trader.start():
            self._tell("engine", line)
        self.is_started = True
        self._note("the engine has started")
        pulsing = asyncio.ensure_future(trader.run())
        asking = asyncio.ensure_future(self._driver.run(trader, world.machine.clock, manner.intents_s))
        tasks: list[asyncio.Future[Any]] = [streaming, working, pulsing, asyncio.gather(asking, asyncio.Event().wait())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()

    def _tell(self, kind: str, line: str) -> None:
        self._contents[f"told: {kind}"] += 1
        self._note(f"  {kind}: {line}")
