"""Steering a sandbox in Python, from its own event loop."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from kraken_tui.clock import SECOND
from kraken_tui.exchange.matching.messages import Deposit, Elapse, MarketUpdate
from kraken_tui.exchange.matching.money.fees import DAY_NS
from kraken_tui.exchange.matching.state import VenueState
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.sandbox.advancing_clock import AdvancingClock
from kraken_tui.sandbox.control.bodies import PairStatus, System
from kraken_tui.sandbox.control.numbers import check_number, check_prices
from kraken_tui.sandbox.control.places import check_where, places_of
from kraken_tui.sandbox.control.status import status_of
from kraken_tui.sandbox.faults.fault_plan import FaultRule
from kraken_tui.sandbox.keeping.state_file import StateFile
from kraken_tui.sandbox.market.held_feed import HeldFeed
from kraken_tui.sandbox.market.pump import FeedClock
from kraken_tui.sandbox.opening import open_account
from kraken_tui.sandbox.parts import Parts

ZERO, TWO = Decimal(0), Decimal(2)


class Control:
    """What a test may do to the exchange. Every method acts at once.

    Args:
        parts: the exchange's.
        feed: its market.
        clock: its clock.
        feed_clock: the feed's, which does not go forward with it: time passes, and the market stands where it stood.
        store: where its account is kept; None where it is not.
        opening: makes a fresh account.
    """

    def __init__(
        self,
        parts: Parts,
        feed: HeldFeed,
        clock: AdvancingClock,
        feed_clock: FeedClock,
        store: StateFile | None,
        opening: Callable[[], VenueState],
    ) -> None:
        self._parts = parts
        self._feed = feed
        self._clock = clock
        self._feed_clock = feed_clock
        self._store = store
        self._opening = opening
        self.on_reset: list[Callable[[], None]] = []
        """Called by `reset`, for what else must begin anew."""
        self._places = places_of(parts)
        self._indexes = {instrument.symbol: index for index, instrument in enumerate(feed.instruments)}

    def status(self) -> dict[str, Any]:
        """How the exchange stands, and what it has been asked so far."""
        return status_of(self._parts, self._feed)

    def arm(self, *rules: FaultRule) -> None:
        """Arm faults, besides those that are.

        Raises:
            UsageError: one of them can hit nothing; none is armed.
        """
        for rule in rules:
            check_where(rule, self._places)
        for rule in rules:
            self._parts.faults.arm(rule)

    def disarm(self) -> int:
        """Forget every fault; returns how many were armed."""
        return self._parts.faults.disarm()

    def mode(self, *, system: System | None = None, pair: str | None = None, status: PairStatus = "online") -> None:
        """Set the whole exchange's mode, or a pair's."""
        venue = self._parts.venue
        if system is not None:
            self._count("mode", system)
            venue.rules = replace(venue.rules, system=system)
        if pair is not None:
            symbol = self._instrument(pair).symbol
            self._count("mode", status)
            instruments = dict(venue.rules.instruments)
            instruments[symbol] = replace(instruments[symbol], status=status)
            venue.rules = replace(venue.rules, instruments=instruments)

    def lag(self, seconds: float) -> None:
        """Let REST tell the account as it was so many seconds of the exchange's clock ago; 0 ends it."""
        self._count("lag", seconds)
        self._parts.venue.lag_ns = int(seconds * SECOND)

    def skew(self, seconds: float) -> None:
        """Let the time that the exchange tells be off by so much; 0 ends it."""
        self._count("skew", seconds)
        self._parts.faults.skew_ns = int(seconds * 1_000_000) * 1_000  # whole microseconds, as times are told

    def disconnect(self, which: str = "all") -> int:
        """Drop WebSocket connections: `public`, `private` or `all`; returns how many."""
        return self._parts.faults.drop_connections(which)

    def expire_tokens(self) -> int:
        """Let every WebSocket token expire now; returns how many there were."""
        self._count("expired-tokens")
        return self._parts.tokens.expire_all()

    def balance(self, asset: str, amount: Decimal) -> Decimal:
        """Deposit, or withdraw where negative; returns what is there then.

        Raises:
            ExchangeError: no such asset, or more than there is.
            UsageError: more than an account can have, or finer than any asset.
        """
        parts = self._parts
        code = parts.pairs.asset(asset)
        check_number("amount", amount.copy_abs())
        check_number(f"{code} there would be", max(ZERO, amount + parts.venue.state.balances.get(code, ZERO)))
        parts.venue.apply(Deposit(asset=code, amount=amount, time_ns=parts.clock.now_ns()))
        return parts.venue.state.balances[code]

    def price(
        self,
        pair: str,
        bid: Decimal,
        ask: Decimal,
        last: Decimal | None = None,
        *,
        index: Decimal | None = None,
        bid_amount: Decimal = Decimal(0),
        ask_amount: Decimal = Decimal(0),
        hold: bool = True,
    ) -> Decimal:
        """Move a pair's market, at once: what it triggers and fills has happened when this returns.

        Args:
            pair: by any of its names.
            bid: best bid.
            ask: best ask.
            last: last trade, the mid on its tick where None; returned.
            index: of the index, the mid where None.
            bid_amount: base units at the bid; 0: as much as the sandbox makes up.
            ask_amount: base units at the ask.
            hold: whether the market's own prices of this pair stop counting, until it is resumed.

        Raises:
            UsageError: a price is not on the pair's tick, or no price or amount at all.
        """
        row, now_ns = self._instrument(pair), self._clock.now_ns()
        check_prices(row, {"bid": bid, "ask": ask, "last": last}, index)
        for name, amount in (("bid_amount", bid_amount), ("ask_amount", ask_amount)):
            check_number(name, amount)
        mid = row.price_of(row.ticks_of((bid + ask) / TWO))
        last, index = mid if last is None else last, mid if index is None else index
        quote = Quote(
            symbol=row.symbol, bid=bid, ask=ask, bid_amount=bid_amount, ask_amount=ask_amount, last=last,
            time_ns=now_ns,
        )  # fmt: skip
        if hold:
            self._feed.hold(self._indexes[row.symbol])
        self._parts.venue.apply(MarketUpdate(symbol=row.symbol, quote=quote, index=index, time_ns=now_ns))
        self._parts.market.on_quotes([quote], now_ns)
        return last

    def pause(self) -> None:
        """Let the market stand still; orders still trade with what stands there."""
        self._feed.pause()

    def resume(self, pair: str | None = None) -> None:
        """Let one pair follow its market again, or all of them."""
        self._feed.resume(None if pair is None else self._indexes[self._instrument(pair).symbol])

    def advance(self, seconds: float) -> None:
        """Put the exchange's clock forward; what is due by then happens.

        Raises:
            UsageError: the market is the real one, whose time is its own.
        """
        if self._feed.name == "kraken":
            raise UsageError("seconds: the clock of --market kraken can't be put forward: its prices have real time")
        self._clock.advance(seconds)
        self._feed_clock.ahead_ns -= int(seconds * SECOND)
        self._parts.venue.apply(Elapse(time_ns=self._clock.now_ns()))

    def volume(self, usd: Decimal) -> None:
        """Set what the account has traded over the last 30 days; it decides the fee tier.

        Raises:
            UsageError: no amount of money.
            NotKept: it can't be written where the account is kept; all stays as it was.
        """
        check_number("usd", usd)
        state, volumes = self._parts.venue.state, {self._clock.now_ns() // DAY_NS: usd}
        if self._store is not None:
            wanted = state.copy()
            wanted.volumes = volumes
            self._store.commit(wanted, ())
        state.volumes = volumes

    def reset(self) -> None:
        """A fresh account, and no faults. Keys and nonces stay; private WebSocket clients are dropped.

        The market stays too: what is paused or held goes on standing still until it is resumed.

        Raises:
            NotKept: the fresh account can't be written where it is kept; all stays as it was.
        """
        parts, venue = self._parts, self._parts.venue
        opening, before = self._opening(), venue.state
        opening.markets, opening.time_ns = before.markets, before.time_ns
        opening.counter = before.counter  # an id means one order for ever
        fresh = open_account(opening, self._clock.now_ns())
        if self._store is not None:
            self._store.reset(fresh.state, fresh.events)
        venue.state, venue.history = fresh.state, fresh.history
        self.disarm()
        venue.lag_ns = parts.faults.skew_ns = 0
        listed = {row.symbol: row for row in parts.pairs.instruments}
        venue.rules = replace(venue.rules, system="online", instruments=listed)
        parts.rest_limits.clear()
        parts.trading_limits.clear()
        for begin_anew in self.on_reset:
            begin_anew()
        self.disconnect("private")

    def _instrument(self, pair: str) -> Instrument:
        return self._parts.pairs.resolve(pair)

    def _count(self, kind: str, value: object = "on") -> None:
        if value not in (0, "online"):
            self._parts.statistics.fault(kind)
