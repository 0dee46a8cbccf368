"""The autopilot at work: closed candles in, calls out, each through the gate and with its level's leave."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from msgspec import Struct

from kraken_tui.account.account_state import AccountState
from kraken_tui.clock import MINUTE, Clock
from kraken_tui.engine.decider import CANDLES, Decider, Decision
from kraken_tui.execution.desk import Desk
from kraken_tui.market.board import QuoteBoard
from kraken_tui.market.candle_book import Candles
from kraken_tui.market.candles import Closing
from kraken_tui.market.feed import Feed
from kraken_tui.model.candle import Candle
from kraken_tui.model.command import AUTOPILOT_LEVELS
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import AUTOPILOT, CancelEntry, Enter, Exit
from kraken_tui.model.outcome import Declined
from kraken_tui.model.scan import Regime
from kraken_tui.model.trading import Side
from kraken_tui.model.vote import Call

FRESH_NS = MINUTE
"""A closing older than this is history: a computer that slept, a feed that was silent."""
ASKED_NS = 4 * MINUTE
"""How long the operator may take to approve: until just before the next close."""
FILL_EVERY_S = 20.0
DAY = 288
"""Candles in 24 hours."""


class Asked(Struct, frozen=True):
    """An entry that waits for the operator."""

    intent: Enter
    until_ns: int


class Keeper(Protocol):
    """Writes down what the autopilot rests on, and what it makes of it."""

    def closing(self, time_ns: int, closing: Closing) -> None:
        """A closing that was taken."""
        ...

    async def candles(self, time_ns: int, index: int, candles: Sequence[Candle]) -> None:
        """A past that a ticker's window begins with; returns once there is room for the next."""
        ...

    def decided(self, time_ns: int, level: str, made: Decision) -> None:
        """What was decided on some symbols."""
        ...


