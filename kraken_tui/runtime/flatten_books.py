"""Opens the books of a home whose engine is gone, with just enough around them to close what is open."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from loguru import logger
from msgspec import Struct

from kraken_tui.clock import Clock, SystemClock
from kraken_tui.config.home import Home
from kraken_tui.config.keys import Keys
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.exchange_manager import ExchangeManager
from kraken_tui.exchange.paper.paper_exchange_wrapper import PaperExchangeWrapper
from kraken_tui.exchange.port import Exchange, Executions
from kraken_tui.exchange.public_rest import PublicRest, TickerEntry
from kraken_tui.execution.terms import KRAKEN, PAPER, Terms
from kraken_tui.execution.trader import Trader
from kraken_tui.model.errors import ExchangeError, ExchangeUnreachable, RetryLater
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Fill, Trade
from kraken_tui.runtime.known_pairs import known_pairs
from kraken_tui.runtime.markets import Market, open_market
from kraken_tui.runtime.options import EngineOptions
from kraken_tui.store.journal import Journal
from kraken_tui.store.reserve import Reserve
from kraken_tui.supervisor import Supervisor

if TYPE_CHECKING:
    from kraken_tui.exchange.live.kraken_client import KrakenClient

PRICES_EVERY_S = 1.0
CURRENCY = "USD"

Tell = Callable[[str, str], None]


class Books(Struct, frozen=True, kw_only=True):
    """An account that is reconciled, and worked on: the desk runs."""

    home: Home
    """In its world."""
    trader: Trader
    journal: Journal
    exchange: Exchange
    instruments: Mapping[str, Instrument]
    clock: Clock
    wait: Callable[[], Awaitable[None]]
    """Let a second pass, and the account see the prices of then."""


class _Venue(Struct, frozen=True, kw_only=True):
    """Where orders go, and what prices come from."""

    home: Home
    journal: Journal
    exchange: Exchange
    executions: Executions
    instruments: Sequence[Instrument]
    """Those that the books know and nobody lists any more, too."""
    quotes: Callable[[str], Quote | None]
    clock: Clock
    terms: Terms
    see: Callable[[], Awaitable[None]]
    """Read the newest prices."""
    time: Callable[[], Awaitable[int]] | None = None
    """The exchange's own time; None where it is ours."""


@contextlib.asynccontextmanager
async def open_books(
    home: Home, settings: Settings, keys: Keys | None, market: str, tell: Tell
) -> AsyncIterator[Books]:
    """Open and reconcile the account of `home`; everything is let go of at the end.

    Args:
        home: its lock is held, and the account's.
        settings: the home's.
        keys: of the account; None on paper.
        market: where prices come from on paper: kraken or demo.
        tell: hears what happens: a kind and a line.

    Raises:
        ExchangeUnreachable: the exchange does not answer now.
        SafetyRefusal: the books are damaged, or another account's.
    """
    async with contextlib.AsyncExitStack() as held:
        supervisor = Supervisor(SystemClock())
        if keys is None:
            venue = await _paper(home, settings, market, held)
        else:
            venue = await _kraken(home, settings, keys, supervisor, held)
        journal = venue.journal
        trader = _trader(venue, settings, journal, tell)
        held.push_async_callback(trader.follower.settle, venue.exchange)
        held.push_async_callback(supervisor.close)
        is_started = False

        def on_fill(fill: Fill, trade: Trade | None) -> None:
            if is_started:  # what is booked before is history
                tell("fill", _told(fill, trade))

        trader.follow(on_fill)
        await venue.see()
        for note in await _started(trader):
            tell("engine", note)
        is_started = True
        supervisor.start("desk", trader.desk.run)

        async def wait() -> None:
            await venue.clock.sleep(PRICES_EVERY_S)
            await venue.see()
            await trader.follower.settle(venue.exchange)
            await trader.pulse()

        yield Books(
            home=venue.home, trader=trader, journal=journal, exchange=venue.exchange, clock=venue.clock, wait=wait,
            instruments={row.symbol: row for row in venue.instruments},
        )  # fmt: skip


async def _started(trader: Trader) -> list[str]:
    """What an exchange answers that is busy is no reason to give up."""
    trader.desk.paused = True
    try:
        return await trader.start()
    except RetryLater as error:
        raise ExchangeUnreachable(f"the exchange does not tell how things stand: {error.text}") from error


def _trader(venue: _Venue, settings: Settings, journal: Journal, tell: Tell) -> Trader:
    return Trader(
        exchange=venue.exchange, executions=venue.executions, journal=journal, clock=venue.clock,
        instruments=venue.instruments, groups={}, settings=settings, margin=settings.account == "margin",
        currency=CURRENCY, taker_fee=settings.PAPER_TAKER_FEE, quotes=venue.quotes, tell=tell, terms=venue.terms,
        exchange_time=venue.time,
    )  # fmt: skip


