"""Kraken as a feed: tickers by WebSocket, one REST request per scan while the socket is down."""

import asyncio
from decimal import Decimal, InvalidOperation

import numpy as np
from loguru import logger

from kraken_tui.clock import MINUTE, SECOND, Clock, Progress, generator, wait_for_any
from kraken_tui.exchange.channels import TICKER
from kraken_tui.exchange.manners import Link, Manners
from kraken_tui.exchange.public_rest import Candle as Row
from kraken_tui.exchange.public_rest import PublicRest
from kraken_tui.exchange.streams import PublicStream
from kraken_tui.market.candles import Closing
from kraken_tui.market.feed import Frame
from kraken_tui.market.kraken_candles import closed_bars, closed_candles
from kraken_tui.market.kraken_closings import KrakenClosings
from kraken_tui.market.kraken_markets import choose_instruments, load_kraken_instruments
from kraken_tui.market.kraken_tickers import TickerArrays
from kraken_tui.model.candle import CANDLE_S, Candle
from kraken_tui.model.depth import Depth, Rung
from kraken_tui.model.errors import ExchangeError, ExchangeUnreachable
from kraken_tui.model.excerpt import excerpt
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Bar, FeedState
from kraken_tui.model.snapshot import WorkerRow
from kraken_tui.supervisor import Supervisor

SCANS_OF_SILENCE = 3
CANDLES = "candles"
"""The worker on which no price depends: while it is dead, spans are not known, and that is all."""
CALL_PAUSE_S = 1.0
"""Between two public REST calls: Kraken takes about one a second from an address."""
TRIES = 3