class Pilot:
    """Listens for closings once a scan.

    Args:
        owner_of: who entered a symbol last.
        level: off, observe (only says), confirm (asks the operator), auto.
        keep: the input log, in which a replay finds all of it again.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        feed: Feed,
        board: QuoteBoard,
        account: AccountState,
        desk: Desk,
        decider: Decider,
        owner_of: Callable[[str], str],
        level: str,
        tell: Callable[[str, str], None],
        keep: Keeper,
    ) -> None:
        self.level = level
        self.decider = decider
        self.calls: dict[str, Call] = {}
        """The last call on each symbol."""
        self.asked: dict[str, Asked] = {}
        self._clock = clock
        self._feed = feed
        self._board = board
        self._account = account
        self._desk = desk
        self._owner_of = owner_of
        self._tell = tell
        self._keep = keep
        self._has_closed = False
        self._instruments: Mapping[str, Instrument] = {row.symbol: row for row in feed.instruments}
        self._index = {symbol: place for place, symbol in enumerate(self._instruments)}

    def set_level(self, level: str) -> None:
        """Set what it may do with its calls; what it asked is forgotten where it asks no more.

        Raises:
            UsageError: there is no such level.
        """
        if level not in AUTOPILOT_LEVELS:
            raise UsageError(f"{level!r} is no level of the autopilot: {', '.join(AUTOPILOT_LEVELS)} are")
        self.level = level
        if level != "confirm":
            self.asked.clear()

    async def look(self, now_ns: int, regime: Regime | None) -> None:
        """Take what has closed since the last scan, and decide on it."""
        for symbol in [symbol for symbol, row in self.asked.items() if row.until_ns < now_ns]:
            del self.asked[symbol]
        closing = self._feed.closed_candles(now_ns)
        if closing is None:
            return
        self._has_closed = True
        self.decider.book.take(closing)
        self._keep.closing(now_ns, closing)
        self._withdraw()
        if self.level == "off" or now_ns - closing.end_ns > FRESH_NS:
            return
        held, level = self._held(), self.level
        for call in await self.decider.decide(held, regime, lambda made: self._keep.decided(now_ns, level, made)):
            self.calls[call.symbol] = call
            self._follow(call, held.get(call.symbol), now_ns)

    async def run(self) -> None:
        """Fill what is wanting, until cancelled; a symbol that Kraken tells nothing of is asked for again later."""
        while True:
            await self._clock.sleep(FILL_EVERY_S)
            await self.fill()

    async def fill_after_closing(self) -> None:
        """Fill what is wanting, once after each closing: where time waits for the work."""
        if self._has_closed:
            self._has_closed = False
            await self.fill()

    async def fill(self) -> None:
        """Read the past of every symbol whose candles are not whole; from Kraken that is a call a second."""
        for place in self.decider.book.wanting():
            if candles := await self._feed.past_candles(place, CANDLES):
                self.decider.book.start(place, candles)
                await self._keep.candles(self._clock.now_ns(), place, candles)

    def window(self, symbol: str) -> Candles | None:
        """The closed candles of a symbol; None where they are not known."""
        return self.decider.book.window(self._index[symbol])

    def ticker(self, symbol: str) -> tuple[Decimal | None, int | None]:
        """Quote units traded in 24 hours, and how many closed candles are known; None where they are not."""
        window = self.window(symbol)
        if window is None:
            return None, None
        traded = float((window.volume[-DAY:] * window.close[-DAY:]).sum())
        return Decimal(str(round(traded, 2))), len(window.close)

    def approve(self, symbol: str, now_ns: int) -> Enter:
        """The entry that was asked about, at the prices of now; it waits no longer.

        Raises:
            UsageError: nothing is asked about, or not any more.
        """
        asked = self.asked.get(symbol)
        if asked is None or asked.until_ns < now_ns:
            raise UsageError(f"{symbol}: the autopilot asks nothing about it now")
        assert asked.intent.call is not None
        if self._board.quote(symbol) is None:
            raise UsageError(f"{symbol}: no sound price now, so nothing was sent; try again")
        del self.asked[symbol]
        return self._entry(asked.intent.call, asked.intent.side)

    def why(self, symbol: str) -> tuple[str, ...]:
        """What it last said of a symbol."""
        if self.level == "off":
            return ("Autopilot: off.",)
        if (call := self.calls.get(symbol)) is None:
            return ("Autopilot: it waits for the next close of a whole candle.",)
        votes = tuple(f"  {vote.text}" for vote in call.votes)
        return (f"Autopilot ({self.level}, {call.strategy}, {call.symbol_regime}): {call.text}", *votes)

    def _held(self) -> dict[str, Side]:
        rows = self._account.positions()
        return {row.symbol: row.side for row in rows if self._owner_of(row.symbol) == AUTOPILOT}

    def _withdraw(self) -> None:
        """Cancel what still rests of its entries, at whatever level: they were priced at the close before.

        Until that is done the symbol is busy, and the gate lets nothing in.
        """
        for symbol in sorted(self._account.resting.symbols()):
            if self._owner_of(symbol) == AUTOPILOT and self._account.entries(symbol):
                self._desk.submit(CancelEntry(symbol=symbol, reason="the next candle has closed", owner=AUTOPILOT))

    def _follow(self, call: Call, held: Side | None, now_ns: int) -> None:
        """Do, ask, or say what a call wants."""
        if held is not None and call.side is not held:
            self._leave(call)
        elif held is None and call.side is not None:
            self._enter(self._entry(call, call.side), now_ns)

    def _leave(self, call: Call) -> None:
        intent = Exit(symbol=call.symbol, reason=f"{call.strategy}: {call.text}", owner=AUTOPILOT)
        if self.level == "observe":
            self._tell("autopilot", f"{call.symbol}: would close: {call.text}")
            self._desk.note(intent, "observed")
            return
        self._tell("autopilot", f"{call.symbol}: closing: {call.text}")
        self._desk.submit(intent)

    def _enter(self, intent: Enter, now_ns: int) -> None:
        symbol, word = intent.symbol, "buy" if intent.side is Side.BUY else "sell"
        assert intent.call is not None
        is_priced = self._board.quote(symbol) is not None
        if self.level == "auto" and is_priced:
            self._desk.submit(intent)
            return
        size = self._desk.judge(intent, "observed" if self.level == "observe" else "asked")
        if isinstance(size, Declined) or not is_priced:
            return
        if self.level == "confirm":
            self.asked[symbol] = Asked(intent, now_ns + ASKED_NS)
            answer = f"approve {symbol} within {ASKED_NS // MINUTE} minutes"
            self._tell("alert", f"{symbol}: the autopilot asks to {word} {size.amount:f}: {answer}")
        else:
            self._tell("autopilot", f"{symbol}: would {word} {size.amount:f}: {intent.call.text}")

    def _entry(self, call: Call, side: Side) -> Enter:
        """What a call comes to at the prices of now.

        Without a sound quote it is told at the candle's close, and with a stop that can't be, with none: the gate
        blocks both, and writes down why.
        """
        quote, rules, is_long = self._board.quote(call.symbol), self._instruments[call.symbol], side is Side.BUY
        closed = rules.price_of(rules.ticks_of(Decimal(str(call.price))))
        bid, ask = (closed, closed) if quote is None else (quote.bid, quote.ask)
        return Enter(
            symbol=call.symbol, side=side, price=ask if is_long else bid, stop_price=_stop(call, side, rules),
            reason=f"{call.strategy}: {call.text}", owner=AUTOPILOT, post_only=call.maker, call=call,
            limit_price=(bid if is_long else ask) if call.maker else None,
        )  # fmt: skip


def _stop(call: Call, side: Side, rules: Instrument) -> Decimal:
    """Where a call's stop goes; 0 where it can't be."""
    if not 0 < call.stop_distance < call.price:
        return Decimal(0)
    wanted = Decimal(str(call.price)) - side.sign * Decimal(str(call.stop_distance))
    return rules.price_of(rules.ticks_below(wanted) if side is Side.BUY else rules.ticks_above(wanted))
