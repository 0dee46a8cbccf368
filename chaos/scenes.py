"""What the engine is doing when it is killed: entries, exits, moves and flattens, asked for as an operator would."""

import struct
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal

from msgspec import Struct

from kraken_tui.clock import Generator, real_sleep
from kraken_tui.control.client import EngineClient
from kraken_tui.model.command import Buy, Close, Command, CommandResult, Flatten, SetStop, SetTarget
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.snapshot import Snapshot

NEAR = Decimal("0.0002")
STOP = Decimal("0.01")


class Desk:
    """The operator's hands: asks one engine over its socket, and remembers how often it did as asked."""

    def __init__(self, client: EngineClient, instruments: Mapping[str, Instrument], chance: Generator) -> None:
        self._client = client
        self._instruments = instruments
        self.symbols = sorted(instruments)
        self.chance = chance

    async def ask(self, command: Command) -> CommandResult:
        """Have the engine do something."""
        return await self._client.send(command)

    async def held(self) -> list[str]:
        """Symbols that are open, by the engine's own words."""
        snapshot = await self._snapshot()
        return [row.symbol for row in snapshot.positions] if snapshot else []

    async def free(self) -> str:
        """A symbol that is not open; any where all are."""
        held = await self.held()
        return self.chance.choice([symbol for symbol in self.symbols if symbol not in held] or self.symbols)

    async def open(self) -> str:
        """A symbol that is open; bought first where none is."""
        if not (held := await self.held()):
            symbol = await self.free()
            await self.ask(await self.buy(symbol))
            held = await self.held() or [symbol]
        return self.chance.choice(held)

    async def buy(self, symbol: str, *, at_limit: bool = False) -> Buy:
        """An entry that can be: its stop a percent below, sometimes with a target."""
        bid, ask = await self.quote(symbol)
        row = self._instruments[symbol]
        amount = row.amount_down(Decimal(self.chance.randint(40, 400)) / ask)
        target = row.price_of(row.ticks_of(ask * (1 + STOP))) if self.chance.random() < 0.5 else None
        limit = row.price_of(row.ticks_below(bid)) if at_limit else None
        stop = row.price_of(row.ticks_of(bid * (1 - STOP)))
        return Buy(
            symbol=symbol, amount=f"{max(amount, row.order_min):f}", limit=None if limit is None else f"{limit:f}",
            stop=f"{stop:f}", target=None if target is None else f"{target:f}",
        )  # fmt: skip

    async def priced(self, symbol: str, share: Decimal) -> str:
        """A price so much beyond the bid, on the tick."""
        bid, _ = await self.quote(symbol)
        row = self._instruments[symbol]
        return f"{row.price_of(row.ticks_of(bid * (1 + share))):f}"

    async def quote(self, symbol: str) -> tuple[Decimal, Decimal]:
        """Bid and ask, as the engine sees them."""
        row = self._instruments[symbol]
        roster = await self._client.connect()
        place = roster.symbols.index(symbol)
        while (snapshot := await self._snapshot()) is None or not snapshot.tickers.bid:
            await real_sleep(0.05)  # its first scan is still to come
        bid, ask = (
            Decimal(struct.unpack_from("<d", column, 8 * place)[0])
            for column in (snapshot.tickers.bid, snapshot.tickers.ask)
        )
        return row.price_of(row.ticks_of(bid)), row.price_of(row.ticks_of(ask))

    async def _snapshot(self) -> Snapshot | None:
        snapshot, _, _ = await self._client.pull(-1, -1)
        return snapshot


Asked = Callable[[Desk], Awaitable[Command]]
"""Finds out what can be asked, and says it; the kill falls while it is being done."""


class Scene(Struct, frozen=True, kw_only=True):
    """One kind of moment.

    Args:
        weight: how often it is drawn, beside the others.
        asked: what the operator asks for; None leaves the scanner alone with it.
        starting: whether the engine is killed before it is up.
    """

    weight: int
    asked: Asked | None = None
    starting: bool = False


async def _enter(desk: Desk) -> Command:
    return await desk.buy(await desk.free())


async def _enter_at_limit(desk: Desk) -> Command:
    return await desk.buy(await desk.free(), at_limit=True)


async def _exit(desk: Desk) -> Command:
    return Close(await desk.open())


async def _move_stop(desk: Desk) -> Command:
    symbol = await desk.open()
    share = -Decimal(desk.chance.randint(20, 150)) / 10_000
    return SetStop(symbol=symbol, price=await desk.priced(symbol, share))


async def _move_target(desk: Desk) -> Command:
    symbol = await desk.open()
    share = Decimal(desk.chance.randint(20, 150)) / 10_000
    return SetTarget(symbol=symbol, price=await desk.priced(symbol, share))


async def _flatten(desk: Desk) -> Command:
    await desk.open()
    return Flatten()


SCENES: Mapping[str, Scene] = {
    "start-up": Scene(weight=4, starting=True),
    "entry": Scene(weight=4, asked=_enter),
    "limit entry": Scene(weight=2, asked=_enter_at_limit),
    "exit": Scene(weight=4, asked=_exit),
    "stop moved": Scene(weight=3, asked=_move_stop),
    "target moved": Scene(weight=2, asked=_move_target),
    "flatten": Scene(weight=2, asked=_flatten),
    "scanner": Scene(weight=6),
}
"""By name, as the report counts them."""