class KrakenFeed:
    """Live public prices; no key is read or needed.

    Args:
        rest_url: such as `https://api.kraken.com`.
        ws_url: such as `wss://ws.kraken.com/v2`.
        symbols: pairs wanted; None for every USD pair that is online.
        poll_interval: seconds between scans.
        clock: stamps and waits.
        manners: of the socket.
        call_pause: seconds between two candle requests.
    """

    name = "kraken"

    def __init__(
        self,
        rest_url: str,
        ws_url: str,
        symbols: tuple[str, ...] | None,
        poll_interval: float,
        clock: Clock,
        manners: Manners | None = None,
        call_pause: float = CALL_PAUSE_S,
    ) -> None:
        self.rest_failures = 0
        """REST scans that failed in a row."""
        self._rest_url = rest_url
        self._ws_url = ws_url
        self._symbols = symbols
        self._poll_interval = poll_interval
        self._patience_ns = int(SCANS_OF_SILENCE * poll_interval * SECOND)
        self._clock = clock
        self._manners = manners or Manners()
        self._call_pause = call_pause
        self._instruments: tuple[Instrument, ...] = ()
        self._rest = PublicRest(rest_url)
        self._rest_heard_ns = 0
        self._rest_alone = asyncio.Event()
        """REST answers, and the socket failed more than once: there is no more to wait for."""
        self._lane = asyncio.Lock()
        self._next_call_ns = 0
        self._workers = Supervisor(clock, _log_death)

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The pairs that are scanned; empty until opened."""
        return self._instruments

    @property
    def starts_ns(self) -> int | None:
        """None: time is the clock's own."""
        return None

    @property
    def refused(self) -> dict[str, str]:
        """Symbols whose subscription Kraken refused, with its reason."""
        return dict(self._stream.refused)

    async def open(self, progress: Progress) -> None:
        """Load markets, connect and subscribe.

        Raises:
            ExchangeUnreachable: Kraken answers neither the socket nor REST, or refuses every ticker.
            UsageError: Kraken trades none of the pairs.
        """
        progress("Loading Kraken's markets", 0.0)
        known = await load_kraken_instruments(self._rest_url)
        self._instruments = choose_instruments(known, self._symbols)
        symbols = [instrument.symbol for instrument in self._instruments]
        self._index = {symbol: index for index, symbol in enumerate(symbols)}
        self._tickers = TickerArrays(self._instruments)
        chance = generator(None).random
        self._stream = PublicStream(
            self._ws_url, symbols, TICKER, self._tickers.take_rows, self._clock, chance, self._manners
        )
        progress(f"Subscribing {len(symbols)} tickers", 0.5)
        self._closings = KrakenClosings(self._ws_url, symbols, self._clock, chance, self._manners)
        self._workers.start("socket", self._stream.run)
        self._workers.start("REST", self._poll)
        try:
            await self._first_word()
        except BaseException:
            await self.close()
            raise
        self._workers.start(CANDLES, self._closings.stream.run)
        progress("Connected to Kraken", 1.0)

    async def _first_word(self) -> None:
        bound = self._manners.connect + self._manners.acknowledge
        await wait_for_any(self._stream.settled(), self._rest_alone.wait(), at_most=bound)
        if not (self._stream.heard_ns or self._rest_heard_ns):
            raise ExchangeUnreachable(f"Kraken does not answer: {self._stream.why_down or self._stream.host}")
        refused = self._stream.refused
        for symbol, reason in refused.items():
            logger.error("Kraken refused the ticker of {}: {}", symbol, reason)
        if len(refused) == len(self._instruments):
            raise ExchangeUnreachable(f"{self._stream.host} refused every ticker: {next(iter(refused.values()))}")

    async def _poll(self) -> None:
        """One request for all tickers per scan, while the socket is down."""
        while True:
            if self._stream.link is not Link.UP:
                await self._scan_rest()
            await self._clock.sleep(self._poll_interval)

    async def _scan_rest(self) -> None:
        try:
            tickers = await self._rest.tickers()
        except (ExchangeError, ExchangeUnreachable) as error:
            self.rest_failures += 1
            logger.warning("REST tickers failed {} times in a row: {}", self.rest_failures, error)
            return
        if self._stream.link is not Link.UP:
            self.rest_failures = 0
            self._rest_heard_ns = self._clock.now_ns()
            self._tickers.take_all(tickers, self._rest_heard_ns)
            if self._stream.failures > 1:
                self._rest_alone.set()

    async def past_bars(self, index: int, count: int) -> list[Bar]:
        """The last closed minutes, from one OHLC call.

        Calls queue here and leave one a second; so this may take as many seconds as there are tickers. Empty where
        Kraken gave no answer.
        """
        instrument = self._instruments[index]
        rows, _ = await self._ohlc(instrument, MINUTE)
        return closed_bars(instrument, rows, self._clock.now_ns(), count)

    async def past_candles(self, index: int, count: int) -> list[Candle]:
        """The last closed candles, from one OHLC call in the same queue."""
        instrument = self._instruments[index]
        rows, asked_ns = await self._ohlc(instrument, CANDLE_S * SECOND)
        return closed_candles(instrument, rows, asked_ns, count)

    async def _ohlc(self, instrument: Instrument, span_ns: int) -> tuple[list[Row], int]:
        """Kraken's rows, and when they were asked for; none where it gave no answer."""
        for _ in range(TRIES):
            async with self._lane:
                await self._clock.sleep_until(self._next_call_ns)
                asked_ns = self._clock.now_ns()
                try:
                    return await self._rest.candles(instrument.id, span_ns // MINUTE), asked_ns
                except (ExchangeError, ExchangeUnreachable) as error:
                    logger.warning("no candles of {}: {}", instrument.symbol, error)
                finally:
                    self._next_call_ns = self._clock.now_ns() + int(self._call_pause * SECOND)
        return [], 0

    async def depth(self, index: int, count: int) -> Depth:
        """The book, from one Depth call in the same queue.

        Raises:
            ExchangeError, ExchangeUnreachable: Kraken gave no answer, or one that is none.
        """
        instrument = self._instruments[index]
        async with self._lane:
            await self._clock.sleep_until(self._next_call_ns)
            try:
                told = await self._rest.depth(instrument.id, count)
            finally:
                self._next_call_ns = self._clock.now_ns() + int(self._call_pause * SECOND)
        return Depth(
            time_ns=self._clock.now_ns(), source=f"the book at {self._rest.host}",
            bids=_rungs(told.bids, count), asks=_rungs(told.asks, count),
        )  # fmt: skip

    def closed_candles(self, now_ns: int) -> Closing | None:
        """The next span that is over by now, some seconds past its end; up to twelve while the line is down."""
        return self._closings.closing(now_ns)

    def read(self, now_ns: int) -> Frame:
        """The newest quotes."""
        state, note = self._state(now_ns)
        listed = np.ones(len(self._instruments), np.bool_)
        listed[[self._index[symbol] for symbol in self._stream.refused]] = False
        bid, ask, last = (np.where(listed, ticks, 0) for ticks in self._tickers.ticks())
        bid_amount, ask_amount = self._tickers.amounts()
        changed_ns = self._tickers.changed_ns()
        for array in (bid, ask, last, bid_amount, ask_amount, changed_ns, listed):
            array.setflags(write=False)
        return Frame(
            time_ns=now_ns,
            bid=bid,
            ask=ask,
            last=last,
            bid_amount=bid_amount,
            ask_amount=ask_amount,
            changed_ns=changed_ns,
            listed=listed,
            state=state,
            note=note,
            heard_ns=self._heard_ns(),
        )

    def _heard_ns(self) -> int:
        return max(self._stream.heard_ns, self._rest_heard_ns)

    def _state(self, now_ns: int) -> tuple[FeedState, str]:
        stream = self._stream
        if dead := [row for row in self._workers.rows() if row.state != "running" and row.name != CANDLES]:
            return FeedState.STALE, excerpt(f"the feed's {dead[0].name} worker is {dead[0].state}: {dead[0].error}")
        if not self._heard_ns():
            return FeedState.STARTING, "waiting for the first price"
        if stream.system != "online":
            return FeedState.STALE, f"Kraken is in {stream.system} mode"
        silent_ns = now_ns - self._heard_ns()
        if stream.link is not Link.UP:
            failed = self.rest_failures >= SCANS_OF_SILENCE
            why = f"{stream.why_down or stream.host}; REST failed {self.rest_failures} times"
            return (FeedState.STALE, why) if failed or silent_ns > self._patience_ns else (FeedState.LIVE, "")
        if now_ns - stream.heard_ns > self._patience_ns:
            return FeedState.STALE, f"{stream.host} has been silent for {silent_ns / SECOND:.0f} s"
        if overdue := stream.overdue:
            return FeedState.STALE, f"{len(overdue)} subscriptions unanswered, first {overdue[0]}"
        return FeedState.LIVE, ""

    async def close(self) -> None:
        """Disconnect."""
        try:
            await self._workers.close()
        finally:
            await self._rest.close()


def _rungs(rows: list[tuple[str, str, float]], count: int) -> tuple[Rung, ...]:
    try:
        rungs = tuple((Decimal(price), Decimal(amount)) for price, amount, _ in rows[:count])
    except InvalidOperation as error:
        raise ExchangeUnreachable("Depth: a level is no number") from error
    if not all(price.is_finite() and amount.is_finite() for price, amount in rungs):
        raise ExchangeUnreachable("Depth: a level is no number")
    return rungs


def _log_death(row: WorkerRow) -> None:
    if row.state != "running":
        logger.error("the Kraken feed's {} worker is {}: {}", row.name, row.state, excerpt(row.error))