def _told(fill: Fill, trade: Trade | None) -> str:
    closed = "" if trade is None else f": {trade.amount:f} closed, net {trade.net:.2f}"
    return f"{fill.side} {fill.amount:f} {fill.symbol} at {fill.price:f}{closed}"


async def _paper(home: Home, settings: Settings, name: str, held: contextlib.AsyncExitStack) -> _Venue:
    market = await open_market(EngineOptions(home=home.root, market=name), home, settings, lambda text, done: None)
    held.push_async_callback(market.feed.close)
    held.callback(_save_world, market)
    feed, board, clock = market.feed, market.board, market.clock
    journal = await _journal(market.home, held)
    instruments = await known_pairs(journal, feed.instruments, {})
    exchange: PaperExchangeWrapper = ExchangeManager(settings, market.home, clock).paper(instruments, board.quote)
    held.push_async_callback(exchange.close)

    async def see() -> None:
        frame = feed.read(clock.now_ns())
        board.update(frame)
        await exchange.on_quotes(board.quotes(sorted(exchange.active_symbols())), frame.time_ns)

    return _Venue(
        home=market.home, journal=journal, exchange=exchange, executions=exchange, instruments=instruments,
        quotes=board.quote, clock=clock, terms=PAPER, see=see,
    )  # fmt: skip


def _save_world(market: Market) -> None:
    if market.world is not None:
        market.world.save(market.home, market.clock.now_ns())


async def _kraken(
    home: Home, settings: Settings, keys: Keys, supervisor: Supervisor, held: contextlib.AsyncExitStack
) -> _Venue:
    """Without a feed: closing must not depend on the public stream; prices are asked for, and may be missing."""
    clock = SystemClock()
    client, stream = ExchangeManager(settings, home, clock).live(keys)
    held.push_async_callback(client.close)
    try:
        await client.load()
    except RetryLater as error:
        raise ExchangeUnreachable(f"Kraken does not answer: {error.text}") from error
    journal = await _journal(home, held)
    instruments = await known_pairs(journal, _priced_in_dollars(client), client.instruments)
    prices = RestPrices(settings.EXCHANGE_REST_URL, instruments, clock)
    held.push_async_callback(prices.close)
    supervisor.start("private stream", stream.run)
    return _Venue(
        home=home, journal=journal, exchange=client, executions=stream, instruments=instruments,
        quotes=prices.quotes.get, clock=clock,
        terms=KRAKEN, see=prices.read, time=client.server_time_ns,
    )  # fmt: skip


async def _journal(home: Home, held: contextlib.AsyncExitStack) -> Journal:
    journal = await Journal.open(home.journal, home.mode, reserve=Reserve.beside(home.journal))
    held.push_async_callback(journal.close)
    return journal


def _priced_in_dollars(client: "KrakenClient") -> list[Instrument]:
    """Every pair that an engine could have traded, halted ones too."""
    return [row for row in client.instruments.values() if row.quote == CURRENCY]


class RestPrices:
    """Quotes of every pair, by one request; old ones stay where Kraken does not answer.

    Args:
        url: such as `https://api.kraken.com`.
        instruments: the pairs.
        clock: stamps quotes.
    """

    def __init__(self, url: str, instruments: Sequence[Instrument], clock: Clock) -> None:
        self.quotes: dict[str, Quote] = {}
        self._rest = PublicRest(url)
        self._instruments = instruments
        self._clock = clock

    async def read(self) -> None:
        """Ask once."""
        try:
            tickers = await self._rest.tickers()
        except (ExchangeError, ExchangeUnreachable) as error:
            logger.warning("no prices: {}", error)
            return
        now_ns = self._clock.now_ns()
        for row in self._instruments:
            if (entry := tickers.get(row.id)) is not None and (quote := _quote(row, entry, now_ns)) is not None:
                self.quotes[row.symbol] = quote

    async def close(self) -> None:
        """Release the connection."""
        await self._rest.close()


def _quote(instrument: Instrument, entry: TickerEntry, now_ns: int) -> Quote | None:
    """None where a side is missing, crossed or no number."""
    try:
        bid, ask, last = (Decimal(side[0]) for side in (entry.b, entry.a, entry.c))
        bid_amount, ask_amount = Decimal(entry.b[2]), Decimal(entry.a[2])
    except InvalidOperation:
        return None
    if not all(number.is_finite() for number in (bid, ask, last, bid_amount, ask_amount)) or not 0 < bid <= ask:
        return None
    return Quote(
        symbol=instrument.symbol, bid=bid, ask=ask, bid_amount=bid_amount, ask_amount=ask_amount, last=last,
        time_ns=now_ns,
    )  # fmt: skip
